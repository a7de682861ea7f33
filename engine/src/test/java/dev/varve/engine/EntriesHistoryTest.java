package dev.varve.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.varve.api.Entry;
import dev.varve.api.EntryDifference;
import dev.varve.api.EntryEventPage;
import dev.varve.api.EntryOp;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryPattern;
import dev.varve.api.EntryQuery;
import dev.varve.api.EntryStorage;
import dev.varve.api.EntryType;
import dev.varve.api.EntryValue;
import dev.varve.api.EntryWrite;
import dev.varve.api.EntryWriteResult;
import dev.varve.api.ErrorKind;
import dev.varve.api.RollbackResult;
import dev.varve.api.VarveException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What stood where earlier, however often the state was written meanwhile. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
final class EntriesHistoryTest {

    private static final String STORE = "acme/reading";

    private static long write(EntryStorage entries, EntryOp... ops) {
        EntryWriteResult result = entries.write(new EntryWrite(STORE, List.of(ops), "device", "op", false, true))
                .join();
        assertThat(result).isInstanceOf(EntryWriteResult.Written.class);
        return ((EntryWriteResult.Written) result).storeSeq();
    }

    private static EntryOp set(String path, long value) {
        return EntryOp.set(EntryPath.parse(path), EntryValue.of(value));
    }

    private static Map<String, EntryValue> at(EntryStorage entries, long seq) {
        return values(entries.listAt(EntryQuery.matching(STORE, EntryPattern.ALL), seq)
                .join()
                .entries());
    }

    private static Map<String, EntryValue> now(EntryStorage entries) {
        return values(entries.list(EntryQuery.matching(STORE, EntryPattern.ALL))
                .join()
                .entries());
    }

    private static Map<String, EntryValue> values(List<Entry> entries) {
        Map<String, EntryValue> values = new LinkedHashMap<>();
        entries.forEach(entry -> values.put(entry.path().toString(), entry.value()));
        return values;
    }

    private static void fails(ErrorKind kind, org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOf(CompletionException.class)
                .cause()
                .isInstanceOfSatisfying(
                        VarveException.class, e -> assertThat(e.kind()).isEqualTo(kind));
    }

    @Test
    void a_path_reads_as_it_was() {
        try (Engine engine = Engine.inMemory(TestEngines.OPTIONS, new TestClock())) {
            EntryStorage entries = engine.entries();
            long first = write(entries, set("a/x", 1), set("a-b", 7));
            long second = write(entries, set("a/y", 2));
            long third = write(entries, EntryOp.delete(EntryPath.parse("a")));

            EntryPath a = EntryPath.parse("a");
            assertThat(entries.getAt(STORE, a, 0).join()).isEmpty();
            assertThat(entries.getAt(STORE, a, first).join())
                    .map(Entry::value)
                    .contains(new EntryValue.Fields(Map.of("x", EntryValue.of(1))));
            assertThat(entries.getAt(STORE, a, second).join())
                    .map(Entry::revision)
                    .contains(second);
            assertThat(entries.getAt(STORE, a, third).join()).isEmpty();
            assertThat(entries.getAt(STORE, EntryPath.parse("a/x"), second).join())
                    .map(Entry::revision)
                    .contains(1L);
            fails(
                    ErrorKind.INVALID_PARAMS,
                    () -> entries.getAt(STORE, a, third + 1).join());
        }
    }

    @Test
    void two_moments_are_compared_entry_by_entry() {
        try (Engine engine = Engine.inMemory(TestEngines.OPTIONS, new TestClock())) {
            EntryStorage entries = engine.entries();
            long before = write(entries, set("same", 1), set("changed", 1), set("gone", 1));
            long after = write(entries, set("changed", 2), EntryOp.delete(EntryPath.parse("gone")), set("new", 1));

            List<EntryDifference> differences =
                    entries.diff(STORE, before, after).join();

            assertThat(differences)
                    .extracting(
                            difference -> difference.path().toString(),
                            difference -> difference.before() == null
                                    ? null
                                    : difference.before().value(),
                            difference -> difference.after() == null
                                    ? null
                                    : difference.after().value())
                    .containsExactly(
                            org.assertj.core.groups.Tuple.tuple("changed", EntryValue.of(1), EntryValue.of(2)),
                            org.assertj.core.groups.Tuple.tuple("gone", EntryValue.of(1), null),
                            org.assertj.core.groups.Tuple.tuple("new", null, EntryValue.of(1)));
        }
    }

