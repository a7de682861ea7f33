package dev.varve.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.varve.api.Offset;
import dev.varve.api.StreamConfig;
import dev.varve.api.StreamReader;
import dev.varve.api.Streams;
import dev.varve.api.Varve;
import dev.varve.engine.Engine;
import dev.varve.engine.EngineOptions;
import dev.varve.server.VarveServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;

/**
 * Starts a server on a directory that is thrown away, uses it a little and ends: what the launcher runs to make the JVM's
 * start-up cache, so that it holds the classes that a start and the first requests need.
 */
@Command(name = "warm-up", hidden = true, description = "Run what a start and first requests need, once.")
final class WarmUpCommand implements Callable<Integer> {

    private static final int ROUNDS = 50;

    @Override
    public Integer call() throws IOException {
        Path directory = Files.createTempDirectory("varve-warm-up");
        try {
            use(directory);
        } finally {
            delete(directory);
        }
        return ExitCode.OK;
    }

    private static void use(Path directory) {
        try (Engine engine = Engine.open(directory, EngineOptions.DEFAULT);
                VarveServer server =
                        VarveServer.builder().storage(engine.streams()).port(0).start();
                Varve varve = Varve.connect(server.url())) {
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
