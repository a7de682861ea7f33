package dev.varve.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Durable appends of single events side by side: every connection has an aggregate of its own and appends to it again and again, naming
 * the version that it must have. See {@link Contest}.
 */
final class EventsBench {

    /** The store that all runs write to. */
    static final String STORE = "bench/events";

    /** Where it is over HTTP. */
    static final String ROUTE = "/api/stores/" + STORE;

    private static final int LEAST_BYTES = 8; // of {"d":""}

    private static final String[] OPTIONS = {
        "--connections", "64",
        "--bytes", "256",
        "--seconds", "2",
        "--warm-up", "10",
        "--rounds", "10",
        "--directory", "",
    };

    private EventsBench() {}

    /** Runs what the words describe. Returns the exit code. */
    static int main(List<String> args) throws IOException, InterruptedException {
        List<String> rest = args.isEmpty() ? args : args.subList(1, args.size());
        return switch (args.isEmpty() ? "" : args.getFirst()) {
            case "replay" -> EventReadsBench.replay(rest);
            case "log" -> EventReadsBench.log(rest);
            case "conditions" -> ConditionsBench.main(rest);
            case "delivery" -> DeliveryBench.main("log", rest);
            case "aggregates" -> AggregatesBench.main(rest);
            default -> compare(args);
        };
    }

    /** Data of an event: JSON of so many bytes, other letters for another seed. */
    static String data(int bytes, long seed) {
        byte[] random = new byte[bytes];
        new SplittableRandom(seed).nextBytes(random);
        String letters = Base64.getUrlEncoder().encodeToString(random);
        return "{\"d\":\"" + letters.substring(0, Math.max(0, bytes - LEAST_BYTES)) + "\"}";
    }

    private static int compare(List<String> args) throws IOException, InterruptedException {
        Options options = Options.parse(args, "--peer", OPTIONS);
        int connections = options.number("--connections");
        int bytes = options.number("--bytes");
        Contest.hold(
                "durable appends of one event with its expected version, %d connections with an aggregate each, %d bytes"
                        .formatted(connections, bytes),
                ContestPeer.find(List.of(EventPeer.values()), options.repeated()),
                EventPeer::label,
                EventPeer.VARVE,
                options,
                new Contest.Entrant<>() {
                    @Override
                    public ServerProcess server(EventPeer peer, String program, Path work) throws IOException {
                        return peer.server(program, work, connections);
                    }

                    @Override
                    public Load load(EventPeer peer, ServerProcess running) throws IOException {
                        return peer.load(running.port(), connections, data(bytes, 1));
                    }
                });
        return 0;
    }
}
