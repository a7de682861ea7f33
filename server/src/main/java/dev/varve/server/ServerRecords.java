package dev.varve.server;

import dev.varve.api.Entries;
import dev.varve.api.Entry;
import dev.varve.api.EntryEvent;
import dev.varve.api.EntryOp;
import dev.varve.api.EntryPage;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryPattern;
import dev.varve.api.EntryQuery;
import dev.varve.api.EntryStorage;
import dev.varve.api.EntryValue;
import dev.varve.api.EntryWrite;
import dev.varve.api.EntryWriteResult;
import dev.varve.api.ErrorKind;
import dev.varve.api.StoreInfo;
import dev.varve.api.Subscription;
import dev.varve.api.VarveException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.PriorityQueue;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the server keeps about itself, such as tokens: small objects by path, in a store that no route, no join and no
 * program reaches. They are ordinary entries of the log, so they are durable, ordered, and change for whoever follows them. A
 * record is one entry that holds the object as JSON text, so each change shows a whole record. Thread-safe.
 */
final class ServerRecords implements AutoCloseable {

    /** The name of the store of most records, which no user's store can have. */
    static final String STORE = "__varve/records";

    /** The name of the store of webhooks, which are written more often than others are. */
    static final String WEBHOOKS = "__varve/webhooks";

    /** After how long records that could not be read are tried again. */
    private static final long RETRY_NANOS = TimeUnit.SECONDS.toNanos(1);

    private static final String DEVICE = "system:server";
    private static final Logger LOG = LoggerFactory.getLogger(ServerRecords.class);

    /**
     * A record.
     *
     * @param path where it stands
     * @param value what it says
     * @param revision the change that wrote it
     */
    record Saved(EntryPath path, EntryValue.Fields value, long revision) {}

    /** Hears of records, one after the other in the order of their changes, on a thread of the records; may not block long. */
    interface Listener {

        /** This is all that is there: at the start, and whenever changes could not be followed for some time. */
        void loaded(List<Saved> all);

        /** A record stands there now. */
        void saved(Saved saved);

        /** The record at a path is gone. */
        void deleted(EntryPath path);
    }

    private record Following(EntryPath parent, Listener listener) {}

    /** Somebody who waits until listeners have heard of a change. */
    private record Waiting(long seq, CompletableFuture<Void> done) implements Comparable<Waiting> {
        @Override
        public int compareTo(Waiting other) {
            return Long.compare(seq, other.seq);
        }
    }

    private final EntryStorage storage;
    private final String name;
    private final Object lock = new Object();
    private final List<Following> followers = new ArrayList<>();
    private final PriorityQueue<Waiting> waiting = new PriorityQueue<>();
    private long told;
    private boolean closed;
    private @Nullable Subscription subscription;

    /**
     * Creates the records.
     *
     * @param storage the storage of reserved stores
     */
    ServerRecords(EntryStorage storage) {
        this(storage, STORE);
    }

    /**
     * Creates records in a store of their own.
     *
     * @param storage the storage of reserved stores
     * @param name the store
     */
    ServerRecords(EntryStorage storage, String name) {
        this.storage = storage;
        this.name = name;
    }

    // ---- life

    /**
     * Has a listener hear of all records right below a path. To be called before {@link #start}.
     *
     * @param parent for example {@code tokens}, for {@code tokens/<id>}
     */
    void follow(EntryPath parent, Listener listener) {
        followers.add(new Following(parent, listener));
    }

    /**
     * Tells the listeners what is there, and from then on what changes. Returns when they have heard of everything that was there.
     *
     * @throws VarveException when the records cannot be read
     */
    void start() {
        if (followers.isEmpty()) {
            store();
        } else {
            load();
        }
    }

    private void load() {
        long seq = store().storeSeq();
        for (Following following : followers) {
            following.listener().loaded(all(following.parent(), seq));
        }
        synchronized (lock) {
            if (closed) {
                return;
            }
            // Of all records and not only of those that are listened to, so that it is known how far listeners are.
            subscription =
                    Entries.over(storage, name).follow(EntryPattern.ALL, seq, this::changed, this::followingEnded);
        }
        reached(seq);
    }

    private StoreInfo store() {
        return storage.store(name).orElseGet(() -> join(storage.createStore(name)));
    }

    private List<Saved> all(EntryPath parent, long seq) {
        List<Saved> all = new ArrayList<>();
        EntryQuery query = EntryQuery.matching(name, EntryPattern.below(parent)).withLimit(EntryQuery.MAX_LIMIT);
        while (true) {
            EntryPage page = join(EntryPages.at(storage, query, seq));
            for (Entry entry : page.entries()) {
                if (parent.equals(entry.path().parent())) {
                    all.add(saved(entry));
                }
            }
            EntryPath next = page.next();
            if (next == null) {
                return all;
            }
            query = query.withAfter(next);
        }
    }

    /** Called on the follower's own thread, which ends with this. */
    private void followingEnded(VarveException failure) {
        LOG.warn("the server's own records are read again", failure);
        boolean again = true;
        while (again && !isClosed()) {
            try {
                load();
                again = false;
            } catch (VarveException e) {
                LOG.error("the server's own records cannot be read; trying again", e);
                LockSupport.parkNanos(RETRY_NANOS);
            }
        }
    }

