package dev.varve.cli;

import static dev.varve.cli.Patience.await;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.CreateRequest;
import dev.varve.api.MessagesResult.Message;
import dev.varve.api.MessagesResult.Messages;
import dev.varve.api.Offset;
import dev.varve.api.StreamConfig;
import dev.varve.api.StreamMetadata;
import dev.varve.cli.CommandLineRun.Result;
import dev.varve.server.VarveServer;
import dev.varve.testkit.ModelStreamStorage;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The stream commands against a real server over the model of a storage. */
final class StreamCommandsTest {

    private static final String ZERO = "0000000000000000_0000000000000000";

    @TempDir
    Path directory;

    private final ModelStreamStorage storage = new ModelStreamStorage();
    private final VarveServer server =
            VarveServer.builder().port(0).storage(storage).start();

    @AfterEach
    void close() {
        server.close();
        storage.close();
    }

    @Test
    void create_says_where_the_stream_ends() {
        assertThat(varve("stream", "create", "a", "--content-type", "text/plain"))
                .isEqualTo(new Result(0, ZERO + "\n", ""));
        assertThat(varve("stream", "create", "a", "--content-type", "text/plain")
                        .exitCode())
                .isZero();
    }

    @Test
    void create_passes_every_choice_on() {
        Result created = varve(
                "stream",
                "create",
                "/a",
                "--content-type=application/json",
                "--ttl=2m",
                "--retention-age=1h",
                "--retention-bytes=64KiB",
                "--retention-messages=7",
                "--data=[1,2]",
                "--closed",
                "--json");
        assertThat(created.out())
                .contains("\"path\":\"a\"", "\"content_type\":\"application/json\"", "\"closed\":true");
        assertThat(varve("stream", "head", "a").out()).isEqualTo("""
                path: a
                content-type: application/json
                next-offset: 0000000000000000_0000000000000004
                earliest-offset: 0000000000000000_0000000000000000
                closed: true
                ttl-seconds: 120
                retention-age-seconds: 3600
                retention-bytes: 65536
                retention-messages: 7
                """);
    }

    @Test
    void create_with_another_configuration_is_refused() {
        varve("stream", "create", "a", "--content-type", "text/plain");
        Result refused = varve("stream", "create", "a", "--content-type", "text/csv");
        assertThat(refused.exitCode()).isEqualTo(1);
        assertThat(refused.out()).isEmpty();
        assertThat(refused.err()).startsWith("varve: already_exists: ");
    }

    @Test
    void a_person_is_told_more_than_a_pipe() {
        assertThat(connected().onTerminal().run("stream", "create", "a").out())
                .isEqualTo("created a, next offset " + ZERO + "\n");
        assertThat(connected().onTerminal().run("stream", "create", "a").out())
                .isEqualTo("already there: a, next offset " + ZERO + "\n");
        assertThat(connected()
                        .onTerminal()
                        .run("stream", "append", "a", "--data", "hello")
                        .out())
                .isEqualTo("appended 5 B to a, next offset 0000000000000000_0000000000000005\n");
        assertThat(connected().onTerminal().run("stream", "close", "a").out())
                .isEqualTo("closed a, next offset 0000000000000000_0000000000000005\n");
        assertThat(connected().onTerminal().run("stream", "delete", "a").out()).isEqualTo("deleted a\n");
    }

    @Test
    void append_sends_a_text_a_file_or_its_input() throws IOException {
        Path file = Files.writeString(directory.resolve("file"), "two");
        assertThat(varve("stream", "append", "a", "--create", "--data", "one").out())
                .isEqualTo("0000000000000000_0000000000000003\n");
        assertThat(varve("stream", "append", "a", "--file", file.toString()).out())
                .isEqualTo("0000000000000000_0000000000000006\n");
        assertThat(input("three").run("stream", "append", "a").out()).isEqualTo("0000000000000000_0000000000000011\n");
        assertThat(varve("stream", "read", "a").out()).isEqualTo("onetwothree");
    }

