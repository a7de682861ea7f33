package dev.varve.engine.journal;

import dev.varve.engine.journal.Journal.FrameVisitor;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Reads a range of durable frames over pinned segments, and checks that each follows the one before. Confined to one
 * thread.
 */
final class RangeReader {

    private final FrameVisitor visitor;
    private final long to;
    private final long durableEnd;
    private final FrameWindow window;

    private final Continuity continuity = Continuity.unknown();

    /**
     * @param to frames at or beyond are not visited
     * @param durableEnd nothing at or beyond is read
     * @param window what is read through
     */
    RangeReader(FrameVisitor visitor, long to, long durableEnd, FrameWindow window) {
        this.visitor = visitor;
        this.to = Math.min(to, durableEnd);
        this.durableEnd = durableEnd;
        this.window = window;
    }

    /**
     * Reads what one segment holds of the range.
     *
     * @param from a position in the segment
     * @return the position to go on from, or -1 when there is nothing to go on for
     */
    long read(Segment segment, long from) throws IOException {
        long durableOffset = Math.min(durableEnd - segment.base(), segment.sizeBytes());
        FrameReader reader =
                new FrameReader(segment.file(), durableOffset, segment.header().salt(), window);
        long offset = Math.max(from - segment.base(), ControlBlock.BYTES);
        while (segment.base() + offset < to) {
            check(segment, offset, reader.read(offset, to - segment.base()));
            check(segment, offset, continuity.check(reader, offset == ControlBlock.BYTES));
            continuity.advance(reader);
            long end = offset + reader.frameBytes();
            if (reader.type == FrameFormat.SEAL) {
                return segment.end();
            }
            if (reader.type == FrameFormat.DATA) {
                long base = segment.base();
                if (!visitor.frame(new Frame(base + offset, base + end, reader.sequence, reader.body()))) {
                    return -1;
                }
            }
            offset = end;
        }
        return -1;
    }

    private static void check(Segment segment, long offset, @Nullable String problem) throws CorruptJournalException {
        if (problem != null) {
            throw segment.corrupt(offset, problem);
        }
    }
}
