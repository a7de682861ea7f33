package dev.varve.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.varve.api.Offset;
import dev.varve.api.StreamConfig;
import dev.varve.api.StreamReader;
import dev.varve.api.Streams;
import dev.varve.api.Varve;
import dev.varve.engine.state.RocksLibrary;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/**
 * Starts a server on a directory that is thrown away, uses it a little and ends: what the launcher runs to make the JVM's
 * start-up cache, so that it holds the classes that a start and the first requests need.
 */
@Command(name = "warm-up", hidden = true, description = "Run what a start and first requests need, once.")
final class WarmUpCommand implements Callable<Integer> {

    private static final int ROUNDS = 50;

    @Parameters(paramLabel = "DIRECTORY", description = "Where to unpack native code.")
    private Path nativeCode = Path.of("");

    @Override
    public Integer call() throws IOException {
        RocksLibrary.copyTo(nativeCode);
        Path directory = Files.createTempDirectory("varve-warm-up");
        try {
            use(directory);
        } finally {
            delete(directory);
        }
        return ExitCode.OK;
    }

    /** Serves as {@code varve serve} does. */
    private static void use(Path directory) throws IOException {
        Map<String, Runnable> signals = new ConcurrentHashMap<>();
        PipedOutputStream out = new PipedOutputStream();
        BufferedReader said = new BufferedReader(new InputStreamReader(new PipedInputStream(out), UTF_8));
        Io process = Io.ofProcess();
        Io io = new Io(
                process.in(),
                out,
                process.err(),
                () -> false,
                () -> false,
                Map.of(),
                (name, action) -> {
                    process.signals().on(name, action);
                    signals.put(name, action);
                },
                process.nanoTime());
        CompletableFuture<Integer> serving = CompletableFuture.supplyAsync(
                () -> Main.run(io, new EngineStorage(), "serve", "--port", "0", "--data", directory.toString()),
                task -> Thread.ofPlatform().name("varve-serve").daemon().start(task));
        String line = said.readLine(); // fails when the thread that writes has ended
        try {
            use(url(line));
        } finally {
            Objects.requireNonNull(signals.get("TERM")).run();
            serving.join();
        }
    }

    private static URI url(String line) {
        int begin = line.indexOf("http://");
        return URI.create(line.substring(begin, line.indexOf(',', begin)));
    }

    private static void use(URI server) {
        try (Varve varve = Varve.connect(server)) {
            Streams streams = varve.streams();
            streams.create("text", StreamConfig.of("text/plain"));
            streams.create("json", StreamConfig.of("application/json"));
            for (int i = 0; i < ROUNDS; i++) {
                streams.append("text", "line\n".getBytes(UTF_8));
                streams.append("json", "{\"n\":1}".getBytes(UTF_8));
            }
            try (StreamReader reader = streams.follow("text", Offset.BEGINNING)) {
                reader.next(Duration.ofSeconds(1));
            }
            streams.list("", null, 10);
            streams.close("text");
        }
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
