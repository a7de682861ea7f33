package dev.varve.bench.histories;

import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.engine.Engine;
import dev.varve.engine.EngineOptions;
import dev.varve.testkit.ModelStreamStorage;
import dev.varve.testkit.history.Operation;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What is right passes, and what is wrong is found: in histories written by hand, and in recorded ones. */
final class JudgeTest {

    private static final HistoryText<Request, Answer> TEXT = new HistoryText<>(Streams.SUBJECT);

    private static List<Operation<Request, Answer>> history(String lines) {
        return lines.lines().map(TEXT::operation).toList();
    }

    private static void passes(String lines) {
        Judge.Objection<Request, Answer> objection = Judge.check(Streams.SUBJECT, history(lines));
        assertThat(objection == null ? List.of() : objection.story()).isEmpty();
    }

    private static Judge.Objection<Request, Answer> fails(String lines) {
        Judge.Objection<Request, Answer> objection = Judge.check(Streams.SUBJECT, history(lines));
        assertThat(objection).isNotNull();
        assertThat(Objects.requireNonNull(objection).undecided()).isFalse();
        return objection;
    }

    @Test
    void concurrent_appends_may_come_in_either_order() {
        passes("""
                0 1 2 create t0 -> created next=0
                1 3 9 append t0 1:16 -> written next=36 new
                2 4 8 append t0 2:20 -> written next=20 new
                3 10 11 read t0 from=start max=99 -> page start=0 next=36 2:20,1:16""");
    }

    @Test
    void an_append_after_another_comes_behind_it() {
        fails("""
                0 1 2 create t0 -> created next=0
                1 3 4 append t0 1:16 -> written next=36 new
                2 5 8 append t0 2:20 -> written next=20 new""");
    }

    @Test
    void a_stale_tail_is_found() {
        Judge.Objection<Request, Answer> found = fails("""
                0 1 2 create t0 -> created next=0
                1 3 4 append t0 1:16 -> written next=16 new
                1 5 6 tail t0 -> end next=16
                2 7 8 tail t0 -> end next=0
                2 9 10 tail t0 -> end next=16""");

        assertThat(found.part()).extracting(Operation::invoked).containsExactly(1L, 3L, 7L);
        assertThat(found.story()).anyMatch(line -> line.contains("instead of end next=16"));
    }

    @Test
    void a_lost_append_is_found() {
        fails("""
                0 1 2 create t0 -> created next=0
                1 3 4 append t0 1:16 -> written next=16 new
                2 5 6 append t0 2:16 -> written next=16 new""");
    }

    @Test
    void an_append_without_an_answer_may_be_there_late_or_never() {
        passes("""
                0 1 2 create t0 -> created next=0
                1 3 ? append t0 1:16 -> ?
                2 4 5 tail t0 -> end next=0
                2 6 7 append t0 2:16 -> written next=32 new
                2 8 9 read t0 from=16 max=9 -> page start=16 next=32 2:16""");
        passes("""
                0 1 2 create t0 -> created next=0
                1 3 ? append t0 1:16 -> ?
                2 6 7 append t0 2:16 -> written next=16 new""");
    }

    @Test
    void an_append_without_an_answer_is_there_at_most_once_and_stays() {
        fails("""
                0 1 2 create t0 -> created next=0
                1 3 ? append t0 1:16 -> ?
                2 6 7 read t0 from=start max=9 -> page start=0 next=16 1:16
                2 8 9 append t0 2:16 -> written next=16 new""");
        fails("""
                0 1 2 create t0 -> created next=0
                1 3 ? append t0 1:16 -> ?
                2 6 7 read t0 from=start max=99 -> page start=0 next=32 1:16,1:16""");
    }

    @Test
    void a_message_that_nobody_sent_is_found() {
        fails("""
                0 1 2 create t0 -> created next=0
                2 6 7 read t0 from=start max=9 -> page start=0 next=16 7:16""");
        fails("""
                0 1 2 create t0 -> created next=0
                1 3 4 append t0 1:16 -> written next=16 new
                2 6 7 read t0 from=start max=9 -> page start=0 next=16 !3c31:16""");
    }

    @Test
    void a_page_leaves_nothing_out_and_says_whether_there_is_more() {
        String two = """
                0 1 2 create j0 -> created next=0
                1 3 4 append j0 1:16,2:17,3:18 -> written next=51 new
                """;
        passes(two + "2 5 6 read j0 from=0 max=9 -> page start=0 next=16 more 1:16");
        passes(two + "2 5 6 read j0 from=16 max=99 -> page start=16 next=51 2:17,3:18");
        fails(two + "2 5 6 read j0 from=0 max=9 -> page start=0 next=16 1:16");
        fails(two + "2 5 6 read j0 from=0 max=99 -> page start=0 next=51 1:16,3:18");
        fails(two + "2 5 6 read j0 from=0 max=99 -> page start=0 next=0 more");
        fails(two + "2 5 6 read j0 from=8 max=99 -> page start=8 next=51 2:17,3:18");
    }

