package dev.varve.cli;

import static dev.varve.cli.Patience.LONG;
import static dev.varve.cli.Patience.await;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.AppendRequest;
import dev.varve.api.CreateRequest;
import dev.varve.api.StreamConfig;
import dev.varve.api.StreamMetadata;
import dev.varve.cli.CommandLineRun.Result;
import dev.varve.server.VarveServer;
import dev.varve.testkit.ModelStreamStorage;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** {@code varve stream tail} against a real server over the model of a storage. */
final class StreamTailTest {

    private final ModelStreamStorage storage = new ModelStreamStorage();
    private VarveServer server = start(0);

    private VarveServer start(int port) {
        return VarveServer.builder()
                .port(port)
                .storage(storage)
                .longPollTimeout(Duration.ofMillis(300))
                .start();
    }

    @AfterEach
    void close() {
        server.close();
        storage.close();
    }

    @Test
    void it_gives_what_is_there_and_what_comes_and_ends_with_the_stream() {
        create("a", "text/plain");
        append("a", "one\n");
        CommandLineRun tail = new CommandLineRun().server(server.url());
        CompletableFuture<Result> running = tail.start("stream", "tail", "a", "--from", "-1");
        await().until(() -> tail.out().equals("one\n"));
        append("a", "two\n");
        await().until(() -> tail.out().equals("one\ntwo\n"));
        storage.append(AppendRequest.closing("a")).join();

        assertThat(running)
                .succeedsWithin(LONG)
                .isEqualTo(new Result(0, "one\ntwo\n", "resume with --from 0000000000000000_0000000000000008\n"));
    }

    @Test
    void by_itself_it_gives_only_what_comes() {
        create("a", "text/plain");
        append("a", "old\n");
        CommandLineRun tail = new CommandLineRun().server(server.url());
        CompletableFuture<Result> running = tail.start("stream", "tail", "a");
        await().until(() -> tail.listensFor("INT"));
        append("a", "new\n");
        storage.append(AppendRequest.closing("a")).join();
        assertThat(running).succeedsWithin(LONG).extracting(Result::out).isEqualTo("new\n");
    }

    @Test
    void a_signal_ends_it_with_the_offset_to_resume_from() {
        create("a", "text/plain");
        append("a", "one\n");
        CommandLineRun tail = new CommandLineRun().server(server.url());
        CompletableFuture<Result> running = tail.start("stream", "tail", "a", "--from", "-1");
        await().until(() -> tail.out().equals("one\n"));

        tail.signal("INT");

        assertThat(running)
                .succeedsWithin(LONG)
                .isEqualTo(new Result(130, "one\n", "resume with --from 0000000000000000_0000000000000004\n"));
        append("a", "two\n");
        storage.append(AppendRequest.closing("a")).join();
        Result resumed = new CommandLineRun()
                .server(server.url())
                .run("stream", "tail", "a", "--from", "0000000000000000_0000000000000004");
        assertThat(resumed.out()).isEqualTo("two\n");
    }

    @Test
    void messages_of_json_come_one_per_line_each_with_the_offset_after_it() {
        create("a", "application/json");
        append("a", "[{\"a\":1},\n2]");
        append("a", "[[3]]");
        storage.append(AppendRequest.closing("a")).join();
        assertThat(new CommandLineRun()
                        .server(server.url())
                        .run("stream", "tail", "a", "--from", "-1", "--show-offsets")
                        .out())
                .isEqualTo("""
                        0000000000000000_0000000000000008	{"a":1}
                        0000000000000000_0000000000000010	2
                        0000000000000000_0000000000000014	[3]
                        """);
    }

    @Test
    void pieces_of_bytes_come_each_on_a_line_of_its_own_with_the_offset_after_it() {
        create("a", "text/plain");
        CommandLineRun tail = new CommandLineRun().server(server.url());
        CompletableFuture<Result> running = tail.start("stream", "tail", "a", "--from", "-1", "--show-offsets");
        append("a", "one");
        await().until(() -> tail.out().contains("one\n"));
        append("a", "two\n");
        await().until(() -> tail.out().contains("two\n"));
        storage.append(AppendRequest.closing("a")).join();
        assertThat(running).succeedsWithin(LONG).extracting(Result::out).isEqualTo("""
                        0000000000000000_0000000000000003	one
                        0000000000000000_0000000000000007	two
                        """);
    }

    @Test
    void a_restart_of_the_server_loses_and_repeats_nothing() {
        create("a", "text/plain");
        append("a", "one\n");
        int port = server.port();
        CommandLineRun tail = new CommandLineRun().server(server.url());
        CompletableFuture<Result> running = tail.start("stream", "tail", "a", "--from", "-1");
        await().until(() -> tail.out().equals("one\n"));

        server.close();
        append("a", "two\n");
        await().until(() -> tail.err().contains("; trying again"));
        server = start(port);
        await().until(() -> tail.out().equals("one\ntwo\n"));
        append("a", "three\n");
        storage.append(AppendRequest.closing("a")).join();

        Result result = running.join();
        assertThat(result.exitCode()).isZero();
        assertThat(result.out()).isEqualTo("one\ntwo\nthree\n");
        assertThat(result.err()).startsWith("varve: network: ").endsWith("0000000000000014\n");
    }

    @Test
    void a_stream_that_is_deleted_ends_it_refused_with_the_offset() {
        create("a", "text/plain");
        append("a", "one\n");
        CommandLineRun tail = new CommandLineRun().server(server.url());
        CompletableFuture<Result> running = tail.start("stream", "tail", "a", "--from", "-1");
        await().until(() -> tail.out().equals("one\n"));
        storage.delete("a").join();
        Result ended = running.join();
        assertThat(ended.exitCode()).isEqualTo(1);
        assertThat(ended.err())
                .contains("resume with --from 0000000000000000_0000000000000004\n")
                .contains("varve: not_found: ");
    }

    private void create(String path, String contentType) {
        storage.create(CreateRequest.of(path, StreamConfig.of(contentType))).join();
    }

    private void append(String path, String body) {
        String contentType =
                storage.metadata(path).join() instanceof StreamMetadata stream ? stream.contentType() : "none";
        storage.append(AppendRequest.of(path, contentType, body.getBytes(UTF_8)))
                .join();
    }
}
