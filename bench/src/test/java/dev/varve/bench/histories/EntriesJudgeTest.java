package dev.varve.bench.histories;

import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.engine.Engine;
import dev.varve.engine.EngineOptions;
import dev.varve.testkit.ModelEntryStorage;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What is right passes, and what is wrong is found: in histories of entries written by hand, and in recorded ones. */
final class EntriesJudgeTest {

    private static final HistoryText<EntryRequest, EntryAnswer> TEXT = new HistoryText<>(Entries.SUBJECT);
    private static final EngineOptions OPTIONS = EngineOptions.DEFAULT.withUpkeepMillis(5);

    private static Judge.@Nullable Objection<EntryRequest, EntryAnswer> judge(String lines) {
        return Judge.check(Entries.SUBJECT, lines.lines().map(TEXT::operation).toList());
    }

    private static void passes(String lines) {
        Judge.Objection<EntryRequest, EntryAnswer> objection = judge(lines);
        assertThat(objection == null ? List.of() : objection.story()).isEmpty();
    }

    private static void fails(String lines) {
        Judge.Objection<EntryRequest, EntryAnswer> objection = judge(lines);
        assertThat(objection).isNotNull().matches(found -> !found.undecided());
    }

    @Test
    void concurrent_sets_come_in_the_order_of_their_numbers() {
        String sets = """
                1 3 9 write s0 n1 set r0 10 -> written 2: 2
                2 4 8 write s0 n2 set r0 20 -> written 1: 1
                """;
        passes(sets + "3 10 11 get s0 r0 -> found 2 integer 10");
        fails(sets + "3 10 11 get s0 r0 -> found 1 integer 20");
    }

    @Test
    void a_set_after_another_gets_a_higher_number() {
        fails("""
                1 3 4 write s0 n1 set r0 10 -> written 2: 2
                2 5 8 write s0 n2 set r0 20 -> written 1: 1""");
    }

    @Test
    void a_stale_read_is_found() {
        fails("""
                1 1 2 write s0 n1 set r0 10 -> written 1: 1
                1 3 4 write s0 n2 set r0 20 -> written 2: 2
                2 5 6 get s0 r0 -> found 1 integer 10""");
    }

    @Test
    void no_number_is_left_out_and_none_is_given_twice() {
        fails("""
                1 1 2 write s0 n1 set r0 10 -> written 1: 1
                1 3 4 write s0 n2 set r0 20 -> written 3: 3""");
        fails("""
                1 1 2 write s0 n1 set r0 10 -> written 1: 1
                2 3 4 write s0 n2 set r1 20 -> written 1: 1""");
    }

    @Test
    void a_write_without_an_answer_may_be_there_late_or_never_but_once() {
        String open = """
                1 1 2 write s0 n1 set r0 10 -> written 1: 1
                1 3 ? write s0 n2 increment c0 5 -> ?
                """;
        passes(open + "2 5 6 write s0 n3 set r0 20 -> written 2: 2");
        passes(open + """
                2 5 6 write s0 n3 set r0 20 -> written 3: 3
                2 7 8 get s0 c0 -> found 2 counter 5""");
        fails(open + """
                2 5 6 write s0 n3 set r0 20 -> written 3: 3
                2 7 8 get s0 c0 -> missing""");
        fails(open + "2 7 8 get s0 c0 -> found 2 counter 10");
    }

    @Test
    void of_two_sets_at_one_revision_one_wins() {
        String first = "1 1 2 write s0 n1 set r0 10 -> written 1: 1\n";
        passes(first + """
                1 3 9 write s0 n2 set r0 20 if-match=1 -> written 2: 2
                2 4 8 write s0 n3 set r0 30 if-match=1 -> refused conflict 0 2""");
        fails(first + """
                1 3 9 write s0 n2 set r0 20 if-match=1 -> written 2: 2
                2 4 8 write s0 n3 set r0 30 if-match=1 -> written 3: 3""");
        fails(first + "2 4 8 write s0 n3 set r0 30 if-match=1 -> refused conflict 0 1");
    }

