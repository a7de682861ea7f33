package dev.varve.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The oracle's journal holds what was told before the telling returned. */
final class OracleTest {

    @TempDir
    private Path directory;

    @Test
    void a_journal_that_was_not_closed_gives_the_same_history() throws IOException {
        Path path = directory.resolve("journal");
        Oracle oracle = new Oracle(path, 42);
        oracle.record("stream s bytes", "opened s");
        oracle.record("sent 0 0 s");
        oracle.record("acked 0 0 0000000000000000_0000000000000010", "sent 0 1 s");

        History history = Oracle.replay(path);
        assertThat(Oracle.seed(path)).isEqualTo(42);
        assertThat(history.acknowledged()).isEqualTo(1);
        assertThat(history.unknown()).hasSize(1);
        assertThat(history.stream("s").partsOf(0)).hasSize(2);
        oracle.close();
    }

    @Test
    void half_a_line_at_the_end_was_not_told() throws IOException {
        Path path = directory.resolve("journal");
        Files.writeString(path, "seed 1\nstream s json\nsent 0 0 s\nacked 0 0 00");
        assertThat(Oracle.replay(path).acknowledged()).isZero();
    }

    @Test
    void lines_of_many_threads_are_all_there() throws IOException, InterruptedException {
        Path path = directory.resolve("journal");
        try (Oracle oracle = new Oracle(path, 1)) {
            oracle.record("stream s bytes");
            List<Thread> threads = new java.util.ArrayList<>();
            for (int writer = 0; writer < 8; writer++) {
                int id = writer;
                threads.add(Thread.ofVirtual().start(() -> tell(oracle, id)));
            }
            for (Thread thread : threads) {
                thread.join();
            }
        }
        assertThat(Oracle.replay(path).acknowledged()).isEqualTo(8 * 50);
    }

    @Test
    void an_answer_to_what_was_not_sent_is_an_error() {
        History history = new History();
        assertThatThrownBy(() -> history.apply("acked 0 0 -")).hasMessageContaining("not sent");
    }

    @Test
    void a_fork_holds_what_stood_before_its_offset() {
        History history = new History();
        List.of(
                        "stream s bytes",
                        "sent 0 0 s",
                        "acked 0 0 10",
                        "sent 0 1 s",
                        "acked 0 1 -",
                        "sent 0 2 s",
                        "acked 0 2 30",
                        "sent 0 3 s",
                        "acked 0 3 40",
                        "fork f s 30")
                .forEach(history::apply);
        assertThat(history.stream("f").partsOf(0))
                .extracting(part -> part.append.number)
                .containsExactly(0, 1, 2);
    }

    @Test
    void rules_of_what_may_go_are_read() {
        History history = new History();
        List.of("stream a bytes expires", "alive a 70", "alive a 60", "stream b bytes millis=2000", "stream c json")
                .forEach(history::apply);
        assertThat(history.stream("a").rule.expires()).isTrue();
        assertThat(history.stream("a").aliveUntilMillis).isEqualTo(70);
        assertThat(history.stream("b").rule).isEqualTo(new History.Rule(false, 0, 2_000, 0));
        assertThat(history.stream("c").rule).isEqualTo(History.Rule.NONE);
    }

    private static void tell(Oracle oracle, int writer) {
        try {
            for (int number = 0; number < 50; number++) {
                oracle.record("sent " + writer + " " + number + " s");
                oracle.record("acked " + writer + " " + number + " -");
            }
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
