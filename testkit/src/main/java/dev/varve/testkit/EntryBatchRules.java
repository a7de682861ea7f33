package dev.varve.testkit;

import static dev.varve.testkit.EntryProbe.STORE;
import static dev.varve.testkit.EntryProbe.acquire;
import static dev.varve.testkit.EntryProbe.add;
import static dev.varve.testkit.EntryProbe.check;
import static dev.varve.testkit.EntryProbe.delete;
import static dev.varve.testkit.EntryProbe.increment;
import static dev.varve.testkit.EntryProbe.merge;
import static dev.varve.testkit.EntryProbe.path;
import static dev.varve.testkit.EntryProbe.release;
import static dev.varve.testkit.EntryProbe.set;
import static dev.varve.testkit.EntryProbe.value;
import static dev.varve.testkit.StreamProbe.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.EntryEvent;
import dev.varve.api.EntryOp;
import dev.varve.api.EntryWrite;
import dev.varve.api.EntryWriteResult.Applied;
import dev.varve.api.EntryWriteResult.Reason;
import dev.varve.api.EntryWriteResult.Refused;
import dev.varve.api.EntryWriteResult.Written;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Several changes in one write, and writes that are sent again. */
interface EntryBatchRules {

    @Test
    default void every_change_gets_the_next_sequence_number(EntryProbe entries) {
        Written written =
                entries.written(set("a", 1), increment("n", 2), check("a").ifMatch(1), delete("x"));

        assertThat(written.storeSeq()).isEqualTo(3);
        assertThat(written.ops())
                .containsExactly(
                        new Applied(path("a"), 1, true, value(1)),
                        new Applied(path("n"), 2, true, value(2)),
                        new Applied(path("a"), 2, false, null),
                        new Applied(path("x"), 3, true, null));
        assertThat(entries.events().stream().map(EntryEvent::path)).containsExactly(path("a"), path("n"), path("x"));
        assertThat(entries.storeSeq()).isEqualTo(3);
    }

    @Test
    default void names_of_changes_carry_their_index(EntryProbe entries) {
        await(entries.storage()
                .write(new EntryWrite(STORE, List.of(set("a", 1), check("a"), set("b", 1)), "dev", "w", false, true)));
        await(entries.storage().write(new EntryWrite(STORE, List.of(set("c", 1)), "dev2", "v:7", false, true)));

        assertThat(entries.events().stream().map(event -> event.deviceId() + " " + event.clientOpId()))
                .containsExactly("dev w:0", "dev w:2", "dev2 v:7");
    }

    @Test
    default void a_change_sees_those_before_it(EntryProbe entries) {
        entries.written(
                set("r", Map.of("a", 1, "b", 2)),
                delete("r/a"),
                check("r").ifMatch(2),
                set("r", Map.of("c", 3)).ifMatch(2),
                increment("r/c", 1),
                add("s", 1),
                add("s", 2),
                check("r/c").ifMatch(4),
                delete("r/c"),
                set("r", 9).onlyIfNone());

        entries.holds("r", 9);
        entries.holds("s", List.of(2, 1));
    }

    @Test
    default void one_refusal_refuses_all(EntryProbe entries) {
        entries.written(set("a", 1));

        Refused refused = entries.refused(
                Reason.CONFLICT, set("b", 1), delete("a"), set("c", 1).ifMatch(7), increment("a", 1));

        assertThat(refused.index()).isEqualTo(2);
        assertThat(refused.currentRevision()).isNull();
        assertThat(entries.paths("**")).containsExactly("a");
        assertThat(entries.storeSeq()).isEqualTo(1);
        assertThat(entries.events()).hasSize(1);
        assertThat(entries.wrote(set("b", 1))).isEqualTo(2);
        assertThat(entries.refused(
                                Reason.SET_REQUIRES_VALUE, set("z", 1), EntryOp.of(EntryOp.Kind.SET, path("y"), null))
                        .index())
                .isEqualTo(1);
    }

