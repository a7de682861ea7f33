package dev.varve.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.varve.api.Entries;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryValue;
import dev.varve.api.ErrorKind;
import dev.varve.api.Store;
import dev.varve.api.VarveException;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** About how much space a store takes. */
final class EntriesSizeTest {

    private static final int ENTRIES = 1_000;
    private static final int VALUE_CHARACTERS = 1_000;

    @TempDir
    private Path directory;

    private final TestClock clock = new TestClock();
    private Engine engine;

    @BeforeEach
    void open() {
        engine = TestEngines.onDisk(directory, TestEngines.OPTIONS, clock);
    }

    @AfterEach
    void close() {
        engine.close();
    }

    private Store store(String name) {
        return Store.over(engine.entries(), name);
    }

    /** Of characters that do not compress to less than half. */
    private static String noise(Random random) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < VALUE_CHARACTERS; i++) {
            text.append((char) (' ' + 1 + random.nextInt(90)));
        }
        return text.toString();
    }

    private void fill(String name) {
        Entries entries = store(name).entries();
        Random random = new Random(1);
        for (int i = 0; i < ENTRIES; i++) {
            entries.set(EntryPath.of("n" + i), EntryValue.of(noise(random)));
        }
    }

    @Test
    void what_was_written_is_in_the_estimate_in_memory_and_on_disk() {
        fill("acme/large");
        store("acme/small").entries().set(EntryPath.of("a"), EntryValue.of(1));
        long content = (long) ENTRIES * VALUE_CHARACTERS;

        assertThat(store("acme/large").sizeBytes()).isBetween(content, 8 * content);
        assertThat(store("acme/small").sizeBytes()).isBetween(1L, content / 10);

        engine.checkpoint().join();

        assertThat(store("acme/large").sizeBytes()).isBetween(content / 2, 8 * content);
        assertThat(store("acme/small").sizeBytes()).isBetween(0L, content / 10);
        engine.close();
        open();
        assertThat(store("acme/large").sizeBytes()).isBetween(content / 2, 8 * content);
    }

    @Test
    void a_store_that_is_not_there_has_no_size() {
        assertThatThrownBy(() -> store("acme/none").sizeBytes())
                .isInstanceOfSatisfying(
                        VarveException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.NOT_FOUND));
    }
}
