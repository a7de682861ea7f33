package dev.varve.api;

import java.util.List;
import java.util.function.Consumer;

/** Hands the changes of writes that are followed to a listener one by one, those that match. Thread-safe. */
final class SingleChanges implements Consumer<List<EntryEvent>> {

    private static final System.Logger LOG = System.getLogger(SingleChanges.class.getName());

    private final EntryPattern pattern;
    private final Consumer<? super EntryEvent> listener;
    private volatile boolean closed;

    SingleChanges(EntryPattern pattern, Consumer<? super EntryEvent> listener) {
        this.pattern = pattern;
        this.listener = listener;
    }

    @Override
    public void accept(List<EntryEvent> write) {
        for (EntryEvent change : write) {
            if (pattern.matches(change.path()) && !closed) {
                tell(change);
            }
        }
    }

    @SuppressWarnings("CatchingUnchecked") // whatever a listener throws is its own affair
    private void tell(EntryEvent change) {
        try {
            listener.accept(change);
        } catch (RuntimeException e) {
            LOG.log(System.Logger.Level.WARNING, "a listener failed at change " + change.storeSeq(), e);
        }
    }

    /** Hands over no further change, also of a write that it is in the middle of. */
    void close() {
        closed = true;
    }
}
