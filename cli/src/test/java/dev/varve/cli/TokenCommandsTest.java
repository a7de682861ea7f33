package dev.varve.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.cli.CommandLineRun.Result;
import dev.varve.engine.Engine;
import dev.varve.engine.EngineOptions;
import dev.varve.server.AuthMode;
import dev.varve.server.VarveServer;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code varve token} without a server and with one, and tokens with every other command. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
final class TokenCommandsTest {

    @TempDir
    private Path data;

    private static CommandLineRun offline() {
        return new CommandLineRun().storages(new EngineStorage());
    }

    private String created(String... args) {
        Result result = offline().run(args);
        assertThat(result.err()).isEmpty();
        assertThat(result.exitCode()).isZero();
        return result.out().strip();
    }

    private VarveServer serve(Engine engine) {
        return VarveServer.builder()
                .port(0)
                .storage(engine.streams())
                .entries(engine.entries())
                .records(engine.reservedEntries())
                .auth(AuthMode.TOKENS)
                .start();
    }

    @Test
    void the_first_token_is_made_without_a_server_and_makes_the_others() {
        String first = created("token", "create", "first", "--data", data.toString(), "--org", "acme", "--all-scopes");
        assertThat(first).matches("dust_tok_[A-Za-z0-9_-]{43}");
        try (Engine engine = Engine.open(data, EngineOptions.DEFAULT);
                VarveServer server = serve(engine)) {
            CommandLineRun store = new CommandLineRun().server(server.url()).environment("VARVE_TOKEN", first);
            assertThat(store.run("store", "create", "acme/reading").exitCode()).isZero();

            Result made = as(server, first)
                    .run(
                            "token",
                            "create",
                            "reader",
                            "--scope",
                            "entries:read,stores:read",
                            "--only",
                            "reading",
                            "--expires-in",
                            "1h");
            assertThat(made.err()).isEmpty();
            String reader = made.out().strip();
            Result listed = as(server, first).run("token", "list");
            assertThat(listed.out())
                    .contains("first", "acme/*", "reader", "acme/reading", "until ")
                    .doesNotContain(reader)
                    .doesNotContain(first);

            String[] put = {"entry", "put", "a", "1", "--store", "acme/reading"};
            assertThat(as(server, first).run(put).exitCode()).isZero();
            assertThat(as(server, reader)
                            .run("entry", "get", "a", "--store", "acme/reading")
                            .out())
                    .isEqualTo("1\n");
            Result refused = as(server, reader).run(put);
            assertThat(refused.exitCode()).isEqualTo(ExitCode.REFUSED);
            assertThat(refused.err()).contains("forbidden").contains("entries:write");

            String id = listed.out()
                    .lines()
                    .filter(line -> line.contains("reader"))
                    .findFirst()
                    .orElseThrow()
                    .split("\t")[0];
            assertThat(as(server, first).run("token", "revoke", id).out()).isEqualTo(id + " is revoked\n");
            Result gone = as(server, reader).run("entry", "get", "a", "--store", "acme/reading");
            assertThat(gone.exitCode()).isEqualTo(ExitCode.REFUSED);
            assertThat(gone.err()).contains("unauthorized");
        }
    }

    private static CommandLineRun as(VarveServer server, String token) {
        return new CommandLineRun().server(server.url()).environment("VARVE_TOKEN", token);
    }

    @Test
    void every_command_that_works_with_a_server_takes_a_token() {
        String token = created("token", "create", "all", "--data", data.toString(), "--org", "acme", "--all-scopes");
        try (Engine engine = Engine.open(data, EngineOptions.DEFAULT);
                VarveServer server = serve(engine)) {
            String[][] commands = {
                {"store", "create", "acme/reading"},
                {"store", "list"},
                {"entry", "put", "a", "1", "--store", "acme/reading"},
                {"lease", "acquire", "l", "--store", "acme/reading"},
                {"stream", "create", "acme/reading/log"},
                {"stream", "list"},
                {"token", "list"}
            };
            for (String[] command : commands) {
                assertThat(new CommandLineRun()
                                .server(server.url())
                                .run(command)
                                .exitCode())
                        .as("%s without a token", (Object) command)
                        .isNotZero();
                String[] with = java.util.Arrays.copyOf(command, command.length + 2);
                with[command.length] = "--token";
                with[command.length + 1] = token;
                Result result = new CommandLineRun().server(server.url()).run(with);
                assertThat(result.exitCode())
                        .as("%s: %s", command[0], result.err())
                        .isZero();
            }
        }
    }

    @Test
    void a_token_that_is_asked_for_wrongly_is_not_made() {
        String[] base = {"token", "create", "n", "--data", data.toString()};
        assertThat(run(base, "--all-scopes").err()).contains("--org");
        assertThat(run(base, "--org", "acme").err()).contains("--scope");
        assertThat(run(base, "--org", "acme", "--all-scopes", "--read").exitCode())
                .isEqualTo(ExitCode.USAGE);
        assertThat(run(base, "--org", "ACME", "--read").exitCode()).isEqualTo(ExitCode.REFUSED);
        assertThat(run(base, "--org", "acme", "--scope", "fly").exitCode()).isEqualTo(ExitCode.REFUSED);
        assertThat(run(base, "--org", "acme", "--read", "--only", "nothing").err())
                .contains("not_found");
    }

    private static Result run(String[] base, String... more) {
        String[] all = java.util.Arrays.copyOf(base, base.length + more.length);
        System.arraycopy(more, 0, all, base.length, more.length);
        return offline().run(all);
    }

    @Test
    void data_that_a_server_holds_is_left_alone() {
        try (Engine engine = Engine.open(data, EngineOptions.DEFAULT)) {
            assertThat(engine.poison()).isNull();
            Result refused =
                    offline().run("token", "create", "n", "--data", data.toString(), "--org", "acme", "--all-scopes");
            assertThat(refused.exitCode()).isEqualTo(ExitCode.FAILED);
            assertThat(refused.err()).contains("unavailable");
        }
    }
}
