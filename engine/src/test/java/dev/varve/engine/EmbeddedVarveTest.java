package dev.varve.engine;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.varve.api.AppendAllResult;
import dev.varve.api.AppendRequest;
import dev.varve.api.AppendResult;
import dev.varve.api.CreateRequest;
import dev.varve.api.ErrorKind;
import dev.varve.api.Fork;
import dev.varve.api.Offset;
import dev.varve.api.Producer;
import dev.varve.api.ReadResult;
import dev.varve.api.StreamConfig;
import dev.varve.api.StreamMetadata;
import dev.varve.api.StreamReader;
import dev.varve.api.Varve;
import dev.varve.api.VarveException;
import dev.varve.engine.io.Disk;
import dev.varve.engine.io.SystemClock;
import dev.varve.engine.io.SystemDisk;
import dev.varve.engine.io.SystemRandom;
import dev.varve.engine.journal.Group;
import dev.varve.engine.journal.Journal;
import dev.varve.engine.journal.JournalOptions;
import dev.varve.engine.journal.LocalJournal;
import dev.varve.engine.journal.StoreIdentity;
import dev.varve.engine.shard.FrameWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Varve in a program: the same streams without a socket. */
final class EmbeddedVarveTest {

    private static final StreamConfig TEXT = StreamConfig.of("text/plain");

    @TempDir
    private Path directory;

    @TempDir
    private Path elsewhere;

    private static byte[] bytes(String text) {
        return text.getBytes(UTF_8);
    }

    private static String text(ReadResult.Page page) {
        return UTF_8.decode(page.data()).toString();
    }

    @Test
    void what_was_appended_is_there_after_closing_and_opening_again() {
        Offset end;
        try (Varve varve = Varve.open(directory)) {
            varve.streams().create("log", TEXT);
            varve.streams().append("log", bytes("one "));
            end = varve.streams().append("log", bytes("two"));
        }
        try (Varve varve = Varve.open(directory)) {
            ReadResult.Page page = varve.streams().read("log", Offset.BEGINNING);
            assertThat(text(page)).isEqualTo("one two");
            assertThat(page.next()).isEqualTo(end);
            assertThat(varve.streams().append("log", bytes("!"))).isGreaterThan(end);
        }
    }

