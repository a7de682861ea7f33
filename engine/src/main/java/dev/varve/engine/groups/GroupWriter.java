package dev.varve.engine.groups;

import dev.varve.api.EntryOp;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryValue;
import dev.varve.api.VarveException;
import dev.varve.engine.shard.EngineTime;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Writes what has changed about a group. What changes meanwhile goes out with the next write. Confined to the thread of the groups. */
final class GroupWriter {

    /** What nobody waits for is written this often. */
    private static final long LAZY_NANOS = 2_000_000_000L;

    private final GroupRecords records;
    private final EntryPath path;
    private final EngineTime time;
    private final Executor thread;
    private final Supplier<EntryValue> settings;
    private final Supplier<EntryValue> progress;

    private long changes;
    private long written;
    private boolean writing;

    /** The last write; completed when it has ended, whatever came of it. */
    private CompletableFuture<?> lastWrite = CompletableFuture.completedFuture(null);

    private boolean settingsChanged;
    private boolean lazyChange;
    private long lazyNanos;
    private Map<Long, @Nullable Parked> parkedChanges = new LinkedHashMap<>();
    private final Deque<Durable> durables = new ArrayDeque<>();
    private @Nullable VarveException dropped;

    /** Somebody who waits until changes are durable. */
    private record Durable(long changes, CompletableFuture<Void> done) {}

    /**
     * Creates a writer that has nothing to write.
     *
     * @param settings gives the settings as they are, to be kept
     * @param progress gives all else but what is parked
     */
    GroupWriter(
            GroupRecords records,
            EntryPath path,
            EngineTime time,
            Executor thread,
            Supplier<EntryValue> settings,
            Supplier<EntryValue> progress) {
        this.records = records;
        this.path = path;
        this.time = time;
        this.thread = thread;
        this.settings = settings;
        this.progress = progress;
    }

    // ---- what changes

    void changed() {
        changes++;
    }

    void settingsChanged() {
        settingsChanged = true;
        changes++;
    }

    /** An event was parked, or is not parked any more. */
    void parked(long position, @Nullable Parked as) {
        parkedChanges.put(position, as);
        changes++;
    }

    /** Something changed that nobody waits for. */
    void lazily() {
        if (!lazyChange) {
            lazyChange = true;
            lazyNanos = time.elapsedNanos();
        }
    }

    boolean isBehind() {
        return lazyChange || changes > written;
    }

    // ---- writing

    /** Time has passed. */
    void pass(long now) {
        if (lazyChange && now - lazyNanos >= LAZY_NANOS) {
            changes++;
        }
        if (changes > written) {
            write();
        }
    }

    /** Has everything that changed so far written, also what nobody waits for. */
    CompletableFuture<Void> flush() {
        if (lazyChange) {
            changes++;
        }
        return durable();
    }

    /** Completed when everything that has changed so far is durable. */
    CompletableFuture<Void> durable() {
        if (dropped != null) {
            return CompletableFuture.failedFuture(dropped);
        }
        if (written == changes) {
            return CompletableFuture.completedFuture(null);
        }
        CompletableFuture<Void> done = new CompletableFuture<>();
        durables.add(new Durable(changes, done));
        write();
        return done;
    }

    private void write() {
        if (writing) {
            return;
        }
        writing = true;
        lazyChange = false;
        long upTo = changes;
        Map<Long, @Nullable Parked> changedParked = parkedChanges;
        parkedChanges = new LinkedHashMap<>();
        List<EntryOp> ops = new ArrayList<>();
        // In this order, because it may be more than one write: an event stands in the list or among the messages at
        // any time.
        changedParked.forEach((position, why) -> {
            if (why != null) {
                ops.add(EntryOp.set(GroupRecords.parked(path, position), EntryValue.of(why.written())));
            }
        });
        if (settingsChanged) {
            ops.add(EntryOp.set(path.child(GroupRecords.SETTINGS), settings.get()));
            settingsChanged = false;
        }
        ops.add(EntryOp.set(path.child(GroupRecords.PROGRESS), progress.get()));
        changedParked.forEach((position, why) -> {
            if (why == null) {
                ops.add(EntryOp.delete(GroupRecords.parked(path, position)));
            }
        });
        CompletableFuture<Void> write = records.write(ops);
        lastWrite = write.handle((_, _) -> upTo);
        CompletableFuture<?> _ = write.whenCompleteAsync((_, failure) -> wrote(upTo, changedParked, failure), thread);
    }

    /** Completed when what is being written has ended, whatever came of it. */
    CompletableFuture<?> written() {
        return lastWrite;
    }

    private void wrote(long upTo, Map<Long, @Nullable Parked> changedParked, @Nullable Throwable failure) {
        writing = false;
        if (failure == null) {
            written = upTo;
        } else {
            // It goes out with the next write: what a consumer has said stays said.
            settingsChanged = true;
            changedParked.putAll(parkedChanges);
            parkedChanges = changedParked;
        }
        while (!durables.isEmpty() && durables.peek().changes() <= upTo) {
            CompletableFuture<Void> done = durables.remove().done();
            if (failure == null) {
                done.complete(null);
            } else {
                done.completeExceptionally(Group.cause(failure));
            }
        }
        if (!durables.isEmpty()) {
            write();
        }
    }

    /** Nothing more is written after what is on its way, and whoever waits is told why. */
    void drop(VarveException cause) {
        dropped = cause;
        durables.forEach(waiting -> waiting.done().completeExceptionally(cause));
        durables.clear();
    }
}