    @Test
    void large_binary_input_arrives_byte_for_byte() {
        byte[] bytes = new byte[5_000_000];
        long seed = System.nanoTime();
        new Random(seed).nextBytes(bytes);
        assertThat(connected()
                        .input(bytes)
                        .run("stream", "append", "a", "--create")
                        .exitCode())
                .isZero();
        CommandLineRun read = connected();
        read.run("stream", "read", "a");
        assertThat(read.outBytes()).as("seed %d", seed).isEqualTo(bytes);
        assertThat(messages("a")).allMatch(message -> message.data().remaining() <= StreamAppend.PIECE_BYTES);
    }

    @Test
    void pieces_of_text_end_with_whole_characters() {
        String text = "x€𝄞ü".repeat(300_000);
        varve("stream", "create", "a", "--content-type", "text/plain");
        input(text).run("stream", "append", "a");
        assertThat(varve("stream", "read", "a").out()).isEqualTo(text);
        assertThat(messages("a"))
                .hasSizeGreaterThan(1)
                .allSatisfy(message -> assertThat(decodable(message)).isTrue());
    }

    @Test
    void nothing_to_append_is_no_error() {
        varve("stream", "create", "a");
        assertThat(varve("stream", "append", "a")).isEqualTo(new Result(0, ZERO + "\n", ""));
    }

    @Test
    void each_line_is_a_message_with_its_line_end() {
        input("one\ntwo\r\n\nlast").run("stream", "append", "a", "--create", "--lines");
        assertThat(texts("a")).containsExactly("one\n", "two\r\n", "\n", "last");
        assertThat(varve("stream", "head", "a").out()).contains("content-type: text/plain\n");
    }

