package dev.varve.bench;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.HdrHistogram.Histogram;

/** One event for each of many aggregates in turn: what appends cost, and what the server takes, as there are more of them. */
final class AggregatesBench {

    private static final String[] OPTIONS = {
        "--aggregates", "10000000",
        "--step", "1000000",
        "--connections", "64",
        "--bytes", "256",
        "--directory", "",
    };

    private static final int MAX_AGGREGATES = 10_000_000;

    private AggregatesBench() {}

    /** Runs what the words describe. Returns the exit code. */
    static int main(List<String> args) throws IOException, InterruptedException {
        Options options = Options.parse(args, null, OPTIONS);
        int aggregates = options.number("--aggregates");
        int step = options.number("--step");
        if (aggregates < 1 || aggregates > MAX_AGGREGATES || step < 1) {
            throw new Options.UsageException("--aggregates is 1 to " + MAX_AGGREGATES + ", --step 1 or more");
        }
        Path directory = Work.directory(options.text("--directory"));
        System.out.printf(
                "bench: one event of %d bytes for each of %,d aggregates, %d connections; %s%n",
                options.number("--bytes"), aggregates, options.number("--connections"), Work.describe(directory));
        Path data = directory.resolve("data");
        try (ServerProcess server =
                new ServerProcess(Servers.varve(), data, ServerProcess.freePort(), Map.of(), ServerProcess.HTTP)) {
            server.start(Map.of());
            byte[] content = Protocol.ascii(EventsBench.data(options.number("--bytes"), 1));
            try (LoadDriver driver = new LoadDriver(
                    server.port(),
                    new Append(server.port()),
                    options.number("--connections"),
                    MAX_AGGREGATES,
                    content)) {
                double first = 0;
                for (int there = 0; there < aggregates; ) {
                    int now = Math.min(step, aggregates - there);
                    double rate = append(server, driver, data, there + now, now, first);
                    first = first == 0 ? rate : first;
                    there += now;
                }
            }
            server.stop();
        } finally {
            Directories.delete(directory);
        }
        return 0;
    }

    /** Goes on with the next aggregates and prints what it took. Returns the rate. */
    private static double append(
            ServerProcess server, LoadDriver driver, Path data, int upTo, int aggregates, double first)
            throws IOException, InterruptedException {
        driver.forget();
        long cpuBefore = server.cpuMicros();
        long began = System.nanoTime();
        driver.count(aggregates);
        double rate = aggregates / ((System.nanoTime() - began) / 1e9);
        double cpu = (server.cpuMicros() - cpuBefore) / (double) aggregates;
        long resident = server.residentBytes();
        Histogram latency = driver.latencyNanos();
        System.out.printf(
                "bench: up to %,12d aggregates %9.0f/s   to the first %.2fx   p50 %.3f  p99 %.3f ms   cpu %.1f us/op   rss %d MiB   heap after a collection %d MiB   state %d MiB%n",
                upTo,
                rate,
                first == 0 ? 1 : rate / first,
                latency.getValueAtPercentile(50) / 1e6,
                latency.getValueAtPercentile(99) / 1e6,
                cpu,
                resident >> 20,
                SoakSample.heapAfterCollection(Path.of("/proc", Long.toString(server.pid()))) >> 20,
                DataFiles.bytes(data.resolve("state")) >> 20);
        return rate;
    }

    /** Appends the first event of an aggregate over HTTP. */
    record Append(int port) implements Protocol {

        @Override
        public Request request(int connection, byte[] body) {
            String json = "{\"expected\":\"noStream\",\"events\":[{\"type\":\"Happened\",\"data\":"
                    + new String(body, StandardCharsets.US_ASCII) + "}]}";
            return Request.of(
                    "POST " + EventsBench.ROUTE + "/aggregates/bench/" + STREAM + " HTTP/1.1\r\nHost: 127.0.0.1:" + port
                            + "\r\nContent-Type: application/json\r\nContent-Length: " + json.length() + "\r\n\r\n"
                            + json,
                    new byte[0],
                    "");
        }

        @Override
        public boolean answered(ByteBuffer in) throws IOException {
            return Protocol.httpAnswered(in);
        }
    }
}
