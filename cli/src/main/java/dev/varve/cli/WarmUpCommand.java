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
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/**
 * Starts a server on a directory that is thrown away, uses it a little and ends: what the launcher runs to make the JVM's
 * start-up cache, so that it holds the classes that a start and the first requests need.
 */
@Command(name = "warm-up", hidden = true, description = "Run what a start and first requests need, once.")
final class WarmUpCommand implements Callable<Integer> {

    /**
     * So many that what writes and deliveries run is compiled for good: the cache keeps what was learned for that, and a server that
     * starts with it need not learn again.
     */
    private static final int ROUNDS = 60_000;

    private static final int WRITERS = 8;

    private static final int PATHS = 100;

    /** For how long it is waited for the live changes; without the last of them the cache is still of use. */
    private static final int FOLLOW_SECONDS = 10;

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
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            Objects.requireNonNull(signals.get("TERM")).run();
            serving.join();
        }
    }

    private static URI url(String line) {
        int begin = line.indexOf("http://");
        return URI.create(line.substring(begin, line.indexOf(',', begin)));
    }

    private static void use(URI server) throws InterruptedException {
        try (Varve varve = Varve.connect(server)) {
            Streams streams = varve.streams();
            streams.create("text", StreamConfig.of("text/plain"));
            streams.create("json", StreamConfig.of("application/json"));
            Thread reader = Thread.ofVirtual().start(() -> follow(streams));
            inParallel(round -> {
                streams.append("text", "line\n".getBytes(UTF_8));
                streams.append("json", "{\"n\":1}".getBytes(UTF_8));
            });
            streams.list("", null, 10);
            streams.close("text");
            reader.join(FOLLOW_SECONDS * 1000L);
        }
        useEntries(server);
    }

    private static void follow(Streams streams) {
        try (StreamReader reader = streams.follow("text", Offset.BEGINNING)) {
            while (!reader.atEnd()) {
                reader.next(Duration.ofSeconds(1));
            }
        }
    }

    /** Runs the rounds, some at a time; the first failure is thrown when all have ended. */
    private static void inParallel(IntConsumer round) {
        List<CompletableFuture<Void>> writers = new ArrayList<>();
        for (int i = 0; i < WRITERS; i++) {
            int first = i;
            writers.add(CompletableFuture.runAsync(
                    () -> {
                        for (int n = first; n < ROUNDS; n += WRITERS) {
                            round.accept(n);
                        }
                    },
                    task -> Thread.ofVirtual().start(task)));
        }
        CompletableFuture.allOf(writers.toArray(CompletableFuture[]::new)).join();
    }

    /** Writes entries, by requests and over a WebSocket that follows them, and lists them. */
    private static void useEntries(URI server) {
        Follower follower = new Follower(ROUNDS + ROUNDS / WRITERS);
        try (HttpClient http = HttpClient.newHttpClient()) {
            URI live = URI.create("ws://" + server.getAuthority()
                    + "/ws/sync/websocket?token=none&device_id=warm-up&capver=3&vsn=2.0.0");
            WebSocket socket = http.newWebSocketBuilder()
                    .buildAsync(live, follower)
                    .orTimeout(FOLLOW_SECONDS, TimeUnit.SECONDS)
                    .join();
            send(socket, "phx_join", "{\"last_store_seq\":0}");
            inParallel(round -> {
                String value = round % 2 == 0 ? "\"a note\"" : "{\"title\":\"a title\",\"visits\":" + round + "}";
                send(
                        http,
                        HttpRequest.newBuilder(server.resolve("/api/stores/warm/up/entries/links/" + round % PATHS))
                                .PUT(HttpRequest.BodyPublishers.ofString(value))
                                .header("Content-Type", "application/json"));
                if (round % WRITERS == 0) { // one of the writers, so that messages do not mix
                    send(socket, "write", "{\"op\":\"set\",\"path\":\"notes/a\",\"value\":" + value + "}");
                }
            });
            send(http, HttpRequest.newBuilder(server.resolve("/api/stores/warm/up/entries?pattern=links/**")));
            follower.done
                    .completeOnTimeout(true, FOLLOW_SECONDS, TimeUnit.SECONDS)
                    .join();
            socket.abort();
        }
    }

    private static void send(WebSocket socket, String event, String payload) {
        socket.sendText("[\"1\",\"1\",\"store:warm/up\",\"" + event + "\"," + payload + "]", true)
                .join();
    }

    private static void send(HttpClient http, HttpRequest.Builder request) {
        http.sendAsync(request.build(), HttpResponse.BodyHandlers.discarding()).join();
    }

    /** Counts the changes that a WebSocket tells of. Confined to the client's calls, which come one after the other. */
    private static final class Follower implements WebSocket.Listener {

        final CompletableFuture<Boolean> done = new CompletableFuture<>();
        private final StringBuilder message = new StringBuilder();
        private int left;

        Follower(int changes) {
            left = changes;
        }

        @Override
        public @Nullable CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
            message.append(data);
            if (last) {
                if (message.indexOf("\"event\"") >= 0 && --left == 0) {
                    done.complete(true);
                }
                message.setLength(0);
            }
            socket.request(1);
            return null;
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
