package dev.varve.bench;

import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Which servers a run measures: those asked for, or all that this machine has. */
final class PeerList {

    private PeerList() {}

    /**
     * Finds the servers.
     *
     * @param asked names as typed, each perhaps with {@code =} and where its program is; empty for all
     * @param streamsOnly whether only servers of Durable Streams fit
     * @return the server and its program, Varve first
     */
    static Map<Peer, String> find(List<String> asked, boolean streamsOnly) {
        Map<Peer, String> found = new EnumMap<>(Peer.class);
        for (String word : asked) {
            int equals = word.indexOf('=');
            Peer peer = peer(equals < 0 ? word : word.substring(0, equals));
            String program = equals < 0 ? peer.find() : word.substring(equals + 1);
            if (streamsOnly && !peer.speaksDurableStreams()) {
                throw new Options.UsageException(peer.label() + " does not speak Durable Streams");
            }
            if (program == null || !isThere(peer, program)) {
                throw new Options.UsageException(
                        peer.label() + " is not on this machine. To get it: " + peer.howToGet());
            }
            found.put(peer, program);
        }
        if (asked.isEmpty()) {
            for (Peer peer : Peer.values()) {
                String program = peer.find();
                if (program != null && (!streamsOnly || peer.speaksDurableStreams())) {
                    found.put(peer, program);
                } else if (program == null && peer != Peer.BUILD) {
                    System.out.println("bench: without " + peer.label() + ". To get it: " + peer.howToGet());
                }
            }
        }
        return found;
    }

    private static boolean isThere(Peer peer, String program) {
        return switch (peer) {
            case VARVE, LIMIT -> true;
            case BUILD -> Servers.exists(program + "/varve");
            case NODE -> isNodeDirectory(program);
            case RUST, REDIS, NATS -> Servers.exists(program);
        };
    }

    private static boolean isNodeDirectory(String directory) {
        return Servers.exists("node")
                && Path.of(directory, "node_modules", "@durable-streams", "server")
                        .toFile()
                        .isDirectory();
    }

    private static Peer peer(String name) {
        for (Peer peer : Peer.values()) {
            if (peer.label().equals(name)) {
                return peer;
            }
        }
        throw new Options.UsageException("there is no peer " + name + "; there are "
                + List.of(Peer.values()).toString().toLowerCase(Locale.ROOT));
    }
}
