package dev.varve.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.varve.cli.CommandLineRun.Result;
import dev.varve.engine.Engine;
import dev.varve.engine.EngineOptions;
import dev.varve.server.VarveServer;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Queue;
import java.util.Scanner;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The commands of entries, leases and stores against a real server. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
final class EntryCommandsTest {

    private final Engine engine = Engine.inMemory(EngineOptions.DEFAULT);
    private final VarveServer server = VarveServer.builder()
            .port(0)
            .storage(engine.streams())
            .entries(engine.entries())
            .records(engine.reservedEntries())
            .start();

    @AfterEach
    void close() {
        server.close();
        engine.close();
    }

    private CommandLineRun run() {
        return new CommandLineRun().server(server.url()).environment("VARVE_STORE", "acme/reading");
    }

    private Result varve(String... args) {
        return run().run(args);
    }

    private String out(String... args) {
        Result result = varve(args);
        assertThat(result.err()).isEmpty();
        assertThat(result.exitCode()).isZero();
        return result.out();
    }

    @Test
    void what_is_put_is_read_in_part_and_as_a_whole() {
        assertThat(out("entry", "put", "links/dust", "{\"title\":\"Dust\",\"n\":3}"))
                .isEqualTo("1\n");
        assertThat(out("entry", "get", "links/dust/title")).isEqualTo("Dust\n");
        assertThat(out("entry", "get", "links/dust")).isEqualTo("{\"n\":3,\"title\":\"Dust\"}\n");
        assertThat(out("entry", "get", "links/dust/n", "--json"))
                .isEqualTo("{\"path\":\"links/dust/n\",\"value\":3,\"type\":\"integer\",\"revision\":1}\n");
    }

    @Test
    void a_condition_that_does_not_hold_exits_with_1_and_says_what_is_there() {
        out("entry", "put", "a", "1");
        assertThat(out("entry", "put", "a", "2", "--if-match", "1")).isEqualTo("2\n");

        assertThat(varve("entry", "put", "a", "3", "--if-match", "1"))
                .isEqualTo(new Result(1, "", "varve: conflict; the current revision is 2\n"));
        assertThat(varve("entry", "put", "a", "3", "--if-absent").exitCode()).isEqualTo(1);
        assertThat(varve("entry", "put", "a/b", "3", "--if-none").exitCode()).isZero();
        assertThat(varve("entry", "delete", "a", "--if-match", "9").exitCode()).isEqualTo(1);
        assertThat(varve("entry", "put", "a", "3", "--if-match", "1", "--json").err())
                .contains("\"current_revision\":2");
    }

    @Test
    void a_value_is_json_or_else_text() {
        out("entry", "put", "a", "12");
        out("entry", "put", "b", "not json");
        out("entry", "put", "c", "12", "--text");
        out("entry", "put", "d", "29.99", "--decimal");
        out("entry", "put", "e", "null");
        assertThat(out("entry", "list")).isEqualTo("a\t12\nb\t\"not json\"\nc\t\"12\"\nd\t\"29.99\"\ne\tnull\n");
        assertThat(varve("entry", "put", "f", "1", "--text", "--decimal").exitCode())
                .isEqualTo(2);
    }

    @Test
    void listings_select_paths_prefixes_and_ranges() {
        out("entry", "put", "users", "{\"alice\":{\"email\":1,\"name\":2},\"bob\":{\"name\":3}}");
        assertThat(out("entry", "list", "users/**", "--select", "keys"))
                .isEqualTo("users/alice/email\nusers/alice/name\nusers/bob/name\n");
        assertThat(out("entry", "list", "users/**", "--select", "prefixes")).isEqualTo("users/alice\nusers/bob\n");
        assertThat(out("entry", "list", "users/**", "--limit", "1", "--descending"))
                .isEqualTo("users/bob/name\t3\n");
        assertThat(out("entry", "range", "users/alice/name", "users/c"))
                .isEqualTo("users/alice/name\t2\nusers/bob/name\t3\n");
        assertThat(varve("entry", "list", "a/**/b").exitCode()).isEqualTo(2);
    }

    @Test
    void missing_entries_are_named_and_exit_with_1() {
        out("entry", "put", "a", "1");
        assertThat(varve("entry", "get-many", "a", "b")).isEqualTo(new Result(1, "a\t1\n", "varve: nothing is at b\n"));
        assertThat(varve("entry", "get", "b")).isEqualTo(new Result(1, "", "varve: not_found: nothing is there\n"));
    }

    @Test
    void counters_sets_merges_and_deletes() {
        out("entry", "increment", "n", "5");
        out("entry", "increment", "n", "-2");
        assertThat(out("entry", "get", "n")).isEqualTo("3\n");
        out("entry", "add", "tags", "a");
        out("entry", "add", "tags", "b");
        out("entry", "remove", "tags", "a");
        assertThat(out("entry", "get", "tags")).isEqualTo("[\"b\"]\n");
        out("entry", "merge", "user", "{\"name\":\"ann\"}");
        out("entry", "merge", "user", "{\"age\":7}");
        assertThat(out("entry", "get", "user")).isEqualTo("{\"age\":7,\"name\":\"ann\"}\n");
        out("entry", "delete", "user");
        assertThat(varve("entry", "get", "user").exitCode()).isEqualTo(1);
    }

