package dev.varve.engine.entries;

import dev.varve.api.EntryPath;

/** Notes that a time to live is over. */
final class DeadlineCommand extends EntryCommand<Boolean> {

    private final long number;
    private final long millis;
    private final EntryPath path;

    DeadlineCommand(EntriesFace face, StoreState store, long millis, EntryPath path) {
        super(face, store.name);
        this.number = store.number;
        this.millis = millis;
        this.path = path;
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
        boolean same = known != null && known.number == number;
        if (same) {
            change(new Effect.DeadlinePassed(number, millis, path));
        }
        answerWith(same);
    }
}
