package dev.varve.testkit;

import static dev.varve.testkit.EntryProbe.acquire;
import static dev.varve.testkit.EntryProbe.add;
import static dev.varve.testkit.EntryProbe.check;
import static dev.varve.testkit.EntryProbe.delete;
import static dev.varve.testkit.EntryProbe.increment;
import static dev.varve.testkit.EntryProbe.merge;
import static dev.varve.testkit.EntryProbe.putFile;
import static dev.varve.testkit.EntryProbe.release;
import static dev.varve.testkit.EntryProbe.remove;
import static dev.varve.testkit.EntryProbe.renew;
import static dev.varve.testkit.EntryProbe.set;
import static dev.varve.testkit.StreamProbe.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.EntryOp;
import dev.varve.api.EntryWriteResult;
import dev.varve.api.EntryWriteResult.Reason;
import dev.varve.api.EntryWriteResult.Refused;
import dev.varve.api.EntryWriteResult.Written;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What must hold for a change to be made. Subtrees have rules of their own in {@link EntrySubtreeRules}. */
interface EntryConditionRules {

    @Test
    default void a_change_is_made_if_the_revision_is_the_one_given(EntryProbe entries) {
        entries.written(set("a", 1), set("b", 1));

        assertThat(entries.wrote(set("a", 2).ifMatch(1))).isEqualTo(3);
        Refused conflict = entries.refused(Reason.CONFLICT, set("a", 3).ifMatch(1));

        assertThat(conflict.currentRevision()).isEqualTo(3);
        entries.holds("a", 2);
        entries.refused(Reason.CONFLICT, delete("a").ifMatch(1));
        entries.refused(Reason.CONFLICT, delete("a").ifMatch(4));
        entries.written(delete("a").ifMatch(3));
        assertThat(entries.exists("a")).isFalse();
    }

    @Test
    default void nothing_matches_where_nothing_is(EntryProbe entries) {
        entries.written(set("a", 1), delete("a"));

        for (EntryOp op : List.of(
                set("a", 1).ifMatch(1),
                set("a", 1).ifMatch(2),
                set("a", Map.of("x", 1)).ifMatch(2),
                delete("a").ifMatch(2),
                check("a").ifMatch(1))) {
            assertThat(entries.refused(Reason.CONFLICT, op).currentRevision()).isNull();
        }
        assertThat(entries.storeSeq()).isEqualTo(2);
    }

    @Test
    default void an_insert_needs_that_no_entry_is_at_exactly_the_path(EntryProbe entries) {
        entries.written(set("a", 1));

        assertThat(entries.refused(Reason.EXISTS, set("a", 2).onlyIfAbsent()).currentRevision())
                .isEqualTo(1);
        entries.written(set("b", 1).onlyIfAbsent());

        entries.holds("a", 1);
        entries.holds("b", 1);
    }

    @Test
    default void an_insert_at_a_path_with_others_below_replaces_those(EntryProbe entries) {
        entries.written(set("a/b", 1));

        entries.written(set("a", 2).onlyIfAbsent());

        assertThat(entries.paths("**")).containsExactly("a");
    }

    @Test
    default void if_none_needs_that_nothing_is_at_or_below(EntryProbe entries) {
        entries.written(set("a/b", 1));

        assertThat(entries.refused(Reason.EXISTS, set("a", 2).onlyIfNone()).currentRevision())
                .isEqualTo(1);
        assertThat(entries.refused(Reason.EXISTS, set("a/b", Map.of("x", 1)).onlyIfNone())
                        .currentRevision())
                .isEqualTo(1);
        entries.written(set("a/c", Map.of("x", 1)).onlyIfNone());
        entries.written(set("a-", 1).onlyIfNone());

        assertThat(entries.paths("**")).containsExactly("a-", "a/b", "a/c/x");
        assertThat(entries.refused(Reason.EXISTS, check("a").onlyIfNone()).currentRevision())
                .isEqualTo(2);
        assertThat(entries.refused(Reason.EXISTS, check("a/b").onlyIfAbsent()).currentRevision())
                .isEqualTo(1);
    }

