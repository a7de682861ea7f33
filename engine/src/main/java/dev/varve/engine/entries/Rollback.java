package dev.varve.engine.entries;

import dev.varve.api.Entry;
import dev.varve.api.EntryDifference;
import dev.varve.api.EntryOp;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryRefusedException;
import dev.varve.api.EntryWrite;
import dev.varve.api.EntryWriteResult;
import dev.varve.api.RollbackResult;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Has everything stand again as it did earlier. Immutable. */
final class Rollback {

    private static final int MAX_ROUNDS = 4;

    private final EngineEntryStorage storage;
    private final String store;
    private final long toSeq;
    private final String deviceId;

    Rollback(EngineEntryStorage storage, String store, long toSeq, String deviceId) {
        this.storage = storage;
        this.store = store;
        this.toSeq = toSeq;
        this.deviceId = deviceId;
    }

    CompletableFuture<RollbackResult> ofPath(EntryPath path) {
        return storage.getAt(store, path, toSeq)
                .thenCombine(storage.get(store, path), (then, now) -> step(path, then, now))
                .thenCompose(op -> op == null ? nothing() : write(List.of(op), 0, 0));
    }

    private static @Nullable EntryOp step(EntryPath path, Optional<Entry> then, Optional<Entry> now) {
        if (then.map(Entry::value).equals(now.map(Entry::value))) {
            return null;
        }
        return then.isPresent() ? EntryOp.set(path, then.get().value()) : EntryOp.delete(path);
    }

    private CompletableFuture<RollbackResult> nothing() {
        return CompletableFuture.completedFuture(new RollbackResult(0, storeSeq()));
    }

    private long storeSeq() {
        return storage.store(store)
                .orElseThrow(() -> StoreCommand.notFound(store))
                .storeSeq();
    }

    CompletableFuture<RollbackResult> ofStore() {
        return round(1, 0);
    }

    /**
     * A change of an entry that stands above others takes those away, too, so it may need a second round to put them back;
     * and others may have written meanwhile.
     */
    private CompletableFuture<RollbackResult> round(int number, long opsBefore) {
        long now = storeSeq();
        return storage.diff(store, toSeq, now).thenCompose(differences -> {
            if (differences.isEmpty() || number > MAX_ROUNDS) {
                return CompletableFuture.completedFuture(new RollbackResult(opsBefore, now));
            }
            List<EntryOp> ops = ops(differences);
            return write(ops, 0, now).thenCompose(written -> round(number + 1, opsBefore + ops.size()));
        });
    }

    private static List<EntryOp> ops(List<EntryDifference> differences) {
        List<EntryOp> deletes = new ArrayList<>();
        List<EntryOp> sets = new ArrayList<>();
        for (EntryDifference difference : differences) {
            Entry then = difference.before();
            if (then == null) {
                deletes.add(EntryOp.delete(difference.path()));
            } else {
                sets.add(EntryOp.set(difference.path(), then.value()));
            }
        }
        deletes.addAll(sets);
        return deletes;
    }

    private CompletableFuture<RollbackResult> write(List<EntryOp> ops, int from, long storeSeq) {
        if (from == ops.size()) {
            return CompletableFuture.completedFuture(new RollbackResult(from, storeSeq));
        }
        int to = Math.min(ops.size(), from + EntryWrite.MAX_OPS);
        String opId = "rollback:" + toSeq + ":" + from;
        return storage.write(new EntryWrite(store, ops.subList(from, to), deviceId, opId, false, false))
                .thenCompose(result -> switch (result) {
                    case EntryWriteResult.Written written -> write(ops, to, written.storeSeq());
                    case EntryWriteResult.Refused refused ->
                        CompletableFuture.failedFuture(new EntryRefusedException(refused));
                });
    }
}
