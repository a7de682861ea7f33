package dev.varve.testkit;

import static dev.varve.testkit.EntryProbe.add;
import static dev.varve.testkit.EntryProbe.delete;
import static dev.varve.testkit.EntryProbe.increment;
import static dev.varve.testkit.EntryProbe.path;
import static dev.varve.testkit.EntryProbe.remove;
import static dev.varve.testkit.EntryProbe.set;
import static dev.varve.testkit.EntryProbe.value;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.varve.api.EntryOp;
import dev.varve.api.EntryRefusedException;
import dev.varve.api.EntryValue;
import dev.varve.api.EntryWriteResult.Reason;
import dev.varve.api.ErrorKind;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Changes that make no sense, as such or where they are made. */
interface EntriesRefusalRules {

    @Test
    default void values_of_another_kind_are_refused(EntriesProbe store) {
        store.set("t", "text");
        store.set("max", Long.MAX_VALUE);
        store.refused(Reason.MERGE_REQUIRES_MAP_VALUE, EntryOp.of(EntryOp.Kind.MERGE, path("a"), value(1)));
        store.refused(Reason.MERGE_REQUIRES_MAP_VALUE, EntryOp.of(EntryOp.Kind.MERGE, path("a"), null));
        store.refused(Reason.INCREMENT_REQUIRES_NUMBER_VALUE, increment("a", "1"));
        store.refused(Reason.INCREMENT_REQUIRES_NUMBER_VALUE, increment("t", 1));
        store.refused(Reason.INCREMENT_OVERFLOW, increment("max", 1));
        store.refused(Reason.ADD_REQUIRES_VALUE, EntryOp.of(EntryOp.Kind.ADD, path("a"), value(null)));
        store.refused(Reason.REMOVE_REQUIRES_VALUE, EntryOp.of(EntryOp.Kind.REMOVE, path("a"), null));
        store.refused(Reason.SET_REQUIRES_VALUE, EntryOp.of(EntryOp.Kind.SET, path("a"), null));
        assertThat(store.exists("a")).isFalse();
    }

    @Test
    default void conditions_that_make_no_sense_are_refused(EntriesProbe store) {
        store.refused(Reason.IF_MATCH_UNSUPPORTED_OP, add("a", 1).ifMatch(1));
        store.refused(Reason.IF_ABSENT_UNSUPPORTED_OP, delete("a").onlyIfAbsent());
        store.refused(Reason.IF_ABSENT_UNSUPPORTED_OP, remove("a", 1).onlyIfNone());
        store.refused(Reason.IF_ABSENT_MULTI_LEAF, set("a", Map.of("b", 1)).onlyIfAbsent());
        store.refused(Reason.INVALID_PRECONDITION, set("a", 1).ifMatch(0));
        store.refused(Reason.INVALID_PRECONDITION, set("a", 1).ifMatch(1).onlyIfAbsent());
        store.refused(Reason.INVALID_PRECONDITION, set("a", 1).ifMatch(1).onlyIfNone());
        store.refused(Reason.INVALID_PRECONDITION, set("a", 1).onlyIfAbsent().onlyIfNone());
        store.refused(Reason.INVALID_TTL, set("a", 1).expiringAfter(0));
        store.refused(Reason.INVALID_TTL, delete("a").expiringAfter(1));
    }

    @Test
    default void values_that_cannot_be_kept_are_refused(EntriesProbe store) {
        store.refused(Reason.INVALID_VALUE, set("a", Map.of("", 1)));
        store.refused(Reason.INVALID_VALUE, set("a", Map.of("b\0", 1)));
        store.refused(Reason.INVALID_VALUE, set("a", "half a pair: \uD83D"));
        EntryValue deep = value(1);
        for (int i = 0; i <= EntryValue.MAX_DEPTH; i++) {
            deep = new EntryValue.Items(List.of(deep));
        }
        assertThat(store.refused(Reason.INVALID_VALUE, set("b", 1), set("a", deep))
                        .index())
                .isEqualTo(1);
    }

    @Test
    default void a_refusal_is_thrown_with_its_kind(EntriesProbe store) {
        store.set("a", 1);
        EntriesProbe.fails(
                ErrorKind.CONFLICT, () -> store.entries().write(set("a", 2).onlyIfAbsent()));
        EntriesProbe.fails(ErrorKind.INVALID_PARAMS, () -> store.entries().increment(path("a"), Long.MAX_VALUE));
        assertThat(catchThrowable(() -> store.entries().add(path("a"), value(null))))
                .isInstanceOf(EntryRefusedException.class);
    }

    @Test
    default void a_write_has_changes_and_not_too_many(EntriesProbe store) {
        EntriesProbe.fails(ErrorKind.INVALID_PARAMS, () -> store.entries().write(List.of()));
        EntryOp[] ops = new EntryOp[1_001];
        for (int i = 0; i < ops.length; i++) {
            ops[i] = set("k/" + i, i);
        }
        EntriesProbe.fails(ErrorKind.INVALID_PARAMS, () -> store.entries().write(ops));
    }

    @Test
    default void a_write_that_is_too_large_changes_nothing(EntriesProbe store) {
        store.set("a", 1);
        String text = "x".repeat(9 << 20);
        EntriesProbe.fails(ErrorKind.TOO_LARGE, () -> store.set("a", text));
        store.holds("a", 1);
    }
}