    @Test
    default void of_two_inserts_one_wins(EntryProbe entries) {
        List<CompletableFuture<EntryWriteResult>> racing = IntStream.range(0, 20)
                .mapToObj(i -> entries.start(set("a", Map.of("by", i)).onlyIfNone()))
                .toList();

        List<EntryWriteResult> results = racing.stream().map(StreamProbe::await).toList();

        assertThat(results.stream().filter(Written.class::isInstance)).hasSize(1);
        assertThat(results.stream().filter(Refused.class::isInstance))
                .hasSize(19)
                .allSatisfy(result -> {
                    assertThat(((Refused) result).reason()).isEqualTo(Reason.EXISTS);
                    assertThat(((Refused) result).currentRevision()).isEqualTo(1);
                });
    }

    static Stream<EntryOp> withoutMatch() {
        return Stream.of(
                merge("a", Map.of("x", 1)),
                increment("a", 1),
                add("a", 1),
                remove("a", 1),
                putFile("a", "00"),
                acquire("a", "me", 1_000),
                renew("a", 1, 1_000),
                release("a", 1));
    }

    @ParameterizedTest
    @MethodSource("withoutMatch")
    default void conditions_go_with_few_changes(EntryOp op, EntryProbe entries) {
        entries.refused(Reason.IF_MATCH_UNSUPPORTED_OP, op.ifMatch(1));
        entries.refused(Reason.IF_ABSENT_UNSUPPORTED_OP, op.onlyIfAbsent());
        entries.refused(Reason.IF_ABSENT_UNSUPPORTED_OP, op.onlyIfNone());
    }

    @Test
    default void a_delete_takes_no_condition_of_absence(EntryProbe entries) {
        entries.refused(Reason.IF_ABSENT_UNSUPPORTED_OP, delete("a").onlyIfAbsent());
        entries.refused(Reason.IF_ABSENT_UNSUPPORTED_OP, delete("a").onlyIfNone());
    }

    @Test
    default void conditions_that_exclude_each_other_are_refused(EntryProbe entries) {
        entries.refused(Reason.INVALID_PRECONDITION, set("a", 1).ifMatch(1).onlyIfAbsent());
        entries.refused(Reason.INVALID_PRECONDITION, set("a", 1).ifMatch(1).onlyIfNone());
        entries.refused(Reason.INVALID_PRECONDITION, set("a", 1).onlyIfAbsent().onlyIfNone());
        entries.refused(Reason.INVALID_PRECONDITION, set("a", 1).ifMatch(0));
        entries.refused(Reason.INVALID_PRECONDITION, set("a", 1).ifMatch(-1));
        entries.refused(Reason.IF_ABSENT_MULTI_LEAF, set("a", Map.of("x", 1)).onlyIfAbsent());
    }

    @Test
    default void an_envelope_is_one_entry_for_conditions(EntryProbe entries) {
        Map<String, Object> decimal = Map.of("_type", "decimal", "_typed", "1.5");
        entries.written(set("a", decimal).onlyIfAbsent(), set("a/b", 1));

        entries.written(set("a", decimal).ifMatch(1));
        assertThat(entries.paths("**")).containsExactly("a");
    }

    @Test
    default void a_refused_insert_takes_no_sequence_number(EntryProbe entries) {
        entries.written(set("a", 1));
        for (int i = 0; i < 5; i++) {
            entries.refused(Reason.EXISTS, set("a", i).onlyIfAbsent());
        }

        assertThat(entries.wrote(set("b", 1))).isEqualTo(2);
        assertThat(entries.events()).hasSize(2);
    }

    @Test
    default void conditions_hold_after_coming_back(EntryProbe entries) {
        entries.written(set("a", 1), set("b/c", 1));
        entries.reopen();

        entries.refused(Reason.EXISTS, set("a", 2).onlyIfAbsent());
        entries.refused(Reason.EXISTS, set("b", 2).onlyIfNone());
        entries.refused(Reason.CONFLICT, set("a", 2).ifMatch(2));
        entries.written(
                set("a", 2).ifMatch(1),
                set("b", Map.of()).ifMatch(2),
                set("b", 1).onlyIfNone());
        assertThat(await(entries.storage()
                                .store(EntryProbe.STORE)
                                .map(CompletableFuture::completedFuture)
                                .orElseThrow())
                        .storeSeq())
                .isEqualTo(5);
    }
}
