package dev.varve.bench.histories;

import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.engine.Engine;
import dev.varve.engine.EngineOptions;
import dev.varve.testkit.ModelEventStorage;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What is right passes, and what is wrong is found: in histories of events written by hand, and in recorded ones. */
final class EventsJudgeTest {

    private static final HistoryText<EventRequest, EventAnswer> TEXT = new HistoryText<>(Events.SUBJECT);

    private static Judge.@Nullable Objection<EventRequest, EventAnswer> judge(String lines) {
        return Judge.check(Events.SUBJECT, lines.lines().map(TEXT::operation).toList());
    }

    private static void passes(String lines) {
        Judge.Objection<EventRequest, EventAnswer> objection = judge(lines);
        assertThat(objection == null ? List.of() : objection.story()).isEmpty();
    }

    private static void fails(String lines) {
        Judge.Objection<EventRequest, EventAnswer> objection = judge(lines);
        assertThat(objection).isNotNull().matches(found -> !found.undecided());
    }

    @Test
    void concurrent_appends_come_in_the_order_of_their_positions() {
        String appends = """
                1 3 9 append s0 1 event=a0:T0:t0 -> appended 1 a0=1
                2 4 8 append s0 2 event=a0:T1: -> appended 0 a0=0
                """;
        passes(appends + "3 10 11 read s0 :: -> page 1 0=2/0@0 1=1/0@1");
        fails(appends + "3 10 11 read s0 :: -> page 1 0=1/0@0 1=2/0@1");
    }

    @Test
    void an_append_after_another_stands_behind_it() {
        fails("""
                1 3 4 append s0 1 event=a0:T0: -> appended 1 a0=1
                2 5 8 append s0 2 event=a0:T0: -> appended 0 a0=0""");
    }

    @Test
    void of_two_appends_at_one_version_one_is_made() {
        passes("""
                1 3 9 append s0 1 check=a0:noStream event=a0:T0: -> appended 0 a0=0
                2 4 8 append s0 2 check=a0:noStream event=a0:T0: -> refused wrong_expected_version -1 a0=0""");
        fails("""
                1 3 9 append s0 1 check=a0:noStream event=a0:T0: -> appended 0 a0=0
                2 4 8 append s0 2 check=a0:noStream event=a0:T0: -> appended 1 a0=1""");
        fails("2 4 8 append s0 2 check=a0:noStream event=a0:T0: -> refused wrong_expected_version -1 a0=0");
    }

    @Test
    void a_condition_looks_at_all_that_stands_before_its_append() {
        String first = "1 1 2 append s0 1 event=:T0:t0,t1 -> appended 0\n";
        passes(first + "2 3 4 append s0 2 event=:T1: unless=T0:t0@-1 -> refused condition_failed 0");
        fails(first + "2 3 4 append s0 2 event=:T1: unless=T0:t0@-1 -> appended 1");
        passes(first + "2 3 4 append s0 2 event=:T1: unless=T0:t0@0 -> appended 1");
        fails(first + "2 3 4 append s0 2 event=:T1: unless=T0:t0@0 -> refused condition_failed 0");
        passes(first + "2 3 4 append s0 2 event=:T1: unless=T0:t0,t2@-1 -> appended 1");
    }

    @Test
    void what_came_in_between_is_missed_by_no_condition() {
        passes("""
                1 1 9 append s0 1 event=:T0:t0 -> appended 1
                2 2 8 append s0 2 event=:T1: unless=:t0@-1 -> appended 0""");
        fails("""
                1 1 9 append s0 1 event=:T0:t0 -> appended 0
                2 2 8 append s0 2 event=:T1: unless=:t0@-1 -> appended 1""");
    }

