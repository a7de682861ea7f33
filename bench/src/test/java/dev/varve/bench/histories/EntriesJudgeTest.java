package dev.varve.bench.histories;

import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.engine.Engine;
import dev.varve.engine.EngineOptions;
import dev.varve.testkit.ModelEntryStorage;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What is right passes, and what is wrong is found: in histories of entries written by hand, and in recorded ones. */
final class EntriesJudgeTest {

    private static final HistoryText<EntryRequest, EntryAnswer> TEXT = new HistoryText<>(Entries.SUBJECT);

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
        AtomicLong millis = new AtomicLong(1);
        ModelEntryStorage storage = new ModelEntryStorage(millis::incrementAndGet);
        for (int seed = 0; seed < 10; seed++) {
            Judged.passes(Entries.SUBJECT, () -> new EntryStorageTarget(storage), seed);
        }
    }

    @Test
    void histories_of_the_engine_are_explained(@TempDir Path directory) throws Exception {
        try (Engine engine = Engine.open(directory.resolve("data"), EngineOptions.DEFAULT)) {
            for (int seed = 0; seed < 10; seed++) {
                Judged.passes(Entries.SUBJECT, () -> new EntryStorageTarget(engine.entries()), seed);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void a_planted_fault_is_found(EntryFault fault, @TempDir Path directory) throws Exception {
        try (Engine engine = Engine.inMemory(EngineOptions.DEFAULT)) {
            Judged.findsFault(
                    Entries.SUBJECT,
                    fault.plantIn(() -> new EntryStorageTarget(engine.entries())),
                    fault.toString(),
                    100,
                    directory);
        }
    }
}
