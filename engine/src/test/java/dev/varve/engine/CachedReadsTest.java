package dev.varve.engine;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.Entries;
import dev.varve.api.EntryOp;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryValue;
import dev.varve.api.Key;
import dev.varve.api.Repository;
import dev.varve.api.Schema;
import dev.varve.api.Store;
import dev.varve.api.Varve;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What an embedded repository has read before it need not read again, and nobody may notice. */
final class CachedReadsTest {

    @Schema(prefix = "a")
    record Pair(
            @Key String key, @Nullable Long left, @Nullable Long right) {}

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void reads_are_what_stands_whatever_was_written_and_where(long seed) {
        Random random = new Random(seed);
        try (Varve varve = Varve.inMemory()) {
            Store kept = varve.store("acme/reading");
            Repository<Pair> cached = kept.repository(Pair.class);
            List<String> keys = List.of("k0", "k1", "k2", "k3");
            for (int step = 0; step < 600; step++) {
                write(kept.entries(), keys.get(random.nextInt(keys.size())), random);
                if (random.nextInt(50) == 0) {
                    kept.delete();
                }
                for (String key : keys) {
                    Optional<Pair> fresh =
                            varve.store("acme/reading").repository(Pair.class).find(key);
                    assertThat(cached.find(key))
                            .as("%s, step %d of seed %d", key, step, seed)
                            .isEqualTo(fresh);
                }
            }
        }
    }

    private static void write(Entries entries, String key, Random random) {
        EntryPath path = EntryPath.of("a", key);
        EntryValue pair = new EntryValue.Fields(
                Map.of("left", EntryValue.of(random.nextInt(9)), "right", EntryValue.of(random.nextInt(9))));
        switch (random.nextInt(8)) {
            case 0 -> entries.set(path, pair);
            case 1 -> entries.set(path.child("left"), EntryValue.of(random.nextInt(9)));
            case 2 -> entries.delete(path.child("right"));
            case 3 -> entries.delete(path);
            case 4 -> entries.set(EntryPath.of("a"), new EntryValue.Fields(Map.of(key, pair)));
            case 5 -> entries.merge(EntryPath.of("a"), Map.of(key, pair));
            case 6 -> entries.delete(EntryPath.of("a"));
            default -> {
                List<EntryOp> ops = new ArrayList<>();
                for (int i = 0; i < 400; i++) {
                    ops.add(EntryOp.set(EntryPath.of("b", "n" + i), EntryValue.of(i)));
                }
                for (int i = 0; i < 3; i++) { // more changes at once than are gone through
                    ops.set(i, EntryOp.set(path.child("left"), EntryValue.of(random.nextInt(9))));
                    entries.write(ops);
                }
            }
        }
    }

    @Test
    void a_write_that_was_answered_is_read_by_everybody() throws InterruptedException {
        try (Varve varve = Varve.inMemory()) {
            Repository<Pair> pairs = varve.store("acme/reading").repository(Pair.class);
            pairs.insert(new Pair("k", 0L, 0L));
            AtomicBoolean done = new AtomicBoolean();
            AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
            List<Thread> readers = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                readers.add(Thread.ofPlatform().start(() -> {
                    try {
                        long last = 0;
                        while (!done.get()) {
                            Pair read = pairs.get("k");
                            long left = requireNonNull(read.left());
                            assertThat(read.right()).isEqualTo(left);
                            assertThat(left).isGreaterThanOrEqualTo(last);
                            last = left;
                        }
                    } catch (Throwable e) {
                        failure.set(e);
                    }
                }));
            }
            for (long n = 1; n <= 3_000; n++) {
                pairs.insert(new Pair("k", n, n));
                assertThat(pairs.get("k")).isEqualTo(new Pair("k", n, n));
            }
            done.set(true);
            for (Thread reader : readers) {
                reader.join();
            }
            assertThat(failure.get()).isNull();
        }
    }
}
