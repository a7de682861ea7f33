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
