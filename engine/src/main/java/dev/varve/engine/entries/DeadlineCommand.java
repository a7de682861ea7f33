package dev.varve.engine.entries;

import dev.varve.api.EntryPath;
import dev.varve.engine.state.Binary;
import dev.varve.engine.state.SortedTree;
import java.util.Arrays;

/** Notes that a time to live is over. Answers whether that was so: not when another set has the same one meanwhile. */
final class DeadlineCommand extends EntryCommand<Boolean> {

    private final long number;
    private final long millis;
    private final EntryPath path;
    private final long revision;

    DeadlineCommand(EntriesFace face, StoreState store, long millis, EntryPath path, long revision) {
        super(face, store.name);
        this.number = store.number;
        this.millis = millis;
        this.path = path;
        this.revision = revision;
    }

    @Override
    public boolean freesSpace() {
        return true;
    }

    @Override
    public boolean prepare() {
        return true;
    }

    @Override
    void decide(long nowMillis) {
        StoreState known = face.decidedStore(store);
        boolean same = known != null && known.number == number && isOfThatRevision();
        if (same) {
            change(new Effect.DeadlinePassed(number, millis, path));
        }
        answerWith(same);
    }

    /** A set that was decided before its time was over may have become durable afterwards, and so after the look at what is due. */
    private boolean isOfThatRevision() {
        byte[] row = SortedTree.get(face.decided().deadlines(), Keys.deadline(number, millis, path));
        return row == null || row.length == 0 || Arrays.equals(row, Binary.key(revision));
    }
}
