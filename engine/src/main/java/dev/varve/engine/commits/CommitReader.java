package dev.varve.engine.commits;

import dev.varve.api.ErrorKind;
import dev.varve.api.VarveException;
import dev.varve.engine.state.Binary;
import dev.varve.engine.state.StateStore;
import dev.varve.engine.state.Table;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads the commits of one store, from memory and the state below it. Confined to one read. */
final class CommitReader {

    private final StateStore state;
    private final StoreCommits store;

    CommitReader(StateStore state, StoreCommits store) {
        this.state = state;
        this.store = store;
    }

    /** Takes commits up to the bounds of a page. */
    private static final class Page {
        private final long after;
        private final long last;
        private final int limit;
        private final long maxBytes;
        private final List<CommitItem> items = new ArrayList<>();
        private long bytes;
        private boolean more;

        Page(long after, long last, int limit, long maxBytes) {
            this.after = after;
            this.last = last;
            this.limit = limit;
            this.maxBytes = maxBytes;
        }

        /** Takes those of a block that are below a number. False when the page is full. */
        boolean take(CommitBlock block, long below) {
            int count = block.count();
            for (int i = block.indexAfter(after); i < count; i++) {
                CommitItem item = block.item(i);
                if (item.number() >= below || item.number() > last) {
                    return true;
                }
                bytes += item.bytes();
                if (items.size() == limit || (bytes > maxBytes && !items.isEmpty())) {
                    more = true;
                    return false;
                }
                items.add(item);
            }
            return true;
        }

        CommitItems items() {
            return new CommitItems(items, more);
        }
    }

    static @Nullable CommitItems readMemory(StoreCommits store, long after, int limit, long maxBytes) {
        // What can be seen, before what there is: the state may show less than memory has just let go of, never more.
        long last = store.last;
        CommitBlock[] blocks = store.blocks;
        long compacted = store.entriesCompacted;
        StoreCommits.EntriesFloor floor = store.entriesFloor;
        if (after < store.floor || floor.compactedSeq() != compacted || after < floor.number()) {
            return null;
        }
        if (after >= last) {
            return new CommitItems(List.of(), false);
        }
        if (store.inState && (blocks.length == 0 || after < blocks[0].first())) {
            return null;
        }
        Page page = new Page(after, last, limit, maxBytes);
        takeMemory(page, blocks);
        return page.items();
    }

    private static void takeMemory(Page page, CommitBlock[] blocks) {
        for (int i = first(blocks, page.after); i < blocks.length; i++) {
            if (!page.take(blocks[i], Long.MAX_VALUE)) {
                return;
            }
        }
    }

    /** The first block that may have a commit after a number. */
    private static int first(CommitBlock[] blocks, long after) {
        int low = 0;
        int high = blocks.length;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (blocks[middle].last() <= after) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    CommitItems read(long after, int limit, long maxBytes) throws IOException {
        checkKept(after);
        Page page = page(after, limit, maxBytes);
        // What is not kept any more may have gone while it was being read.
        checkKept(after);
        return page.items();
    }

    private Page page(long after, int limit, long maxBytes) throws IOException {
        Page page = new Page(after, store.last, limit, maxBytes);
        CommitBlock[] blocks = store.blocks;
        if (after >= page.last) {
            return page;
        }
        long inMemory = blocks.length == 0 ? Long.MAX_VALUE : blocks[0].first();
        if (after + 1 < inMemory) {
            long below = Math.min(inMemory, page.last + 1);
            try (StateStore.Cursor rows = state.scanFromFloor(
                    Table.COMMITS,
                    Binary.key(store.number, 0),
                    Binary.key(store.number, after + 1),
                    Binary.key(store.number, below))) {
                while (rows.next()) {
                    if (!page.take(CommitBlock.decode(rows.key(), rows.value()), below)) {
                        return page;
                    }
                }
            }
        }
        takeMemory(page, blocks);
        return page;
    }

    private void checkKept(long after) throws IOException {
        long floor = floor();
        if (after < floor) {
            List<CommitItem> next = page(floor, 1, Long.MAX_VALUE).items;
            throw new VarveException(
                    ErrorKind.COMPACTED,
                    "the commits right after " + after + " are not kept any more; "
                            + (next.isEmpty()
                                    ? "the next one comes after " + floor
                                    : "the earliest is " + next.getFirst().number()));
        }
    }

    /** Up to which commit none is kept. */
    long floor() throws IOException {
        long compacted = store.entriesCompacted;
        StoreCommits.EntriesFloor known = store.entriesFloor;
        if (known.compactedSeq() != compacted) {
            known = new StoreCommits.EntriesFloor(compacted, Math.max(known.number(), lastUpTo(compacted)));
            store.entriesFloor = known;
        }
        return Math.max(store.floor, known.number());
    }

    /** The last commit with changes of entries of which one at least is not kept; 0 when there is none. */
    private long lastUpTo(long compactedSeq) throws IOException {
        CommitBlock[] blocks = store.blocks;
        long inMemory = blocks.length == 0 ? Long.MAX_VALUE : blocks[0].first();
        long found = 0;
        try (StateStore.Cursor rows =
                state.scan(Table.COMMITS, Binary.key(store.number, 0), Binary.key(store.number, inMemory))) {
            while (rows.next()) {
                CommitBlock block = CommitBlock.decode(rows.key(), rows.value());
                found = Math.max(found, lastUpTo(compactedSeq, block));
                if (block.lastEntry() > compactedSeq) {
                    return found;
                }
            }
        }
        for (CommitBlock block : blocks) {
            found = Math.max(found, lastUpTo(compactedSeq, block));
        }
        return found;
    }

    private static long lastUpTo(long compactedSeq, CommitBlock block) {
        for (int i = block.count() - 1; i >= 0; i--) {
            CommitItem item = block.item(i);
            if (item.entries() > 0 && item.firstEntry() <= compactedSeq) {
                return item.number();
            }
        }
        return 0;
    }
}
