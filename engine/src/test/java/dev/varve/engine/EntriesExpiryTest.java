package dev.varve.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.varve.api.EntryEvent;
import dev.varve.api.EntryOp;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryStorage;
import dev.varve.api.EntryValue;
import dev.varve.api.EntryWrite;
import dev.varve.api.EntryWriteResult;
import dev.varve.api.EntryWriteResult.Reason;
import dev.varve.api.ErrorKind;
import dev.varve.api.VarveException;
import dev.varve.engine.io.Clock;
import dev.varve.engine.shard.SequencerOptions;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Entries that are set for some time only. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
final class EntriesExpiryTest {

    private static final String STORE = "acme/reading";
    private static final EntryPath PATH = EntryPath.of("session", "s1");
    private static final long MINUTE = 60_000;

    private static EntryWriteResult write(EntryStorage entries, EntryOp op) {
        return entries.write(new EntryWrite(STORE, List.of(op), "device", "op", false, true))
                .join();
    }

    private static EntryOp forAMinute(long value) {
        return EntryOp.set(PATH, EntryValue.of(value)).expiringAfter(MINUTE);
    }

    private static EntryEvent last(EntryStorage entries) {
        long seq = entries.store(STORE).orElseThrow().storeSeq();
        return entries.events(STORE, seq - 1, 1).join().events().getFirst();
    }

    /** Waits for the upkeep to have looked at what is due. */
    private static void awaitGone(EntryStorage entries, EntryPath path) throws InterruptedException {
        while (entries.get(STORE, path).join().isPresent()) {
            Thread.sleep(2);
        }
    }

    /** A clock after whose readings, by threads of that name, something happens. */
    private static Clock readBy(String thread, Clock clock, Runnable then) {
        return new Clock() {
            @Override
            public long wallMillis() {
                return clock.wallMillis();
            }

            @Override
            public long elapsedNanos() {
                long nanos = clock.elapsedNanos();
                if (Thread.currentThread().getName().startsWith(thread)) {
                    then.run();
                }
                return nanos;
            }
        };
    }

    private static void letUpkeepLook() throws InterruptedException {
        Thread.sleep(100); // twenty times as long as it waits in these tests; too short only means that less is tested
    }

    @Test
    void what_has_expired_is_deleted_by_a_change_that_everybody_sees() throws InterruptedException {
        TestClock clock = new TestClock();
        try (Engine engine = Engine.inMemory(TestEngines.OPTIONS, clock)) {
            EntryStorage entries = engine.entries();
            write(entries, forAMinute(1));
            clock.advance(Duration.ofMillis(MINUTE - 1));
            letUpkeepLook();
            assertThat(entries.get(STORE, PATH).join()).isPresent();

            clock.advance(Duration.ofMillis(1));

            awaitGone(entries, PATH);
            assertThat(last(entries))
                    .extracting(EntryEvent::kind, EntryEvent::path, EntryEvent::deviceId)
                    .containsExactly(EntryOp.Kind.DELETE, PATH, EntryOp.EXPIRY_DEVICE);
        }
    }

    @Test
    void an_object_expires_as_a_whole() throws InterruptedException {
        TestClock clock = new TestClock();
        try (Engine engine = Engine.inMemory(TestEngines.OPTIONS, clock)) {
            EntryStorage entries = engine.entries();
            EntryValue object = new EntryValue.Fields(Map.of("user", EntryValue.of("ann"), "ip", EntryValue.of("::1")));
            write(entries, EntryOp.set(PATH, object).expiringAfter(MINUTE));
            clock.advance(Duration.ofMinutes(1));
            awaitGone(entries, PATH);
            assertThat(entries.get(STORE, PATH.child("user")).join()).isEmpty();
        }
    }

    @Test
    void a_later_write_at_or_below_the_path_keeps_it() throws InterruptedException {
        TestClock clock = new TestClock();
        try (Engine engine = Engine.inMemory(TestEngines.OPTIONS, clock)) {
            EntryStorage entries = engine.entries();
            EntryPath other = EntryPath.of("session", "s2");
            write(entries, forAMinute(1));
            write(entries, EntryOp.set(PATH, EntryValue.of(2)));
            write(
                    entries,
                    EntryOp.set(other, new EntryValue.Fields(Map.of("a", EntryValue.of(1))))
                            .expiringAfter(MINUTE));
            write(entries, EntryOp.set(other.child("b"), EntryValue.of(2)));
            EntryPath above = EntryPath.of("session", "s4");
            write(entries, EntryOp.set(above, EntryValue.of(1)).expiringAfter(MINUTE));
            write(entries, EntryOp.set(above.child("below"), EntryValue.of(2)));
            EntryPath third = EntryPath.of("session", "s3");
            write(entries, EntryOp.set(third, EntryValue.of(3)).expiringAfter(MINUTE));

            clock.advance(Duration.ofMinutes(1));

            awaitGone(entries, third);
            letUpkeepLook();
            assertThat(entries.get(STORE, PATH).join()).isPresent();
            assertThat(entries.get(STORE, other).join()).isPresent();
            assertThat(entries.get(STORE, above).join()).isPresent();
            assertThat(entries.get(STORE, above.child("below")).join()).isPresent();
        }
    }