    @Test
    void the_past_is_shown_compared_and_brought_back() {
        out("entry", "put", "a", "1");
        out("entry", "put", "a", "2");
        assertThat(out("entry", "get", "a", "--at", "1")).isEqualTo("1\n");
        assertThat(out("entry", "diff", "1")).isEqualTo("{\"path\":\"a\",\"before\":1,\"after\":2}\n");
        out("entry", "rollback", "1", "a");
        assertThat(out("entry", "get", "a")).isEqualTo("1\n");
        assertThat(out("entry", "log", "--limit", "1")).contains("\"store_seq\":3", "\"op\":\"set\"");
    }

    @Test
    void what_is_exported_can_be_imported_elsewhere() {
        out("entry", "put", "a", "{\"b\":1,\"c\":[1,2]}");
        String lines = out("entry", "export");
        Result imported =
                new CommandLineRun().server(server.url()).input(lines).run("entry", "import", "--store", "acme/copy");
        assertThat(imported.exitCode()).isZero();
        assertThat(out("entry", "get", "a", "--store", "acme/copy")).isEqualTo("{\"b\":1,\"c\":[1,2]}\n");
    }

    @Test
    void a_lease_is_held_by_one_at_a_time() {
        String token = out("lease", "acquire", "jobs/nightly", "--holder", "me").strip();
        assertThat(varve("lease", "acquire", "jobs/nightly").exitCode()).isEqualTo(1);
        out("lease", "renew", "jobs/nightly", "--lease", token);
        assertThat(out("lease", "release", "jobs/nightly", "--lease", "999"))
                .isEqualTo("was not held with this token\n");
        assertThat(out("lease", "release", "jobs/nightly", "--lease", token)).isEqualTo("released\n");
        out("lease", "acquire", "jobs/nightly");
    }

    @Test
    void a_store_is_copied() {
        out("entry", "put", "x", "1", "--store", "acme/a");

        assertThat(out("store", "clone", "acme/a", "acme/b")).isNotBlank();

        assertThat(out("store", "list")).contains("acme/a\n", "acme/b\n");
        assertThat(out("entry", "get", "x", "--store", "acme/b")).isEqualTo("1\n");
        assertThat(varve("store", "clone", "acme/a", "acme/b").exitCode()).isEqualTo(1);
        assertThat(varve("store", "clone", "acme/a").exitCode()).isEqualTo(2);
    }

    @Test
    void stores_are_created_listed_archived_and_deleted() {
        assertThat(out("store", "create", "acme/b")).isNotBlank();
        out("store", "create", "acme/a");
        assertThat(out("store", "list")).isEqualTo("acme/a\nacme/b\n");
        out("store", "archive", "acme/a");
        assertThat(out("store", "list")).isEqualTo("acme/a\tarchived\nacme/b\n");
        assertThat(varve("entry", "put", "x", "1", "--store", "acme/a").exitCode())
                .isEqualTo(1);
        assertThat(varve("store", "delete", "acme/a").exitCode()).isEqualTo(2);
        out("store", "delete", "acme/a", "--yes");
        assertThat(out("store", "list")).isEqualTo("acme/b\n");
        assertThat(varve("store", "create", "Acme").exitCode()).isEqualTo(2);
    }

    @Test
    void a_watch_shows_what_was_and_what_comes() throws Exception {
        out("entry", "put", "links/a", "1");
        out("entry", "put", "other", "2");
        PipedInputStream read = new PipedInputStream(1 << 16);
        CommandLineRun watch = run().output(new PipedOutputStream(read));
        CompletableFuture<Result> ended =
                CompletableFuture.supplyAsync(() -> watch.run("entry", "watch", "links/**", "--after", "0"));
        try (Scanner lines = new Scanner(read, StandardCharsets.UTF_8)) {
            assertThat(lines.nextLine()).contains("\"store_seq\":1", "\"path\":\"links/a\"");
            out("entry", "put", "links/b", "3");
            assertThat(lines.nextLine()).contains("\"store_seq\":3", "\"path\":\"links/b\"", "\"value\":3");
            watch.signal("INT");
            assertThat(ended.get().exitCode()).isEqualTo(ExitCode.INTERRUPTED);
        }
    }

