package dev.varve.engine.entries;

import dev.varve.api.Entry;
import dev.varve.api.EntryDifference;
import dev.varve.api.EntryOp;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryRefusedException;
import dev.varve.api.EntryWrite;
import dev.varve.api.EntryWriteResult;
import dev.varve.api.ErrorKind;
import dev.varve.api.RollbackResult;
import dev.varve.api.VarveException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** Has everything stand again as it did earlier. Immutable. */
final class Rollback {

    /** Where entries stand above others, each round puts back one level of them at least. */
    private static final int MAX_ROUNDS = EntryPath.MAX_SEGMENTS + 4;

    /** The longest name of a write, in characters. */
    private static final int MAX_OP_ID = 200;

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
        return storage.standing(store, path, toSeq)
                .thenCompose(then -> storage.standing(store, path, storeSeq()).thenApply(now -> ops(path, then, now)))
                .thenCompose(this::writeAtOnce);
    }

    private static List<EntryOp> ops(EntryPath path, HistoryReader.Standing then, HistoryReader.Standing now) {
        Map<EntryPath, EntryOp> wanted = sets(then.entries());
        if (wanted.equals(sets(now.entries()))) {
            return List.of();
        }
        if (then.whole() == null) {
            return List.of(EntryOp.delete(path));
        }
        List<EntryOp> ops = new ArrayList<>();
        EntryOp itself = wanted.get(path);
        ops.add(itself != null ? itself : EntryOp.set(path, then.whole()));
        wanted.forEach((entry, set) -> {
            // An object has no place for what stands below an entry, and does not say what is a counter or a set.
            if (!entry.equals(path) && (set.label() != null || isBelowAnother(entry, wanted))) {
                ops.add(set);
            }
        });
        return ops;
    }

    private static Map<EntryPath, EntryOp> sets(List<Entry> entries) {
        Map<EntryPath, EntryOp> sets = new LinkedHashMap<>();
        entries.forEach(entry -> sets.put(entry.path(), set(entry)));
        return sets;
    }

    /** Puts back what an entry was, and as what. A list with the same member twice is a set when one was removed from it. */
    private static EntryOp set(Entry then) {
        EntryOp set = EntryOp.set(then.path(), then.value());
        return Decider.isLabelled(then.type(), then.value()) ? set.labelled(then.type()) : set;
    }

    private static boolean isBelowAnother(EntryPath entry, Map<EntryPath, EntryOp> entries) {
        for (EntryPath above = entry.parent(); above != null; above = above.parent()) {
            if (entries.containsKey(above)) {
                return true;
            }
        }
        return false;
    }

    private CompletableFuture<RollbackResult> writeAtOnce(List<EntryOp> ops) {
        if (ops.isEmpty()) {
            return CompletableFuture.completedFuture(new RollbackResult(0, storeSeq()));
        }
        if (ops.size() > EntryWrite.MAX_OPS) {
            return CompletableFuture.failedFuture(new VarveException(
                    ErrorKind.TOO_LARGE,
                    "more than " + (EntryWrite.MAX_OPS - 1)
                            + " counters, sets and entries below other entries stood there, more"
                            + " than one write puts back; roll back the paths below one by one, or the whole store"));
        }
        return write(ops, 0, 0);
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
     * A change of an entry that stands above others takes those away, too, so it may need further rounds to put them back; and
     * others may have written meanwhile.
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
                sets.add(set(then));
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
        String name = "rollback:" + toSeq + ":" + ops.get(from).path();
        // A very long path is cut, as it is where entries are imported.
        String opId = name.substring(0, Math.min(name.length(), MAX_OP_ID));
        return storage.write(new EntryWrite(store, ops.subList(from, to), deviceId, opId, false, false))
                .thenCompose(result -> switch (result) {
                    case EntryWriteResult.Written written -> write(ops, to, written.storeSeq());
                    case EntryWriteResult.Refused refused ->
                        CompletableFuture.failedFuture(new EntryRefusedException(refused));
                });
    }
}
