package dev.varve.server;

import dev.varve.api.EntryEvent;
import dev.varve.api.EntryQuery;
import dev.varve.api.EntryStorage;
import dev.varve.api.ErrorKind;
import dev.varve.api.MessagesResult;
import dev.varve.api.MetadataResult;
import dev.varve.api.Offset;
import dev.varve.api.ReadResult;
import dev.varve.api.Refusal;
import dev.varve.api.RefusedException;
import dev.varve.api.Retention;
import dev.varve.api.StoreInfo;
import dev.varve.api.StreamChange;
import dev.varve.api.StreamListener;
import dev.varve.api.StreamMetadata;
import dev.varve.api.Subscription;
import dev.varve.api.VarveException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/**
 * Stores of entries as JSON streams in the State Protocol, to be read only. A stream is made from the store's changes and history when
 * it is read: nothing is written for it. A page is made once for all who ask for it meanwhile, and kept for a while for those
 * who ask later. See docs/decisions/0018.
 *
 * <p>Thread-safe.
 */
final class EntryViews implements StreamReads {

    private static final String CONTENT_TYPE = "application/json";

    /** How many pages are being made at a time; other readers wait for their turn. */
    private static final int PAGES_AT_ONCE = 8;

    /** What a page takes in memory beside its messages. */
    private static final int PAGE_BYTES = 256;

    /** Up to which change nothing was to be shown is remembered for so many positions. */
    private static final long MAX_KNOWN_EMPTY = 10_000;

    /** Readers begin with the same snapshot for so large a part of the changes that are kept. */
    private static final int SNAPSHOT_SHARE = 16;

    /** Which page; of the same store it is always the same one, but for pages that reach the tail. */
    private record Key(UUID store, EntryView view, ViewPosition position, int maxBytes) {}

    /** A page that is being made, and up to which change it may show. */
    private record Making(Key key, long storeSeq, boolean archived) {}

    /** A page that was made. */
    private record Made(ReadResult.Page page, long storeSeq, boolean archived) {
        boolean isStillTrue(StoreInfo store) {
            return page.hasMore() || (storeSeq == store.storeSeq() && archived == store.archived());
        }
    }

    private final EntryStorage entries;
    private final ViewBounds bounds;
    private final ViewSnapshots snapshots;
    private final ExecutorService blocking;
    private final Semaphore places = new Semaphore(PAGES_AT_ONCE);
    private final ConcurrentHashMap<Making, CompletableFuture<ReadResult>> making = new ConcurrentHashMap<>();
    private final BoundedCache<Key, Made> made;
    private final BoundedCache<Key, Long> knownEmpty = new BoundedCache<>(MAX_KNOWN_EMPTY);

    EntryViews(EntryStorage entries, ViewBounds bounds, ExecutorService blocking) {
        this.entries = entries;
        this.bounds = bounds;
        this.made = new BoundedCache<>(bounds.keptBytes());
        this.snapshots = new ViewSnapshots(entries, bounds.snapshotPartBytes());
        this.blocking = blocking;
    }

    @Override
    public CompletableFuture<MetadataResult> metadata(String path) {
        Optional<StoreInfo> store = entries.store(EntryView.ofPath(path).store());
        return CompletableFuture.completedFuture(
                store.isPresent() ? metadata(path, store.get()) : Refusal.notFound(path));
    }

    private static StreamMetadata metadata(String path, StoreInfo store) {
        return new StreamMetadata(
                path,
                CONTENT_TYPE,
                null,
                null,
                Retention.NONE,
                earliest(store),
                tail(store),
                store.archived(),
                store.createdAt(),
                incarnation(store));
    }

    private static Offset earliest(StoreInfo store) {
        return ViewPosition.after(store.compactedSeq()).offset();
    }

    private static Offset tail(StoreInfo store) {
        return ViewPosition.after(store.storeSeq()).offset();
    }

    private static long incarnation(StoreInfo store) {
        return store.id().getMostSignificantBits() ^ store.id().getLeastSignificantBits();
    }

    @Override
    public CompletableFuture<MessagesResult> readMessages(String path, Offset from, int maxBytes) {
        return CompletableFuture.failedFuture(VarveException.notSupported("single messages of a view"));
    }

    @Override
    public Subscription subscribe(String path, StreamListener listener) {
        return entries.subscribe(EntryView.ofPath(path).store(), storeSeq -> {
            boolean ended = storeSeq == Long.MAX_VALUE;
            Offset next = ended ? Offset.ZERO : ViewPosition.after(storeSeq).offset();
            listener.changed(new StreamChange(path, 0, StreamChange.Type.APPENDED, Offset.ZERO, next, ended));
        });
    }

    // ---- reading

    @Override
    public CompletableFuture<ReadResult> read(String path, Offset from, int maxBytes) {
        EntryView view = EntryView.ofPath(path);
        StoreInfo store = entries.store(view.store()).orElse(null);
        if (store == null) {
            return CompletableFuture.completedFuture(Refusal.notFound(path));
        }
        if (from.equals(Offset.NOW) || from.equals(tail(store))) {
            return CompletableFuture.completedFuture(page(store, tail(store), tail(store), ByteBuffer.allocate(0)));
        }
        if (from.equals(Offset.BEGINNING)) {
            return beginning(store).thenCompose(position -> read(store, view, position, maxBytes));
        }
        return read(store, view, ViewPosition.of(from), maxBytes);
    }