    @Test
    void an_append_without_an_answer_may_be_there_or_not_but_once() {
        String open = "1 1 ? append s0 1 check=a0:noStream event=a0:T0: event=:T1: -> ?\n";
        passes(open + "2 5 6 read s0 :: -> page -1");
        passes(open + "2 5 6 read s0 :: -> page 1 0=1/0@0 1=1/1@-1");
        fails(open + "2 5 6 read s0 :: -> page 0 0=1/0@0");
        fails(open + """
                2 5 6 read s0 :: -> page 1 0=1/0@0 1=1/1@-1
                2 7 8 read s0 :: -> page -1""");
    }

    @Test
    void an_append_that_comes_again_is_made_once() {
        String open = "1 1 ? append s0 1 check=a0:noStream event=a0:T0: -> ?\n";
        passes(open + "1 3 4 append s0 1 check=a0:noStream event=a0:T0: -> appended 0 a0=0 again");
        passes(open + "1 3 4 append s0 1 check=a0:noStream event=a0:T0: -> appended 0 a0=0");
        fails(open + """
                1 3 4 append s0 1 check=a0:noStream event=a0:T0: -> appended 0 a0=0 again
                2 5 6 read s0 :: -> page 1 0=1/0@0 1=1/0@1""");
    }

    @Test
    void a_source_only_goes_forward() {
        String first = "1 1 2 append s0 1 event=:T0: tracking=5 -> appended 0\n";
        passes(first + "1 3 4 append s0 2 event=:T0: tracking=5 -> refused tracking_not_increasing 5");
        fails(first + "1 3 4 append s0 2 event=:T0: tracking=5 -> appended 1");
    }

    @Test
    void a_transaction_is_seen_whole_or_not_at_all() {
        String open = "1 1 ? transact s0 1 check=a0:noStream event=a0:T0: set=e0@0 message -> ?\n";
        String nothing = "3 12 13 read s0 :: -> page -1";
        String all = "3 12 13 read s0 :: -> page 0 0=1/0@0";
        passes(open + "2 3 4 entry s0 e0 -> value 0\n" + nothing);
        passes(open + "2 3 4 entry s0 e0 -> value 0\n" + all);
        passes(open + "2 3 4 entry s0 e0 -> value 1 1\n2 5 6 messages s0 -> messages 1\n" + all);
        fails(open + "2 3 4 entry s0 e0 -> value 1 1\n2 5 6 messages s0 -> messages\n" + all);
        fails(open + "2 3 4 entry s0 e0 -> value 1 1\n2 5 6 read s0 :: -> page -1\n" + all);
        fails(open + "2 3 4 read s0 :: -> page 0 0=1/0@0\n2 5 6 entry s0 e0 -> value 0\n" + all);
        fails(open + "2 3 4 messages s0 -> messages 1\n2 5 6 entry s0 e0 -> value 0\n" + all);
        fails(open + "2 3 4 entry s0 e0 -> value 1 1\n" + nothing);
    }

    @Test
    void what_a_transaction_expects_holds_at_one_moment() {
        String first = "1 1 2 transact s0 1 event=a0:T0: set=e0@0 -> committed 10 0 1 0 a0=0\n";
        passes(first + "2 3 4 transact s0 2 check=a0:0 event=a0:T0: set=e0@1 -> committed 20 1 2 0 a0=1");
        fails(first + "2 3 4 transact s0 2 check=a0:noStream event=a0:T0: set=e0@1 -> committed 20 1 2 0 a0=1");
        fails(first + "2 3 4 transact s0 2 check=a0:0 event=a0:T0: set=e0@0 -> committed 20 1 2 0 a0=1");
        fails(first + "2 3 4 transact s0 2 check=a0:0 event=a0:T0: set=e0@1 -> committed 10 1 2 0 a0=1");
        // Each of them holds at some moment, and at none do both.
        fails(first + """
                3 3 9 append s0 3 event=a0:T0: -> appended 1 a0=1
                1 4 5 transact s0 4 event=:T0: set=e0@1 -> committed 20 2 2 0
                2 3 9 transact s0 2 check=a0:1 event=:T0: set=e0@1 -> committed 30 3 3 0""");
    }

