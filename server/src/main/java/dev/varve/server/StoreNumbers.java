package dev.varve.server;

import dev.varve.api.Entry;
import dev.varve.api.EntryPage;
import dev.varve.api.EntryPattern;
import dev.varve.api.EntryQuery;
import dev.varve.api.EntryStorage;
import dev.varve.api.FileReference;
import dev.varve.api.StoreInfo;
import org.jspecify.annotations.Nullable;

/**
 * How much a store held when it was looked up. Immutable.
 *
 * @param entries how many entries; null when that are too many to count
 * @param fileBytes how large the files are that they refer to, each as often as an entry does; null likewise
 * @param changes how many changes are kept
 * @param compactedSeq the changes up to this one are not kept; 0 when all are
 */
record StoreNumbers(@Nullable Long entries, @Nullable Long fileBytes, long changes, long compactedSeq) {

    /** How many entries are counted. */
    private static final int MAX_COUNTED = 100_000;

    /** Counts. Blocks. */
    static StoreNumbers of(EntryStorage entries, StoreInfo store) {
        long firstKept = new EntryHistory(entries, store.name()).firstKept(store.storeSeq());
        long changes = store.storeSeq() - firstKept + 1;
        EntryQuery query = EntryQuery.matching(store.name(), EntryPattern.ALL).withLimit(EntryQuery.MAX_LIMIT);
        long count = 0;
        long fileBytes = 0;
        while (count <= MAX_COUNTED) {
            EntryPage page = EntryPages.at(entries, query, store.storeSeq()).join();
            for (Entry entry : page.entries()) {
                FileReference file = FileReference.of(entry.value());
                fileBytes += file == null ? 0 : file.size();
            }
            count += page.entries().size();
            if (page.next() == null) {
                return new StoreNumbers(count, fileBytes, changes, firstKept - 1);
            }
            query = query.withAfter(page.next());
        }
        return new StoreNumbers(null, null, changes, firstKept - 1);
    }

    /** The change up to which history was let go of; null when all of it is kept. */
    @Nullable Long snapshotSeq() {
        return compactedSeq == 0 ? null : compactedSeq;
    }
}
