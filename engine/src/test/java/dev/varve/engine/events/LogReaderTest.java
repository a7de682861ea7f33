package dev.varve.engine.events;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.engine.state.Binary;
import dev.varve.engine.state.MemoryStateStore;
import dev.varve.engine.state.StateStore;
import dev.varve.engine.state.Table;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

class LogReaderTest {

    private static final long STORE = 7;
    private static final byte[] FIRST = "first".getBytes(UTF_8);
    private static final byte[] SECOND = "second".getBytes(UTF_8);
    private static final byte[] REPLACEMENT = "replacement".getBytes(UTF_8);

    @Test
    void what_was_replaced_is_never_read_as_it_was_however_long_ago_a_reader_opened_its_block() throws IOException {
        try (MemoryStateStore state = new MemoryStateStore()) {
            write(state, FIRST, SECOND);
            EventLog log = new EventLog(STORE, 2);
            log.inState = true;
            log.replaced.put(1L, REPLACEMENT);
            try (LogReader reader = new LogReader(state, log, 0)) {
                assertThat(reader.event(0)).isEqualTo(FIRST);

                write(state, FIRST, REPLACEMENT);
                log.stateMoved();
                log.replaced.remove(1L);

                assertThat(reader.event(1)).isEqualTo(REPLACEMENT);
            }
        }
    }

    private static void write(StateStore state, byte[]... events) throws IOException {
        try (StateStore.Checkpoint checkpoint = state.beginCheckpoint()) {
            checkpoint.put(Table.EVENTS, Binary.key(STORE, 0), BlockFormat.encode(0, List.of(events)));
            checkpoint.commit(1);
        }
    }
}