    private boolean isClosed() {
        synchronized (lock) {
            return closed;
        }
    }

    private void changed(EntryEvent event) {
        for (Following following : followers) {
            tell(following, event.path(), event.kind() == EntryOp.Kind.DELETE ? null : event.value(), event.storeSeq());
        }
        reached(event.storeSeq());
    }

    private static void tell(Following following, EntryPath path, @Nullable EntryValue value, long revision) {
        if (!following.parent().equals(path.parent())) {
            return;
        }
        try {
            if (value == null) {
                following.listener().deleted(path);
            } else {
                following.listener().saved(new Saved(path, decoded(value), revision));
            }
        } catch (RuntimeException e) {
            LOG.error("the server's own record {} of change {} is of no use", path, revision, e);
        }
    }

    private void reached(long seq) {
        List<CompletableFuture<Void>> done = new ArrayList<>();
        synchronized (lock) {
            told = seq;
            for (Waiting next = waiting.peek(); next != null && next.seq() <= seq; next = waiting.peek()) {
                waiting.remove();
                done.add(next.done());
            }
        }
        done.forEach(future -> future.complete(null));
    }

    @Override
    public void close() {
        List<Waiting> left;
        synchronized (lock) {
            closed = true;
            left = List.copyOf(waiting);
            waiting.clear();
            if (subscription != null) {
                subscription.close();
            }
        }
        left.forEach(one ->
                one.done().completeExceptionally(new VarveException(ErrorKind.UNAVAILABLE, "the server is closing")));
    }

    // ---- reading

    /** Reads one record. */
    CompletableFuture<Optional<Saved>> get(EntryPath path) {
        return storage.getMany(name, List.of(path))
                .thenApply(found -> found.stream().map(ServerRecords::saved).findFirst());
    }

    /**
     * Reads records in the order of their paths.
     *
     * @param pattern what the paths match
     * @param after the path after which to go on; null to begin
     * @param limit 1 to {@link EntryQuery#MAX_LIMIT}
     */
    CompletableFuture<List<Saved>> list(EntryPattern pattern, @Nullable EntryPath after, int limit) {
        EntryQuery query = EntryQuery.matching(name, pattern).withAfter(after).withLimit(limit);
        return storage.list(query)
                .thenApply(page ->
                        page.entries().stream().map(ServerRecords::saved).toList());
    }

    private static Saved saved(Entry entry) {
        return new Saved(entry.path(), decoded(entry.value()), entry.revision());
    }

    private static EntryValue.Fields decoded(EntryValue value) {
        if (value instanceof EntryValue.Text(String json)
                && EntryJson.parse(json.getBytes(StandardCharsets.UTF_8)) instanceof EntryValue.Fields fields) {
            return fields;
        }
        throw new VarveException(ErrorKind.CORRUPT, "a record of the server is no object of JSON");
    }

    // ---- writing

    /**
     * A change that writes a record.
     *
     * @param revision what must stand there: the revision of a record, 0 for nothing, null for anything
     */
    static EntryOp put(EntryPath path, EntryValue.Fields value, @Nullable Long revision) {
        EntryOp op = EntryOp.set(path, EntryValue.of(EntryJson.text(value, EntryJson.Form.PLAIN)));
        return revision != null && revision == 0 ? op.onlyIfNone() : conditional(op, revision);
    }

    /**
     * A change that deletes a record.
     *
     * @param revision what must stand there; null for anything, also nothing
     */
    static EntryOp delete(EntryPath path, @Nullable Long revision) {
        return conditional(EntryOp.delete(path), revision);
    }

    private static EntryOp conditional(EntryOp op, @Nullable Long revision) {
        return revision == null ? op : op.ifMatch(revision);
    }

    /**
     * Makes changes, all or none.
     *
     * @param ops from {@link #put} and {@link #delete}
     * @return completed when they are durable and the listeners have heard of them, with the last one's revision; with nothing when
     *     a condition does not hold, and nothing was changed
     */
    CompletableFuture<OptionalLong> write(EntryOp... ops) {
        EntryWrite write =
                new EntryWrite(name, List.of(ops), DEVICE, UUID.randomUUID().toString(), false, false);
        return storage.write(write).thenCompose(result -> switch (result) {
            case EntryWriteResult.Refused _ -> CompletableFuture.completedFuture(OptionalLong.empty());
            case EntryWriteResult.Written written ->
                told(written.storeSeq()).thenApply(_ -> OptionalLong.of(written.storeSeq()));
        });
    }

    /** Completed when the listeners have heard of a change. */
    private CompletableFuture<Void> told(long seq) {
        Waiting mine = new Waiting(seq, new CompletableFuture<>());
        synchronized (lock) {
            if (subscription != null && !closed && told < seq) {
                waiting.add(mine);
                return mine.done();
            }
        }
        return CompletableFuture.completedFuture(null);
    }

    private static <T> T join(CompletableFuture<T> future) {
        try {
            return future.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof VarveException varve) {
                throw varve;
            }
            throw e;
        }
    }
}
