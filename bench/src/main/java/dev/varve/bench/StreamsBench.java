package dev.varve.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

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
        try (Contest<Peer> contest = new Contest<>(Peer::label)) {
            for (Map.Entry<Peer, String> peer : peers.entrySet()) {
                contest.add(peer.getKey(), bench.start(peer.getKey(), peer.getValue()));
            }
            contest.run(options.number("--rounds"), options.decimal("--seconds"));
            contest.report(List.of(Peer.VARVE));
        } finally {
            Directories.delete(directory);
        }
        return 0;
    }

    /** Starts a server, creates its streams, and warms it up. */
    private Contest.Contestant start(Peer peer, String program) throws IOException, InterruptedException {
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
            return new Contest.Contestant(server, driver);
        } catch (IOException | RuntimeException e) {
            server.close();
            throw e;
        }
    }
}
