package dev.varve.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Durable appends side by side. All servers are started on fresh directories and warmed up; then one driver gives each a
 * short turn, round after round, so that the machine's moods fall on all of them alike. A server whose turn it is not has
 * nothing to do. Rate and processor time are medians of the rounds, latencies those of all rounds together.
 */
final class StreamsBench implements Contest.Entrant<Peer> {

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

    private StreamsBench(Options options) {
        this.options = options;
    }

    /** Runs the comparison that the words describe. Returns the exit code. */
    static int main(List<String> args) throws IOException, InterruptedException {
        Options options = Options.parse(args, "--peer", OPTIONS);
        if (options.number("--streams") > MAX_STREAMS || options.number("--streams") < 1) {
            throw new Options.UsageException("--streams is 1 to " + MAX_STREAMS);
        }
        Contest.hold(
                "durable appends, %d connections, %d streams, %d bytes"
                        .formatted(
                                options.number("--connections"),
                                options.number("--streams"),
                                options.number("--bytes")),
                PeerList.find(options.repeated(), false),
                Peer::label,
                Peer.VARVE,
                options,
                new StreamsBench(options));
        return 0;
    }

    @Override
    public ServerProcess server(Peer peer, String program, Path work) throws IOException {
        return peer.server(program, work);
    }

    /** Creates the streams, too. */
    @Override
    public Load load(Peer peer, ServerProcess running) throws IOException {
        int streams = options.number("--streams");
        byte[] body = new byte[options.number("--bytes")];
        new SplittableRandom(1).nextBytes(body);
        if (peer.speaksHttp()) {
            Protocol create = new Protocol.HttpCreate(running.port());
            try (LoadDriver driver = new LoadDriver(
                    running.port(), create, Math.min(streams, CREATING_CONNECTIONS), streams, new byte[0])) {
                driver.count(streams);
            }
        }
        return new LoadDriver(
                running.port(), peer.protocol(running.port()), options.number("--connections"), streams, body);
    }
}