    @Test
    default void the_first_refusal_is_the_one_that_is_told(EntryProbe entries) {
        entries.written(set("a", "x"));

        Refused refused = entries.refused(
                Reason.INCREMENT_REQUIRES_NUMBER_VALUE,
                increment("a", 1),
                set("a", 1).ifMatch(9));

        assertThat(refused.index()).isZero();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 15, 16, 17, 18, 40, 300})
    default void a_write_that_takes_away_all_below_one_by_one_knows_that_nothing_is_left(
            int count, EntryProbe entries) {
        List<EntryOp> fill = new ArrayList<>();
        List<EntryOp> empty = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            fill.add(set("r/x/" + i, i));
            empty.add(delete("r/x/" + i));
        }
        entries.written(set("r/y", 1));
        entries.written(fill.toArray(EntryOp[]::new));
        if (count > 100) {
            entries.reopen();
        }
        empty.add(set("r/x", Map.of("new", 1)).onlyIfNone());
        entries.written(empty.toArray(EntryOp[]::new));
        assertThat(entries.paths("r/**")).containsExactly("r/x/new", "r/y");

        fill.add(merge("r", Map.of("x", Map.of("n", Map.of("m", 1)))));
        fill.add(delete("r/x/n"));
        long before = entries.written(fill.toArray(EntryOp[]::new)).storeSeq();
        entries.written(delete("r/x"));

        assertThat(entries.revision("r")).isEqualTo(before);
    }

    @Test
    default void a_write_of_the_most_changes_is_one(EntryProbe entries) {
        List<EntryOp> ops = new ArrayList<>();
        for (int i = 0; i < EntryWrite.MAX_OPS; i++) {
            ops.add(set("many/" + i, i));
        }
        assertThat(entries.written(ops.toArray(EntryOp[]::new)).storeSeq()).isEqualTo(EntryWrite.MAX_OPS);
        assertThat(entries.events()).hasSize(EntryWrite.MAX_OPS);
        entries.written(delete("many"));
        assertThat(entries.paths("**")).isEmpty();
    }

    // ---- once

    @Test
    default void a_write_that_is_sent_again_is_made_once(EntryProbe entries) {
        Written first = entries.writtenOnce("dev", "w", increment("n", 5));
        entries.written(set("other", 1));

        Written again = entries.writtenOnce("dev", "w", increment("n", 5));

        assertThat(again.storeSeq()).isEqualTo(first.storeSeq());
        assertThat(again.ops().get(0).storeSeq()).isEqualTo(1);
        assertThat(again.ops().get(0).made()).isTrue();
        entries.holds("n", 5);
        assertThat(entries.storeSeq()).isEqualTo(2);
    }

    @Test
    default void a_write_of_several_changes_is_recognised_with_each_of_its_numbers(EntryProbe entries) {
        EntryOp[] ops = {check("a").onlyIfNone(), set("a", 1), check("a"), increment("n", 1), check("n")};
        Written first = entries.writtenOnce("dev", "w", ops);
        entries.written(set("a", 9));

        Written again = entries.writtenOnce("dev", "w", ops);

        assertThat(again.storeSeq()).isEqualTo(first.storeSeq());
        for (int i = 0; i < ops.length; i++) {
            assertThat(again.ops().get(i).storeSeq())
                    .as("change " + i)
                    .isEqualTo(first.ops().get(i).storeSeq());
            assertThat(again.ops().get(i).made()).isEqualTo(first.ops().get(i).made());
        }
        entries.holds("a", 9);
        entries.holds("n", 1);
    }

    @Test
    default void a_write_with_one_change_among_checks_is_recognised(EntryProbe entries) {
        EntryOp[] ops = {check("x"), increment("n", 1)};
        entries.writtenOnce("dev", "w", ops);

        assertThat(entries.writtenOnce("dev", "w", ops).storeSeq()).isEqualTo(1);
        entries.written(set("x", 1));
        entries.writtenOnce("dev", "w:1", increment("n", 1));

        entries.holds("n", 2);
    }

    @Test
    default void only_the_same_device_name_and_content_are_the_same_write(EntryProbe entries) {
        entries.writtenOnce("dev", "w", increment("n", 1));
        entries.writtenOnce("dev2", "w", increment("n", 1));
        entries.writtenOnce("dev", "w2", increment("n", 1));
        entries.writtenOnce("dev", "w", increment("n", 2));
        entries.writtenOnce("de", "vw", increment("n", 1));
        entries.holds("n", 6);

        EntryWrite plain = new EntryWrite(STORE, List.of(increment("n", 2)), "dev", "w", false, true);
        EntryProbe.written(await(entries.storage().write(plain)), 1);
        entries.holds("n", 8);
    }

    @Test
    default void a_refused_write_is_not_remembered(EntryProbe entries) {
        EntryOp insert = set("a", 1).onlyIfAbsent();
        entries.written(set("a", 0));
        EntryWrite write = new EntryWrite(STORE, List.of(insert), "dev", "w", true, true);
        assertThat(await(entries.storage().write(write))).isInstanceOf(Refused.class);
        entries.written(delete("a"));

        entries.writtenOnce("dev", "w", insert);

        entries.holds("a", 1);
    }

    @Test
    default void conditions_of_a_write_that_was_made_are_not_asked_again(EntryProbe entries) {
        entries.writtenOnce("dev", "w", set("a", 1).onlyIfAbsent());

        assertThat(entries.writtenOnce("dev", "w", set("a", 1).onlyIfAbsent()).storeSeq())
                .isEqualTo(1);
    }

    @Test
    default void a_write_that_was_made_is_recognised_in_an_archived_store(EntryProbe entries) {
        entries.writtenOnce("dev", "w", set("a", 1));
        await(entries.storage().archiveStore(STORE));

        assertThat(entries.writtenOnce("dev", "w", set("a", 1)).storeSeq()).isEqualTo(1);
    }

    @Test
    default void writes_are_recognised_after_coming_back(EntryProbe entries) {
        EntryOp[] ops = {check("x"), set("a", 1), increment("n", 1)};
        entries.writtenOnce("dev", "many", ops);
        entries.writtenOnce("dev", "one", increment("n", 10));
        entries.reopen();
        entries.writtenOnce("dev", "later", increment("n", 100));

        for (int life = 0; life < 3; life++) {
            assertThat(entries.writtenOnce("dev", "many", ops).storeSeq()).isEqualTo(2);
            assertThat(entries.writtenOnce("dev", "one", increment("n", 10)).storeSeq())
                    .isEqualTo(3);
            assertThat(entries.writtenOnce("dev", "later", increment("n", 100)).storeSeq())
                    .isEqualTo(4);
            entries.reopen();
        }
        entries.holds("n", 111);
    }

    @Test
    default void changes_of_leases_are_never_taken_for_the_same(EntryProbe entries) {
        entries.writtenOnce("dev", "w", acquire("l", "me", 1_000));

        EntryWrite again = new EntryWrite(STORE, List.of(acquire("l", "me", 1_000)), "dev", "w", true, true);
        assertThat(await(entries.storage().write(again))).isEqualTo(new Refused(Reason.HELD, 0, path("l"), null));
        entries.writtenOnce("dev", "r", release("l", 1));
        assertThat(entries.writtenOnce("dev", "r", release("l", 1)).ops().get(0).made())
                .isFalse();
    }
}
