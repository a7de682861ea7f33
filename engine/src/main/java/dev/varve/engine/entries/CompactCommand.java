package dev.varve.engine.entries;

/** Lets go of a store's history. */
final class CompactCommand extends EntryCommand<Long> {

    private final long throughSeq;

    CompactCommand(EntriesFace face, String store, long throughSeq) {
        super(face, store);
        this.throughSeq = throughSeq;
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
        if (known == null) {
            failWith(StoreCommand.notFound(store));
            return;
        }
        long through = Math.min(throughSeq, known.decidedSeq);
        if (through > known.decidedCompaction.seq()) {
            change(new Effect.Compacted(known.number, through, nowMillis));
        }
        answerWith(known.decidedCompaction.seq());
    }
}
