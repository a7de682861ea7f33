package dev.varve.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.cli.CommandLineRun.Result;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Scanner;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.json.JsonMapper;

/** The command that shows commits, against a real server. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
final class ChangesCommandTest {

    private static final String STORE = "acme/shop";

    private final ServedStores stores = new ServedStores();

    @AfterEach
    void close() {
        stores.close();
    }

    private CommandLineRun run() {
        return new CommandLineRun().server(stores.url());
    }

    private String out(String... args) {
        Result result = run().run(args);
        assertThat(result.err()).isEmpty();
        assertThat(result.exitCode()).isZero();
        return result.out();
    }

    private static String number(String line) {
        return JsonMapper.shared().readTree(line).path("commit").toString();
    }

    @Test
    void commits_are_written_one_a_line() {
        out("entry", "put", "--store", STORE, "a", "1");
        out("event", "append", STORE, "order/1", "--type", "Placed");
        List<String> lines = out("changes", STORE).lines().toList();
        assertThat(lines).hasSize(2);
        assertThat(lines.get(0)).contains("\"path\":\"a\"").contains("\"events\":[]");
        assertThat(lines.get(1)).contains("\"type\":\"Placed\"");
        assertThat(out("changes", STORE, "--limit", "1")).isEqualTo(lines.get(0) + "\n");
        assertThat(out("changes", STORE, "--after", number(lines.get(0)))).isEqualTo(lines.get(1) + "\n");
        assertThat(run().run("changes", "acme/none").exitCode()).isEqualTo(ExitCode.REFUSED);
        assertThat(run().run("changes", STORE, "--limit", "1", "--follow").exitCode())
                .isEqualTo(ExitCode.USAGE);
    }

    @Test
    void commits_are_followed() throws Exception {
        out("entry", "put", "--store", STORE, "a", "1");
        PipedInputStream read = new PipedInputStream(1 << 16);
        CommandLineRun following = run().output(new PipedOutputStream(read));
        CompletableFuture<Result> ended =
                CompletableFuture.supplyAsync(() -> following.run("changes", STORE, "--follow"));
        try (Scanner lines = new Scanner(read, StandardCharsets.UTF_8)) {
            assertThat(lines.nextLine()).contains("\"path\":\"a\"");
            out("event", "append", STORE, "order/1", "--type", "Placed");
            assertThat(lines.nextLine()).contains("\"type\":\"Placed\"");
            following.signal("INT");
            assertThat(ended.get().exitCode()).isEqualTo(ExitCode.INTERRUPTED);
        }
    }
}
