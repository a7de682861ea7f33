package dev.varve.api;

import java.util.Collections;
import java.util.Iterator;
import java.util.function.Function;
import java.util.function.Supplier;

/** Lists entries as of one moment, anew when that moment is not kept to the end. Immutable; thread-safe. */
final class MomentListing {

    /** How often a listing is begun anew whose moment is not kept any more. */
    private static final int ATTEMPTS = 10;

    private final Supplier<Iterator<Entry>> begin;

    /** What begins to list the entries of this moment, and fails when it is not kept any more, as does going on. */
    MomentListing(Supplier<Iterator<Entry>> begin) {
        this.begin = begin;
    }

    /** The entries of some moment after the call; going through them fails when the moment is not kept any more. */
    Iterator<Entry> iterator() {
        // Of what has begun the moment is known to be kept.
        return through(listed -> listed.hasNext() ? listed : Collections.emptyIterator());
    }

    /**
     * Goes through the entries of a moment.
     *
     * @param use is called again with those of a later moment when the first is not kept any more
     */
    <R> R through(Function<Iterator<Entry>, R> use) {
        return retried(() -> use.apply(begin.get()));
    }

    /** What comes of reading a moment, read anew of a later one when the first is not kept any more. */
    static <R> R retried(Supplier<R> read) {
        for (int attempt = 1; ; attempt++) {
            try {
                return read.get();
            } catch (VarveException e) {
                // A store that was deleted meanwhile is empty.
                if (attempt == ATTEMPTS || (e.kind() != ErrorKind.COMPACTED && e.kind() != ErrorKind.NOT_FOUND)) {
                    throw e;
                }
            }
        }
    }
}
