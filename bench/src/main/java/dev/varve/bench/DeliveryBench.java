package dev.varve.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.HdrHistogram.Histogram;

/**
 * From a write to its delivery, feed by feed on one server: streams by server-sent events, entries over WebSockets and by
 * server-sent events, with some number of readers and one write at a time. See {@link DeliveryDriver}.
 */
final class DeliveryBench {

    private static final String[] OPTIONS = {
        "--subscribers", "1,100,1000",
        "--bytes", "256",
        "--seconds", "4",
        "--warm-up", "4",
        "--pause-millis", "2",
        "--rounds", "1",
        "--directory", "",
    };

    private DeliveryBench() {}

    /** Runs what the words describe. Returns the exit code. */
    static int main(List<String> args) throws IOException, InterruptedException {
        Options options = Options.parse(args, null, OPTIONS);
        Path directory = Work.directory(options.text("--directory"));
        System.out.printf(
                "bench: write to delivery, %d bytes, %.0f s after %.0f s of warm-up, %d rounds; %s%n",
                options.number("--bytes"),
                options.decimal("--seconds"),
                options.decimal("--warm-up"),
                options.number("--rounds"),
                Work.describe(directory));
        try (ServerProcess server = new ServerProcess(
                Servers.varve(), directory.resolve("data"), ServerProcess.freePort(), Map.of(), ServerProcess.HTTP)) {
            server.start(Map.of());
            for (String subscribers : options.text("--subscribers").split(",")) {
                for (int round = 1; round <= options.number("--rounds"); round++) {
                    for (DeliveryFeed feed : DeliveryFeed.values()) {
                        run(options, server, feed, Integer.parseInt(subscribers.strip()), round);
                    }
                }
            }
            server.stop();
        } catch (NumberFormatException e) {
            throw new Options.UsageException(
                    "--subscribers is numbers with commas between, not " + options.text("--subscribers"));
        } finally {
            Directories.delete(directory);
        }
        return 0;
    }

    private static void run(Options options, ServerProcess server, DeliveryFeed feed, int subscribers, int round)
            throws IOException, InterruptedException {
        try (DeliveryDriver driver = new DeliveryDriver(feed, server.port(), options.number("--bytes"))) {
            driver.create();
            driver.connect(subscribers);
            driver.run(options.decimal("--warm-up"), options.number("--pause-millis"));
            long cpuBefore = server.cpuMicros();
            long delivered = driver.run(options.decimal("--seconds"), options.number("--pause-millis"));
            Histogram latency = driver.latencyNanos();
            System.out.printf(
                    "bench: round %d  %-18s %5d subscribers   p50 %.3f  p99 %.3f  p99.9 %.3f ms   cpu %.1f us/delivery   %d deliveries%n",
                    round,
                    feed.label,
                    subscribers,
                    latency.getValueAtPercentile(50) / 1e6,
                    latency.getValueAtPercentile(99) / 1e6,
                    latency.getValueAtPercentile(99.9) / 1e6,
                    (server.cpuMicros() - cpuBefore) / (double) Math.max(1, delivered),
                    delivered);
        }
    }
}
