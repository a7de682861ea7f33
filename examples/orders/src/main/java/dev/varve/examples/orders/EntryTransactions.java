package dev.varve.examples.orders;

import dev.varve.api.Batch;
import dev.varve.api.CheckpointStore;
import dev.varve.api.Repository;
import dev.varve.api.Store;
import dev.varve.api.VarveException;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the checkpoint of a projection beside what it writes: both go into one batch, which is made as a whole or not at all, so that each event
 * counts once whatever is cut off. The event store is told afterwards, for commands that wait. Used by one thread at a time.
 */
final class EntryTransactions implements CheckpointStore {

    private static final System.Logger LOG = System.getLogger(EntryTransactions.class.getName());

    private final Store store;
    private final Repository<Progress> progress;
    private final CheckpointStore told;
    private Runnable begun = () -> {};
    private @Nullable Batch batch;
    private @Nullable Progress saved;

    EntryTransactions(Store store) {
        this.store = store;
        this.progress = store.repository(Progress.class);
        this.told = CheckpointStore.in(store.events());
    }

    /** Has something done at the begin of each transaction. */
    void onBegin(Runnable other) {
        begun = other;
    }

    /** The batch of the transaction that is going on. */
    Batch batch() {
        if (batch == null) {
            throw new IllegalStateException("there is no transaction");
        }
        return batch;
    }

    @Override
    public boolean isTransactional() {
        return true;
    }

    @Override
    public void inTransaction(Runnable work) {
        Batch made = store.batch();
        batch = made;
        saved = null;
        begun.run();
        try {
            work.run();
        } finally {
            batch = null;
        }
        made.commit();
        if (saved != null) {
            tell(saved);
        }
    }

    @Override
    public void save(String name, long position) {
        saved = new Progress(name, position);
        batch().insert(progress, saved);
    }

    @Override
    public OptionalLong load(String name) {
        Progress found = progress.find(name).orElse(null);
        if (found == null) {
            return OptionalLong.empty();
        }
        tell(found); // which may have been cut off
        return OptionalLong.of(found.position());
    }

    /** The event store goes on knowing how far the projection was: commands wait until it has come further again. */
    @Override
    public void delete(String name) {
        progress.delete(name);
    }

    /** What is made is made: who cannot be told now is told with what comes next. */
    private void tell(Progress made) {
        try {
            told.save(made.name(), made.position());
        } catch (VarveException e) {
            LOG.log(System.Logger.Level.WARNING, "who waits is not told how far " + made.name() + " has come", e);
        }
    }
}
