package dev.varve.bench;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A server that takes part in a contest when it is on this machine. */
interface ContestPeer {

    /** How it is called on the command line. */
    String label();

    /** Where its program is; null when it is not on this machine. */
    @Nullable String find() throws IOException, InterruptedException;

    /** What to do when it is not. */
    String howToGet();

    /**
     * Finds those that are asked for, and tells which of them are not there.
     *
     * @param asked labels as typed, each perhaps with {@code =} and where the program is; empty for all
     * @return each with its program, in their order
     */
    static <P extends ContestPeer> Map<P, String> find(List<P> peers, List<String> asked)
            throws IOException, InterruptedException {
        Map<P, String> found = new LinkedHashMap<>();
        for (P peer : peers) {
            String program = peer.find();
            for (String word : asked) {
                if (word.startsWith(peer.label() + "=")) {
                    program = word.substring(peer.label().length() + 1);
                }
            }
            boolean wanted =
                    asked.isEmpty() || asked.stream().anyMatch(word -> word.split("=", 2)[0].equals(peer.label()));
            if (wanted && program != null) {
                found.put(peer, program);
            } else if (wanted) {
                System.out.println("bench: without " + peer.label() + ". To get it: " + peer.howToGet());
            }
        }
        if (found.isEmpty()) {
            throw new Options.UsageException("none of the peers asked for is on this machine; there are " + peers);
        }
        return found;
    }
}