    @Test
    void a_transaction_is_refused_for_what_is_in_its_way() {
        String first = "1 1 2 transact s0 1 event=a0:T0: set=e0@0 -> committed 10 0 1 0 a0=0\n";
        String second = first + "2 3 4 transact s0 2 check=a0:noStream event=a0:T0: set=e0@0 -> blocked ";
        passes(second + "0:wrong_expected_version:0 2:exists:1");
        fails(second + "0:wrong_expected_version:0");
        fails(second + "2:exists:1");
        fails(second + "0:wrong_expected_version:0 2:exists:2");
        fails(first + "2 3 4 transact s0 2 check=a0:0 event=a0:T0: set=e0@1 -> blocked 2:conflict:1");
        passes(first
                + "2 3 4 transact s0 2 event=:T0: unless=T0:@-1 set=e1@5 -> blocked 1:condition_failed:0 2:conflict:-");
    }

    @Test
    void a_transaction_that_comes_again_is_made_once() {
        String open = "1 1 ? transact s0 1 event=:T0: add=c0@2 -> ?\n";
        String made = "1 1 2 transact s0 1 event=:T0: add=c0@2 -> committed 10 0 1 2\n";
        String log = "\n2 9 10 read s0 :: -> page 0 0=1/0@-1";
        passes(open + "1 3 4 transact s0 1 event=:T0: add=c0@2 -> committed 10 0 1 2 replayed" + log);
        passes(open + "1 3 4 transact s0 1 event=:T0: add=c0@2 -> committed 10 0 1 2" + log);
        passes(made + "1 3 4 transact s0 1 event=:T0: add=c0@2 -> committed 10 0 1 2 replayed" + log);
        fails(made + "1 3 4 transact s0 1 event=:T0: add=c0@2 -> committed 11 0 1 2 replayed" + log);
        fails(made + "1 3 4 transact s0 1 event=:T0: add=c0@2 -> committed 10 0 1 4 replayed" + log);
        fails(made + "1 3 4 transact s0 1 event=:T0: add=c0@2 -> committed 20 1 2 4");
        fails(open + """
                1 3 4 transact s0 1 event=:T0: add=c0@2 -> committed 10 0 1 2
                1 5 6 entry s0 c0 -> value 2 4""" + log);
    }

    @Test
    void an_entry_and_the_stream_are_also_written_by_themselves() {
        String first = """
                1 1 2 transact s0 1 event=:T0: set=e0@0 message -> committed 10 0 1 0
                1 3 4 change s0 2 set=e0@1 -> changed 2
                1 5 6 change s0 3 add=c0@2 -> changed 3
                1 7 8 say s0 4 -> said
                """;
        passes(first + """
                2 9 10 entry s0 e0 -> value 2 2
                2 11 12 entry s0 c0 -> value 3 2
                2 13 14 messages s0 -> messages 1 4
                2 15 16 transact s0 5 add=c0@3 -> committed 50 -1 4 5""");
        fails(first + "2 9 10 entry s0 e0 -> value 1 1");
        fails(first + "2 9 10 entry s0 c0 -> value 3 3");
        fails(first + "2 9 10 messages s0 -> messages 1");
        fails(first + "2 9 10 change s0 5 set=e0@1 -> changed 4");
        passes(first + "2 9 10 change s0 5 set=e0@1 -> unchanged conflict 2");
        fails(first + "2 9 10 change s0 5 set=e0@2 -> unchanged conflict 2");
        passes(first + "2 9 10 change s0 5 set=e0@0 -> unchanged exists 2");
        passes(first + "2 9 10 change s0 5 set=e1@5 -> unchanged conflict 0");
    }

