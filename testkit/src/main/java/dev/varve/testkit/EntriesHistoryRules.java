package dev.varve.testkit;

import static dev.varve.testkit.EntriesProbe.typed;
import static dev.varve.testkit.EntryProbe.increment;
import static dev.varve.testkit.EntryProbe.path;
import static dev.varve.testkit.EntryProbe.set;
import static dev.varve.testkit.EntryProbe.value;
import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.Entry;
import dev.varve.api.EntryDifference;
import dev.varve.api.EntryOp;
import dev.varve.api.EntryPattern;
import dev.varve.api.EntryType;
import dev.varve.api.ErrorKind;
import dev.varve.api.RollbackResult;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What was, how it differs, and the way back. */
interface EntriesHistoryRules {

    @Test
    default void what_stood_there_is_read(EntriesProbe store) {
        store.set("a", Map.of("b", typed("decimal", "1.0"), "c", "1.0"));
        store.set("a", "leaf");
        store.entries().delete(path("a"));

        assertThat(store.entries().getAt(path("a"), 0)).isEmpty();
        assertThat(store.entries().getAt(path("a"), 1))
                .contains(new Entry(
                        path("a"), value(Map.of("b", typed("decimal", "1.0"), "c", "1.0")), EntryType.MAP, 1));
        assertThat(store.entries().getAt(path("a"), 2))
                .contains(new Entry(path("a"), value("leaf"), EntryType.STRING, 2));
        assertThat(store.entries().getAt(path("a"), 3)).isEmpty();
        EntriesProbe.fails(ErrorKind.INVALID_PARAMS, () -> store.entries().getAt(path("a"), 4));
        EntriesProbe.fails(ErrorKind.INVALID_PARAMS, () -> store.entries().getAt(path("none"), 4));
    }

    @Test
    default void what_was_there_is_listed(EntriesProbe store) {
        store.set("a", 1);
        store.set("b", 2);
        store.entries().delete(path("a"));
        assertThat(EntriesProbe.paths(store.entries().listAt(EntryPattern.ALL, 0)))
                .isEmpty();
        assertThat(EntriesProbe.paths(store.entries().listAt(EntryPattern.ALL, 2)))
                .containsExactly("a", "b");
        assertThat(EntriesProbe.paths(store.entries().listAt(EntryPattern.ALL, 3)))
                .containsExactly("b");
        EntriesProbe.fails(
                ErrorKind.INVALID_PARAMS,
                () -> store.entries().listAt(EntryPattern.ALL, 4).toList());
    }

    @Test
    default void a_store_that_is_not_there_has_no_history(EntriesProbe store) {
        EntriesProbe.fails(ErrorKind.NOT_FOUND, () -> store.entries().getAt(path("a"), 0));
        EntriesProbe.fails(
                ErrorKind.NOT_FOUND,
                () -> store.entries().listAt(EntryPattern.ALL, 0).toList());
        EntriesProbe.fails(ErrorKind.NOT_FOUND, () -> store.entries().diff(0, 0));
        EntriesProbe.fails(ErrorKind.NOT_FOUND, () -> store.entries().rollback(0));
        EntriesProbe.fails(ErrorKind.NOT_FOUND, () -> store.entries().rollback(path("a"), 0));
    }