    @Test
    void a_deletion_below_moves_the_revision_of_an_object() {
        String object = """
                1 1 2 write s0 n1 set o0 {"x":1,"y":2} -> written 1: 1
                1 3 4 write s0 n2 delete o0/x -> written 2: 2
                """;
        passes(object + """
                2 5 6 get s0 o0 -> found 2 map {"y":2}
                2 7 8 write s0 n3 set o0 {"x":9} if-match=2 -> written 3: 3""");
        fails(object + "2 7 8 write s0 n3 set o0 {\"x\":9} if-match=1 -> written 3: 3");
    }

    @Test
    void if_none_looks_below_and_if_absent_does_not() {
        String object = "1 1 2 write s0 n1 set o0 {\"x\":1} -> written 1: 1\n";
        passes(object + "1 3 4 write s0 n2 set o0 5 if-none=true -> refused exists 0 1");
        passes(object + "1 3 4 write s0 n2 set o0 5 if-absent=true -> written 2: 2");
        fails(object + "1 3 4 write s0 n2 set o0 5 if-none=true -> written 2: 2");
        fails(object + "1 3 4 write s0 n2 set o0 5 if-absent=true -> refused exists 0 1");
    }

    @Test
    void half_a_batch_is_never_seen() {
        String batch = """
                0 1 2 write s0 n0 set r0 1 -> written 1: 1
                1 3 20 write s0 n1 set r0 10 + set r1 20 -> written 3: 2 + 3
                """;
        passes(batch + "2 5 6 get-many s0 r0 r1 -> several r0 1 integer 1");
        passes(batch + "2 5 6 get-many s0 r0 r1 -> several r0 2 integer 10 + r1 3 integer 20");
        fails(batch + "2 5 6 get-many s0 r0 r1 -> several r0 2 integer 10");
        fails(batch + """
                2 5 6 get s0 r1 -> found 3 integer 20
                2 7 8 get s0 r0 -> found 1 integer 1""");
    }

    @Test
    void a_batch_is_refused_as_a_whole() {
        String first = "0 1 2 write s0 n0 set r0 1 -> written 1: 1\n";
        passes(first + """
                1 3 4 write s0 n1 set r1 10 + check r0 if-match=7 -> refused conflict 1 1
                1 5 6 get s0 r1 -> missing""");
        fails(first + """
                1 3 4 write s0 n1 set r1 10 + check r0 if-match=7 -> refused conflict 1 1
                1 5 6 get s0 r1 -> found 2 integer 10""");
    }

    @Test
    void increments_add_up() {
        String one = "1 1 2 write s0 n1 increment c0 5 -> written 1: 1 5\n";
        passes(one + "2 3 4 write s0 n2 increment c0 3 -> written 2: 2 8");
        fails(one + "2 3 4 write s0 n2 increment c0 3 -> written 2: 2 11");
        fails(one + "2 3 4 get s0 c0 -> found 1 counter 10");
    }

    @Test
    void a_lease_has_one_holder_until_it_is_given_back() {
        String held = "1 1 2 write s0 n1 lease l0 ttl=3600000 holder=p1 -> written 1: 1\n";
        passes(held + "2 3 4 write s0 n2 lease l0 ttl=3600000 holder=p2 -> refused held 0 -");
        fails(held + "2 3 4 write s0 n2 lease l0 ttl=3600000 holder=p2 -> written 2: 2");
        passes(held + """
                1 3 4 write s0 n2 release l0 ttl=3600000 token=1 -> written 2: 2
                2 5 6 write s0 n3 lease l0 ttl=3600000 holder=p2 -> written 3: 3
                1 7 8 write s0 n4 renew l0 ttl=3600000 token=1 -> refused not_held 0 -""");
    }

    @Test
    void a_short_lease_may_have_run_out_or_not() {
        String held = "1 1 2 write s0 n1 lease l0 ttl=5 holder=p1 -> written 1: 1\n";
        passes(held + "2 3 4 write s0 n2 lease l0 ttl=3600000 holder=p2 -> refused held 0 -");
        passes(held + "2 3 4 write s0 n2 lease l0 ttl=3600000 holder=p2 -> written 2: 2");
    }

    @Test
    void a_fence_holds_off_who_lost_the_lease() {
        String lost = """
                1 1 2 write s0 n1 lease l0 ttl=3600000 holder=p1 -> written 1: 1
                1 3 4 write s0 n2 release l0 ttl=3600000 token=1 -> written 2: 2
                """;
        passes(lost + "1 5 6 write s0 n3 set r0 7 fence=l0/1 -> refused fenced 0 -");
        fails(lost + "1 5 6 write s0 n3 set r0 7 fence=l0/1 -> written 3: 3");
    }

