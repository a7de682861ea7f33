package dev.varve.api;

import java.util.Collections;
import java.util.Iterator;
import java.util.function.Function;

/** Lists entries as of one moment, page by page. Immutable; thread-safe. */
final class MomentListing {

    private static final int PAGE_ENTRIES = 500;

    /** How often a listing is begun anew whose moment is not kept any more. */
    private static final int ATTEMPTS = 10;

    private final Entries entries;
    private final EntryPattern pattern;

    MomentListing(Entries entries, EntryPattern pattern) {
        this.entries = entries;
        this.pattern = pattern;
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
        for (int attempt = 1; ; attempt++) {
            try {
                return use.apply(begin());
            } catch (VarveException e) {
                // A store that was deleted meanwhile is empty.
                if (attempt == ATTEMPTS || (e.kind() != ErrorKind.COMPACTED && e.kind() != ErrorKind.NOT_FOUND)) {
                    throw e;
                }
            }
        }
    }

    /** What fits a page is read as it is; of more the first page is read again, as it was a moment ago. */
    private Iterator<Entry> begin() {
        EntryPage first = entries.page(pattern, null, PAGE_ENTRIES);
        return first.next() == null
                ? first.entries().iterator()
                : entries.listAt(pattern, first.storeSeq()).iterator();
    }
}
