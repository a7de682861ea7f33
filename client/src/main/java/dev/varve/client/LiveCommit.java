package dev.varve.client;

import dev.varve.api.EntryChange;
import dev.varve.api.spi.CommittedWrite;
import java.util.List;

/**
 * A write that a copy was told of, and the copy before and after it. Immutable, and of use for ever.
 *
 * @param changes what the copy was told of it; none when it was told only that the store has moved on
 * @param before the copy before
 * @param after the copy after
 */
record LiveCommit(List<EntryChange> changes, LiveRoot before, LiveRoot after) implements CommittedWrite {

    /** Copies the list. */
    LiveCommit {
        changes = List.copyOf(changes);
    }

    @Override
    public long storeSeq() {
        return after.storeSeq();
    }

    /** The same for somebody whom only some of its changes concern. */
    LiveCommit of(List<EntryChange> some) {
        return new LiveCommit(some, before, after);
    }
}