    @Test
    void of_two_appends_with_one_condition_one_wins() {
        String created = "0 1 2 create t0 -> created next=0\n";
        passes(created + """
                1 3 9 append t0 1:16 if-match=0 -> written next=16 new
                2 4 8 append t0 2:16 if-match=0 -> refused precondition_failed offset=16""");
        fails(created + """
                1 3 9 append t0 1:16 if-match=0 -> written next=16 new
                2 4 8 append t0 2:16 if-match=0 -> written next=32 new""");
        fails(created + """
                1 3 4 append t0 1:16 if-match=0 -> written next=16 new
                2 5 8 append t0 2:16 if-match=16 -> refused precondition_failed offset=16""");
    }

    @Test
    void a_producer_appends_each_request_once_in_order_and_is_fenced() {
        String first = """
                0 1 2 create t0 -> created next=0
                1 3 4 append t0 1:16 producer=p/0/0 -> written next=16 new producer=p/0/0
                """;
        passes(first + "1 5 6 append t0 1:16 producer=p/0/0 -> written next=16 duplicate producer=p/0/0");
        fails(first + "1 5 6 append t0 1:16 producer=p/0/0 -> written next=32 new producer=p/0/0");
        passes(first + "1 5 6 append t0 2:16 producer=p/0/2 -> refused producer_gap expected=1 received=2");
        fails(first + "1 5 6 append t0 2:16 producer=p/0/1 -> refused producer_gap expected=1 received=1");
        passes(first + """
                2 5 6 append t0 2:16 producer=p/1/0 -> written next=32 new producer=p/1/0
                1 7 8 append t0 3:16 producer=p/0/1 -> refused producer_fenced epoch=1""");
        fails(first + """
                2 5 6 append t0 2:16 producer=p/1/0 -> written next=32 new producer=p/1/0
                1 7 8 append t0 3:16 producer=p/0/1 -> written next=48 new producer=p/0/1""");
    }

    @Test
    void nothing_comes_after_a_closing() {
        String closed = """
                0 1 2 create t0 -> created next=0
                1 3 4 append t0 1:16 close -> written next=16 closed new
                """;
        passes(closed + "2 5 6 append t0 2:16 -> refused closed offset=16");
        passes(closed + "2 5 6 append t0 close -> written next=16 closed duplicate");
        fails(closed + "2 5 6 append t0 2:16 -> written next=32 new");
        fails(closed + "2 5 6 tail t0 -> end next=16");
    }

    @Test
    void a_deleted_stream_is_gone_and_a_new_one_is_empty() {
        String deleted = """
                0 1 2 create t0 -> created next=0
                1 3 4 append t0 1:16 -> written next=16 new
                1 5 6 delete t0 -> deleted
                """;
        passes(deleted + "2 7 8 tail t0 -> refused not_found");
        passes(deleted + "2 7 8 create t0 -> created next=0");
        fails(deleted + "2 7 8 create t0 -> existing next=16");
        fails(deleted + "2 7 8 read t0 from=start max=9 -> page start=0 next=16 1:16");
    }

    @Test
    void an_append_that_is_sent_again_may_be_in_a_deleted_stream_and_in_the_one_after_it() {
        passes("""
                0 1 2 create t0 -> created next=0
                1 3 ? append t0 1:16 producer=p1/0/0 -> ?
                2 4 5 tail t0 -> end next=16
                2 6 7 delete t0 -> deleted
                2 8 9 create t0 -> created next=0
                2 10 11 append t0 2:20 -> written next=20 new
                1 12 13 append t0 1:16 producer=p1/0/0 -> written next=36 new producer=p1/0/0
                2 14 15 read t0 from=start max=99 -> page start=0 next=36 2:20,1:16""");
    }

    @Test
    void an_atomic_append_is_never_seen_by_halves() {
        String both = """
                0 1 2 create t0 -> created next=0
                0 3 4 create j1 -> created next=0
                1 5 20 append-all append t0 1:16 + append j1 2:17 -> written-all written next=16 new + written next=17 new
                """;
        passes(both + """
                2 6 7 tail t0 -> end next=0
                2 8 9 tail j1 -> end next=17""");
        fails(both + """
                2 6 7 tail t0 -> end next=16
                2 8 9 tail j1 -> end next=0""");
    }

    @Test
    void histories_of_the_model_of_storages_are_explained() throws Exception {
        ModelStreamStorage storage = new ModelStreamStorage();
        for (int seed = 0; seed < 20; seed++) {
            Judged.passes(Streams.SUBJECT, () -> new StorageTarget(storage), seed);
        }
    }

    @Test
    void histories_of_the_engine_are_explained(@TempDir Path directory) throws Exception {
        try (Engine engine = Engine.open(directory.resolve("data"), EngineOptions.DEFAULT)) {
            for (int seed = 0; seed < 20; seed++) {
                Judged.passes(Streams.SUBJECT, () -> new StorageTarget(engine.streams()), seed);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void a_planted_fault_is_found(PlantedFault fault, @TempDir Path directory) throws Exception {
        try (Engine engine = Engine.inMemory(EngineOptions.DEFAULT)) {
            Judged.findsFault(
                    Streams.SUBJECT,
                    fault.plantIn(() -> new StorageTarget(engine.streams())),
                    fault.toString(),
                    200,
                    directory);
        }
    }
}
