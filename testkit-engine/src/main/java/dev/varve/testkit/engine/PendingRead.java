package dev.varve.testkit.engine;

import dev.varve.api.ListResult;
import dev.varve.testkit.ModelStreamStorage;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Set;

/** A read that is under way, and all that it may be answered: what held at some moment while it ran. Confined to one thread. */
final class PendingRead {

    private final StreamCall call;
    private final Set<String> allowed = new LinkedHashSet<>();
    /** Of a listing: each stream as it was at some moment. */
    private final Set<String> held = new HashSet<>();
    /** Of a listing: all streams as they were at some moment, also those that it need not tell. */
    private final Set<String> moments = new HashSet<>();

    private boolean missing;

    PendingRead(StreamCall call) {
        this.call = call;
    }

    StreamCall call() {
        return call;
    }

    /** Allows what holds now. */
    void allow(ModelStreamStorage model) {
        Object answer = call.make(model).join();
        allowed.add(StreamWords.of(answer));
        missing |= StreamWords.isMissing(answer);
        if (call.ofMany() && model.list("", null, StreamChance.PATHS.size()).join() instanceof ListResult.Listing all) {
            all.streams().forEach(stream -> held.add(StreamWords.listed(stream)));
            moments.add(StreamWords.of(all));
        }
    }

    /** Whether an answer is one that held while it ran. */
    boolean allows(Object answer) {
        return allowed.contains(StreamWords.of(answer));
    }

    /** Whether its answer depends on the moment. */
    boolean ranDuringWrites() {
        return allowed.size() > 1;
    }

    /**
     * Checks the answer.
     *
     * @param answer the answer
     * @param ending whether the stream's life is over, which may not have been written down yet
     */
    void check(Object answer, boolean ending) {
        String actual = StreamWords.of(answer);
        // Of several streams each is listed as at some moment, not all as at the same one.
        boolean loose = moments.size() > 1 && eachHeld(answer);
        if (!loose && !allowed.contains(actual) && !(ending && missing && StreamWords.isMissing(answer))) {
            throw new AssertionError(
                    call + "\n  was answered " + actual + "\n  but should be " + String.join("\n  or ", allowed));
        }
    }

    private boolean eachHeld(Object answer) {
        return !(answer instanceof ListResult.Listing listing)
                || listing.streams().stream().map(StreamWords::listed).allMatch(held::contains);
    }
}