    private CompletableFuture<ReadResult> read(StoreInfo store, EntryView view, ViewPosition position, int maxBytes) {
        Refusal wrong = refusal(store, position);
        if (wrong != null) {
            return CompletableFuture.completedFuture(wrong);
        }
        Key key = new Key(store.id(), view, position, maxBytes);
        Made known = made.get(key);
        if (known != null && known.isStillTrue(store)) {
            return CompletableFuture.completedFuture(known.page);
        }
        // Whoever asks after a change was made must not get a page that was begun before it.
        Making wanted = new Making(key, store.storeSeq(), store.archived());
        CompletableFuture<ReadResult> own = new CompletableFuture<>();
        CompletableFuture<ReadResult> other = making.putIfAbsent(wanted, own);
        if (other != null) {
            return other;
        }
        blocking.execute(() -> {
            try {
                ReadResult result = make(store, key);
                making.remove(wanted);
                own.complete(result);
            } catch (RuntimeException | InterruptedException e) {
                making.remove(wanted);
                fail(own, store, e);
            }
        });
        return own;
    }

    private static @Nullable Refusal refusal(StoreInfo store, ViewPosition position) {
        long needed = position.isInSnapshot() ? position.snapshotSeq() : position.storeSeq();
        if (needed < store.compactedSeq()) {
            return compacted(store);
        }
        return needed > store.storeSeq() ? ViewPosition.notHandedOut() : null;
    }

    private static Refusal compacted(StoreInfo store) {
        return Refusal.of(
                ErrorKind.COMPACTED,
                "what was before is not kept any more; read from -1 for what there is now",
                earliest(store));
    }

    private void fail(CompletableFuture<ReadResult> future, StoreInfo store, Exception failure) {
        Throwable cause = Problem.cause(failure);
        if (cause instanceof RefusedException refused) {
            future.complete(refused.refusal());
        } else if (cause instanceof VarveException varve && varve.kind() == ErrorKind.COMPACTED) {
            future.complete(compacted(entries.store(store.name()).orElse(store)));
        } else {
            future.completeExceptionally(cause);
        }
    }

    /**
     * Where reading begins: at the first change if all are kept, else with a snapshot of not long ago, the same one for all
     * readers of some time, and with much time until it is compacted.
     */
    private CompletableFuture<ViewPosition> beginning(StoreInfo store) {
        if (store.compactedSeq() == 0) {
            return CompletableFuture.completedFuture(ViewPosition.after(0));
        }
        long kept = store.storeSeq() - store.compactedSeq();
        long step = Long.highestOneBit(Math.max(1, kept / SNAPSHOT_SHARE));
        return endOfWrite(store, store.storeSeq() / step * step)
                .thenApply(storeSeq -> ViewPosition.inSnapshot(storeSeq, 1));
    }

    /** The first change from a given one on that is the last of its write. */
    private CompletableFuture<Long> endOfWrite(StoreInfo store, long storeSeq) {
        if (storeSeq >= store.storeSeq()) {
            return CompletableFuture.completedFuture(store.storeSeq());
        }
        return entries.events(store.name(), storeSeq, EntryQuery.MAX_LIMIT).thenCompose(page -> {
            for (EntryEvent event : page.events()) {
                if (event.first()) {
                    return CompletableFuture.completedFuture(event.storeSeq() - 1);
                }
            }
            return endOfWrite(store, storeSeq + page.events().size());
        });
    }

    // ---- making pages

    private ReadResult make(StoreInfo store, Key key) throws InterruptedException {
        places.acquire();
        try {
            StateMessages out = new StateMessages();
            ViewPosition next = key.position.isInSnapshot() ? snapshot(store, key, out) : changes(store, key, out);
            ReadResult.Page page = page(store, key.position.offset(), next.offset(), out.toPage());
            long weight =
                    PAGE_BYTES + page.data().remaining() + 2L * key.view.path().length();
            made.put(key, new Made(page, store.storeSeq(), store.archived()), weight);
            return page;
        } finally {
            places.release();
        }
    }

    private ViewPosition snapshot(StoreInfo store, Key key, StateMessages out) {
        long storeSeq = key.position.snapshotSeq();
        if (storeSeq != store.compactedSeq() && endOfWrite(store, storeSeq).join() != storeSeq) {
            throw new RefusedException(ViewPosition.notHandedOut());
        }
        return snapshots.write(store, key.view, storeSeq, key.position.part(), out);
    }

    private ViewPosition changes(StoreInfo store, Key key, StateMessages out) {
        long after = key.position.storeSeq();
        Long empty = knownEmpty.get(key);
        ViewChanges changes = new ViewChanges(entries, store, key.view, bounds, out);
        long last = changes.write(after, empty == null ? after : empty, key.maxBytes);
        if (out.isEmpty() && changes.meetsLargeWrite()) {
            long storeSeq = changes.endOfWrite(last);
            ViewPosition snapshot = ViewPosition.inSnapshot(storeSeq, 1);
            out.reset(snapshot.offset());
            return snapshots.write(store, key.view, storeSeq, snapshot.part(), out);
        }
        if (out.isEmpty()) {
            knownEmpty.put(key, last, 1);
        }
        return ViewPosition.after(last);
    }

    private static ReadResult.Page page(StoreInfo store, Offset start, Offset next, ByteBuffer data) {
        boolean hasMore = next.compareTo(tail(store)) < 0;
        return new ReadResult.Page(
                data, start, next, hasMore, store.archived() && !hasMore, CONTENT_TYPE, incarnation(store));
    }
}