    @Test
    void producers_closings_forks_and_deletions_survive_opening_again() {
        Producer first = new Producer("p", 3, 0);
        try (Varve varve = Varve.open(directory)) {
            varve.streams().create("a", TEXT);
            varve.streams()
                    .append(AppendRequest.of("a", "text/plain", bytes("abc")).withProducer(first));
            varve.streams().create(CreateRequest.of("f", TEXT).withFork(Fork.atTailOf("a")));
            varve.streams().append("f", bytes("def"));
            varve.streams().create("gone", TEXT);
            varve.streams().delete("gone");
            varve.streams().close("f");
            varve.streams().delete("a");
        }
        try (Varve varve = Varve.open(directory)) {
            assertThat(text(varve.streams().read("f", Offset.BEGINNING))).isEqualTo("abcdef");
            assertThat(varve.streams().find("f").map(StreamMetadata::closed)).contains(true);
            assertThat(varve.streams().find("gone")).isEmpty();
            assertThatThrownBy(() -> varve.streams().read("a", Offset.BEGINNING))
                    .isInstanceOfSatisfying(
                            VarveException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.GONE));
            assertThat(varve.streams().delete("f")).isTrue();
        }
        try (Varve varve = Varve.open(directory)) {
            assertThat(varve.streams().list("", null, 10).streams()).isEmpty();
            varve.streams().create("a", TEXT);
            assertThat(varve.streams()
                            .append(AppendRequest.of("a", "text/plain", bytes("new"))
                                    .withProducer(first)))
                    .isInstanceOf(AppendResult.Appended.class);
        }
    }

    @Test
    void a_producers_retry_is_a_duplicate_after_opening_again() {
        AppendRequest request =
                AppendRequest.of("a", "text/plain", bytes("once")).withProducer(new Producer("p", 0, 0));
        try (Varve varve = Varve.open(directory)) {
            varve.streams().create("a", TEXT);
            assertThat(varve.streams().append(request)).isInstanceOf(AppendResult.Appended.class);
        }
        try (Varve varve = Varve.open(directory)) {
            assertThat(varve.streams().append(request)).isInstanceOf(AppendResult.Duplicate.class);
            assertThat(text(varve.streams().read("a", Offset.BEGINNING))).isEqualTo("once");
        }
    }

    @Test
    void a_follower_gets_what_is_there_and_what_comes_until_the_end() {
        try (Varve varve = Varve.inMemory()) {
            varve.streams().create("log", TEXT);
            varve.streams().append("log", bytes("one "));
            Thread writer = Thread.ofVirtual().start(() -> {
                varve.streams().append("log", bytes("two "));
                varve.streams().append("log", bytes("three"));
                varve.streams().close("log");
            });
            StringBuilder seen = new StringBuilder();
            try (StreamReader reader = varve.streams().follow("log", Offset.BEGINNING)) {
                while (!reader.atEnd()) {
                    reader.next(Duration.ofSeconds(30))
                            .map(EmbeddedVarveTest::text)
                            .ifPresent(seen::append);
                }
            }
            assertThat(seen).hasToString("one two three");
            assertThat(writer).isNotNull();
        }
    }

    @Test
    void a_state_that_is_gone_is_missed_and_not_begun_anew() throws IOException {
        try (Varve varve = Varve.open(directory)) {
            varve.streams().create("log", TEXT);
        }
        Path state = directory.resolve("state");
        Files.move(state, elsewhere.resolve("state"));
        refused(state + ": is missing");
        assertThat(state).doesNotExist();
    }

    @Test
    void an_effect_that_cannot_be_understood_is_refused_with_its_position() throws IOException {
        // An append that ends where its stream should be named.
        long position = writeFrame(FrameWriter.VERSION, (byte) 2);

        refused("journal position " + position + " holds an effect of type 2 that cannot be understood");
    }

    @Test
    void a_frame_of_another_version_is_refused_and_says_which_build_wrote_it() throws IOException {
        long older = writeFrame((byte) (FrameWriter.VERSION - 1), (byte) 2);

        refused("journal position " + older + " holds a frame of version " + (FrameWriter.VERSION - 1)
                + ", this Varve reads version " + FrameWriter.VERSION + ": it was written by an older one");
    }

    private long writeFrame(byte version, byte effect) throws IOException {
        try (Varve varve = Varve.open(directory)) {
            varve.streams().create("log", TEXT);
        }
        Disk disk = new SystemDisk();
        long position;
        try (LocalJournal journal = LocalJournal.open(
                disk,
                directory.resolve("journal"),
                StoreIdentity.read(disk, directory).store(),
                JournalOptions.DEFAULTS,
                new SystemClock(),
                SystemRandom.create(),
                null)) {
            position = journal.end();
            Group group = new Group();
            group.beginFrame(16).put(version).putLong(0).put(effect).putShort((short) 0);
            group.endFrame();
            CompletableFuture<Long> durable = new CompletableFuture<>();
            journal.append(journal.claim(), group, new Journal.Completion() {
                @Override
                public void durable(long end) {
                    durable.complete(end);
                }

                @Override
                public void failed(Throwable cause) {
                    durable.completeExceptionally(cause);
                }
            });
            assertThat(durable).isCompleted();
        }
        return position;
    }

    private void refused(String words) {
        assertThatThrownBy(() -> Varve.open(directory))
                .isInstanceOfSatisfying(
                        VarveException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.CORRUPT))
                .hasMessageContaining(words);
    }

    @Test
    void a_directory_is_held_by_one_opener() {
        try (Varve varve = Varve.open(directory)) {
            assertThat(varve.streams().list("", null, 1).streams()).isEmpty();
            assertThatThrownBy(() -> Varve.open(directory))
                    .isInstanceOfSatisfying(
                            VarveException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.UNAVAILABLE))
                    .hasMessageContaining(directory.toString());
        }
    }

    @Test
    void a_directory_with_other_files_is_refused_and_left_alone() throws IOException {
        Path other = Files.writeString(directory.resolve("thesis.txt"), "years of work");

        assertThatThrownBy(() -> Varve.open(directory))
                .isInstanceOfSatisfying(
                        VarveException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.CORRUPT))
                .hasMessageContaining("thesis.txt");

        assertThat(other).hasContent("years of work");
    }

    @Test
    void a_missing_state_is_refused_not_read_as_empty() throws IOException {
        try (Engine engine = Engine.open(directory, TestEngines.OPTIONS)) {
            engine.streams().create(CreateRequest.of("log", TEXT)).join();
            assertThat(engine.checkpoint().join()).isTrue();
        }
        Files.move(directory.resolve("state"), elsewhere.resolve("state"));

        assertThatThrownBy(() -> Varve.open(directory))
                .isInstanceOfSatisfying(
                        VarveException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.CORRUPT));
    }

    @Test
    void a_body_of_so_many_messages_that_no_commit_holds_it_is_refused_and_harms_nothing() {
        byte[] body = ("[1" + ",1".repeat(6_000_000) + "]").getBytes(UTF_8);
        try (Varve varve = Varve.inMemory()) {
            varve.streams().create("json", StreamConfig.of("application/json"));
            varve.streams().create("other", StreamConfig.of("application/json"));

            assertThatThrownBy(() -> varve.streams().append("json", body))
                    .isInstanceOfSatisfying(
                            VarveException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.TOO_LARGE));
            assertThatThrownBy(() -> varve.streams()
                            .create(CreateRequest.of("new", StreamConfig.of("application/json"))
                                    .withBody(body)))
                    .isInstanceOfSatisfying(
                            VarveException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.TOO_LARGE));
            byte[] half = ("[1" + ",1".repeat(2_500_000) + "]").getBytes(UTF_8);
            AppendRequest request = AppendRequest.of("json", "application/json", half);
            assertThat(varve.streams().appendAll(List.of(request, request)))
                    .isInstanceOfSatisfying(
                            AppendAllResult.RefusedAt.class,
                            refused -> assertThat(refused.refusal().kind()).isEqualTo(ErrorKind.TOO_LARGE));

            varve.streams().append("json", bytes("2"));
            assertThat(text(varve.streams().read("json", Offset.BEGINNING))).isEqualTo("[2]");
            assertThat(varve.streams().find("new")).isEmpty();
        }
    }

    @Test
    void an_interrupted_thread_closes_it_in_good_order_and_stays_interrupted() {
        Varve varve = Varve.open(directory);
        varve.streams().create("log", TEXT);
        Thread.currentThread().interrupt();

        varve.close();

        assertThat(Thread.interrupted()).isTrue();
        try (Varve again = Varve.open(directory)) {
            assertThat(again.streams().find("log")).isPresent();
        }
    }

    @Test
    void an_interrupt_of_a_calling_thread_harms_nothing() {
        try (Varve varve = Varve.open(directory)) {
            varve.streams().create("log", TEXT);
            Thread.currentThread().interrupt();
            try {
                varve.streams().append("log", bytes("x"));
            } catch (VarveException e) {
                // It may also be done before anybody looks.
            }
            assertThat(Thread.interrupted()).isTrue();
            varve.streams().append("log", bytes("y"));
            assertThat(text(varve.streams().read("log", Offset.BEGINNING))).endsWith("y");
        }
    }
}
