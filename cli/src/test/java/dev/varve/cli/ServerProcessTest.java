package dev.varve.cli;

import static dev.varve.cli.Patience.LONG;
import static dev.varve.cli.Patience.await;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.cli.CommandLineRun.Result;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code varve serve} as a process of its own, on the engine and a real disk. */
final class ServerProcessTest {

    @TempDir
    Path directory;

    private final List<Process> started = new ArrayList<>();
    private int port;

    @BeforeEach
    void chooseAPort() throws IOException {
        try (ServerSocket free = new ServerSocket(0)) {
            port = free.getLocalPort();
        }
    }

    @AfterEach
    void endAll() {
        started.forEach(Process::destroyForcibly);
    }

    @Test
    void a_terminated_server_ends_well_and_finds_its_data_again() throws Exception {
        Process first = serve();
        assertThat(client().input("one\n")
                        .run("stream", "append", "a", "--create", "--lines")
                        .exitCode())
                .isZero();
        first.destroy();
        assertThat(first.waitFor(LONG.toSeconds(), TimeUnit.SECONDS)).isTrue();
        assertThat(first.exitValue()).isZero();

        serve();
        assertThat(client().run("stream", "read", "a").out()).isEqualTo("one\n");
    }

    @Test
    void a_data_directory_in_use_is_refused() throws Exception {
        serve();
        Process second = launch(0);
        assertThat(second.waitFor(LONG.toSeconds(), TimeUnit.SECONDS)).isTrue();
        assertThat(second.exitValue()).isEqualTo(4);
        assertThat(Files.readString(errors(second))).contains("varve: unavailable: ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"--lines", "--lines --producer p", "--content-type text/plain"})
    void tail_and_an_append_whose_input_stays_open_outlive_kill_9(String form) throws Exception {
        Process first = serve();
        client().run("stream", "create", "a", "--content-type", "text/plain");
        CommandLineRun tail = client();
        CompletableFuture<Result> tailing = tail.start("stream", "tail", "a", "--from", "-1");
        SlowLines lines = new SlowLines(400);
        AtomicLong hours = new AtomicLong();
        CompletableFuture<Result> appending = client().nanoTime(
                        () -> hours.getAndAdd(Duration.ofHours(1).toNanos()))
                .input(lines)
                .start(("stream append a --close " + form).split(" "));

        await().until(() -> tail.out().contains("line 40\n"));
        first.destroyForcibly().waitFor();
        serve();

        assertThat(appending).succeedsWithin(LONG).extracting(Result::exitCode).isEqualTo(0);
        assertThat(tailing).succeedsWithin(LONG).satisfies(result -> {
            assertThat(result.exitCode()).isZero();
            assertThat(result.out()).isEqualTo(lines.all());
            assertThat(result.err()).contains("; trying again\n");
        });
        assertThat(client().run("stream", "read", "a").out()).isEqualTo(lines.all());
    }

    /** Starts a server on the test's data and waits until it serves. */
    private Process serve() throws IOException {
        Process process = launch(port);
        await().until(() -> {
            assertThat(process.isAlive()).as(() -> read(errors(process))).isTrue();
            return Files.readString(output(process)).contains("listens on");
        });
        return process;
    }

    private Process launch(int listenOn) throws IOException {
        int number = started.size();
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx256m",
                        "--enable-native-access=ALL-UNNAMED",
                        "--sun-misc-unsafe-memory-access=allow",
                        "-cp",
                        System.getProperty("java.class.path"),
                        "dev.varve.cli.Main",
                        "serve",
                        "--data",
                        directory.resolve("data").toString(),
                        "--port",
                        "" + listenOn)
                .redirectOutput(directory.resolve("out" + number).toFile())
                .redirectError(directory.resolve("err" + number).toFile())
                .start();
        started.add(process);
        return process;
    }

    private Path output(Process process) {
        return directory.resolve("out" + started.indexOf(process));
    }

    private Path errors(Process process) {
        return directory.resolve("err" + started.indexOf(process));
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return e.toString();
        }
    }

    private CommandLineRun client() {
        return new CommandLineRun().server(URI.create("http://127.0.0.1:" + port));
    }

    /** An input that gives a line every few milliseconds, as a log that is being followed. */
    private static final class SlowLines extends InputStream {
        private final byte[] bytes;
        private int at;

        SlowLines(int count) {
            StringBuilder text = new StringBuilder();
            for (int i = 0; i < count; i++) {
                text.append("line ").append(i).append('\n');
            }
            bytes = text.toString().getBytes(UTF_8);
        }

        String all() {
            return new String(bytes, UTF_8);
        }

        @Override
        public int read() {
            throw new UnsupportedOperationException("read lines");
        }

        @Override
        public int read(byte[] into, int offset, int length) throws IOException {
            if (at == bytes.length) {
                return -1;
            }
            try {
                Thread.sleep(5);
            } catch (InterruptedException e) {
                throw new InterruptedIOException();
            }
            int start = at;
            while (bytes[at] != '\n') {
                at++;
            }
            at++;
            System.arraycopy(bytes, start, into, offset, at - start);
            return at - start;
        }
    }
}
