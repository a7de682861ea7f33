package dev.varve.server;

import dev.varve.api.Entry;
import dev.varve.api.EntryPage;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryPattern;
import dev.varve.api.EntryQuery;
import dev.varve.api.EntryStorage;
import dev.varve.api.ErrorKind;
import dev.varve.api.Refusal;
import dev.varve.api.RefusedException;
import dev.varve.api.StoreInfo;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * All entries that a view shows right after some change, in parts. A part of the same moment is the same for every reader and at every
 * time. Where a part begins is remembered for a while; what is not known any more is found by reading the parts before it once. Blocks;
 * thread-safe.
 */
final class ViewSnapshots {

    /** About how many bytes of beginnings of parts are remembered. */
    private static final long MAX_STARTS_BYTES = 4 << 20;

    private static final int START_BYTES = 128;

    /** Where a part of a snapshot begins. */
    private record Part(UUID store, EntryView view, long storeSeq, int number) {}

    private final EntryStorage entries;
    private final int partBytes;
    private final BoundedCache<Part, EntryPath> starts = new BoundedCache<>(MAX_STARTS_BYTES);

    ViewSnapshots(EntryStorage entries, int partBytes) {
        this.entries = entries;
        this.partBytes = partBytes;
    }

    /**
     * Writes the messages of a part.
     *
     * @return where to go on
     * @throws RefusedException when there is no such part
     */
    ViewPosition write(StoreInfo store, EntryView view, long storeSeq, int number, StateMessages out) {
        int known = number;
        EntryPath start = null;
        while (known > 1 && start == null) {
            start = starts.get(new Part(store.id(), view, storeSeq, known));
            if (start == null) {
                known--;
            }
        }
        for (int part = known; part < number; part++) {
            start = write(view, storeSeq, start, new StateMessages());
            if (start == null) {
                throw new RefusedException(ViewPosition.notHandedOut());
            }
            remember(new Part(store.id(), view, storeSeq, part + 1), start);
        }
        if (number == 1) {
            out.snapshotStart(ViewPosition.after(storeSeq).offset());
        }
        EntryPath next = write(view, storeSeq, start, out);
        if (next == null) {
            out.snapshotEnd(ViewPosition.after(storeSeq).offset());
            return ViewPosition.after(storeSeq);
        }
        if (number == ViewPosition.MAX_PARTS) {
            throw new RefusedException(Refusal.of(
                    ErrorKind.TOO_LARGE,
                    "the store is too large to be read as one stream; read longer prefixes of it"));
        }
        remember(new Part(store.id(), view, storeSeq, number + 1), next);
        return ViewPosition.inSnapshot(storeSeq, number + 1);
    }

    private void remember(Part part, EntryPath start) {
        starts.put(part, start, START_BYTES + 2L * start.toString().length());
    }

    /** Writes entries after a path; null to begin. Returns the last one when there are more, else null. */
    private @Nullable EntryPath write(EntryView view, long storeSeq, @Nullable EntryPath start, StateMessages out) {
        int end = out.length() + partBytes;
        EntryPath last = start;
        EntryPath prefix = view.prefix();
        if (start == null && prefix != null) {
            EntryQuery exactly = EntryQuery.matching(view.store(), EntryPattern.exactly(prefix));
            for (Entry entry : page(exactly, storeSeq).entries()) {
                out.snapshot(entry);
                last = entry.path();
            }
        }
        EntryQuery query = EntryQuery.matching(view.store(), view.below());
        while (true) {
            EntryPage page = page(query.withAfter(last), storeSeq);
            for (Entry entry : page.entries()) {
                if (out.length() >= end) {
                    return last;
                }
                out.snapshot(entry);
                last = entry.path();
            }
            if (page.next() == null) {
                return null;
            }
        }
    }

    private EntryPage page(EntryQuery query, long storeSeq) {
        boolean isNow = entries.store(query.store()).map(StoreInfo::storeSeq).orElse(-1L) == storeSeq;
        return (isNow ? EntryPages.at(entries, query, storeSeq) : entries.listAt(query, storeSeq)).join();
    }
}
