package dev.varve.api;

import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/**
 * Groups entries below a prefix to records, one after the other. What stands at exactly the path of a record is no record, and
 * passed over. Confined to one thread.
 */
final class FoundRecords implements Iterator<FoundRecord> {

    /** In the order of their paths, in which all below one path stands together. */
    private final Iterator<Entry> entries;

    /** At which segment the key stands. */
    private final int depth;

    private @Nullable Entry next;

    FoundRecords(Iterator<Entry> entries, EntryPath prefix) {
        this.entries = entries;
        this.depth = prefix.segments().size();
    }

    private @Nullable Entry peek() {
        while (next == null && entries.hasNext()) {
            Entry entry = entries.next();
            if (entry.path().segments().size() > depth + 1) {
                next = entry;
            }
        }
        return next;
    }

    @Override
    public boolean hasNext() {
        return peek() != null;
    }

    @Override
    public FoundRecord next() {
        Entry first = peek();
        if (first == null) {
            throw new NoSuchElementException();
        }
        String key = first.path().segments().get(depth);
        EntryTree tree = new EntryTree();
        for (Entry entry = first; entry != null && isOf(key, entry); entry = peek()) {
            List<String> segments = entry.path().segments();
            tree.add(segments.subList(depth + 1, segments.size()), entry.value());
            next = null;
        }
        return new FoundRecord(key, tree.fields());
    }

    private boolean isOf(String key, Entry entry) {
        return entry.path().segments().get(depth).equals(key);
    }
}