    @Test
    void many_lines_go_out_in_batches_and_stay_separate() {
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < 12_345; i++) {
            lines.append("line ").append(i).append('\n');
        }
        assertThat(input(lines.toString())
                        .run("stream", "append", "a", "--create", "--lines")
                        .exitCode())
                .isZero();
        assertThat(String.join("", texts("a"))).isEqualTo(lines.toString());
        assertThat(texts("a")).hasSize(12_345);
    }

    @Test
    void a_line_shows_up_while_the_input_is_still_open() throws IOException {
        CompletableFuture<Result> append;
        try (PipedOutputStream pipe = new PipedOutputStream()) {
            append =
                    connected().input(new PipedInputStream(pipe)).start("stream", "append", "a", "--create", "--lines");
            for (String line : List.of("one\n", "two\n", "three\n")) {
                pipe.write(line.getBytes(UTF_8));
                pipe.flush();
                await().until(() -> storage.metadata("a").join() instanceof StreamMetadata
                        && texts("a").contains(line));
            }
            assertThat(append).isNotDone();
        }
        assertThat(append.join().exitCode()).isZero();
    }

    @Test
    void json_lines_become_messages_and_an_array_stays_one() {
        Result appended =
                input("{\"a\": 1}\n\n  [1,2]\n\"x\"\nnull").run("stream", "append", "a", "--create", "--json");
        assertThat(appended.err()).isEmpty();
        assertThat(texts("a")).containsExactly("{\"a\": 1}", "[1,2]", "\"x\"", "null");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {"1,2", "1],[2", "[1", "{\"a\":1}}"})
    void a_line_that_is_not_one_json_value_is_named_and_nothing_of_its_batch_is_sent(String line) {
        Result refused = input("1\n2\n" + line + "\n").run("stream", "append", "a", "--create", "--json");
        assertThat(refused.exitCode()).isEqualTo(1);
        assertThat(refused.err()).contains("varve: invalid_json: line 3 of the input is not one JSON value");
        assertThat(texts("a")).isEmpty();
    }

    @Test
    void json_that_only_the_server_finds_broken_is_located() {
        Result refused = input("1\n{broken}\n").run("stream", "append", "a", "--create", "--json");
        assertThat(refused.exitCode()).isEqualTo(1);
        assertThat(refused.err()).startsWith("varve: invalid_json: ").contains("(within lines 1 to 2 of the input)");
    }

    @Test
    void input_for_a_json_stream_is_one_value_or_an_array_of_messages() {
        varve("stream", "create", "a", "--content-type", "application/json");
        input("{\"a\":\n 1}\n").run("stream", "append", "a");
        input("[1,\n2]").run("stream", "append", "a");
        assertThat(varve("stream", "read", "a").out()).isEqualTo("{\"a\":  1}\n1\n2\n");
    }

    @Test
    void lines_for_a_json_stream_are_json_lines() {
        varve("stream", "create", "a", "--content-type", "application/json");
        input("1\n[2]\n").run("stream", "append", "a", "--lines");
        assertThat(texts("a")).containsExactly("1", "[2]");
    }

    @ParameterizedTest
    @ValueSource(strings = {"--lines", "--json", ""})
    void a_producer_that_runs_again_skips_what_is_there(String form) {
        String[] append = form.isEmpty()
                ? new String[] {"stream", "append", "a", "--create", "--producer", "me"}
                : new String[] {"stream", "append", "a", "--create", "--producer", "me", form};
        String input = "1\n".repeat(1_500);
        input(input).run(append);
        List<String> first = texts("a");
        Result again = input(input).run(append);
        assertThat(again.exitCode()).isZero();
        assertThat(texts("a")).isEqualTo(first);

        if (!form.isEmpty()) {
            input(input + "2\n").run(append);
            assertThat(texts("a")).hasSize(first.size() + 1);
        }
    }

    @Test
    void a_producer_with_an_old_epoch_is_refused() {
        input("x").run("stream", "append", "a", "--create", "--producer", "me", "--epoch", "2");
        Result refused = input("x").run("stream", "append", "a", "--producer", "me", "--epoch", "1");
        assertThat(refused.exitCode()).isEqualTo(1);
        assertThat(refused.err()).startsWith("varve: producer_fenced: ").contains("2");
    }

    @Test
    void if_match_lets_nothing_come_in_between() {
        input("x").run("stream", "append", "a", "--create");
        Result refused = input("y").run("stream", "append", "a", "--if-match", ZERO);
        assertThat(refused.exitCode()).isEqualTo(1);
        assertThat(refused.err())
                .startsWith("varve: precondition_failed: ")
                .contains("0000000000000000_0000000000000001");
        assertThat(input("1\n2\n3\n")
                        .run("stream", "append", "a", "--lines", "--if-match", "0000000000000000_0000000000000001")
                        .exitCode())
                .isZero();
        assertThat(varve("stream", "read", "a").out()).isEqualTo("x1\n2\n3\n");
    }

    @Test
    void a_sequence_must_grow() {
        assertThat(input("x")
                        .run("stream", "append", "a", "--create", "--seq", "09")
                        .exitCode())
                .isZero();
        assertThat(input("x").run("stream", "append", "a", "--seq", "10").exitCode())
                .isZero();
        assertThat(input("x").run("stream", "append", "a", "--seq", "09").err())
                .startsWith("varve: sequence_conflict: ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"--lines", "--json", "--content-type=text/plain", "--data=1"})
    void append_closes_the_stream_after_the_last(String form) {
        assertThat(input("1\n2\n")
                        .run("stream", "append", "a", "--create", "--close", form)
                        .exitCode())
                .isZero();
        assertThat(varve("stream", "head", "a").out()).contains("closed: true");
        Result refused = input("3\n").run("stream", "append", "a", form);
        assertThat(refused.exitCode()).isEqualTo(1);
        assertThat(refused.err()).startsWith("varve: closed: ").contains("the final offset is ");
    }

    @Test
    void append_does_not_create_by_itself_and_says_how() {
        Result refused = input("x").run("stream", "append", "a");
        assertThat(refused.exitCode()).isEqualTo(1);
        assertThat(refused.err()).isEqualTo("varve: not_found: there is no stream at a; --create makes one\n");
    }

    @Test
    void what_was_appended_before_a_failure_is_told() throws IOException {
        try (PipedOutputStream pipe = new PipedOutputStream()) {
            CompletableFuture<Result> append =
                    connected().input(new PipedInputStream(pipe)).start("stream", "append", "a", "--create", "--lines");
            pipe.write("one\n".getBytes(UTF_8));
            pipe.flush();
            await().until(() -> !texts("a").isEmpty());
            varve("stream", "close", "a");
            pipe.write("two\n".getBytes(UTF_8));
            pipe.flush();
            Result refused = append.join();
            assertThat(refused.exitCode()).isEqualTo(1);
            assertThat(refused.err())
                    .contains("before that 4 B were appended, up to offset 0000000000000000_0000000000000004");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "stream append a --data x --file y        | --data and --file are two sources: choose one",
                "stream append a --seq 1 --lines          | --seq is for one append; --lines and --json make many",
                "stream append a --epoch 1                | --epoch belongs to a producer: name it with --producer",
                "stream append a --json --content-type text/plain | --json means application/json, not text/plain",
                "stream append a --if-match 12            | not an offset of this server: \"12\"",
                "stream create a --ttl 5                  | \"5\" is not a duration",
                "stream create a --ttl 1500ms             | --ttl counts whole seconds",
                "stream create a --retention-bytes 5MB    | \"5MB\" is not a size",
                "stream create a --ttl 5s --expires-at 2030-01-01T00:00:00Z | not both",
                "stream create /                          | the stream's path is empty",
                "stream fork a b --sub-offset 1           | give one with --at",
                "stream list --limit 0                    | --limit must be at least 1",
                "stream tail a -o json                    | use -o ndjson to follow",
                "stream read                              | Missing required parameter: 'PATH'",
                "stream read a --form 1                   | Unknown option",
                "stream                                   | say what to do with which stream",
                "strema                                   | Unmatched argument"
            })
    void wrong_usage_is_said_and_nothing_is_tried(String line, String reason) {
        Result wrong = varve(line.split(" +"));
        assertThat(wrong.exitCode()).isEqualTo(2);
        assertThat(wrong.out()).isEmpty();
        assertThat(wrong.err()).startsWith("varve: ").contains(reason);
    }

    @Test
    void a_missing_file_is_wrong_usage() {
        varve("stream", "create", "a");
        Result wrong = varve(
                "stream", "append", "a", "--file", directory.resolve("nothing").toString());
        assertThat(wrong.exitCode()).isEqualTo(2);
        assertThat(wrong.err()).contains("there is no file ");
    }

    @Test
    void read_writes_a_json_stream_in_the_form_asked_for() {
        input("{\"a\":1}\n[2]\n").run("stream", "append", "a", "--create", "--json");
        assertThat(varve("stream", "read", "a").out()).isEqualTo("{\"a\":1}\n[2]\n");
        assertThat(varve("stream", "read", "a", "-o", "ndjson").out()).isEqualTo("{\"a\":1}\n[2]\n");
        assertThat(varve("stream", "read", "a", "-o", "json").out()).isEqualTo("[{\"a\":1},\n[2]]\n");
        assertThat(varve("stream", "read", "a", "-o", "raw").out()).isEqualTo("[{\"a\":1},[2]]\n");
    }

    @Test
    void read_of_an_empty_stream_is_empty_or_an_empty_array() {
        varve("stream", "create", "a", "--content-type", "application/json");
        assertThat(varve("stream", "read", "a").out()).isEmpty();
        assertThat(varve("stream", "read", "a", "-o", "json").out()).isEqualTo("[]\n");
    }

    @Test
    void read_starts_where_it_is_told() {
        input("1\n2\n3\n").run("stream", "append", "a", "--create", "--lines");
        assertThat(varve("stream", "read", "a", "--from", "0000000000000000_0000000000000002")
                        .out())
                .isEqualTo("2\n3\n");
        assertThat(varve("stream", "read", "a", "--from", "-1", "--until-tail").out())
                .isEqualTo("1\n2\n3\n");
        assertThat(varve("stream", "read", "a", "--from", "now").out()).isEmpty();
    }

    @Test
    void read_of_bytes_as_json_is_wrong_usage() {
        input("1\n").run("stream", "append", "a", "--create", "--lines");
        Result wrong = varve("stream", "read", "a", "-o", "ndjson");
        assertThat(wrong.exitCode()).isEqualTo(2);
        assertThat(wrong.err()).contains("this one is text/plain: use -o raw");
    }

    @Test
    void a_reader_of_the_output_that_has_gone_is_no_error() {
        input("x".repeat(100)).run("stream", "append", "a", "--create");
        OutputStream gone = new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                throw new IOException("Broken pipe");
            }
        };
        assertThat(connected().output(gone).run("stream", "read", "a")).isEqualTo(new Result(0, "", ""));
    }

    @Test
    void an_output_that_fails_otherwise_is_an_error() {
        input("x".repeat(100)).run("stream", "append", "a", "--create");
        OutputStream full = new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                throw new IOException("No space left on device");
            }
        };
        assertThat(connected().output(full).run("stream", "read", "a"))
                .isEqualTo(new Result(4, "", "varve: io: No space left on device\n"));
    }

    @Test
    void fork_shares_what_was_there() {
        input("1\n2\n3\n").run("stream", "append", "a", "--create", "--lines");
        assertThat(varve("stream", "fork", "a", "b", "--at", "0000000000000000_0000000000000002")
                        .out())
                .isEqualTo("0000000000000000_0000000000000002\n");
        assertThat(varve("stream", "fork", "a", "c", "--at", ZERO, "--sub-offset", "1")
                        .exitCode())
                .isZero();
        assertThat(varve("stream", "fork", "a", "d").exitCode()).isZero();
        assertThat(varve("stream", "read", "b").out()).isEqualTo("1\n");
        assertThat(varve("stream", "read", "c").out()).isEqualTo("1");
        assertThat(varve("stream", "read", "d").out()).isEqualTo("1\n2\n3\n");
    }

    @Test
    void list_is_sorted_and_can_be_cut() {
        for (String path : List.of("b/2", "a", "b/1", "c")) {
            varve("stream", "create", path, "--content-type", "text/plain");
        }
        varve("stream", "close", "c");
        assertThat(varve("stream", "list").out())
                .isEqualTo("a\ttext/plain\t" + ZERO + "\topen\n"
                        + "b/1\ttext/plain\t" + ZERO + "\topen\n"
                        + "b/2\ttext/plain\t" + ZERO + "\topen\n"
                        + "c\ttext/plain\t" + ZERO + "\tclosed\n");
        assertThat(paths("--prefix", "b/")).containsExactly("b/1", "b/2");
        assertThat(paths("--after", "b/1")).containsExactly("b/2", "c");
        assertThat(paths("--limit", "2")).containsExactly("a", "b/1");
        assertThat(connected()
                        .errorsOnTerminal()
                        .run("stream", "list", "--limit", "2")
                        .err())
                .isEqualTo("there are more; go on with --after b/1, or see all with --all\n");
        assertThat(varve("stream", "list", "--json", "--prefix", "a").out())
                .startsWith("{\"path\":\"a\",\"content_type\":\"text/plain\",\"next_offset\":\"" + ZERO + "\"")
                .endsWith("}\n");
    }

    @Test
    void list_goes_over_pages_when_all_are_asked_for() {
        for (int i = 0; i < 2_001; i++) {
            storage.create(CreateRequest.of("s/%04d".formatted(i), StreamConfig.DEFAULT))
                    .join();
        }
        assertThat(paths("--all")).hasSize(2_001).isSorted();
        assertThat(paths()).hasSize(1_000);
        assertThat(paths("--limit", "1500")).hasSize(1_500);
    }

    @Test
    void delete_needs_something_to_delete_unless_told_otherwise() {
        varve("stream", "create", "a");
        assertThat(varve("stream", "delete", "a")).isEqualTo(new Result(0, "", ""));
        assertThat(varve("stream", "delete", "a"))
                .isEqualTo(new Result(1, "", "varve: not_found: there is no stream at a\n"));
        assertThat(varve("stream", "delete", "a", "--if-exists").exitCode()).isZero();
    }

    @Test
    void errors_are_json_where_results_are() {
        assertThat(varve("stream", "head", "a", "--json"))
                .isEqualTo(new Result(
                        1,
                        "",
                        "{\"kind\":\"not_found\",\"detail\":\"there is no stream at a\",\"retryable\":false,"
                                + "\"outcome\":\"not_applied\"}\n"));
    }

    @Test
    void a_server_that_is_not_there_has_its_own_status() throws IOException {
        int port;
        try (ServerSocket taken = new ServerSocket(0)) {
            port = taken.getLocalPort();
        }
        String url = "http://127.0.0.1:" + port;
        for (String command : List.of("create", "append", "read", "tail", "head", "close", "delete")) {
            Result unreachable = input("x").run("stream", command, "a", "--url", url);
            assertThat(unreachable.exitCode()).as(command).isEqualTo(3);
            assertThat(unreachable.err()).as(command).startsWith("varve: network: cannot reach " + url);
            assertThat(unreachable.err().lines()).as(command).hasSize(1);
        }
    }

    @Test
    void a_wrong_url_is_wrong_usage() {
        assertThat(varve("stream", "read", "a", "--url", "localhost:4437").exitCode())
                .isEqualTo(2);
        Result wrong = new CommandLineRun().server(URI.create("ftp://x")).run("stream", "read", "a");
        assertThat(wrong.exitCode()).isEqualTo(2);
        assertThat(wrong.err()).startsWith("varve: VARVE_URL: not the URL of an HTTP server: ftp://x");
    }

    @Test
    void long_transfers_show_how_far_they_are_on_a_terminal_only() {
        byte[] large = new byte[40 << 20];
        assertThat(connected()
                        .input(large)
                        .run("stream", "append", "a", "--create")
                        .err())
                .isEmpty();
        // Whether a step is long enough to be shown is a matter of time, so only the end is certain: a clean line.
        String shown = connected()
                .errorsOnTerminal()
                .input(large)
                .run("stream", "append", "b", "--create")
                .err();
        assertThat(shown).matches("(?s)|(\r.*MiB.*/s\u001b\\[K)+\r\u001b\\[K");
    }

    private Result varve(String... args) {
        return connected().run(args);
    }

    private CommandLineRun input(String text) {
        return connected().input(text);
    }

    private CommandLineRun connected() {
        return new CommandLineRun().server(server.url());
    }

    private List<String> paths(String... options) {
        List<String> args = new ArrayList<>(List.of("stream", "list"));
        args.addAll(List.of(options));
        return varve(args.toArray(String[]::new))
                .out()
                .lines()
                .map(line -> line.split("\t", 2)[0])
                .toList();
    }

    private List<String> texts(String path) {
        return messages(path).stream()
                .map(message -> UTF_8.decode(message.data().duplicate()).toString())
                .toList();
    }

    private List<Message> messages(String path) {
        List<Message> all = new ArrayList<>();
        Offset at = Offset.ZERO;
        while (storage.readMessages(path, at, 1 << 20).join() instanceof Messages page
                && !page.messages().isEmpty()) {
            all.addAll(page.messages());
            at = page.next();
        }
        return all;
    }

    private static boolean decodable(Message message) {
        try {
            ByteBuffer copy = message.data().duplicate();
            return UTF_8.newDecoder().decode(copy).length() > 0;
        } catch (CharacterCodingException e) {
            return false;
        }
    }
}
