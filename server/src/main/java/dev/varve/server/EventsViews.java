package dev.varve.server;

import dev.varve.api.AggregateId;
import dev.varve.api.EntryStorage;
import dev.varve.api.EventFilter;
import dev.varve.api.EventQuery;
import dev.varve.api.EventRead;
import dev.varve.api.EventSlice;
import dev.varve.api.EventStorage;
import dev.varve.api.EventStore;
import dev.varve.api.MessagesResult;
import dev.varve.api.MetadataResult;
import dev.varve.api.Offset;
import dev.varve.api.ReadResult;
import dev.varve.api.Refusal;
import dev.varve.api.Retention;
import dev.varve.api.StoreInfo;
import dev.varve.api.StoredEvent;
import dev.varve.api.StreamChange;
import dev.varve.api.StreamListener;
import dev.varve.api.StreamMetadata;
import dev.varve.api.Subscription;
import dev.varve.api.VarveException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/**
 * Stores of events as JSON streams, to be read only. A stream is made from the log when it is read. The offset behind an event is one
 * more than its position, or than its version where the stream is of one aggregate; those between two events of one append are
 * never handed out, and not taken. Thread-safe.
 */
final class EventsViews implements StreamReads {

    private static final String CONTENT_TYPE = "application/json";

    /** How many pages are being made at a time; other readers wait for their turn. */
    private static final int PAGES_AT_ONCE = 8;

    /** A page that shows nothing ends after so many positions. */
    private static final int MAX_PASSED_OVER = 100_000;

    private static final int FIRST_PAGE_BYTES = 4 * 1024;

    private final EventStorage events;
    private final @Nullable EntryStorage entries;
    private final ExecutorService blocking;
    private final Semaphore places = new Semaphore(PAGES_AT_ONCE);

    /**
     * Views.
     *
     * @param entries knows the stores that no event was appended to, and when stores were made; null where nobody does
     */
    EventsViews(EventStorage events, @Nullable EntryStorage entries, ExecutorService blocking) {
        this.events = events;
        this.entries = entries;
        this.blocking = blocking;
    }

    /** The store of a view. Immutable. */
    private record Shown(
            EventsView view, long head, @Nullable StoreInfo store) {

        boolean archived() {
            return store != null && store.archived();
        }

        Instant createdAt() {
            return store == null ? Instant.EPOCH : store.createdAt();
        }

        long incarnation() {
            return store == null
                    ? view.store().hashCode()
                    : store.id().getMostSignificantBits() ^ store.id().getLeastSignificantBits();
        }
    }

    /** What a view shows; nothing when there is no such store. */
    private Optional<Shown> shown(EventsView view) {
        StoreInfo store = entries == null ? null : entries.store(view.store()).orElse(null);
        long head = events.head(view.store());
        return store == null && head == EventStore.EMPTY ? Optional.empty() : Optional.of(new Shown(view, head, store));
    }

    /** The last place that there is now: a position, or the version of an aggregate. */
    private CompletableFuture<Long> last(Shown shown) {
        AggregateId aggregate = shown.view.aggregate();
        return aggregate == null
                ? CompletableFuture.completedFuture(shown.head)
                : events.aggregate(shown.view.store(), aggregate).thenApply(info -> info.version());
    }

    private static Offset behind(long place) {
        return Offset.at(place + 1);
    }

    @Override
    public CompletableFuture<MetadataResult> metadata(String path) {
        Shown shown = shown(EventsView.ofPath(path)).orElse(null);
        if (shown == null) {
            return CompletableFuture.completedFuture(Refusal.notFound(path));
        }
        return last(shown)
                .thenApply(last -> new StreamMetadata(
                        path,
                        CONTENT_TYPE,
                        null,
                        null,
                        Retention.NONE,
                        Offset.ZERO,
                        behind(last),
                        shown.archived(),
                        shown.createdAt(),
                        shown.incarnation()));
    }

    @Override
    public CompletableFuture<MessagesResult> readMessages(String path, Offset from, int maxBytes) {
        return CompletableFuture.failedFuture(VarveException.notSupported("single messages of a view"));
    }

    @Override
    public Subscription subscribe(String path, StreamListener listener) {
        return events.subscribe(EventsView.ofPath(path).store(), head -> {
            boolean ended = head == Long.MAX_VALUE;
            Offset next = ended ? Offset.ZERO : behind(head);
            listener.changed(new StreamChange(path, 0, StreamChange.Type.APPENDED, Offset.ZERO, next, ended));
        });
    }

    @Override
    public CompletableFuture<ReadResult> read(String path, Offset from, int maxBytes) {
        Shown shown = shown(EventsView.ofPath(path)).orElse(null);
        if (shown == null) {
            return CompletableFuture.completedFuture(Refusal.notFound(path));
        }
        return last(shown).thenCompose(last -> read(shown, last, from, maxBytes));
    }