    @Test
    void a_watch_can_begin_with_what_stands_there() throws Exception {
        out("entry", "put", "links/a", "{\"n\":1,\"at\":{\"_typed\":\"2026-03-31T12:00:00Z\",\"_type\":\"datetime\"}}");
        out("entry", "put", "other", "2");
        PipedInputStream read = new PipedInputStream(1 << 16);
        CommandLineRun watch = run().output(new PipedOutputStream(read));
        CompletableFuture<Result> ended =
                CompletableFuture.supplyAsync(() -> watch.run("entry", "watch", "links/**", "--include-current"));
        try (Scanner lines = new Scanner(read, StandardCharsets.UTF_8)) {
            assertThat(lines.nextLine())
                    .isEqualTo("{\"store_seq\":1,\"op\":\"present\",\"path\":\"links/a/at\","
                            + "\"value\":\"2026-03-31T12:00:00Z\",\"type\":\"datetime\"}");
            assertThat(lines.nextLine())
                    .isEqualTo("{\"store_seq\":1,\"op\":\"present\",\"path\":\"links/a/n\",\"value\":1,"
                            + "\"type\":\"integer\"}");
            out("entry", "put", "links/a/n", "3");
            assertThat(lines.nextLine()).contains("\"store_seq\":3", "\"op\":\"set\"", "\"path\":\"links/a/n\"");
            watch.signal("INT");
            assertThat(ended.get().exitCode()).isEqualTo(ExitCode.INTERRUPTED);
        }
    }

    @Test
    void a_watch_begins_after_a_change_or_with_what_stands_there_not_both() {
        assertThat(varve("entry", "watch", "--include-current", "--after", "0"))
                .isEqualTo(new Result(2, "", "varve: --include-current goes without --after\n"));
    }

    @Test
    void a_watch_waits_for_a_server_that_is_busy_and_ends_when_the_store_is_gone() throws Exception {
        HttpServer busy = HttpServer.create(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0), 0);
        Queue<Integer> answers = new ConcurrentLinkedQueue<>(List.of(503, 429, 404));
        busy.createContext("/", exchange -> {
            exchange.sendResponseHeaders(answers.remove(), -1);
            exchange.close();
        });
        busy.start();
        try {
            Result watch = new CommandLineRun()
                    .server(URI.create("http://127.0.0.1:" + busy.getAddress().getPort()))
                    .run("entry", "watch", "--store", "acme/reading", "--after", "0");
            assertThat(watch.exitCode()).isEqualTo(1);
            assertThat(answers).isEmpty();
        } finally {
            busy.stop(0);
        }
    }

    @Test
    void a_command_offers_the_option_of_a_store_only_if_it_looks_at_it() {
        assertThat(out("entry", "get", "--help")).contains("--store=STORE");
        assertThat(out("store", "archive", "--help")).doesNotContain("--store=STORE");
        assertThat(varve("store", "list", "--store", "acme/a").exitCode()).isEqualTo(2);
    }

    @Test
    void what_is_missing_is_said() {
        assertThat(new CommandLineRun()
                        .server(server.url())
                        .run("entry", "get", "a")
                        .err())
                .contains("--store acme/reading");
        assertThat(varve("entry", "get", "a//b").exitCode()).isEqualTo(2);
        assertThat(new CommandLineRun()
                        .server(URI.create("http://127.0.0.1:1"))
                        .run("entry", "get", "a", "--store", "a/b")
                        .exitCode())
                .isEqualTo(ExitCode.UNREACHABLE);
    }

    @Test
    void a_webhook_is_created_listed_pinged_and_deleted() throws Exception {
        HttpServer receiver = HttpServer.create(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0), 0);
        CountDownLatch told = new CountDownLatch(2);
        receiver.createContext("/", exchange -> {
            exchange.sendResponseHeaders(204, -1);
            exchange.close();
            told.countDown();
        });
        receiver.start();
        try {
            String url = "http://127.0.0.1:" + receiver.getAddress().getPort() + "/";
            out("entry", "put", "a", "1");
            String[] created = out("webhook", "create", url).strip().split("\t");
            assertThat(created[1]).matches("whsec_[0-9a-f]{64}");
            String id = created[0];
            assertThat(out("webhook", "list")).isEqualTo(id + "\t" + url + "\tactive\t1\n");
            assertThat(out("webhook", "ping", id)).matches("204 after \\d+ ms\n");
            out("entry", "put", "a", "2");
            assertThat(told.await(20, TimeUnit.SECONDS)).isTrue();
            String deliveries = out("webhook", "deliveries", id);
            while (deliveries.isEmpty()) {
                deliveries = out("webhook", "deliveries", id);
            }
            assertThat(deliveries).matches("\\S+\t2\t204\n");
            assertThat(out("webhook", "delete", id)).isEqualTo(id + " is deleted\n");
            Result gone = varve("webhook", "ping", id);
            assertThat(gone.err()).isEqualTo("varve: not_found: nothing is there\n");
            assertThat(gone.exitCode()).isEqualTo(ExitCode.REFUSED);
        } finally {
            receiver.stop(0);
        }
    }

    @Test
    void a_webhook_that_must_not_be_called_is_refused() {
        out("entry", "put", "a", "1");
        Result refused = varve("webhook", "create", "https://10.0.0.1/");
        assertThat(refused.err()).startsWith("varve: invalid_params: ").contains("private");
        assertThat(refused.exitCode()).isEqualTo(ExitCode.REFUSED);
    }
}
