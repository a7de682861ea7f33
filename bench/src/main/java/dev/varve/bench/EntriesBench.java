package dev.varve.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Durable compare-and-set side by side: every connection has a key of its own and sets it again and again, naming the revision
 * that the answer before gave. See {@link Contest}.
 */
final class EntriesBench {

    private static final String[] OPTIONS = {
        "--connections", "64",
        "--bytes", "256",
        "--seconds", "2",
        "--warm-up", "10",
        "--rounds", "10",
        "--directory", "",
    };

    private EntriesBench() {}

    /** Runs the comparison that the words describe. Returns the exit code. */
    static int main(List<String> args) throws IOException, InterruptedException {
        List<String> rest = args.isEmpty() ? args : args.subList(1, args.size());
        return switch (args.isEmpty() ? "" : args.getFirst()) {
            case "delivery" -> DeliveryBench.main("stream,socket,events", rest);
            case "idle" -> IdleSocketsBench.main(rest);
            case "large" -> LargeStoreBench.main(rest);
            default -> compare(args);
        };
    }

    private static int compare(List<String> args) throws IOException, InterruptedException {
        Options options = Options.parse(args, "--peer", OPTIONS);
        int connections = options.number("--connections");
        byte[] body = new byte[options.number("--bytes")];
        new SplittableRandom(1).nextBytes(body);
        Contest.hold(
                "durable compare-and-set, %d connections with a key each, %d bytes".formatted(connections, body.length),
                ContestPeer.find(List.of(EntryPeer.values()), options.repeated()),
                EntryPeer::label,
                EntryPeer.VARVE,
                options,
                new Contest.Entrant<>() {
                    @Override
                    public ServerProcess server(EntryPeer peer, String program, Path work) throws IOException {
                        return peer.server(program, work);
                    }

                    @Override
                    public Load load(EntryPeer peer, ServerProcess running) throws IOException {
                        return new LoadDriver(
                                running.port(), peer.protocol(running.port()), connections, connections, body);
                    }
                });
        return 0;
    }
}
