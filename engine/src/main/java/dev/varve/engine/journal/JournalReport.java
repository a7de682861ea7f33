package dev.varve.engine.journal;

import dev.varve.engine.journal.Journal.Snapshot;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What {@link JournalInspector} found. Immutable.
 *
 * @param directory the journal's directory
 * @param store the store it belongs to, or null when nothing could tell
 * @param mark the durable mark, or null when it cannot be read
 * @param snapshot the latest snapshot, or null when there is none or it cannot be read
 * @param end the position after the last complete group, or -1 when that cannot be decided
 * @param segments the segment files by name
 * @param problems what is damaged, missing or out of place
 * @param notes what is unusual but explained, by a crash for example
 */
public record JournalReport(
        Path directory,
        @Nullable UUID store,
        @Nullable DurableMark mark,
        @Nullable Snapshot snapshot,
        long end,
        List<SegmentReport> segments,
        List<Finding> problems,
        List<Finding> notes) {

    /** Copies the lists. */
    public JournalReport {
        segments = List.copyOf(segments);
        problems = List.copyOf(problems);
        notes = List.copyOf(notes);
    }

    /**
     * Whether the journal will open, and every frame in it can be read.
     *
     * @return true when there is no problem
     */
    public boolean sound() {
        return problems.isEmpty();
    }

    /**
     * The durable mark.
     *
     * @param epoch the last claimed epoch
     * @param start the first position that is held
     * @param position everything before is durable
     * @param sequence of the first frame at or after the position
     * @param closedCleanly whether the journal was closed with nothing after the position
     */
    public record DurableMark(long epoch, long start, long position, long sequence, boolean closedCleanly) {}

    /** What a segment file is for. */
    public enum State {
        /** Ended; the journal goes on in the next one. */
        SEALED,
        /** The last one that has begun. */
        ACTIVE,
        /** Made ahead of need; holds no frames. */
        PREPARED,
        /** Below the start of the journal; will be recycled or deleted. */
        LEFTOVER,
        /** Cannot be told. */
        UNREADABLE
    }

    /**
     * One segment file.
     *
     * @param file its path
     * @param state what it is for
     * @param sizeBytes its size
     * @param number its number, or -1 when its header cannot be read
     * @param base the position of its first byte, or -1 when its header cannot be read
     * @param usedBytes up to the end of its last frame
     * @param frames how many whole frames it holds
     * @param groups how many groups end in it
     * @param firstSequence of its first frame, or -1 when it has none
     * @param lastSequence of its last frame, or -1 when it has none
     */
    public record SegmentReport(
            Path file,
            State state,
            long sizeBytes,
            long number,
            long base,
            long usedBytes,
            long frames,
            long groups,
            long firstSequence,
            long lastSequence) {}

    /**
     * Something to say about a place.
     *
     * @param file the file
     * @param offset where in it, in bytes
     * @param what what is there
     */
    public record Finding(Path file, long offset, String what) {}
}