    @Test
    void the_feed_tells_each_commit_once_and_whole() {
        String writes = """
                1 1 2 transact s0 1 event=a0:T0: set=e0@0 message -> committed 10 0 1 0 a0=0
                1 3 4 append s0 2 event=:T0: event=a0:T0: -> appended 1 a0=1
                1 5 6 change s0 3 add=c0@2 -> changed 2
                1 7 8 say s0 4 -> said
                """;
        String one = " #10 1:set:e0:1 0=1/0@0 1";
        String two = " #20 1=2/0@-1 2=2/1@1";
        String three = " #30 2:increment:c0:2";
        String four = " #40 4";
        passes(writes + "2 9 10 commits s0 0 100 -> commits 40" + one + two + three + four);
        passes(writes + "2 9 10 commits s0 0 2 -> commits 20 more" + one + two
                + "\n2 11 12 commits s0 20 2 -> commits 40" + three + four);
        fails(writes + "2 9 10 commits s0 0 100 -> commits 40" + one + two + four);
        fails(writes + "2 9 10 commits s0 0 100 -> commits 30" + one + two + three);
        fails(writes + "2 9 10 commits s0 0 100 -> commits 40" + one + two + two + three + four);
        fails(writes + "2 9 10 commits s0 0 100 -> commits 40" + two + one + three + four);
        fails(writes + "2 9 10 commits s0 0 100 -> commits 41 #10 0=1/0@0 #11 1:set:e0:1 1" + two + three + four);
        fails(writes + "2 9 10 commits s0 0 100 -> commits 40 #9 1:set:e0:1 0=1/0@0 1" + two + three + four);
        fails(writes + "2 9 10 commits s0 0 3 -> commits 30" + one + two + three);
        fails(writes + "2 9 10 commits s0 0 100 -> commits 40 more" + one + two + three + four);
        fails(writes + "2 9 10 commits s0 0 2 -> commits 20 more" + one + two
                + "\n2 11 12 commits s0 20 2 -> commits 40" + four);
    }

    @Test
    void what_is_in_the_feed_is_everywhere() {
        String open = "1 1 ? transact s0 1 event=:T0: set=e0@0 -> ?\n";
        String there = "2 3 4 commits s0 0 9 -> commits 10 #10 1:set:e0:1 0=1/0@-1\n";
        passes(open + there + "2 5 6 entry s0 e0 -> value 1 1");
        fails(open + there + "2 5 6 entry s0 e0 -> value 0");
        fails(open + there + "2 5 6 read s0 :: -> page -1");
        fails(open + there + "2 5 6 commits s0 0 9 -> commits 0");
        fails(open + "2 1 2 entry s0 e0 -> value 1 1\n2 3 4 commits s0 0 9 -> commits 0");
        passes(open + "2 3 4 commits s0 0 9 -> commits 0\n2 5 6 entry s0 e0 -> value 1 1");
    }

    @Test
    void the_order_of_the_feed_is_that_of_all_writes() {
        String both = """
                1 1 9 say s0 1 -> said
                2 2 8 change s0 2 add=c0@1 -> changed 1
                3 3 4 commits s0 0 9 -> commits 10 #10 1:increment:c0:1
                3 10 11 commits s0 0 9 -> commits 20 #10 1:increment:c0:1 #20 1
                """;
        passes(both + "4 5 6 messages s0 -> messages");
        fails(both + "4 1 2 messages s0 -> messages 1");
    }

