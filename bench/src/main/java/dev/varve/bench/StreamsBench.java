package dev.varve.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.HdrHistogram.Histogram;

/**
 * Durable appends side by side: every server by the same driver, one after the other, in several rounds so that the
 * machine's moods fall on all of them. Each run has a fresh server and a fresh directory, and a warm-up that does not
 * count.
 */
final class StreamsBench {

    private static final String[] OPTIONS = {
        "--connections", "64",
        "--streams", "64",
        "--bytes", "256",
        "--seconds", "8",
        "--warm-up", "4",
        "--rounds", "3",
        "--directory", "",
    };

    private static final int MAX_STREAMS = 9_999_999;
    private static final int CREATING_CONNECTIONS = 64;

    /** One run of one server. */
    private record Run(double perSecond, double p50, double p99, double p999, double cpuMicros, long residentBytes) {}

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
                "bench: durable appends, %d connections, %d streams, %d bytes, %.0f s after %.0f s of warm-up, %d rounds; %s%n",
                options.number("--connections"),
                options.number("--streams"),
                options.number("--bytes"),
                options.decimal("--seconds"),
                options.decimal("--warm-up"),
                options.number("--rounds"),
                Work.describe(directory));
        StreamsBench bench = new StreamsBench(options, directory);
        Map<Peer, List<Run>> runs = new EnumMap<>(Peer.class);
        try {
            for (int round = 1; round <= options.number("--rounds"); round++) {
                for (Map.Entry<Peer, String> peer : peers.entrySet()) {
                    Run run = bench.run(peer.getKey(), peer.getValue());
                    runs.computeIfAbsent(peer.getKey(), any -> new ArrayList<>())
                            .add(run);
                    print("round " + round, peer.getKey(), run);
                }
            }
        } finally {
            Directories.delete(directory);
        }
        report(runs);
        return 0;
    }

    private Run run(Peer peer, String program) throws IOException, InterruptedException {
        Path work = Files.createTempDirectory(directory, peer.label());
        int streams = options.number("--streams");
        byte[] body = new byte[options.number("--bytes")];
        new SplittableRandom(1).nextBytes(body);
        try (ServerProcess server = peer.server(program, work)) {
            server.start(Map.of());
            if (peer.speaksHttp()) {
                Protocol create = new Protocol.HttpCreate(server.port());
                try (LoadDriver driver = new LoadDriver(
                        server.port(), create, Math.min(streams, CREATING_CONNECTIONS), streams, new byte[0])) {
                    driver.count(streams);
                }
            }
            try (LoadDriver driver = new LoadDriver(
                    server.port(), peer.protocol(server.port()), options.number("--connections"), streams, body)) {
                driver.start();
                driver.run(options.decimal("--warm-up"));
                long cpuBefore = server.cpuMicros();
                long began = System.nanoTime();
                long done = driver.run(options.decimal("--seconds"));
                double seconds = (System.nanoTime() - began) / 1e9;
                double cpu = (double) (server.cpuMicros() - cpuBefore) / Math.max(1, done);
                Histogram latency = driver.latencyNanos();
                return new Run(
                        done / seconds,
                        millis(latency, 50),
                        millis(latency, 99),
                        millis(latency, 99.9),
                        cpu,
                        server.residentBytes());
            }
        } finally {
            Directories.delete(work);
        }
    }

    private static double millis(Histogram nanos, double percentile) {
        return nanos.getValueAtPercentile(percentile) / 1e6;
    }

    private static void print(String what, Peer peer, Run run) {
        System.out.printf(
                "bench: %-8s %-6s %9.0f/s   p50 %.3f  p99 %.3f  p99.9 %.3f ms   cpu %.1f us/op   rss %d MiB%n",
                what,
                peer.label(),
                run.perSecond(),
                run.p50(),
                run.p99(),
                run.p999(),
                run.cpuMicros(),
                run.residentBytes() >> 20);
    }

    /** The median round of each, and Varve's ratio to the others. */
    private static void report(Map<Peer, List<Run>> runs) {
        Map<Peer, Run> medians = new EnumMap<>(Peer.class);
        runs.forEach((peer, all) -> {
            List<Run> sorted = all.stream()
                    .sorted(Comparator.comparingDouble(Run::perSecond))
                    .toList();
            medians.put(peer, sorted.get(sorted.size() / 2));
        });
        medians.forEach((peer, run) -> print("median", peer, run));
        Run varve = medians.get(Peer.VARVE);
        if (varve == null) {
            return;
        }
        medians.forEach((peer, run) -> {
            if (peer != Peer.VARVE) {
                System.out.printf(
                        "bench: varve to %s: rate %.2fx, p50 %.2fx, p99 %.2fx, cpu %.2fx%n",
                        peer.label(),
                        varve.perSecond() / run.perSecond(),
                        varve.p50() / run.p50(),
                        varve.p99() / run.p99(),
                        varve.cpuMicros() / run.cpuMicros());
            }
        });
    }
}
