package dev.varve.engine.journal;

import java.nio.ByteBuffer;
import java.util.UUID;

/**
 * What is known to be durable, kept apart from the frames themselves, so that damage can be told from a crash.
 * Immutable.
 *
 * @param generation counts the writes of the mark, tells the newer slot
 * @param epoch the last claimed epoch
 * @param start where the first segment that is held begins
 * @param position every frame before this position is durable; a group boundary, or 0 before the first segment started
 * @param sequence the sequence of the first frame at or after the position
 * @param chain the header checksum of the last frame before the position
 * @param clean whether the journal was closed with nothing after the position
 */
record Mark(long generation, long epoch, long start, long position, long sequence, int chain, boolean clean) {

    /** "VARVEMRK". */
    static final long MAGIC = 0x56415256454D524BL;

    static final Mark NONE = new Mark(0, 0, 0, 0, 0, 0, false);

    private static final int CLEAN = 1;

    Mark withEpoch(long newEpoch) {
        return new Mark(generation, newEpoch, start, position, sequence, chain, clean);
    }

    Mark withStart(long newStart) {
        return new Mark(generation, epoch, newStart, position, sequence, chain, clean);
    }

    Mark withTail(Tail tail) {
        return new Mark(generation, epoch, start, tail.position(), tail.sequence(), tail.chain(), clean);
    }

    Mark withClean(boolean nowClean) {
        return new Mark(generation, epoch, start, position, sequence, chain, nowClean);
    }

    Mark withGeneration(long newGeneration) {
        return new Mark(newGeneration, epoch, start, position, sequence, chain, clean);
    }

    /** Whether both say the same, whenever they were written. */
    boolean saysTheSame(Mark other) {
        return withGeneration(0).equals(other.withGeneration(0));
    }

    Tail tail() {
        return new Tail(position, sequence, chain);
    }

    ByteBuffer encode(UUID store) {
        ByteBuffer block = ControlBlock.begin(MAGIC, store);
        block.putLong(generation)
                .putLong(epoch)
                .putLong(start)
                .putLong(position)
                .putLong(sequence);
        block.putInt(chain).putInt(clean ? CLEAN : 0);
        return ControlBlock.seal(block);
    }

    static Mark decode(ByteBuffer block) {
        return new Mark(
                block.getLong(),
                block.getLong(),
                block.getLong(),
                block.getLong(),
                block.getLong(),
                block.getInt(),
                (block.getInt() & CLEAN) != 0);
    }
}
