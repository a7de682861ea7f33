package dev.varve.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * From a write to its delivery, feed by feed on one server: streams by server-sent events, entries over WebSockets and by
 * server-sent events, events by server-sent events, with some number of readers and one write at a time. Each feed writes to something of its own. See {@link DeliveryDriver}.
 */
final class DeliveryBench {

    private static final String[] OPTIONS = {
        "--subscribers", "1,100,1000",
        "--bytes", "256",
        "--seconds", "1",
        "--warm-up", "4",
        "--pause-millis", "2",
        "--rounds", "5",
        "--directory", "",
    };

    /** What a comparison may take: event streams and silent WebSockets live for a minute. */
    private static final int MAX_SECONDS = 50;

    private DeliveryBench() {}

    /**
     * Runs what the words describe. Returns the exit code.
     *
     * @param standard the feeds where the words name none
     */
    static int main(String standard, List<String> args) throws IOException, InterruptedException {
        List<String> known = new ArrayList<>(List.of("--feeds", standard));
        known.addAll(List.of(OPTIONS));
        Options options = Options.parse(args, null, known.toArray(String[]::new));
        List<DeliveryFeed> feeds = feeds(options.text("--feeds"));
        double seconds = feeds.size()
                * (options.decimal("--warm-up") + options.number("--rounds") * options.decimal("--seconds"));
        if (seconds > MAX_SECONDS) {
            throw new Options.UsageException(
                    ("--warm-up and --rounds of --seconds come to %.0f s for %d feeds; servers end event"
                                    + " streams after a minute, so %d are the most")
                            .formatted(seconds, feeds.size(), MAX_SECONDS));
        }
        Path directory = Work.directory(options.text("--directory"));
        System.out.printf(
                "bench: write to delivery, %d bytes, turns of %.1f s after %.0f s of warm-up, %d rounds; %s%n",
                options.number("--bytes"),
                options.decimal("--seconds"),
                options.decimal("--warm-up"),
                options.number("--rounds"),
                Work.describe(directory));
        try (ServerProcess server = new ServerProcess(
                Servers.varve(), directory.resolve("data"), ServerProcess.freePort(), Map.of(), ServerProcess.HTTP)) {
            server.start(Map.of());
            for (String subscribers : options.text("--subscribers").split(",")) {
                compare(options, server, feeds, Integer.parseInt(subscribers.strip()));
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

    private static List<DeliveryFeed> feeds(String words) {
        List<DeliveryFeed> feeds = new ArrayList<>();
        for (String word : words.split(",")) {
            feeds.add(Arrays.stream(DeliveryFeed.values())
                    .filter(feed -> feed.word.equals(word.strip()))
                    .findFirst()
                    .orElseThrow(() -> new Options.UsageException(
                            "--feeds is some of stream,socket,events,log with commas between, not " + words)));
        }
        return feeds;
    }

    /** What the server took for a delivery in each turn of a feed. */
    private record Side(DeliveryFeed feed, DeliveryDriver driver, List<Double> cpuMicros) {

        double millis(double percentile) {
            return driver.latencyNanos().getValueAtPercentile(percentile) / 1e6;
        }

        double cpu() {
            return Medians.median(cpuMicros);
        }
    }

    /** Gives each feed a short turn, round after round, so that the machine's moods fall on all of them alike. */
    private static void compare(Options options, ServerProcess server, List<DeliveryFeed> feeds, int subscribers)
            throws IOException, InterruptedException {
        int pauseMillis = options.number("--pause-millis");
        List<Side> sides = new ArrayList<>();
        try {
            for (DeliveryFeed feed : feeds) {
                DeliveryDriver driver = new DeliveryDriver(feed, server.port(), options.number("--bytes"));
                sides.add(new Side(feed, driver, new ArrayList<>()));
                driver.create();
                driver.connect(subscribers);
            }
            for (Side side : sides) {
                side.driver.run(options.decimal("--warm-up"), 0); // without a pause: more is compiled by its end
                side.driver.reset();
            }
            for (int round = 0; round < options.number("--rounds"); round++) {
                for (Side side : sides) {
                    long cpuBefore = server.cpuMicros();
                    long delivered = side.driver.run(options.decimal("--seconds"), pauseMillis);
                    side.cpuMicros.add((server.cpuMicros() - cpuBefore) / (double) Math.max(1, delivered));
                }
            }
            sides.forEach(side -> print(side, subscribers, sides.getFirst()));
        } finally {
            for (Side side : sides) {
                side.driver.close();
            }
        }
    }

    private static void print(Side side, int subscribers, Side first) {
        System.out.printf(
                "bench: %-18s %5d subscribers   p50 %.3f  p99 %.3f  p99.9 %.3f ms   cpu %.1f us/delivery   %d deliveries",
                side.feed.label,
                subscribers,
                side.millis(50),
                side.millis(99),
                side.millis(99.9),
                side.cpu(),
                side.driver.latencyNanos().getTotalCount());
        if (side.feed != first.feed) {
            System.out.printf(
                    "   to the first: p50 %.2fx, p99 %.2fx, p99.9 %.2fx, cpu %.2fx",
                    side.millis(50) / first.millis(50),
                    side.millis(99) / first.millis(99),
                    side.millis(99.9) / first.millis(99.9),
                    side.cpu() / first.cpu());
        }
        System.out.println();
    }
}
