package dev.varve.engine.entries;

import dev.varve.api.EntryPath;
import dev.varve.api.EntryQuery;
import dev.varve.api.EntryStorage;
import dev.varve.engine.state.Binary;
import dev.varve.engine.state.StateStore;
import java.io.IOException;
import java.util.Arrays;

/** One page of a list: its range of keys, and which entries of it. Immutable. */
final class EntryLister {

    private final EntryQuery query;
    private final byte[] from;
    private final byte[] to;
    private final PatternSkip skip;

    EntryLister(long store, EntryQuery query) {
        this.query = query;
        this.from = from(store, query);
        this.to = to(store, query);
        this.skip = new PatternSkip(store, query.pattern(), query.descending());
    }

    private static byte[] from(long store, EntryQuery query) {
        byte[] from = Binary.key(store);
        EntryPath base = query.pattern().base();
        if (base != null) {
            byte[] key = Keys.key(store, base);
            from = later(from, query.pattern().isLiteral() ? key : Keys.belowFrom(key));
        }
        if (query.from() != null) {
            from = later(from, Keys.key(store, query.from()));
        }
        if (query.after() != null && !query.descending()) {
            from = later(from, Keys.after(Keys.key(store, query.after())));
        }
        return from;
    }

    private static byte[] to(long store, EntryQuery query) {
        byte[] to = Binary.key(store + 1);
        EntryPath base = query.pattern().base();
        if (base != null) {
            byte[] key = Keys.key(store, base);
            to = earlier(to, query.pattern().isLiteral() ? Keys.after(key) : Keys.belowTo(key));
        }
        if (query.to() != null) {
            to = earlier(to, Keys.key(store, query.to()));
        }
        if (query.after() != null && query.descending()) {
            to = earlier(to, Keys.key(store, query.after()));
        }
        return to;
    }

    private static byte[] later(byte[] a, byte[] b) {
        return Arrays.compareUnsigned(a, b) >= 0 ? a : b;
    }

    private static byte[] earlier(byte[] a, byte[] b) {
        return Arrays.compareUnsigned(a, b) <= 0 ? a : b;
    }

    /** Whether nothing can be found. */
    boolean isEmpty() {
        return Arrays.compareUnsigned(from, to) >= 0;
    }

    /** What stands in the range, in the query's order. */
    EntryScan scan(StateStore state, Overlay overlay) throws IOException {
        return query.descending() ? EntryScan.down(state, overlay, from, to) : EntryScan.up(state, overlay, from, to);
    }

    /** What stood in the range right after a change. */
    HistoryScan scanAt(StateStore state, Overlay overlay, PastLeaves past, long atSeq) throws IOException {
        return new HistoryScan(state, overlay, past, from, to, atSeq);
    }

    /** Fills the page. */
    PageFiller page(EntryRows rows) throws IOException {
        PageFiller page = new PageFiller(query.limit());
        int passed = 0;
        while (rows.next()) {
            EntryPath path = Keys.path(rows.key());
            if (query.pattern().matches(path)) {
                if (!page.add(path, rows.leaf())) {
                    return page;
                }
            } else if (++passed == EntryStorage.MAX_PAGE_ROWS) {
                page.endAfter(path);
                return page;
            } else {
                rows.skipTo(skip.from(rows.key(), path));
            }
        }
        return page;
    }
}
