package dev.varve.engine.entries;

import dev.varve.api.Entry;
import dev.varve.api.EntryDifference;
import dev.varve.api.EntryPage;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryQuery;
import dev.varve.api.EntryStorage;
import dev.varve.api.EntryType;
import dev.varve.api.EntryValue;
import dev.varve.api.ErrorKind;
import dev.varve.api.VarveException;
import dev.varve.engine.state.Binary;
import dev.varve.engine.state.StateStore;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads what stood where after an earlier change. Reads the disk. Thread-safe. */
final class HistoryReader {

    private final EntryReader reader;
    private final StateStore state;

    HistoryReader(EntryReader reader, StateStore state) {
        this.reader = reader;
        this.state = state;
    }

    private static void check(StoreState store, long atSeq) {
        if (atSeq < store.compactedSeq()) {
            throw new VarveException(
                    ErrorKind.COMPACTED,
                    "what stood right after change " + atSeq + " is not kept any more; the earliest is "
                            + store.compactedSeq());
        }
        if (atSeq > store.storeSeq()) {
            throw new VarveException(
                    ErrorKind.INVALID_PARAMS,
                    "there is no change " + atSeq + " yet; the last one is " + store.storeSeq());
        }
    }

    /** Looks at earlier moments, the first of which is the one that is let go of first. */
    private <T extends @Nullable Object> T look(StoreState store, long atSeq, EntryReader.Look<T> look)
            throws IOException {
        check(store, atSeq);
        T seen;
        try {
            seen = reader.look(store, look);
        } catch (IOException e) {
            // What is not kept any more may have gone while it was being read.
            EntryReader.checkThere(store);
            check(store, atSeq);
            throw e;
        }
        check(store, atSeq);
        return seen;
    }

    private HistoryScan scan(StoreState store, EntriesFace.Moment moment, byte[] from, byte[] to, long atSeq)
            throws IOException {
        return new HistoryScan(state, moment.overlay(), new PastLeaves(state, store), from, to, atSeq);
    }

    /** What stood at a path, or null. */
    @Nullable Entry get(StoreState store, EntryPath path, long atSeq) throws IOException {
        byte[] key = Keys.key(store.number, path);
        return look(store, atSeq, moment -> {
            try (HistoryScan scan = scan(store, moment, key, Keys.belowTo(key), atSeq)) {
                Assembly assembly = new Assembly(path);
                while (scan.next()) {
                    // Siblings such as a-b stand between a and what is below it.
                    if (Arrays.equals(scan.key(), key)) {
                        return EntryReader.entry(path, scan.leaf());
                    }
                    if (Keys.isAtOrAbove(key, scan.key())) {
                        assembly.add(Keys.path(scan.key()), scan.leaf());
                    }
                }
                return assembly.isEmpty()
                        ? null
                        : new Entry(path, assembly.object(), EntryType.MAP, assembly.newestRevision());
            }
        });
    }

    /**
     * What stood at a path and below it.
     *
     * @param entries all entries, in order
     * @param whole what the path showed: the entry at exactly this path, or the others as one object; null for nothing
     */
    record Standing(List<Entry> entries, @Nullable EntryValue whole) {

        private static final Standing NOTHING = new Standing(List.of(), null);
    }

    /** As much as can be put together to one object. */
    Standing standing(StoreState store, EntryPath path, long atSeq) throws IOException {
        byte[] key = Keys.key(store.number, path);
        return look(store, atSeq, moment -> {
            List<Entry> entries = new ArrayList<>();
            Assembly below = new Assembly(path);
            EntryValue whole = null;
            try (HistoryScan scan = scan(store, moment, key, Keys.belowTo(key), atSeq)) {
                while (scan.next()) {
                    byte[] leaf = scan.leaf();
                    Entry entry = EntryReader.entry(Keys.path(scan.key()), leaf);
                    if (entry.path().equals(path)) {
                        whole = entry.value();
                        entries.add(entry);
                    } else if (path.isAncestorOf(entry.path())) {
                        below.add(entry.path(), leaf);
                        entries.add(entry);
                    }
                }
            }
            if (entries.isEmpty()) {
                return Standing.NOTHING;
            }
            return new Standing(entries, whole != null ? whole : below.object());
        });
    }

    EntryPage list(StoreState store, EntryQuery query, long atSeq) throws IOException {
        if (query.descending()) {
            throw new VarveException(ErrorKind.NOT_SUPPORTED, "history is listed in ascending order only");
        }
        check(store, atSeq);
        EntryLister lister = new EntryLister(store.number, query);
        PageFiller page = lister.isEmpty()
                ? new PageFiller(query.limit())
                : look(store, atSeq, moment -> {
                    PastLeaves past = new PastLeaves(state, store);
                    try (HistoryScan scan = lister.scanAt(state, moment.overlay(), past, atSeq)) {
                        return lister.page(scan);
                    }
                });
        return page.page(atSeq);
    }

    List<EntryDifference> diff(StoreState store, long fromSeq, long toSeq) throws IOException {
        check(store, fromSeq);
        check(store, toSeq);
        byte[] from = Binary.key(store.number);
        byte[] to = Binary.key(store.number + 1);
        return look(store, fromSeq, moment -> {
            try (HistoryScan before = scan(store, moment, from, to, fromSeq);
                    HistoryScan after = scan(store, moment, from, to, toSeq)) {
                return compare(before, after);
            }
        });
    }

    private static List<EntryDifference> compare(HistoryScan before, HistoryScan after) throws IOException {
        List<EntryDifference> differences = new ArrayList<>();
        boolean hasBefore = before.next();
        boolean hasAfter = after.next();
        while (hasBefore || hasAfter) {
            int order = !hasBefore ? 1 : !hasAfter ? -1 : Arrays.compareUnsigned(before.key(), after.key());
            if (order == 0 && before.revision() == after.revision()) {
                hasBefore = before.next();
                hasAfter = after.next();
                continue;
            }
            EntryPath path = Keys.path(order <= 0 ? before.key() : after.key());
            Entry first = order <= 0 ? EntryReader.entry(path, before.leaf()) : null;
            Entry second = order >= 0 ? EntryReader.entry(path, after.leaf()) : null;
            if (first == null || second == null || !first.value().equals(second.value())) {
                differences.add(new EntryDifference(path, first, second));
            }
            if (differences.size() > EntryStorage.MAX_ASSEMBLED) {
                throw new VarveException(
                        ErrorKind.TOO_LARGE,
                        "more than " + EntryStorage.MAX_ASSEMBLED + " entries differ; compare moments that are closer");
            }
            hasBefore = order <= 0 ? before.next() : hasBefore;
            hasAfter = order >= 0 ? after.next() : hasAfter;
        }
        return differences;
    }
}