    @Test
    default void two_moments_are_compared(EntriesProbe store) {
        store.set("a", typed("decimal", "1.0"));
        store.set("b", null);
        store.set("same", 1);
        store.entries().increment(path("n"), 1);
        store.entries().delete(path("b"));
        store.set("a", "1.0");
        store.set("c/d", null);
        store.entries().increment(path("n"), 1);

        List<EntryDifference> differences = store.entries().diff(4, 8);
        assertThat(differences)
                .containsExactly(
                        new EntryDifference(
                                path("a"),
                                new Entry(path("a"), typed("decimal", "1.0"), EntryType.DECIMAL, 1),
                                new Entry(path("a"), value("1.0"), EntryType.STRING, 6)),
                        new EntryDifference(path("b"), new Entry(path("b"), value(null), EntryType.NULL, 2), null),
                        new EntryDifference(path("c/d"), null, new Entry(path("c/d"), value(null), EntryType.NULL, 7)),
                        new EntryDifference(
                                path("n"),
                                new Entry(path("n"), value(1), EntryType.COUNTER, 4),
                                new Entry(path("n"), value(2), EntryType.COUNTER, 8)));
        assertThat(store.entries().diff(8, 8)).isEmpty();
        EntriesProbe.fails(ErrorKind.INVALID_PARAMS, () -> store.entries().diff(0, 9));
    }

    @Test
    default void many_differences_among_more_entries_are_found(EntriesProbe store) {
        EntryOp[] first = new EntryOp[1_000];
        for (int i = 0; i < first.length; i++) {
            first[i] = set("k/" + (1_000 + i), i);
        }
        long before = store.entries().write(first).storeSeq();
        EntryOp[] second = new EntryOp[300];
        for (int i = 0; i < second.length; i++) {
            second[i] = i % 3 == 0
                    ? EntryProbe.delete("k/" + (1_000 + 3 * i))
                    : set((i % 3 == 1 ? "k/" : "new/") + (1_000 + 3 * i), "x");
        }
        long after = store.entries().write(second).storeSeq();

        List<EntryDifference> differences = store.entries().diff(before, after);
        assertThat(differences).hasSize(300);
        for (EntryDifference difference : differences) {
            assertThat(difference.before())
                    .isEqualTo(store.entries().getAt(difference.path(), before).orElse(null));
            assertThat(difference.after())
                    .isEqualTo(store.entries().getAt(difference.path(), after).orElse(null));
        }
    }

    @Test
    default void a_path_is_rolled_back_by_one_write(EntriesProbe store) {
        store.set("a", Map.of("b", 1));
        store.entries().increment(path("a/n"), 5);
        store.entries().add(path("a/s"), value("x"));
        store.set("a", Map.of("z", 1));
        store.set("other", 1);

        RollbackResult done = store.entries().rollback(path("a"), 3);
        store.holds("a", Map.of("b", 1, "n", 5, "s", List.of("x")));
        store.holds("other", 1);
        assertThat(store.get("a/n").type()).isEqualTo(EntryType.COUNTER);
        assertThat(done).isEqualTo(new RollbackResult(3, 8));
        assertThat(store.entries().rollback(path("a"), 3)).isEqualTo(new RollbackResult(0, 8));
        assertThat(store.entries().rollback(path("a"), 0)).isEqualTo(new RollbackResult(1, 9));
        assertThat(store.exists("a")).isFalse();
        EntriesProbe.fails(ErrorKind.INVALID_PARAMS, () -> store.entries().rollback(path("a"), 10));
    }

    @Test
    default void a_store_is_rolled_back(EntriesProbe store) {
        store.set("a", 1);
        store.wrote(increment("n", 1));
        store.set("a", 2);
        store.set("b", 3);

        assertThat(store.entries().rollback(2)).isEqualTo(new RollbackResult(2, 6));
        assertThat(store.paths("**")).containsExactly("a", "n");
        store.holds("a", 1);
        assertThat(store.entries().rollback(2)).isEqualTo(new RollbackResult(0, 6));
        EntriesProbe.fails(ErrorKind.INVALID_PARAMS, () -> store.entries().rollback(7));
    }

    @Test
    default void a_store_without_changes_stands_as_it_did(EntriesProbe store) {
        store.store().create();
        assertThat(store.entries().rollback(0)).isEqualTo(new RollbackResult(0, 0));
        assertThat(store.entries().rollback(path("a"), 0)).isEqualTo(new RollbackResult(0, 0));
        EntriesProbe.fails(ErrorKind.INVALID_PARAMS, () -> store.entries().rollback(1));
    }
}
