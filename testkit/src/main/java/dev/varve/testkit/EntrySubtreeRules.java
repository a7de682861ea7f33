package dev.varve.testkit;

import static dev.varve.testkit.EntryProbe.acquire;
import static dev.varve.testkit.EntryProbe.check;
import static dev.varve.testkit.EntryProbe.delete;
import static dev.varve.testkit.EntryProbe.merge;
import static dev.varve.testkit.EntryProbe.release;
import static dev.varve.testkit.EntryProbe.set;
import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.EntryOp;
import dev.varve.api.EntryWriteResult.Reason;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Compare-and-set of whole subtrees, for which deletions count. */
interface EntrySubtreeRules {

    /** The revision that an object written there has to match; null when nothing is there. */
    private static @Nullable Long subtree(String path, EntryProbe entries) {
        Object answer = entries.write(check(path).onlyIfNone());
        return answer instanceof dev.varve.api.EntryWriteResult.Refused refused ? refused.currentRevision() : null;
    }

    @Test
    default void a_record_is_written_with_the_revision_it_was_read_with(EntryProbe entries) {
        entries.written(set("links/x", Map.of("title", "a", "note", "b")));
        long read = entries.revision("links/x");

        long written = entries.wrote(set("links/x", Map.of("title", "c")).ifMatch(read));

        assertThat(entries.revision("links/x")).isEqualTo(written);
        assertThat(entries.refused(
                                Reason.CONFLICT,
                                set("links/x", Map.of("title", "d")).ifMatch(read))
                        .currentRevision())
                .isEqualTo(written);
        entries.holds("links/x", Map.of("title", "c"));
        entries.written(delete("links/x").ifMatch(written));
        assertThat(entries.exists("links")).isFalse();
    }

    @Test
    default void a_write_below_makes_the_revision_a_later_one(EntryProbe entries) {
        entries.written(set("r", Map.of("a", 1, "b", Map.of("c", 2))));
        entries.written(set("other", 1));
        assertThat(entries.revision("r")).isEqualTo(1);

        entries.written(set("r/b/c", 3));

        assertThat(entries.revision("r")).isEqualTo(3);
        assertThat(entries.revision("r/b")).isEqualTo(3);
        assertThat(entries.revision("r/a")).isEqualTo(1);
        entries.refused(Reason.CONFLICT, set("r", Map.of("a", 2)).ifMatch(1));
        entries.written(set("r", Map.of("a", 2)).ifMatch(3));
    }

    @Test
    default void a_deletion_below_makes_the_revision_a_later_one(EntryProbe entries) {
        entries.written(set("r/a", 1), set("r/b", 2));

        entries.written(delete("r/b"));

        assertThat(entries.revision("r")).isEqualTo(3);
        entries.refused(Reason.CONFLICT, set("r", Map.of()).ifMatch(1));
        entries.refused(Reason.CONFLICT, set("r", Map.of()).ifMatch(2));
        entries.written(delete("r").ifMatch(3));
    }

    @Test
    default void every_way_of_removing_something_counts(EntryProbe entries) {
        entries.written(set("r/keep", 1), set("r/x", Map.of("y", 2)));
        for (EntryOp op : List.of(
                set("r/x/y", Map.of()),
                set("r/x", Map.of("y", 1)),
                merge("r", Map.of("x", Map.of())),
                set("r/x", Map.of("y", 1)),
                merge("r/x", Map.of("y", Map.of("z", Map.of()))),
                acquire("r/x", "me", 1_000))) {
            long seq = entries.wrote(op);
            assertThat(entries.revision("r")).as("" + op).isEqualTo(seq);
        }
        long released = entries.wrote(release("r/x", entries.storeSeq()));
        assertThat(entries.revision("r")).isEqualTo(released);
    }

