package dev.varve.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/** Catch-up reads side by side: one stream read from its beginning to its end, again and again, over one connection. */
final class ReadsBench {

    private static final String[] OPTIONS = {
        "--mebibytes", "64",
        "--append-bytes", "1048576",
        "--seconds", "8",
        "--warm-up", "4",
        "--rounds", "3",
        "--directory", "",
    };

    private static final String STREAM = "/v1/stream/bench/reads";
    private static final int TIMEOUT_MILLIS = 60_000;

    private ReadsBench() {}

    /** One run of one server. */
    private record Run(double mebibytesPerSecond, double cpuMicrosPerMebibyte) {}

    /** Runs the comparison that the words describe. Returns the exit code. */
    static int main(List<String> args) throws IOException, InterruptedException {
        Options options = Options.parse(args, "--peer", OPTIONS);
        Map<Peer, String> peers = PeerList.find(options.repeated(), true);
        Path directory = Work.directory(options.text("--directory"));
        System.out.printf(
                "bench: reads of a stream of %d MiB, one connection, %.0f s after %.0f s of warm-up, %d rounds; %s%n",
                options.number("--mebibytes"),
                options.decimal("--seconds"),
                options.decimal("--warm-up"),
                options.number("--rounds"),
                Work.describe(directory));
        Map<Peer, List<Double>> rates = new EnumMap<>(Peer.class);
        try {
            for (int round = 1; round <= options.number("--rounds"); round++) {
                for (Map.Entry<Peer, String> peer : peers.entrySet()) {
                    Run run = run(options, peer.getKey(), peer.getValue(), directory);
                    rates.computeIfAbsent(peer.getKey(), any -> new ArrayList<>())
                            .add(run.mebibytesPerSecond());
                    System.out.printf(
                            "bench: round %d  %-6s %7.0f MiB/s   cpu %.0f us/MiB%n",
                            round, peer.getKey().label(), run.mebibytesPerSecond(), run.cpuMicrosPerMebibyte());
                }
            }
        } finally {
            Directories.delete(directory);
        }
        Medians.report(rates, "%7.0f MiB/s", "more");
        return 0;
    }

    private static Run run(Options options, Peer peer, String program, Path directory)
            throws IOException, InterruptedException {
        Path work = Files.createTempDirectory(directory, peer.label());
        try (ServerProcess server = peer.server(program, work)) {
            server.start(Map.of());
            fill(server.port(), (long) options.number("--mebibytes") << 20, options.number("--append-bytes"));
            try (BulkReader reader = new BulkReader(server.port())) {
                reader.read(STREAM, options.decimal("--warm-up"));
                long cpuBefore = server.cpuMicros();
                long began = System.nanoTime();
                double mebibytes = reader.read(STREAM, options.decimal("--seconds")) / (double) (1 << 20);
                double seconds = (System.nanoTime() - began) / 1e9;
                return new Run(mebibytes / seconds, (server.cpuMicros() - cpuBefore) / mebibytes);
            }
        } finally {
            Directories.delete(work);
        }
    }

    private static void fill(int port, long bytes, int appendBytes) throws IOException {
        byte[] body = new byte[appendBytes];
        new SplittableRandom(1).nextBytes(body);
        try (Http http = new Http(port, TIMEOUT_MILLIS)) {
            succeed(http.send("PUT", STREAM, new byte[0], "Content-Type", "application/octet-stream"));
            for (long done = 0; done < bytes; done += appendBytes) {
                succeed(http.send("POST", STREAM, body, "Content-Type", "application/octet-stream"));
            }
        }
    }

    private static void succeed(Http.Answer answer) throws IOException {
        if (answer.status() >= 300) {
            throw new IOException("status " + answer.status() + " " + answer.text());
        }
    }
}