    /** Set in the second millisecond, so that its time is over in the 52nd. */
    private static final String FOR_50_MILLIS = "1 1000000 2000000 write s0 n1 set r0 10 lives=50 -> written 1: 1\n";

    private static final String STILL_THERE = "2 60000000 61000000 get s0 r0 -> found 1 integer 10\n";
    private static final String GONE = "2 70000000 71000000 get s0 r0 -> missing\n";

    @Test
    void what_is_set_for_some_time_is_gone_some_time_after_it() {
        passes(FOR_50_MILLIS + GONE);
        passes(FOR_50_MILLIS + STILL_THERE + GONE);
    }

    @Test
    void what_is_set_for_some_time_is_not_gone_before_it_is_over() {
        fails(FOR_50_MILLIS + "2 3000000 40000000 get s0 r0 -> missing");
        passes(FOR_50_MILLIS + "2 3000000 60000000 get s0 r0 -> missing");
        fails(FOR_50_MILLIS + "2 3000000 40000000 write s0 n2 set r1 20 -> written 3: 3");
        fails(FOR_50_MILLIS + "2 3000000 40000000 log s0 -> changes set r0 10 + expiry r0");
    }

    @Test
    void the_time_of_a_set_begins_between_its_request_and_its_answer() {
        String slow = "1 1000000 80000000 write s0 n1 set r0 10 lives=50 -> written 1: 1\n";
        passes(slow + "2 81000000 82000000 get s0 r0 -> missing");
        passes(slow + "2 100000000 110000000 get s0 r0 -> found 1 integer 10");
    }

    @Test
    void what_is_gone_after_its_time_comes_back_by_a_set_only() {
        fails(FOR_50_MILLIS + GONE + "3 72000000 73000000 get s0 r0 -> found 1 integer 10");
        passes(FOR_50_MILLIS + GONE + """
                3 72000000 73000000 write s0 n2 set r0 20 if-absent=true -> written 3: 3
                2 74000000 75000000 get s0 r0 -> found 3 integer 20""");
    }

    @Test
    void that_something_goes_after_its_time_is_a_change_with_a_number() {
        passes(FOR_50_MILLIS + GONE + "1 72000000 73000000 write s0 n2 set r1 20 -> written 3: 3");
        fails(FOR_50_MILLIS + GONE + "1 72000000 73000000 write s0 n2 set r1 20 -> written 2: 2");
        String field = """
                1 1000000 2000000 write s0 n1 set o0/x 1 lives=50 -> written 1: 1
                1 3000000 4000000 write s0 n2 set o0/y 2 -> written 2: 2
                """;
        passes(field + "2 70000000 71000000 get s0 o0 -> found 3 map {\"y\":2}");
        fails(field + "2 70000000 71000000 get s0 o0 -> found 2 map {\"y\":2}");
    }

    @Test
    void all_changes_say_what_went_after_its_time() {
        passes(FOR_50_MILLIS + GONE + "3 72000000 73000000 log s0 -> changes set r0 10 + expiry r0");
        fails(FOR_50_MILLIS + GONE + "3 72000000 73000000 log s0 -> changes set r0 10 + delete r0");
        fails(FOR_50_MILLIS + GONE + "3 72000000 73000000 log s0 -> changes set r0 10");
        fails(FOR_50_MILLIS + GONE + "3 72000000 73000000 log s0 -> changes set r0 10 + expiry r0 + expiry r0");
    }

    @Test
    void the_revision_from_before_does_not_match_what_went_after_its_time() {
        String atOne = "1 72000000 73000000 write s0 n2 set r0 20 if-match=1 -> ";
        passes(FOR_50_MILLIS + atOne + "written 2: 2");
        passes(FOR_50_MILLIS + atOne + "refused conflict 0 -");
        passes(FOR_50_MILLIS + GONE + atOne + "refused conflict 0 -");
        fails(FOR_50_MILLIS + GONE + atOne + "written 3: 3");
        fails(FOR_50_MILLIS + GONE + atOne + "refused conflict 0 2");
    }

