package dev.varve.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Journals of Pekko Persistence side by side, each behind an actor system of its own in this process: how quickly actors persist, and
 * how quickly they recover. See {@link Contest}.
 */
final class PekkoBench {

    private static final String[] PERSIST = {
        "--actors", "64",
        "--bytes", "256",
        "--seconds", "2",
        "--warm-up", "10",
        "--rounds", "10",
        "--directory", "",
    };

    private static final String[] REPLAY = {
        "--events", "1000",
        "--bytes", "256",
        "--seconds", "2",
        "--warm-up", "10",
        "--rounds", "10",
        "--directory", "",
    };

    private PekkoBench() {}

    /** What the actors of a journal do on a server that has just started. */
    private interface Start {
        PekkoLoad load(PekkoPeer peer, ServerProcess server) throws IOException, InterruptedException;
    }

    /** Runs what the words describe. Returns the exit code. */
    static int main(List<String> args) throws IOException, InterruptedException {
        boolean replay = !args.isEmpty() && args.getFirst().equals("replay");
        return replay ? replay(args.subList(1, args.size())) : persist(args);
    }

    private static int persist(List<String> args) throws IOException, InterruptedException {
        Options options = Options.parse(args, "--peer", PERSIST);
        int actors = options.number("--actors");
        String event = EventsBench.data(options.number("--bytes"), 1);
        return compare(
                "durable events of persistent actors, one at a time of each of %d actors, %d bytes"
                        .formatted(actors, event.length()),
                options,
                (peer, server) -> {
                    peer.prepare(server.port());
                    return new PersistLoad(peer.system(server.port()), actors, event);
                });
    }

    private static int replay(List<String> args) throws IOException, InterruptedException {
        Options options = Options.parse(args, "--peer", REPLAY);
        int events = options.number("--events");
        String event = EventsBench.data(options.number("--bytes"), 1);
        return compare(
                "recoveries of a persistent actor from %,d events of %d bytes, one at a time"
                        .formatted(events, event.length()),
                options,
                (peer, server) -> recoveries(peer, server, events, event));
    }

    /** Of an actor whose events are there and at rest. */
    static PekkoLoad recoveries(PekkoPeer peer, ServerProcess server, int events, String event)
            throws IOException, InterruptedException {
        peer.prepare(server.port());
        try (PersistLoad before = new PersistLoad(peer.system(server.port()), 1, event)) {
            before.fill(events);
        }
        peer.settle(server);
        return new RecoverLoad(peer.system(server.port()), PersistLoad.id(0), events);
    }

    private static int compare(String what, Options options, Start start) throws IOException, InterruptedException {
        Map<PekkoPeer, PekkoLoad> loads = new LinkedHashMap<>();
        Contest.hold(
                what,
                ContestPeer.find(List.of(PekkoPeer.values()), options.repeated()),
                PekkoPeer::label,
                PekkoPeer.VARVE,
                options,
                new Contest.Entrant<>() {
                    @Override
                    public ServerProcess server(PekkoPeer peer, String program, Path work) throws IOException {
                        return peer.server(program, work);
                    }

                    @Override
                    public Load load(PekkoPeer peer, ServerProcess running) throws IOException, InterruptedException {
                        PekkoLoad load = start.load(peer, running);
                        loads.put(peer, load);
                        return load;
                    }

                    @Override
                    public void reported() {
                        loads.forEach((peer, load) -> System.out.printf(
                                "bench: %-8s cpu of the program with the actors %.1f us/op%n",
                                peer.label(), load.programCpuMicros()));
                    }
                });
        return 0;
    }
}