    @Test
    void a_deleted_aggregate_cannot_be_read_and_goes_on_where_it_was() {
        String deleted = """
                1 1 2 append s0 1 event=a0:T0: event=a0:T0: -> appended 0 a0=1
                1 3 4 delete s0 2 a0:1 -> deleted soft_deleted 1
                """;
        passes(deleted + "2 5 6 read s0 a0:: -> absent\n2 7 8 read s0 :: -> page 1");
        fails(deleted + "2 5 6 read s0 a0:: -> page 1 0=1/0@0 1=1/1@1");
        fails(deleted + "2 5 6 read s0 :: -> page 1 0=1/0@0 1=1/1@1");
        fails(deleted + "2 5 6 append s0 3 check=a0:1 event=a0:T0: -> appended 2 a0=2");
        passes(deleted + "2 5 6 append s0 3 check=a0:1 event=a0:T0: -> refused wrong_expected_version -1 a0=-1");
        for (String expected : List.of("noStream", "softDeleted", "lt0")) {
            passes(deleted + "2 5 6 append s0 3 check=a0:" + expected + " event=a0:T0: -> appended 2 a0=2\n"
                    + "2 7 8 read s0 a0:: -> page 2 2=3/0@2");
        }
        fails(deleted + "2 5 6 append s0 3 check=a0:noStream event=a0:T0: -> appended 2 a0=0");
        passes(deleted + "2 5 6 append s0 3 event=:T0: unless=:@-1 -> appended 2");
        passes(deleted + "2 5 6 delete s0 3 a0:1 -> deleted soft_deleted 1");
        passes(deleted
                + "2 5 6 transact s0 3 check=a0:1 event=a0:T0: -> blocked 0:wrong_expected_version:soft_deleted");
        passes(deleted + "2 5 6 append s0 3 check=a0:noStream -> appended -1 a0=1");
    }

    @Test
    void an_aggregate_that_was_deleted_for_ever_is_never_written_again() {
        String deleted = """
                1 1 2 append s0 1 event=a0:T0: -> appended 0 a0=0
                1 3 4 delete s0 2 a0:any forever -> deleted tombstoned 0
                """;
        passes(deleted + "2 5 6 read s0 a0:: -> absent forever");
        fails(deleted + "2 5 6 read s0 a0:: -> absent");
        fails(deleted + "2 5 6 append s0 3 event=a0:T0: -> appended 1 a0=1");
        passes(deleted + "2 5 6 append s0 3 event=a0:T0: event=a1:T0: -> refused tombstoned -1 a0=-1");
        passes(deleted + "2 5 6 append s0 3 check=a0:noStream -> appended -1 a0=0");
        passes(deleted
                + "2 5 6 transact s0 3 check=a1:noStream event=a1:T0: event=a0:T0: -> blocked 2:tombstoned:tombstoned");
        passes(deleted + "2 5 6 delete s0 3 a0:any -> refused tombstoned -1 a0=-1");
        passes(deleted + "2 5 6 delete s0 3 a0:0 forever -> deleted tombstoned 0");
    }

    @Test
    void a_deletion_at_another_version_changes_nothing() {
        String first = "1 1 2 append s0 1 event=a0:T0: -> appended 0 a0=0\n";
        passes(first + "2 3 4 delete s0 2 a0:3 -> refused wrong_expected_version -1 a0=0\n"
                + "2 5 6 read s0 a0:: -> page 0 0=1/0@0");
        fails(first + "2 3 4 delete s0 2 a0:3 -> deleted soft_deleted 0");
        fails(first + "2 3 4 delete s0 2 a0:0 -> refused wrong_expected_version -1 a0=0");
        passes(first + "2 3 4 delete s0 2 a1:3 -> deleted empty -1");
    }

    @Test
    void what_is_being_deleted_may_be_read_or_not() {
        String deleting = """
                1 1 2 append s0 1 event=a0:T0: -> appended 0 a0=0
                1 5 20 delete s0 2 a0:any -> deleted soft_deleted 0
                2 6 18 append s0 3 event=a1:T0: -> appended 1 a1=0
                """;
        passes(deleting + "3 7 9 read s0 :: -> page 0 0=1/0@0");
        passes(deleting + "3 7 9 read s0 :: -> page 0");
        passes(deleting + "3 7 9 read s0 :: -> page 1 0=1/0@0 1=3/0@0");
        passes(deleting + "3 7 9 read s0 :: -> page 1 1=3/0@0");
        fails(deleting + "3 7 9 read s0 :: -> page 1 0=1/0@0");
        fails(deleting + "3 30 31 read s0 :: -> page 1 0=1/0@0 1=3/0@0");
        passes(deleting + "3 30 31 commits s0 0 9 -> commits 20 #10 #20 1=3/0@0");
        fails(deleting + "3 30 31 commits s0 0 9 -> commits 20 #20 1=3/0@0");
    }

