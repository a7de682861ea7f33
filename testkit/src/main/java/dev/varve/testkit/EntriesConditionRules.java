package dev.varve.testkit;

import static dev.varve.testkit.EntryProbe.acquire;
import static dev.varve.testkit.EntryProbe.check;
import static dev.varve.testkit.EntryProbe.delete;
import static dev.varve.testkit.EntryProbe.increment;
import static dev.varve.testkit.EntryProbe.path;
import static dev.varve.testkit.EntryProbe.set;
import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.EntryOp;
import dev.varve.api.EntryWriteResult.Reason;
import dev.varve.api.EntryWriteResult.Refused;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What must hold for a change, and what is said when it does not. */
interface EntriesConditionRules {

    @Test
    default void a_revision_that_stands_there_lets_a_leaf_be_set_and_deleted(EntriesProbe store) {
        store.set("a", 1);
        assertThat(store.wrote(set("a", 2).ifMatch(1))).isEqualTo(2);
        assertThat(store.refused(Reason.CONFLICT, set("a", 3).ifMatch(1)))
                .isEqualTo(new Refused(Reason.CONFLICT, 0, path("a"), 2L));
        assertThat(store.refused(Reason.CONFLICT, delete("a").ifMatch(1)).currentRevision())
                .isEqualTo(2);
        assertThat(store.wrote(delete("a").ifMatch(2))).isEqualTo(3);
    }

    @Test
    default void where_nothing_is_no_revision_stands(EntriesProbe store) {
        store.set("b", 1);
        assertThat(store.refused(Reason.CONFLICT, set("a", 1).ifMatch(1)).currentRevision())
                .isNull();
        assertThat(store.refused(Reason.CONFLICT, delete("a").ifMatch(1)).currentRevision())
                .isNull();
    }

    @Test
    default void the_revision_of_a_subtree_is_that_of_its_last_change(EntriesProbe store) {
        store.set("a", Map.of("b", 1, "c", 2));
        store.set("a/b", 2);
        store.entries().delete(path("a/c"));
        assertThat(store.revision("a")).isEqualTo(3);

        assertThat(store.refused(Reason.CONFLICT, set("a", Map.of("d", 1)).ifMatch(2))
                        .currentRevision())
                .isEqualTo(3);
        assertThat(store.wrote(set("a", Map.of("d", 1)).ifMatch(3))).isEqualTo(4);
        assertThat(store.wrote(delete("a").ifMatch(4))).isEqualTo(5);
    }

    @Test
    default void if_absent_looks_at_the_path_alone_and_if_none_below_it_too(EntriesProbe store) {
        store.set("a/b", 1);
        assertThat(store.refused(Reason.EXISTS, set("a", 1).onlyIfNone()).currentRevision())
                .isEqualTo(1);
        assertThat(store.refused(Reason.EXISTS, set("a/b", 1).onlyIfAbsent()).currentRevision())
                .isEqualTo(1);
        store.wrote(set("a", 1).onlyIfAbsent());
        store.wrote(set("c", Map.of("d", 1)).onlyIfNone());
        assertThat(store.refused(Reason.EXISTS, set("c", Map.of("d", 2)).onlyIfNone())
                        .currentRevision())
                .isEqualTo(3);
    }

    @Test
    default void a_fence_needs_its_lease(EntriesProbe store) {
        long token = store.wrote(acquire("lock", "me", 3_600_000));
        store.wrote(set("a", 1).fencedBy(new EntryOp.Fence(path("lock"), token)));
        store.wrote(increment("n", 1).fencedBy(new EntryOp.Fence(path("lock"), token)));

        Refused refused = store.refused(
                Reason.FENCED, set("b", 1), set("a", 2).fencedBy(new EntryOp.Fence(path("lock"), token + 1)));
        assertThat(refused.index()).isEqualTo(1);
        assertThat(refused.currentRevision()).isNull();
        store.refused(Reason.FENCED, set("a", 2).fencedBy(new EntryOp.Fence(path("no/lock"), token)));
        store.holds("a", 1);
    }

    @Test
    default void a_check_holds_or_refuses_the_whole_write(EntriesProbe store) {
        store.set("a", 1);
        store.entries()
                .write(
                        check("a").ifMatch(1),
                        check("b").onlyIfAbsent(),
                        check("b").onlyIfNone(),
                        set("b", 1));
        Refused refused = store.refused(Reason.CONFLICT, set("c", 1), check("a").ifMatch(2));
        assertThat(refused).isEqualTo(new Refused(Reason.CONFLICT, 1, path("a"), 1L));
        assertThat(store.exists("c")).isFalse();
    }

    @Test
    default void a_condition_sees_the_changes_before_it(EntriesProbe store) {
        store.set("a", 1);
        store.entries().write(delete("a"), set("a", 2).onlyIfNone(), set("a", 3).ifMatch(3));
        store.holds("a", 3);
    }

    @Test
    default void a_refused_write_creates_no_store(EntriesProbe store) {
        store.refused(Reason.CONFLICT, set("a", 1).ifMatch(1));
        assertThat(store.store().info()).isEmpty();
    }
}