    @Test
    void a_path_and_a_store_go_back_by_new_changes() {
        try (Engine engine = Engine.inMemory(TestEngines.OPTIONS, new TestClock())) {
            EntryStorage entries = engine.entries();
            long good = write(entries, set("a", 1), set("a/b", 2), set("c/d", 3));
            Map<String, EntryValue> then = now(entries);
            long bad = write(entries, EntryOp.delete(EntryPath.parse("a")), set("c/d", 4), set("c/e", 5), set("f", 6));

            assertThat(entries.rollback(STORE, EntryPath.parse("c"), good, "undo")
                            .join()
                            .ops())
                    .isEqualTo(1);
            assertThat(now(entries))
                    .containsEntry("c/d", EntryValue.of(3))
                    .doesNotContainKey("c/e")
                    .containsKey("f");
            assertThat(entries.rollback(STORE, EntryPath.parse("c"), good, "undo")
                            .join()
                            .ops())
                    .isZero();

            entries.rollback(STORE, null, good, "undo").join();

            assertThat(now(entries)).isEqualTo(then);
            assertThat(at(entries, bad)).containsKey("f");
        }
    }

    @Test
    void a_rollback_puts_back_what_stood_below_entries_too() {
        try (Engine engine = Engine.inMemory(TestEngines.OPTIONS, new TestClock())) {
            EntryStorage entries = engine.entries();
            long good = write(
                    entries,
                    set("p", 1),
                    set("p/q", 2),
                    set("p/q/r", 3),
                    set("p/x/y", 4),
                    set("p/x/y/z", 5),
                    set("b", 6));
            Map<String, EntryValue> then = now(entries);
            long all = write(entries, set("p/q", 7), set("p/x/n", 8), set("b", 9));

            EntryPath path = EntryPath.parse("p/x");
            assertThat(entries.rollback(STORE, path, good, "undo").join()).isEqualTo(new RollbackResult(2, all + 2));
            path = EntryPath.parse("p");
            entries.rollback(STORE, path, good, "undo").join();
            assertThat(now(entries)).containsEntry("b", EntryValue.of(9));
            write(entries, set("b", 6));
            assertThat(now(entries)).isEqualTo(then);
            assertThat(entries.rollback(STORE, path, good, "undo").join().ops()).isZero();
        }
    }

    @Test
    void a_rollback_of_a_store_puts_back_any_number_of_levels() {
        try (Engine engine = Engine.inMemory(TestEngines.OPTIONS, new TestClock())) {
            EntryStorage entries = engine.entries();
            List<String> paths = new ArrayList<>(List.of("a"));
            for (int i = 1; i < 20; i++) {
                paths.add(paths.getLast() + "/a");
            }
            EntryOp[] good = new EntryOp[paths.size()];
            EntryOp[] bad = new EntryOp[paths.size()];
            for (int i = 0; i < paths.size(); i++) {
                good[i] = set(paths.get(i), i);
                bad[i] = set(paths.get(i), i % 2 == 0 ? -i - 1 : i);
            }
            long seq = write(entries, good);
            Map<String, EntryValue> then = now(entries);
            write(entries, bad);

            entries.rollback(STORE, null, seq, "undo").join();

            assertThat(now(entries)).isEqualTo(then);
        }
    }

    @Test
    void history_outlives_the_changes_that_it_came_from(@TempDir Path directory) {
        TestClock clock = new TestClock();
        Map<Long, Map<String, EntryValue>> moments = new TreeMap<>();
        try (Engine engine = TestEngines.onDisk(directory, TestEngines.OPTIONS, clock)) {
            EntryStorage entries = engine.entries();
            write(
                    entries,
                    EntryOp.set(
                            EntryPath.parse("doc"),
                            new EntryValue.Fields(Map.of(
                                    "title",
                                    EntryValue.of("t"),
                                    "deep",
                                    new EntryValue.Fields(Map.of("a/b", EntryValue.of(1)))))),
                    EntryOp.of(EntryOp.Kind.INCREMENT, EntryPath.parse("count"), EntryValue.of(5)),
                    EntryOp.of(EntryOp.Kind.ADD, EntryPath.parse("set"), EntryValue.of("x")),
                    set("gone", 1));
            for (int batch = 0; batch < 24; batch++) {
                EntryOp[] ops = new EntryOp[1_000];
                for (int i = 0; i < ops.length; i++) {
                    ops[i] = set("n/" + i % 40, batch * 1_000L + i);
                }
                moments.put(write(entries, ops), now(entries));
                if (batch == 3) {
                    write(entries, EntryOp.delete(EntryPath.parse("gone")));
                }
                if (batch % 6 == 5) {
                    entries.compact(STORE, batch * 500L).join();
                    assertThat(engine.checkpoint().join()).isTrue();
                    read(entries, moments, batch * 500L);
                }
            }
        }
        try (Engine engine = TestEngines.onDisk(directory, TestEngines.OPTIONS, clock)) {
            EntryStorage entries = engine.entries();
            read(entries, moments, 11_500);
            Map<String, EntryType> types = new TreeMap<>();
            entries.listAt(EntryQuery.matching(STORE, EntryPattern.parse("*")), 11_500)
                    .join()
                    .entries()
                    .forEach(entry -> types.put(entry.path().toString(), entry.type()));
            assertThat(types).isEqualTo(Map.of("count", EntryType.COUNTER, "set", EntryType.SET));
            entries.compact(STORE, 20_000).join();
            assertThat(engine.checkpoint().join()).isTrue();
            read(entries, moments, 20_000);
        }
    }

