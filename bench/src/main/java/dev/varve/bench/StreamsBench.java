package dev.varve.bench;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.HdrHistogram.Histogram;

/**
 * Durable appends side by side. All servers are started on fresh directories and warmed up; then one driver gives each a
 * short turn, round after round, so that the machine's moods fall on all of them alike. A server whose turn it is not has
 * nothing to do. Rate and processor time are medians of the rounds, latencies those of all rounds together.
 */
final class StreamsBench {

    private static final String[] OPTIONS = {
        "--connections", "64",
        "--streams", "64",
        "--bytes", "256",
        "--seconds", "2",
        "--warm-up", "10",
        "--rounds", "10",
        "--directory", "",
    };

    private static final int MAX_STREAMS = 9_999_999;
    private static final int CREATING_CONNECTIONS = 64;

    /** One turn of one server. */
    private record Turn(double perSecond, double cpuMicros) {}

    /** What a server did in all its turns. */
    private record Result(
            double perSecond, double p50, double p99, double p999, double cpuMicros, long residentBytes) {}

    private final Options options;
    private final Path directory;

    private StreamsBench(Options options, Path directory) {
        this.options = options;
        this.directory = directory;
    }

    /** Runs the comparison that the words describe. Returns the exit code. */
    static int main(List<String> args) throws IOException, InterruptedException {
        Options options = Options.parse(args, "--peer", OPTIONS);
        if (options.number("--streams") > MAX_STREAMS || options.number("--streams") < 1) {
            throw new Options.UsageException("--streams is 1 to " + MAX_STREAMS);
        }
        Map<Peer, String> peers = PeerList.find(options.repeated(), false);
        Path directory = Work.directory(options.text("--directory"));
        System.out.printf(
                "bench: durable appends, %d connections, %d streams, %d bytes, turns of %.1f s after %.0f s of warm-up, %d rounds; %s%n",
                options.number("--connections"),
                options.number("--streams"),
                options.number("--bytes"),
                options.decimal("--seconds"),
                options.decimal("--warm-up"),
                options.number("--rounds"),
                Work.describe(directory));
        StreamsBench bench = new StreamsBench(options, directory);
        Map<Peer, Contestant> contestants = new EnumMap<>(Peer.class);
        try {
            for (Map.Entry<Peer, String> peer : peers.entrySet()) {
                contestants.put(peer.getKey(), bench.start(peer.getKey(), peer.getValue()));
            }
            for (int round = 1; round <= options.number("--rounds"); round++) {
                StringBuilder line = new StringBuilder("bench: round ").append(round);
                for (Contestant contestant : contestants.values()) {
                    Turn turn = contestant.turn(options.decimal("--seconds"));
                    line.append(
                            "   %s %.0f/s %.1f us".formatted(contestant.peer.label(), turn.perSecond, turn.cpuMicros));
                }
                System.out.println(line);
            }
            Map<Peer, Result> results = new EnumMap<>(Peer.class);
            for (Contestant contestant : contestants.values()) {
                results.put(contestant.peer, contestant.result());
            }
            report(results);
        } finally {
            for (Contestant contestant : contestants.values()) {
                contestant.close();
            }
            Directories.delete(directory);
        }
        return 0;
    }

    /** A running server and the connections to it. */
    private static final class Contestant implements Closeable {
        private final Peer peer;
        private final ServerProcess server;
        private final LoadDriver driver;
        private final List<Turn> turns = new ArrayList<>();

        Contestant(Peer peer, ServerProcess server, LoadDriver driver) {
            this.peer = peer;
            this.server = server;
            this.driver = driver;
        }

        Turn turn(double seconds) throws IOException, InterruptedException {
            long cpuBefore = server.cpuMicros();
            long began = System.nanoTime();
            long done = driver.run(seconds);
            double took = (System.nanoTime() - began) / 1e9;
            double cpu = (double) (server.cpuMicros() - cpuBefore) / Math.max(1, done);
            Turn turn = new Turn(done / took, cpu);
            turns.add(turn);
            return turn;
        }

        Result result() throws IOException, InterruptedException {
            Histogram latency = driver.latencyNanos();
            return new Result(
                    Medians.median(turns.stream().map(Turn::perSecond).toList()),
                    millis(latency, 50),
                    millis(latency, 99),
                    millis(latency, 99.9),
                    Medians.median(turns.stream().map(Turn::cpuMicros).toList()),
                    server.residentBytes());
        }

        @Override
        public void close() throws IOException {
            try (server) {
                driver.close();
            }
        }
    }

    /** Starts a server, creates its streams, and warms it up. */
    private Contestant start(Peer peer, String program) throws IOException, InterruptedException {
        Path work = Files.createTempDirectory(directory, peer.label());
        int streams = options.number("--streams");
        byte[] body = new byte[options.number("--bytes")];
        new SplittableRandom(1).nextBytes(body);
        ServerProcess server = peer.server(program, work);
        try {
            server.start(Map.of());
            if (peer.speaksHttp()) {
                Protocol create = new Protocol.HttpCreate(server.port());
                try (LoadDriver driver = new LoadDriver(
                        server.port(), create, Math.min(streams, CREATING_CONNECTIONS), streams, new byte[0])) {
                    driver.count(streams);
                }
            }
            LoadDriver driver = new LoadDriver(
                    server.port(), peer.protocol(server.port()), options.number("--connections"), streams, body);
            driver.run(options.decimal("--warm-up"));
            driver.forget();
            return new Contestant(peer, server, driver);
        } catch (IOException | RuntimeException e) {
            server.close();
            throw e;
        }
    }

    private static double millis(Histogram nanos, double percentile) {
        return nanos.getValueAtPercentile(percentile) / 1e6;
    }

    private static void print(Peer peer, Result run) {
        System.out.printf(
                "bench: %-6s %9.0f/s   p50 %.3f  p99 %.3f  p99.9 %.3f ms   cpu %.1f us/op   rss %d MiB%n",
                peer.label(),
                run.perSecond(),
                run.p50(),
                run.p99(),
                run.p999(),
                run.cpuMicros(),
                run.residentBytes() >> 20);
    }

    /** What each did, and Varve's ratio to the others. */
    private static void report(Map<Peer, Result> results) {
        results.forEach(StreamsBench::print);
        Result varve = results.get(Peer.VARVE);
        if (varve == null) {
            return;
        }
        results.forEach((peer, result) -> {
            if (peer != Peer.VARVE) {
                System.out.printf(
                        "bench: varve to %s: rate %.2fx, p50 %.2fx, p99 %.2fx, p99.9 %.2fx, cpu %.2fx%n",
                        peer.label(),
                        varve.perSecond() / result.perSecond(),
                        varve.p50() / result.p50(),
                        varve.p99() / result.p99(),
                        varve.p999() / result.p999(),
                        varve.cpuMicros() / result.cpuMicros());
            }
        });
    }
}
