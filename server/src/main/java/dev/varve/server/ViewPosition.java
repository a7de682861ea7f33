package dev.varve.server;

import dev.varve.api.ErrorKind;
import dev.varve.api.Offset;
import dev.varve.api.Refusal;
import dev.varve.api.VarveException;

/**
 * Where a reader of a view is: right after a change, or in a snapshot of the moment right after the next one. As an offset it
 * is the change's number, and four more digits for the part of the snapshot. Immutable.
 *
 * @param storeSeq the number of the change
 * @param part 0 after a change; otherwise the part that comes next, from 1, of the snapshot right after {@code storeSeq + 1}
 */
record ViewPosition(long storeSeq, int part) {

    /** How many positions there are from one change to the next. */
    private static final int POSITIONS = 10_000;

    /** The most parts of a snapshot, inclusive. */
    static final int MAX_PARTS = POSITIONS - 1;

    /** What a position is answered with that no page ended at. */
    static Refusal notHandedOut() {
        return Refusal.of(ErrorKind.INVALID_OFFSET, "an offset is what this server handed out");
    }

    static ViewPosition of(Offset offset) {
        return new ViewPosition(offset.position() / POSITIONS, (int) (offset.position() % POSITIONS));
    }

    static ViewPosition after(long storeSeq) {
        return new ViewPosition(storeSeq, 0);
    }

    /** Before a part of the snapshot of the moment right after a change. */
    static ViewPosition inSnapshot(long storeSeq, int part) {
        return new ViewPosition(storeSeq - 1, part);
    }

    boolean isInSnapshot() {
        return part > 0;
    }

    /** The change right after which the snapshot shows the store. */
    long snapshotSeq() {
        return storeSeq + 1;
    }

    Offset offset() {
        if (storeSeq > Offset.MAX_POSITION / POSITIONS - 1) {
            throw new VarveException(
                    ErrorKind.NOT_SUPPORTED,
                    "a store with more changes than there are offsets cannot be read as a stream");
        }
        return Offset.at(storeSeq * POSITIONS + part);
    }
}
