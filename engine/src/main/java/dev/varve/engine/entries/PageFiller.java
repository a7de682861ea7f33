package dev.varve.engine.entries;

import dev.varve.api.Entry;
import dev.varve.api.EntryPage;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryStorage;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Collects a page that is bounded in entries and in bytes, but holds one entry at least. Confined to one thread. */
final class PageFiller {

    private final int limit;
    private final List<Entry> entries = new ArrayList<>();
    private long bytes;
    private @Nullable EntryPath next;

    PageFiller(int limit) {
        this.limit = limit;
    }

    /** Takes the next entry if the page has room; false when it has none, and ends there. */
    boolean add(EntryPath path, byte[] leaf) {
        long size = size(path, leaf);
        if (entries.size() == limit || (!entries.isEmpty() && bytes + size > EntryStorage.MAX_PAGE_BYTES)) {
            next = entries.getLast().path();
            return false;
        }
        bytes += size;
        entries.add(EntryReader.entry(path, leaf));
        return true;
    }

    /** Ends the page although it has room; a further one goes on after this path. */
    void endAfter(EntryPath path) {
        next = path;
    }

    static long size(EntryPath path, byte[] leaf) {
        return (long) path.toString().length() + leaf.length;
    }

    EntryPage page(long storeSeq) {
        return new EntryPage(entries, next, storeSeq);
    }
}
