package dev.varve.engine.groups;

import dev.varve.api.Entry;
import dev.varve.api.EntryOp;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryPattern;
import dev.varve.api.EntryQuery;
import dev.varve.api.EntryStorage;
import dev.varve.api.EntryWrite;
import dev.varve.api.EntryWriteResult;
import dev.varve.api.ErrorKind;
import dev.varve.api.VarveException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Groups in the log: below the id of a store and the name of a group stand its {@code settings}, its {@code progress}, and {@code parked/<position>}
 * with nineteen digits. Thread-safe.
 */
final class GroupRecords {

    /** The name of the store of entries, which no user's store can have. */
    static final String STORE = "__varve/event-subscriptions";

    static final String SETTINGS = "settings";
    static final String PROGRESS = "progress";
    static final String PARKED = "parked";

    private static final String DEVICE = "system:subscriptions";

    /** Nobody reads what stood here: history goes after so many writes. */
    private static final int WRITES_BETWEEN_COMPACTIONS = 10_000;

    private final EntryStorage storage;
    private final AtomicLong writes = new AtomicLong();

    GroupRecords(EntryStorage storage) {
        this.storage = storage;
    }

    private static EntryPath store(UUID store) {
        return EntryPath.of(store.toString());
    }

    static EntryPath group(UUID store, String name) {
        return store(store).child(name);
    }

    static EntryPath parked(EntryPath group, long position) {
        return group.child(PARKED).child(String.format(Locale.ROOT, "%019d", position));
    }

    // ---- reading

    /** Everything that is kept of the groups of a store, in the order of paths. */
    CompletableFuture<List<Entry>> load(UUID store) {
        return list(EntryPattern.below(store(store)), null, new ArrayList<>());
    }

    /** Of which stores something is kept. */
    CompletableFuture<Set<UUID>> stores() {
        return list(EntryPattern.parse("*/*/" + SETTINGS), null, new ArrayList<>())
                .thenApply(all -> {
                    Set<UUID> stores = new LinkedHashSet<>();
                    all.forEach(entry ->
                            stores.add(UUID.fromString(entry.path().segments().getFirst())));
                    return stores;
                });
    }

    /** Those of several parked events that are there. */
    CompletableFuture<List<Entry>> get(List<EntryPath> paths) {
        return storage.getMany(STORE, paths);
    }

    private CompletableFuture<List<Entry>> list(EntryPattern pattern, @Nullable EntryPath after, List<Entry> into) {
        if (storage.store(STORE).isEmpty()) {
            return CompletableFuture.completedFuture(into);
        }
        return storage.list(EntryQuery.matching(STORE, pattern).withAfter(after))
                .thenCompose(page -> {
                    into.addAll(page.entries());
                    EntryPath next = page.next();
                    return next == null ? CompletableFuture.completedFuture(into) : list(pattern, next, into);
                });
    }

    // ---- writing

    /** Forgets all groups of a store. */
    CompletableFuture<Void> forget(UUID store) {
        return storage.store(STORE).isEmpty()
                ? CompletableFuture.completedFuture(null)
                : write(List.of(EntryOp.delete(store(store))));
    }

    /** Makes changes in their order; as many at once as one write takes. */
    CompletableFuture<Void> write(List<EntryOp> ops) {
        List<EntryOp> first = ops.subList(0, Math.min(ops.size(), EntryWrite.MAX_OPS));
        List<EntryOp> rest = ops.subList(first.size(), ops.size());
        CompletableFuture<Void> written = storage.write(
                        new EntryWrite(STORE, first, DEVICE, Long.toString(writes.incrementAndGet()), false, true))
                .thenAccept(this::check);
        return rest.isEmpty() ? written : written.thenCompose(_ -> write(rest));
    }

    private void check(EntryWriteResult result) {
        if (!(result instanceof EntryWriteResult.Written written)) {
            throw new VarveException(ErrorKind.INTERNAL, "a subscription of events could not be kept: " + result);
        }
        if (writes.get() % WRITES_BETWEEN_COMPACTIONS == 0) {
            CompletableFuture<Long> _ = storage.compact(STORE, written.storeSeq());
        }
    }
}
