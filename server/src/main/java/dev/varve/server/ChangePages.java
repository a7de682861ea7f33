package dev.varve.server;

import dev.varve.api.EntryEvent;
import dev.varve.api.EntryEventPage;
import dev.varve.api.EntryQuery;
import dev.varve.api.EntryStorage;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Reads changes of a store and looks one further, to tell of each whether more of its write follow. Stateless.
 */
final class ChangePages {

    /**
     * A change of a page.
     *
     * @param more whether the next change is of the same write
     */
    record Change(EntryEvent event, boolean more) {}

    /**
     * Changes, one after the other.
     *
     * @param storeSeq as {@link EntryEventPage#storeSeq}
     */
    record Page(List<Change> changes, long storeSeq) {}

    private ChangePages() {}

    /** Reads up to a number of changes after one; fails as the storage does. */
    static CompletableFuture<Page> read(EntryStorage entries, String store, long after, int limit) {
        return entries.events(store, after, Math.min(limit + 1, EntryQuery.MAX_LIMIT))
                .thenCompose(page -> {
                    List<EntryEvent> events = page.events();
                    if (events.isEmpty() || events.getLast().storeSeq() >= page.storeSeq()) {
                        // A write is there as a whole: nothing of it follows the last change there is.
                        return CompletableFuture.completedFuture(page(events, events.size(), false, page.storeSeq()));
                    }
                    if (events.size() > 1) {
                        return CompletableFuture.completedFuture(page(
                                events, events.size() - 1, !events.getLast().first(), page.storeSeq()));
                    }
                    // One so large that it is alone on its page.
                    return entries.events(store, events.getLast().storeSeq(), 1)
                            .thenApply(next -> page(
                                    events,
                                    1,
                                    !next.events().isEmpty()
                                            && !next.events().getFirst().first(),
                                    page.storeSeq()));
                });
    }

    private static Page page(List<EntryEvent> events, int count, boolean lastHasMore, long storeSeq) {
        List<Change> changes = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            boolean more = i + 1 < count ? !events.get(i + 1).first() : lastHasMore;
            changes.add(new Change(events.get(i), more));
        }
        return new Page(changes, storeSeq);
    }
}