    @Test
    void what_was_written_again_at_or_below_stays() {
        String register = FOR_50_MILLIS + "1 3000000 4000000 write s0 n2 set r0 20 -> written 2: 2\n";
        passes(register + "2 100000000000 100001000000 get s0 r0 -> found 2 integer 20");
        fails(register + GONE);
        String object = """
                1 1000000 2000000 write s0 n1 set o0 {"x":1,"y":2} lives=50 -> written 1: 1
                1 3000000 4000000 write s0 n2 delete o0/y -> written 2: 2
                """;
        passes(object + "2 100000000000 100001000000 get s0 o0 -> found 2 map {\"x\":1}");
        fails(object + "2 70000000 71000000 get s0 o0 -> missing");
    }

    @Test
    void an_object_goes_as_a_whole() {
        String object = "1 1000000 2000000 write s0 n1 set o0 {\"x\":1,\"y\":2} lives=50 -> written 1: 1\n";
        passes(object + "2 70000000 71000000 list s0 -> several");
        fails(object + "2 70000000 71000000 list s0 -> several o0/x 1 integer 1");
    }

    @Test
    void what_is_set_for_some_time_is_gone_in_the_end() {
        fails(FOR_50_MILLIS + "2 70000000000 70001000000 get s0 r0 -> found 1 integer 10");
        passes("""
                1 1000000 ? write s0 n1 set r0 10 lives=50 -> ?
                2 70000000000 70001000000 get s0 r0 -> found 1 integer 10""");
    }

    @Test
    void a_set_for_some_time_that_comes_again_begins_no_new_time() {
        String again = """
                1 1000000 ? write s0 n1 once set r0 10 lives=50 -> ?
                1 200000000 201000000 write s0 n1 once set r0 10 lives=50 -> written 1: 1
                """;
        passes(again + "2 202000000 203000000 get s0 r0 -> missing");
        fails(again + """
                2 202000000 203000000 get s0 r0 -> missing
                2 300000000 301000000 get s0 r0 -> found 1 integer 10""");
    }

    @Test
    void a_write_that_comes_again_under_its_name_is_done_once() {
        String open = "1 1 ? write s0 n1 once increment c0 5 -> ?\n";
        passes(open + """
                1 3 4 write s0 n1 once increment c0 5 -> written 1: 1 5
                2 5 6 get s0 c0 -> found 1 counter 5""");
        fails(open + """
                1 3 4 write s0 n1 once increment c0 5 -> written 2: 2 10
                2 5 6 get s0 c0 -> found 2 counter 10""");
    }

    @Test
    void all_changes_are_what_was_written() {
        String written = """
                1 1 2 write s0 n1 set r0 10 -> written 1: 1
                1 3 ? write s0 n2 delete r0 -> ?
                """;
        passes(written + "1 5 6 log s0 -> changes set r0 10 + delete r0");
        passes(written + "1 5 6 log s0 -> changes set r0 10");
        fails(written + "1 5 6 log s0 -> changes delete r0");
        fails(written + "1 5 6 log s0 -> changes set r0 10 + delete r0 + delete r0");
    }

    @Test
    void stores_are_judged_apart() {
        passes("""
                1 1 2 write s0 n1 set r0 10 -> written 1: 1
                1 3 4 write s1 n2 set r0 20 -> written 1: 1
                2 5 6 get s0 r0 -> found 1 integer 10""");
    }

    @Test
    void histories_of_the_model_of_entries_are_explained() throws Exception {
        ModelEntryStorage storage = new ModelEntryStorage(() -> System.nanoTime() / 1_000_000);
        for (int seed = 0; seed < 10; seed++) {
            Judged.passes(Entries.SUBJECT, () -> new EntryStorageTarget(storage), seed);
        }
    }

    @Test
    void histories_of_the_engine_are_explained(@TempDir Path directory) throws Exception {
        try (Engine engine = Engine.open(directory.resolve("data"), OPTIONS)) {
            for (int seed = 0; seed < 10; seed++) {
                Judged.passes(Entries.SUBJECT, () -> new EntryStorageTarget(engine.entries()), seed);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void a_planted_fault_is_found(EntryFault fault, @TempDir Path directory) throws Exception {
        try (Engine engine = Engine.inMemory(OPTIONS)) {
            Judged.findsFault(
                    Entries.SUBJECT,
                    fault.plantIn(() -> new EntryStorageTarget(engine.entries())),
                    fault.toString(),
                    100,
                    directory);
        }
    }
}