    @Test
    void time_goes_on_over_checkpoints_and_restarts(@TempDir Path directory) throws InterruptedException {
        TestClock clock = new TestClock();
        try (Engine engine = TestEngines.onDisk(directory, TestEngines.OPTIONS, clock)) {
            write(engine.entries(), forAMinute(1));
            write(engine.entries(), EntryOp.set(EntryPath.of("stays"), EntryValue.of(1)));
            assertThat(engine.checkpoint().join()).isTrue();
            clock.advance(Duration.ofSeconds(30));
        }
        clock.advance(Duration.ofSeconds(30));
        try (Engine engine = TestEngines.onDisk(directory, TestEngines.OPTIONS, clock)) {
            awaitGone(engine.entries(), PATH);
            assertThat(engine.checkpoint().join()).isTrue();
            assertThat(engine.entries().get(STORE, EntryPath.of("stays")).join())
                    .isPresent();
        }
        try (Engine engine = TestEngines.onDisk(directory, TestEngines.OPTIONS, clock)) {
            long seq = engine.entries().store(STORE).orElseThrow().storeSeq();
            letUpkeepLook();
            assertThat(engine.entries().store(STORE).orElseThrow().storeSeq()).isEqualTo(seq);
        }
    }

    @Test
    void what_is_set_while_upkeep_looks_at_what_is_due_expires_in_its_time() throws InterruptedException {
        TestClock time = new TestClock();
        long due = time.elapsedNanos() + Duration.ofMinutes(1).toNanos();
        EntryPath meanwhile = EntryPath.of("session", "meanwhile");
        AtomicInteger readings = new AtomicInteger();
        AtomicReference<EntryStorage> storage = new AtomicReference<>();
        // Once to see that something is due, then, after the look at it, whether each is.
        Clock clock = readBy("varve-entries-upkeep", time, () -> {
            if (time.elapsedNanos() >= due && readings.incrementAndGet() == 2) {
                write(storage.get(), EntryOp.set(meanwhile, EntryValue.of(2)).expiringAfter(MINUTE));
            }
        });
        try (Engine engine = Engine.inMemory(TestEngines.OPTIONS, clock)) {
            storage.set(engine.entries());
            write(engine.entries(), forAMinute(1));
            time.advance(Duration.ofMinutes(1));
            awaitGone(engine.entries(), PATH);
            while (readings.get() < 2) {
                Thread.sleep(2);
            }
            letUpkeepLook();

            time.advance(Duration.ofMinutes(1));

            awaitGone(engine.entries(), meanwhile);
        }
    }

    @Test
    void what_is_set_until_the_same_moment_while_upkeep_looks_at_it_expires_too() throws InterruptedException {
        TestClock time = new TestClock();
        long due = time.elapsedNanos() + Duration.ofMinutes(1).toNanos();
        AtomicInteger readings = new AtomicInteger();
        AtomicLong lag = new AtomicLong();
        AtomicReference<EntryStorage> storage = new AtomicReference<>();
        // As when a set is decided in time and its sync takes longer: it is there only after the look, with an earlier
        // time.
        Clock upkeepReads = readBy("varve-entries-upkeep", time, () -> {
            if (time.elapsedNanos() >= due && readings.incrementAndGet() == 2) {
                lag.set(TimeUnit.MILLISECONDS.toNanos(1));
                write(storage.get(), EntryOp.set(PATH, EntryValue.of(2)).expiringAfter(1));
                lag.set(0);
            }
        });
        Clock clock = new Clock() {
            @Override
            public long wallMillis() {
                return upkeepReads.wallMillis();
            }

            @Override
            public long elapsedNanos() {
                boolean decides = Thread.currentThread().getName().startsWith("varve-sequencer");
                return upkeepReads.elapsedNanos() - (decides ? lag.get() : 0);
            }
        };
        try (Engine engine = Engine.inMemory(TestEngines.OPTIONS, clock)) {
            storage.set(engine.entries());
            write(engine.entries(), forAMinute(1));

            time.advance(Duration.ofMinutes(1));

            while (readings.get() < 2) {
                Thread.sleep(2);
            }
            awaitGone(engine.entries(), PATH);
        }
    }

