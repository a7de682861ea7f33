package dev.varve.engine.entries;

import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.engine.state.SortedTree;
import dev.varve.engine.state.TreeCursor;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Rows that are noted before they go into the tree. */
final class OverlayHistoryTest {

    private static final byte[] EVERYTHING = {};

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void every_version_has_the_rows_of_its_moment(long seed) {
        Random random = new Random(seed);
        TreeMap<byte[], byte[]> rows = new TreeMap<>(Arrays::compareUnsigned);
        OverlayHistory history = OverlayHistory.EMPTY;
        TreeMap<byte[], byte[]> rowsThen = new TreeMap<>(rows);
        OverlayHistory then = history;
        for (int step = 0; step < 2_000; step++) {
            byte[] key = {(byte) random.nextInt(8), (byte) random.nextInt()};
            byte[] value = {(byte) step};
            rows.put(key, value);
            history = history.put(key, value);
            switch (random.nextInt(60)) {
                case 0 -> assertSame(history.tree(), rows, "seed " + seed + ", step " + step);
                case 1 -> {
                    assertSame(then.tree(), rowsThen, "an older version, seed " + seed + ", step " + step);
                    then = history;
                    rowsThen = new TreeMap<>(rows);
                }
                default -> {}
            }
        }
        assertSame(history.tree(), rows, "seed " + seed + ", at the end");
    }

    @Test
    void what_is_noted_counts_as_memory() {
        OverlayHistory history = OverlayHistory.EMPTY;
        long before = 0;
        for (int i = 0; i < 1_000; i++) {
            history = history.put(new byte[] {(byte) (i >> 8), (byte) i}, new byte[] {1});
            assertThat(history.bytes()).isGreaterThan(before);
            before = history.bytes();
        }
        assertThat(before).isEqualTo(SortedTree.bytes(history.tree()));
    }

    @Test
    void of_a_tree_has_what_is_in_it() {
        SortedTree tree = SortedTree.put(null, new byte[] {1}, new byte[] {2});

        assertThat(OverlayHistory.of(tree).tree()).isSameAs(tree);
        assertThat(OverlayHistory.of(null).tree()).isNull();
        assertThat(OverlayHistory.EMPTY.tree()).isNull();
    }

    private static void assertSame(@Nullable SortedTree tree, Map<byte[], byte[]> rows, String when) {
        TreeMap<byte[], byte[]> found = new TreeMap<>(Arrays::compareUnsigned);
        TreeCursor cursor = new TreeCursor(tree, EVERYTHING, null);
        while (cursor.next()) {
            found.put(cursor.sharedKey(), cursor.sharedValue());
        }
        assertThat(found.keySet()).as(when).containsExactlyElementsOf(rows.keySet());
        found.forEach((key, value) -> assertThat(value).as(when).isSameAs(rows.get(key)));
    }
}
