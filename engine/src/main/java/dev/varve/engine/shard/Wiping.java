package dev.varve.engine.shard;

import dev.varve.api.ErrorKind;
import dev.varve.api.VarveException;
import dev.varve.engine.journal.Journal;
import dev.varve.engine.state.StateStore;
import dev.varve.engine.state.Table;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * Has removed data leave a shard's files, where it would stay for a while: in the journal, in segments of it that wait to be used again, in
 * tables that were not merged since, and in the checkpoint before the last one. One after the other. Thread-safe.
 */
final class Wiping {

    private final Journal journal;
    private final StateStore store;
    private final Sequencer sequencer;
    private final Checkpointer checkpointer;
    private final Visibility visibility;

    /** The one before, whatever came of it. */
    private CompletableFuture<Void> last = CompletableFuture.completedFuture(null);

    Wiping(Journal journal, StateStore store, Sequencer sequencer, Checkpointer checkpointer, Visibility visibility) {
        this.journal = journal;
        this.store = store;
        this.sequencer = sequencer;
        this.checkpointer = checkpointer;
        this.visibility = visibility;
    }

    synchronized CompletableFuture<Void> wipe(DiskReads disk, List<Table> tables, byte[] from, byte[] to) {
        CompletableFuture<Void> wiped = last.thenCompose(_ -> journal.beginWipe())
                // The removal itself is in the state then, and the journal before it is given up.
                .thenCompose(_ -> separate())
                .thenCompose(_ -> disk.forCaller(() -> rewrite(tables, from, to)))
                // The first has the merged tables; with the second the one before the first is deleted.
                .thenCompose(_ -> checkpoint())
                .thenCompose(_ -> checkpoint())
                .thenCompose(_ -> journal.endWipe());
        last = wiped.exceptionally(_ -> null);
        return wiped.exceptionallyCompose(cause -> CompletableFuture.failedFuture(notWiped(cause)));
    }

    private Boolean rewrite(List<Table> tables, byte[] from, byte[] to) throws IOException {
        for (Table table : tables) {
            store.rewrite(table, from, to);
        }
        return true;
    }

    private CompletableFuture<Void> separate() {
        CompletableFuture<Boolean> done = new CompletableFuture<>();
        sequencer.post(() -> separate(done));
        return done.thenAccept(Wiping::requireCommitted);
    }

    private void separate(CompletableFuture<Boolean> done) {
        if (sequencer.hasGroupsInFlight()) {
            sequencer.post(() -> separate(done)); // what is in flight belongs before
            return;
        }
        try {
            journal.separate();
        } catch (IOException e) {
            done.completeExceptionally(e);
            return;
        }
        // Nothing lies between, and a checkpoint from here on lets go of all before.
        visibility.moveTo(journal.end());
        checkpointer.requestAnyway(sequencer, done);
    }

    private CompletableFuture<Void> checkpoint() {
        CompletableFuture<Boolean> done = new CompletableFuture<>();
        sequencer.post(() -> checkpointer.requestAnyway(sequencer, done));
        return done.thenAccept(Wiping::requireCommitted);
    }

    private static void requireCommitted(boolean committed) {
        if (!committed) {
            throw new CompletionException(new IOException("a checkpoint failed"));
        }
    }

    private static VarveException notWiped(Throwable cause) {
        Throwable root = cause instanceof CompletionException && cause.getCause() != null ? cause.getCause() : cause;
        return new VarveException(
                ErrorKind.UNAVAILABLE,
                "what was removed cannot be read any more, but its bytes may still be in files: " + root.getMessage()
                        + "; do it again",
                root);
    }
}
