package dev.varve.engine.events;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Rows of the index: what goes in comes back, and takes a few bytes for each event. */
final class IndexRowTest {

    @ParameterizedTest
    @CsvSource({"1, 1", "100, 1", "1000, 2", "100000, 3"})
    void an_event_takes_a_few_bytes_in_each_list_that_it_is_in(long every, int bytes) {
        PositionList positions = new PositionList();
        for (int i = 0; i < IndexRow.MAX_POSITIONS; i++) {
            positions.add(10_000_000 + i * every);
        }

        byte[] row = IndexRow.encode(positions, 0, positions.size());

        // The first one of a row is written as it is.
        assertThat(row).hasSizeBetween((positions.size() - 1) * bytes, (positions.size() - 1) * bytes + Long.BYTES);
        long[] read = IndexRow.decode(row);
        assertThat(read).hasSize(positions.size());
        for (int i = 0; i < read.length; i++) {
            assertThat(read[i]).isEqualTo(positions.get(i));
        }
    }
}