    @Test
    default void what_finds_nothing_does_not_count(EntryProbe entries) {
        entries.written(set("r/a", 1));
        for (EntryOp op : List.of(
                delete("r/b"),
                delete("r/a/b"),
                set("r/b", Map.of()),
                set("r/b", Map.of("c", Map.of())),
                merge("r", Map.of()),
                merge("r", Map.of("b", Map.of())),
                merge("r/b", Map.of("c", Map.of("d", Map.of()))))) {
            entries.written(op);
            assertThat(entries.revision("r")).as("" + op).isEqualTo(1);
        }
        entries.written(set("r", Map.of("a", 2)).ifMatch(1));
    }

    @Test
    default void the_revision_of_a_subtree_is_not_lost_when_all_but_its_own_leaf_goes(EntryProbe entries) {
        entries.written(set("r", "leaf"), set("r/a", 1));
        entries.written(delete("r/a"));

        assertThat(entries.revision("r")).isEqualTo(1);
        assertThat(subtree("r", entries)).isEqualTo(3);
        entries.written(set("elsewhere", 1));
        assertThat(subtree("r", entries)).isEqualTo(3);

        assertThat(entries.refused(Reason.CONFLICT, set("r", Map.of("x", 1)).ifMatch(1))
                        .currentRevision())
                .isEqualTo(3);
        entries.written(set("r", "leaf again").ifMatch(1));
    }

    @Test
    default void a_released_lease_above_others_counts_for_them(EntryProbe entries) {
        long token = entries.wrote(acquire("r", "me", 1_000));
        entries.written(set("r/a", 1));

        long released = entries.wrote(release("r", token));

        assertThat(entries.revision("r")).isEqualTo(released);
        entries.refused(Reason.CONFLICT, set("r", Map.of()).ifMatch(2));
        entries.written(set("r", Map.of()).ifMatch(released));
    }

    @Test
    default void a_leaf_with_others_below_has_two_revisions(EntryProbe entries) {
        entries.written(set("r", 1), set("r/a", 2));

        assertThat(entries.revision("r")).isEqualTo(1);
        assertThat(entries.refused(Reason.CONFLICT, set("r", Map.of("x", 1)).ifMatch(1))
                        .currentRevision())
                .isEqualTo(2);
        assertThat(entries.refused(Reason.CONFLICT, set("r", 9).ifMatch(2)).currentRevision())
                .isEqualTo(1);
        assertThat(entries.refused(Reason.CONFLICT, delete("r").ifMatch(2)).currentRevision())
                .isEqualTo(1);
        entries.written(check("r").ifMatch(1), set("r", Map.of("x", 1)).ifMatch(2));
        assertThat(entries.paths("**")).containsExactly("r/x");
    }

    @Test
    default void an_emptied_subtree_has_no_revision_and_a_new_one_a_later_one(EntryProbe entries) {
        entries.written(set("r/a/b", 1), delete("r/a/b"));
        assertThat(subtree("r", entries)).isNull();
        assertThat(subtree("r/a", entries)).isNull();

        entries.written(set("r/a/c", 1));

        assertThat(entries.revision("r")).isEqualTo(3);
        assertThat(entries.revision("r/a")).isEqualTo(3);
    }

    @Test
    default void a_value_at_an_interior_path_is_compared_with_the_subtree(EntryProbe entries) {
        entries.written(set("r/a", 1), set("r/b", 2));

        assertThat(entries.refused(Reason.CONFLICT, set("r", "flat").ifMatch(1)).currentRevision())
                .isEqualTo(2);
        entries.written(set("r", "flat").ifMatch(2));

        assertThat(entries.paths("**")).containsExactly("r");
    }

    @Test
    default void revisions_of_subtrees_come_back(EntryProbe entries) {
        entries.written(set("r", Map.of("a", 1, "b", Map.of("c", 2))), set("s", 1), set("s/t", 1));
        entries.written(delete("r/b"), delete("s/t"));

        for (int life = 0; life < 3; life++) {
            entries.reopen();

            assertThat(entries.revision("r")).isEqualTo(4);
            assertThat(subtree("r", entries)).isEqualTo(4);
            assertThat(subtree("s", entries)).isEqualTo(5);
            assertThat(subtree("r/b", entries)).isNull();
        }
        entries.written(set("r", Map.of("x", 1)).ifMatch(4));
    }
}
