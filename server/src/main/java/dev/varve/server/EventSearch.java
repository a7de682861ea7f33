package dev.varve.server;

import dev.varve.api.EventRead;
import dev.varve.api.EventSlice;
import dev.varve.api.EventStorage;
import dev.varve.api.StoredEvent;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Reads slice after slice until one has an event, there are no more, or nobody wants to know any more. Thread-safe.
 */
final class EventSearch {

    private final EventStorage events;
    private final String store;
    private final CompletableFuture<List<StoredEvent>> found = new CompletableFuture<>();
    private volatile @Nullable CompletableFuture<EventSlice> reading;

    private EventSearch(EventStorage events, String store) {
        this.events = events;
        this.store = store;
    }

    /**
     * Begins to search.
     *
     * @return the events of the first slice that has any; none when no slice has; cancelled, it reads no further
     */
    static CompletableFuture<List<StoredEvent>> begin(EventStorage events, String store, EventRead read) {
        EventSearch search = new EventSearch(events, store);
        var _ = search.found.whenComplete((_, _) -> search.stop());
        search.readOn(read);
        return search.found;
    }

    private void readOn(EventRead read) {
        CompletableFuture<EventSlice> slice = events.read(store, read);
        reading = slice;
        var _ = slice.whenComplete((taken, failure) -> {
            try {
                take(read, taken, failure);
            } catch (RuntimeException e) {
                found.completeExceptionally(e);
            }
        });
        if (found.isDone()) {
            stop(); // it was cancelled before this slice was there to be cancelled
        }
    }

    private void take(EventRead read, @Nullable EventSlice slice, @Nullable Throwable failure) {
        if (slice == null) {
            found.completeExceptionally(
                    failure == null ? new IllegalStateException("a read brought nothing") : failure);
        } else if (slice.events().isEmpty() && slice.more() && !found.isDone()) {
            readOn(read.next(slice));
        } else {
            found.complete(slice.events());
        }
    }

    private void stop() {
        CompletableFuture<EventSlice> last = reading;
        if (last != null) {
            last.cancel(false);
        }
    }
}
