package dev.varve.server;

import dev.varve.api.EntryEvent;
import dev.varve.api.EntryEventPage;
import dev.varve.api.EntryStorage;
import dev.varve.api.RefusedException;
import dev.varve.api.StoreInfo;
import java.util.ArrayDeque;
import java.util.List;

/**
 * A run of whole writes as messages of the State Protocol. Blocks. Confined to the thread that builds the page.
 */
final class ViewChanges {

    /** Changes that are read at a time. */
    private static final int CHANGES = 128;

    /** For how many changes ahead it is read what they replaced. */
    private static final int AHEAD = 8;

    private final EntryStorage entries;
    private final StoreInfo store;
    private final EntryView view;
    private final ViewBounds bounds;
    private final StateMessages out;

    /** Up to which change the page is whole, and how long it was then. */
    private long wholeSeq;

    private int wholeLength;
    private boolean tooLarge;

    ViewChanges(EntryStorage entries, StoreInfo store, EntryView view, ViewBounds bounds, StateMessages out) {
        this.entries = entries;
        this.store = store;
        this.view = view;
        this.bounds = bounds;
        this.out = out;
    }

    /** Whether the next write is too large for a page. The page ends before it, and may be empty. */
    boolean meetsLargeWrite() {
        return tooLarge;
    }

    /**
     * Writes the messages of the writes after a change, up to those that the store had when it was looked up.
     *
     * @param after the change
     * @param knownEmpty up to where it is known that there is nothing to show; at least {@code after}
     * @param maxLength a page that is as long takes no further write
     * @return the number of the last change of the page
     */
    long write(long after, long knownEmpty, int maxLength) {
        wholeSeq = knownEmpty;
        if (knownEmpty - after >= bounds.passedOver() && knownEmpty < store.storeSeq()) {
            return wholeSeq;
        }
        long position = knownEmpty;
        while (position < store.storeSeq()) {
            List<EntryEvent> events = read(position);
            if (position == after
                    && after != store.compactedSeq()
                    && !events.getFirst().first()) {
                throw new RefusedException(ViewPosition.notHandedOut());
            }
            ArrayDeque<ViewEffects> ahead = new ArrayDeque<>();
            int begun = 0;
            for (int i = 0; i < events.size(); i++) {
                while (begun < events.size() && begun < i + AHEAD) {
                    ahead.add(new ViewEffects(entries, view, events.get(begun++)));
                }
                if (events.get(i).first()) {
                    endWrite(position);
                    if (out.length() >= maxLength || (out.isEmpty() && position - after >= bounds.passedOver())) {
                        return wholeSeq;
                    }
                }
                if (!ahead.remove().writeTo(out, wholeLength + bounds.writeBytes())) {
                    out.cutTo(wholeLength);
                    tooLarge = true;
                    return wholeSeq;
                }
                position = events.get(i).storeSeq();
            }
        }
        endWrite(position);
        return wholeSeq;
    }

    private void endWrite(long storeSeq) {
        wholeSeq = storeSeq;
        wholeLength = out.length();
    }

    /** The last change of the write after a change. */
    long endOfWrite(long after) {
        long position = after;
        while (position < store.storeSeq()) {
            for (EntryEvent event : read(position)) {
                if (event.first() && event.storeSeq() > after + 1) {
                    return event.storeSeq() - 1;
                }
                position = event.storeSeq();
            }
        }
        return position;
    }

    private List<EntryEvent> read(long position) {
        int limit = (int) Math.min(CHANGES, store.storeSeq() - position);
        EntryEventPage page = entries.events(view.store(), position, limit).join();
        if (page.events().isEmpty()) {
            throw new IllegalStateException("change " + (position + 1) + " of " + view.store() + " was not to be read");
        }
        return page.events();
    }
}