    private static void read(EntryStorage entries, Map<Long, Map<String, EntryValue>> moments, long from) {
        moments.forEach((seq, expected) -> {
            if (seq >= from) {
                assertThat(at(entries, seq)).as("at " + seq).isEqualTo(expected);
            }
        });
    }

    @Test
    void what_is_compacted_is_refused_and_the_rest_stays(@TempDir Path directory) {
        TestClock clock = new TestClock();
        Map<Long, Map<String, EntryValue>> moments = new TreeMap<>();
        try (Engine engine = TestEngines.onDisk(directory, TestEngines.OPTIONS, clock)) {
            EntryStorage entries = engine.entries();
            for (int i = 1; i <= 40; i++) {
                long seq = write(entries, set("p/" + i % 5, i));
                moments.put(seq, now(entries));
                if (i % 7 == 0) {
                    assertThat(engine.checkpoint().join()).isTrue();
                }
            }
            assertThat(entries.compact(STORE, 20).join()).isEqualTo(20);
            assertThat(entries.compact(STORE, 10).join()).isEqualTo(20);
            assertThat(engine.checkpoint().join()).isTrue();
            fails(ErrorKind.COMPACTED, () -> at(entries, 19));
            fails(ErrorKind.COMPACTED, () -> entries.events(STORE, 19, 10).join());
        }
        try (Engine engine = TestEngines.onDisk(directory, TestEngines.OPTIONS, clock)) {
            EntryStorage entries = engine.entries();
            fails(ErrorKind.COMPACTED, () -> at(entries, 19));
            for (long seq = 20; seq <= 40; seq++) {
                assertThat(at(entries, seq)).as("at %s", seq).isEqualTo(moments.get(seq));
            }
            EntryEventPage rest = entries.events(STORE, 20, 1_000).join();
            assertThat(rest.events()).hasSize(20);
            assertThat(rest.events().getFirst().storeSeq()).isEqualTo(21);
        }
    }

    @Test
    void what_was_taken_away_does_not_come_back_when_the_change_that_took_it_is_compacted() {
        try (Engine engine = Engine.inMemory(TestEngines.OPTIONS, new TestClock())) {
            EntryStorage entries = engine.entries();
            write(entries, set("a/x", 1));
            write(entries, set("a-b", 2));
            write(entries, set("a", 3)); // takes a/x away
            long last = write(entries, EntryOp.of(EntryOp.Kind.INCREMENT, EntryPath.parse("a"), EntryValue.of(1)));
            Map<String, EntryValue> then = at(entries, last);
            assertThat(then).containsOnlyKeys("a", "a-b");
            assertThat(engine.checkpoint().join()).isTrue();

            entries.compact(STORE, last).join();
            assertThat(engine.checkpoint().join()).isTrue();

            assertThat(at(entries, last)).isEqualTo(then);
        }
    }

    @Test
    void every_moment_of_a_random_history_reads_as_it_was(@TempDir Path directory) {
        long seed = Long.getLong("varve.seed", System.nanoTime());
        Random random = new Random(seed);
        List<String> names = List.of("a", "b", "a/b", "a/b/c", "a-b", "a/c", "b/a", "c/x/y/z", "c/x", "c");
        Map<Long, Map<String, EntryValue>> moments = new LinkedHashMap<>();
        long compacted = 0;
        Engine engine = TestEngines.onDisk(directory, TestEngines.OPTIONS, new TestClock());
        try {
            for (int i = 1; i <= 400; i++) {
                EntryPath path = EntryPath.parse(names.get(random.nextInt(names.size())));
                EntryOp op = switch (random.nextInt(6)) {
                    case 0 -> EntryOp.delete(path);
                    case 1 ->
                        EntryOp.set(path, new EntryValue.Fields(Map.of("b", EntryValue.of(i), "q", EntryValue.of(i))));
                    case 2 ->
                        EntryOp.of(EntryOp.Kind.MERGE, path, new EntryValue.Fields(Map.of("c", EntryValue.of(i))));
                    default -> EntryOp.set(path, EntryValue.of(i));
                };
                long seq = write(engine.entries(), op);
                moments.put(seq, now(engine.entries()));
                if (random.nextInt(15) == 0) {
                    engine.checkpoint().join();
                }
                if (random.nextInt(80) == 0) {
                    engine.close();
                    engine = TestEngines.onDisk(directory, TestEngines.OPTIONS, new TestClock());
                }
                if (random.nextInt(60) == 0) {
                    compacted = Objects.requireNonNull(engine.entries()
                            .compact(STORE, random.nextLong(seq))
                            .join());
                }
                for (long asked : new ArrayList<>(moments.keySet())) {
                    if (asked >= compacted && random.nextInt(20) == 0) {
                        assertThat(at(engine.entries(), asked))
                                .as("at %s after %s changes, seed %s", asked, i, seed)
                                .isEqualTo(moments.get(asked));
                    }
                }
            }
        } finally {
            engine.close();
        }
    }
}