    @Test
    void an_append_that_comes_again_is_not_recognised_once_it_was_deleted() {
        String deleted = """
                1 1 2 append s0 1 event=a0:T0: -> appended 0 a0=0
                1 3 4 delete s0 2 a0:any -> deleted soft_deleted 0
                """;
        passes(deleted + "1 5 6 append s0 1 event=a0:T0: -> refused event_id_conflict 0");
        fails(deleted + "1 5 6 append s0 1 event=a0:T0: -> appended 0 a0=0 again");
        fails(deleted + "1 5 6 append s0 1 event=a0:T0: -> appended 1 a0=1");
    }

    @Test
    void a_transaction_that_only_checks_has_a_place_all_the_same() {
        String first = "1 1 2 transact s0 1 event=a0:T0: -> committed 10 0 0 0 a0=0\n";
        passes(first + "2 3 4 transact s0 2 check=a0:0 -> committed 20 -1 0 0 a0=0");
        fails(first + "2 3 4 transact s0 2 check=a0:1 -> committed 20 -1 0 0 a0=1");
        fails(first + "2 3 4 transact s0 2 check=a0:0 -> committed 10 -1 0 0 a0=0");
        passes(first + "2 3 4 transact s0 2 check=a0:1 -> blocked 0:wrong_expected_version:0");
        passes(first + "2 3 4 transact s0 2 check=a0:0 -> committed 20 -1 0 0 a0=0\n"
                + "2 5 6 append s0 3 event=a0:T0: -> appended 1 a0=1\n"
                + "2 7 8 transact s0 2 check=a0:0 -> committed 20 -1 0 0 a0=0 replayed");
    }

    @Test
    void a_key_is_of_one_transaction() {
        String first = "1 1 2 transact s0 1 event=a0:T0: -> committed 10 0 0 0 a0=0\n";
        passes(first + "2 3 4 transact s0 2 key=1 event=a0:T0: -> blocked -1:idempotency_key_reused:10\n"
                + "2 5 6 read s0 :: -> page 0 0=1/0@0");
        fails(first + "2 3 4 transact s0 2 key=1 event=a0:T0: -> blocked -1:idempotency_key_reused:20");
        fails(first + "2 3 4 transact s0 2 key=1 event=a0:T0: -> committed 20 1 0 0 a0=1");
        fails(first + "2 3 4 transact s0 2 key=1 event=a0:T0: -> committed 10 0 0 0 a0=0 replayed");
    }

    @Test
    void stores_are_judged_apart() {
        passes("""
                1 1 2 append s0 1 event=:T0: -> appended 0
                1 3 4 append s1 2 event=:T0: -> appended 0""");
    }

    @Test
    void histories_of_the_model_of_events_are_explained() throws Exception {
        ModelEventStorage storage = new ModelEventStorage(System::currentTimeMillis);
        for (int seed = 0; seed < 10; seed++) {
            Judged.passes(Events.SUBJECT, () -> new EventStorageTarget(storage, null), seed);
        }
    }

    @Test
    void histories_of_the_engine_are_explained(@TempDir Path directory) throws Exception {
        try (Engine engine = Engine.open(directory.resolve("data"), EngineOptions.DEFAULT)) {
            for (int seed = 0; seed < 10; seed++) {
                Judged.passes(Events.SUBJECT, () -> EventStorageTarget.of(engine), seed);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void a_planted_fault_is_found(EventsFault fault, @TempDir Path directory) throws Exception {
        try (Engine engine = Engine.inMemory(EngineOptions.DEFAULT)) {
            Judged.findsFault(
                    Events.SUBJECT,
                    fault.plantIn(() -> EventStorageTarget.of(engine)),
                    fault.toString(),
                    100,
                    directory);
        }
    }
}
