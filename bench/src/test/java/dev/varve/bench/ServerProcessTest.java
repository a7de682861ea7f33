package dev.varve.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is read of a process under test while those that it has started come and go. */
@Timeout(60)
final class ServerProcessTest {

    @TempDir
    private Path directory;

    @Test
    void a_child_that_has_ended_takes_nothing_away_from_what_is_read() throws Exception {
        // Nobody waits for the child: it has ended, and is among the processes all the same.
        List<String> command = List.of("sh", "-c", "sleep 0 & exec sleep 60");
        try (ServerProcess server = new ServerProcess(command, directory.resolve("data"), 0, Map.of(), _ -> true)) {
            server.start(Map.of());
            for (int i = 0; i < 40; i++) {
                assertThat(server.residentBytes()).isPositive();
                assertThat(server.cpuMicros()).isNotNegative();
                Thread.sleep(5);
            }
        }
    }
}
