package dev.varve.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.HdrHistogram.Histogram;

/**
 * From append to delivery, side by side: one stream, some number of readers by server-sent events, one append at a time.
 * The clock runs from before the append is sent until a reader has the message.
 */
final class SseBench {

    private static final String[] OPTIONS = {
        "--readers", "1,100,1000",
        "--bytes", "256",
        "--seconds", "6",
        "--warm-up", "3",
        "--pause-millis", "2",
        "--rounds", "3",
        "--directory", "",
    };

    /** How long the driver runs before anybody is measured: it is compiled meanwhile, which takes time from all others. */
    private static final double DRIVER_WARM_UP_SECONDS = 15;

    private SseBench() {}

    /** Runs the comparison that the words describe. Returns the exit code. */
    static int main(List<String> args) throws IOException, InterruptedException {
        Options options = Options.parse(args, "--peer", OPTIONS);
        Map<Peer, String> peers = PeerList.find(options.repeated(), true);
        Path directory = Work.directory(options.text("--directory"));
        System.out.printf(
                "bench: append to delivery by events, one stream, %d bytes, %.0f s after %.0f s of warm-up, %d rounds; %s%n",
                options.number("--bytes"),
                options.decimal("--seconds"),
                options.decimal("--warm-up"),
                options.number("--rounds"),
                Work.describe(directory));
        try {
            warmUpDriver(options, peers, directory);
            for (String readers : options.text("--readers").split(",")) {
                compare(options, peers, directory, Integer.parseInt(readers.strip()));
            }
        } catch (NumberFormatException e) {
            throw new Options.UsageException(
                    "--readers is numbers with commas between, not " + options.text("--readers"));
        } finally {
            Directories.delete(directory);
        }
        return 0;
    }

    private static void warmUpDriver(Options options, Map<Peer, String> peers, Path directory)
            throws IOException, InterruptedException {
        Map.Entry<Peer, String> first = peers.entrySet().iterator().next();
        Path work = Files.createTempDirectory(directory, "first");
        try (ServerProcess server = first.getKey().server(first.getValue(), work)) {
            server.start(Map.of());
            try (DeliveryDriver driver =
                    new DeliveryDriver(DeliveryFeed.STREAM_EVENTS, server.port(), options.number("--bytes"))) {
                driver.create();
                driver.connect(1);
                driver.run(DRIVER_WARM_UP_SECONDS, 0);
            }
        } finally {
            Directories.delete(work);
        }
    }

    private static void compare(Options options, Map<Peer, String> peers, Path directory, int readers)
            throws IOException, InterruptedException {
        Map<Peer, List<Double>> worst = new EnumMap<>(Peer.class);
        for (int round = 1; round <= options.number("--rounds"); round++) {
            for (Map.Entry<Peer, String> entry : peers.entrySet()) {
                Peer peer = entry.getKey();
                Path work = Files.createTempDirectory(directory, peer.label());
                try (ServerProcess server = peer.server(entry.getValue(), work)) {
                    server.start(Map.of());
                    double p99 = run(options, peer, server, readers, round);
                    worst.computeIfAbsent(peer, any -> new ArrayList<>()).add(p99);
                } finally {
                    Directories.delete(work);
                }
            }
        }
        System.out.println("bench: p99 with " + readers + " readers");
        Medians.report(worst, "%7.3f ms", "less");
    }

    private static double run(Options options, Peer peer, ServerProcess server, int readers, int round)
            throws IOException, InterruptedException {
        try (DeliveryDriver driver =
                new DeliveryDriver(DeliveryFeed.STREAM_EVENTS, server.port(), options.number("--bytes"))) {
            driver.create();
            driver.connect(1);
            long before = server.residentBytes();
            driver.connect(readers - 1);
            long perReader = (server.residentBytes() - before) / Math.max(1, readers - 1);
            driver.run(options.decimal("--warm-up"), options.number("--pause-millis"));
            driver.reset();
            long cpuBefore = server.cpuMicros();
            long delivered = driver.run(options.decimal("--seconds"), options.number("--pause-millis"));
            Histogram latency = driver.latencyNanos();
            double p99 = latency.getValueAtPercentile(99) / 1e6;
            System.out.printf(
                    "bench: round %d  %-6s %5d readers   p50 %.3f  p99 %.3f  p99.9 %.3f ms   cpu %.1f us/delivery   %d deliveries   %.1f KiB per idle reader%n",
                    round,
                    peer.label(),
                    readers,
                    latency.getValueAtPercentile(50) / 1e6,
                    p99,
                    latency.getValueAtPercentile(99.9) / 1e6,
                    (server.cpuMicros() - cpuBefore) / (double) Math.max(1, delivered),
                    delivered,
                    perReader / 1024.0);
            return p99;
        }
    }
}