    @Test
    void what_is_refused_because_much_is_waiting_expires_later() throws InterruptedException {
        TestClock clock = new TestClock();
        SequencerOptions narrow = new SequencerOptions(1, Long.MAX_VALUE, 1 << 20, 1 << 20, 2_000_000L, 4);
        try (Engine engine = Engine.inMemory(TestEngines.with(narrow), clock)) {
            EntryStorage entries = engine.entries();
            List<EntryOp> many = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                many.add(EntryOp.set(EntryPath.of("many", "m" + i), EntryValue.of(i))
                        .expiringAfter(MINUTE));
            }
            entries.write(new EntryWrite(STORE, many, "device", "op", false, true))
                    .join();

            clock.advance(Duration.ofMinutes(1));

            awaitGone(entries, EntryPath.of("many"));
        }
    }

    @Test
    void more_than_one_look_finds_go_although_another_goes_much_later() throws InterruptedException {
        TestClock clock = new TestClock();
        try (Engine engine = Engine.inMemory(TestEngines.OPTIONS, clock)) {
            EntryStorage entries = engine.entries();
            for (int batch = 0; batch < 5; batch++) {
                List<EntryOp> many = new ArrayList<>();
                for (int i = 0; i < 500; i++) {
                    many.add(EntryOp.set(EntryPath.of("many", "m" + batch, "n" + i), EntryValue.of(i))
                            .expiringAfter(MINUTE));
                }
                entries.write(new EntryWrite(STORE, many, "device", "op" + batch, false, true))
                        .join();
            }
            engine.checkpoint().join();
            write(entries, EntryOp.set(PATH, EntryValue.of(1)).expiringAfter(1_000 * MINUTE));

            clock.advance(Duration.ofMinutes(1));

            awaitGone(entries, EntryPath.of("many"));
        }
    }

    @Test
    void what_has_expired_goes_from_a_full_disk(@TempDir Path directory) throws InterruptedException {
        TestClock clock = new TestClock();
        EngineOptions small =
                TestEngines.OPTIONS.withJournal(TestEngines.OPTIONS.journal().withSegmentBytes(128 << 10, 32 << 10));
        EngineOptions full = small.withJournal(small.journal().withMinFreeBytes(Long.MAX_VALUE / 2));
        try (Engine engine = TestEngines.onDisk(directory, small, clock)) {
            write(engine.entries(), forAMinute(1));
        }
        try (Engine engine = TestEngines.onDisk(directory, full, clock)) {
            EntryOp filling = EntryOp.set(EntryPath.of("filling"), EntryValue.of("x".repeat(8 << 10)));
            assertThatThrownBy(() -> {
                        for (int i = 0; i < 1_000; i++) {
                            write(engine.entries(), filling);
                        }
                    })
                    .cause()
                    .isInstanceOfSatisfying(
                            VarveException.class,
                            failure -> assertThat(failure.kind()).isEqualTo(ErrorKind.OUT_OF_SPACE));

            clock.advance(Duration.ofMinutes(1));

            awaitGone(engine.entries(), PATH);
        }
    }

    @Test
    void the_time_of_a_set_does_not_begin_before_it_came() throws InterruptedException {
        TestClock time = new TestClock();
        AtomicBoolean armed = new AtomicBoolean();
        AtomicReference<EntryStorage> storage = new AtomicReference<>();
        // A group that is slow to gather takes in what came long after its time was read.
        Clock clock = readBy("varve-sequencer", time, () -> {
            if (armed.compareAndSet(true, false)) {
                time.advance(Duration.ofSeconds(30));
                var _ = storage.get().write(new EntryWrite(STORE, List.of(forAMinute(2)), "device", "op", false, true));
            }
        });
        try (Engine engine = Engine.inMemory(TestEngines.OPTIONS, clock)) {
            EntryStorage entries = engine.entries();
            storage.set(entries);
            write(entries, EntryOp.set(PATH, EntryValue.of(1)));
            armed.set(true);
            write(entries, EntryOp.set(EntryPath.of("other"), EntryValue.of(1)));
            while (!entries.get(STORE, PATH).join().orElseThrow().value().equals(EntryValue.of(2))) {
                Thread.sleep(2);
            }
            time.advance(Duration.ofMillis(MINUTE - 1));
            letUpkeepLook();
            assertThat(entries.get(STORE, PATH).join()).isPresent();

            time.advance(Duration.ofMillis(1));

            awaitGone(entries, PATH);
        }
    }

    @Test
    void only_a_set_can_expire_and_not_at_once() {
        try (Engine engine = Engine.inMemory(TestEngines.OPTIONS, new TestClock())) {
            for (EntryOp op : List.of(
                    EntryOp.delete(PATH).expiringAfter(MINUTE),
                    EntryOp.set(PATH, EntryValue.of(1)).expiringAfter(0))) {
                assertThat(write(engine.entries(), op))
                        .isInstanceOfSatisfying(
                                EntryWriteResult.Refused.class,
                                refused -> assertThat(refused.reason()).isEqualTo(Reason.INVALID_TTL));
            }
        }
    }
}