    private CompletableFuture<ReadResult> read(Shown shown, long last, Offset from, int maxBytes) {
        Offset tail = behind(last);
        if (from.equals(Offset.NOW) || from.equals(tail)) {
            return CompletableFuture.completedFuture(page(shown, tail, tail, false, ByteBuffer.allocate(0)));
        }
        Offset start = from.equals(Offset.BEGINNING) ? Offset.ZERO : from;
        if (start.compareTo(tail) > 0) {
            return CompletableFuture.completedFuture(ViewPosition.notHandedOut());
        }
        CompletableFuture<ReadResult> made = new CompletableFuture<>();
        blocking.execute(() -> {
            try {
                made.complete(make(shown, last, start, maxBytes));
            } catch (RuntimeException | InterruptedException e) {
                made.completeExceptionally(Problem.cause(e));
            }
        });
        return made;
    }

    private static ReadResult.Page page(Shown shown, Offset start, Offset next, boolean more, ByteBuffer data) {
        return new ReadResult.Page(
                data, start, next, more, shown.archived() && !more, CONTENT_TYPE, shown.incarnation());
    }

    // ---- making pages; blocks

    private ReadResult make(Shown shown, long last, Offset start, int maxBytes) throws InterruptedException {
        places.acquire();
        try {
            long after = start.position() - 1;
            if (splitsAppend(shown.view, after)) {
                return ViewPosition.notHandedOut();
            }
            Making making = new Making(shown.view, last, maxBytes);
            making.from(after);
            return page(shown, start, behind(making.end), making.more, making.page());
        } finally {
            places.release();
        }
    }

    /** Whether an append that can still be read has events on both sides of what follows a place. */
    private boolean splitsAppend(EventsView view, long after) {
        if (after == EventStore.EMPTY) {
            return false;
        }
        AggregateId aggregate = view.aggregate();
        if (aggregate == null) {
            StoredEvent next = nextOf(view.store(), after);
            return next != null && next.appendFirst() <= after;
        }
        List<StoredEvent> both = events.read(
                        view.store(),
                        EventRead.of(aggregate).after(after - 1).upTo(after + 1).withLimit(2))
                .join()
                .events();
        return both.size() == 2
                && both.getFirst().appendFirst() == both.getLast().appendFirst();
    }

    private @Nullable StoredEvent nextOf(String store, long after) {
        List<StoredEvent> next = events.read(store, EventRead.all().after(after).withLimit(1))
                .join()
                .events();
        return next.isEmpty() ? null : next.getFirst();
    }

    /** A page that is being made: whole appends, one after the other. Confined to the thread that makes it. */
    private final class Making {

        private final EventsView view;
        private final @Nullable AggregateId aggregate;
        private final long last;
        private final int maxBytes;
        private final ByteBuf out = Unpooled.buffer(FIRST_PAGE_BYTES);

        /** Names the append of the last event. */
        private long append = EventStore.EMPTY;

        /** The place at which the append of the last event ends, as far as it is known. */
        private long appendEnd = EventStore.EMPTY;

        /** Where the page ends. */
        private long end;

        /** Whether something may follow. */
        private boolean more;

        Making(EventsView view, long last, int maxBytes) {
            this.view = view;
            this.aggregate = view.aggregate();
            this.last = last;
            this.maxBytes = maxBytes;
        }

        boolean isEmpty() {
            return !out.isReadable();
        }

        ByteBuffer page() {
            return isEmpty() ? ByteBuffer.allocate(0) : out.writeByte(']').nioBuffer();
        }

        void from(long after) {
            end = after;
            EventRead read = new EventRead(
                    aggregate,
                    aggregate == null ? view.category() : null,
                    EventQuery.ALL,
                    EventFilter.NONE,
                    false,
                    after,
                    Long.MAX_VALUE,
                    null,
                    0,
                    EventRead.MAX_LIMIT);
            while (true) {
                EventSlice slice = events.read(view.store(), read).join();
                for (StoredEvent event : slice.events()) {
                    if (!add(event)) {
                        more = true;
                        return;
                    }
                }
                if (!slice.more()) {
                    // An append is there as a whole, so the end of the log is the end of one.
                    end = Math.max(Math.max(end, slice.next()), aggregate == null ? slice.head() : last);
                    return;
                }
                if (isEmpty() && aggregate == null && slice.next() - after >= MAX_PASSED_OVER) {
                    StoredEvent next = nextOf(view.store(), slice.next());
                    if (next == null || next.appendFirst() > slice.next()) {
                        end = slice.next();
                        more = true;
                        return;
                    }
                }
                read = read.next(slice);
            }
        }

        /** Takes an event; not the first of an append when the page is long enough. */
        private boolean add(StoredEvent event) {
            if (event.appendFirst() != append) {
                if (!isEmpty()) {
                    end = appendEnd;
                    if (out.readableBytes() >= maxBytes) {
                        return false;
                    }
                }
                append = event.appendFirst();
            }
            appendEnd = aggregate == null ? event.appendLast() : event.version();
            out.writeByte(isEmpty() ? '[' : ',');
            EventsText.write(out, event);
            return true;
        }
    }
}
