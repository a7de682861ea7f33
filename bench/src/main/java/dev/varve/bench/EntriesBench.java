package dev.varve.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
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
        Map<EntryPeer, String> peers = ContestPeer.find(List.of(EntryPeer.values()), options.repeated());
        Path directory = Work.directory(options.text("--directory"));
        System.out.printf(
                "bench: durable compare-and-set, %d connections with a key each, %d bytes, turns of %.1f s after %.0f s of warm-up, %d rounds; %s%n",
                options.number("--connections"),
                options.number("--bytes"),
                options.decimal("--seconds"),
                options.decimal("--warm-up"),
                options.number("--rounds"),
                Work.describe(directory));
        try (Contest<EntryPeer> contest = new Contest<>(EntryPeer::label)) {
            for (Map.Entry<EntryPeer, String> peer : peers.entrySet()) {
                contest.add(peer.getKey(), start(peer.getKey(), peer.getValue(), options, directory));
            }
            contest.run(options.number("--rounds"), options.decimal("--seconds"));
            contest.report(List.of(EntryPeer.VARVE));
        } finally {
            Directories.delete(directory);
        }
        return 0;
    }

    private static Contest.Contestant start(EntryPeer peer, String program, Options options, Path directory)
            throws IOException, InterruptedException {
        byte[] body = new byte[options.number("--bytes")];
        new SplittableRandom(1).nextBytes(body);
        ServerProcess server = peer.server(program, Files.createTempDirectory(directory, peer.label()));
        try {
            server.start(Map.of());
            int connections = options.number("--connections");
            LoadDriver driver =
                    new LoadDriver(server.port(), peer.protocol(server.port()), connections, connections, body);
            driver.run(options.decimal("--warm-up"));
            driver.forget();
            return new Contest.Contestant(server, driver);
        } catch (IOException | RuntimeException e) {
            server.close();
            throw e;
        }
    }
}
