package dev.varve.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * How long a start takes after a {@code kill -9} when much journal has come together since the last checkpoint. Confined
 * to one thread.
 */
final class ReplayTest {

    private static final int STREAMS = 64;
    private static final int CONNECTIONS = 64;
    private static final int STARTS = 5;
    private static final double SLOWEST_SECONDS_PER_GIB = 5;
    private static final double GIB = 1 << 30;
    /** So that no checkpoint is written. */
    private static final Map<String, String> SETTINGS = Map.of("VARVE_CHECKPOINT_BYTES", "16GiB");

    private ReplayTest() {}

    /** Writes that much journal, kills, and starts some times. Returns the exit code. */
    static int run(double gib, int appendBytes) throws IOException, InterruptedException {
        Path work = Files.createTempDirectory("varve-replay-");
        try (ServerProcess server = new ServerProcess(
                Servers.varve(), work.resolve("data"), ServerProcess.freePort(), SETTINGS, ServerProcess.HTTP)) {
            server.start(Map.of());
            long appends = (long) (gib * GIB / appendBytes);
            write(server.port(), appends, appendBytes);
            List<Double> perGib = new ArrayList<>();
            for (int i = 0; i < STARTS; i++) {
                server.kill();
                double seconds = server.start(Map.of()).toNanos() / 1e9;
                Map<String, Double> metrics = ServerMetrics.of(server.port());
                double replayed = metrics.getOrDefault("varve_recovery_replayed_bytes", 0.0) / GIB;
                double opening = metrics.getOrDefault("varve_recovery_seconds", 0.0);
                perGib.add(opening / replayed);
                System.out.printf(
                        Locale.ROOT,
                        "replay: %.2f GiB of journal in %d appends: up again in %.2f s, of this %.2f s to open the data: %.2f s per GiB%n",
                        replayed,
                        appends,
                        seconds,
                        opening,
                        opening / replayed);
                if (length(server.port()) != appends * appendBytes) {
                    System.out.println("replay: not everything is there after the start");
                    return 1;
                }
            }
            double median = Medians.median(perGib);
            System.out.printf(
                    Locale.ROOT,
                    "replay: median %.2f s per GiB, at most %.0f are allowed%n",
                    median,
                    SLOWEST_SECONDS_PER_GIB);
            return median <= SLOWEST_SECONDS_PER_GIB ? 0 : 1;
        } finally {
            Directories.delete(work);
        }
    }

    private static void write(int port, long appends, int appendBytes) throws IOException {
        byte[] body = new byte[appendBytes];
        new SplittableRandom(1).nextBytes(body);
        try (LoadDriver driver = new LoadDriver(port, new Protocol.HttpCreate(port), STREAMS, STREAMS, new byte[0])) {
            driver.count(STREAMS);
        }
        try (LoadDriver driver = new LoadDriver(port, new Protocol.HttpAppend(port), CONNECTIONS, STREAMS, body)) {
            driver.count(appends);
        }
    }

    /** The lengths of all streams together. */
    private static long length(int port) throws IOException {
        long bytes = 0;
        try (Http http = new Http(port, 60_000)) {
            for (int i = 0; i < STREAMS; i++) {
                String path = "/v1/stream/bench/" + "%07d".formatted(i);
                String tail = http.send("HEAD", path, new byte[0]).header("stream-next-offset");
                bytes += tail == null ? 0 : CrashCheck.position(tail);
            }
        }
        return bytes;
    }
}
