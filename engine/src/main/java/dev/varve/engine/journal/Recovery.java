package dev.varve.engine.journal;

import dev.varve.engine.io.Disk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Decides where a journal ends, and makes the disk agree. Confined to the opening thread.
 *
 * <h2>Where it ends</h2>
 *
 * Frames are followed from the durable mark on. Each must be whole and follow the one before: sequence, index in its
 * group, chain. A group counts when its last frame, which carries the commit flag, is there; whether anybody was told of
 * it does not matter. The walk stops at the first place where no such frame stands.
 *
 * <h2>Crash or damage</h2>
 *
 * One group is written at a time, and the next only after it is durable. So a crash explains exactly this: the blocks of
 * one group, the first that is not durable, are partly new and partly as before. Whole frame headers found at or after
 * the stop must therefore all belong to that one group, and none to a later one, nor may a later segment have begun.
 * Anything else was durable once and is damage: it is refused and nothing is changed. Below the mark nothing is cut at
 * all; damage there is found when the frames are read.
 *
 * <h2>Making it so</h2>
 *
 * What was written after the mark may be in the page cache only, even after a sync that failed. It is written again
 * durably. The remains of the incomplete group are copied to {@code lost+found}, then zeroed, so that no later walk can
 * meet them. Each step leaves the same verdict for the next opening if it is cut short itself.
 */
final class Recovery {

    private static final int WINDOW_BYTES = 1 << 20;

    private final Disk disk;
    private final Path directory;
    private final JournalFiles files;
    private final boolean closedCleanly;
    private final ByteBuffer window;

    /* The walk. */
    private int at;
    private Segment segment;
    private FrameReader reader;
    private long offset;
    private final Continuity continuity;
    private boolean started;

    /* The last group boundary. */
    private int goodAt;
    private long goodOffset;
    private long groupSequence;
    private int groupChain;
    private boolean sealed;
    private long groups;

    private final List<Range> pastMark = new ArrayList<>();

    /** A range of a segment file. */
    record Range(Segment segment, long from, long to) {}

    /**
     * What was decided.
     *
     * @param active index of the segment where the journal goes on, or -1 when none has started
     * @param sealed whether that segment is sealed, so that the journal goes on in the next
     * @param sealChain the header checksum of the seal, when there is one
     * @param tail the end
     * @param groupsPastMark complete groups past the mark
     * @param cut what is left of an incomplete group, or null
     */
    record Verdict(
            int active,
            boolean sealed,
            int sealChain,
            Tail tail,
            long groupsPastMark,
            @Nullable Range cut) {}

    /** Of a journal that has no segment yet. */
    static final Verdict NOTHING = new Verdict(-1, false, 0, new Tail(0, 0, 0), 0, null);

    Recovery(Disk disk, Path directory, JournalFiles files, Mark mark, boolean closedCleanly) {
        this.disk = disk;
        this.directory = directory;
        this.files = files;
        this.closedCleanly = closedCleanly;
        this.at = files.indexOf(mark.position());
        this.segment = files.segments.get(at);
        this.window = ByteBuffer.allocateDirect((int) Math.min(WINDOW_BYTES, segment.sizeBytes()));
        this.reader = readerOf(segment);
        this.offset = mark.position() - segment.base();
        this.continuity = Continuity.after(mark.tail());
        this.started = offset > 0;
        this.goodAt = started ? at : -1;
        this.goodOffset = offset;
        this.groupSequence = continuity.sequence();
        this.groupChain = continuity.chain();
    }

    private FrameReader readerOf(Segment of) {
        return new FrameReader(of.file(), of.sizeBytes(), of.header().salt(), window);
    }

    /**
     * Decides, without changing anything.
     *
     * @throws CorruptJournalException when no crash explains what is there
     */
    Verdict decide() throws IOException {
        String problem = null;
        while (problem == null) {
            problem = step();
        }
        Range cut = judge(problem);
        requireNothingLater();
        Tail tail = goodAt < 0
                ? new Tail(0, groupSequence, groupChain)
                : new Tail(files.segments.get(goodAt).base() + goodOffset, groupSequence, groupChain);
        return new Verdict(goodAt, sealed, continuity.chain(), tail, groups, cut);
    }

    /** Goes over one frame. Returns why it cannot. */
    private @Nullable String step() throws IOException {
        if (!started) {
            offset = ControlBlock.BYTES;
        }
        String problem = reader.read(offset, segment.sizeBytes());
        if (problem == null) {
            problem = continuity.check(reader, !started);
        }
        if (problem != null) {
            return problem;
        }
        boolean group = continuity.advance(reader);
        offset += reader.frameBytes();
        if (reader.type == FrameFormat.SEAL) {
            writtenSinceMark(goodOffset, offset);
            sealed = true;
            return nextSegment();
        }
        if (reader.type == FrameFormat.START) {
            writtenSinceMark(ControlBlock.BYTES, offset);
            started = true;
            sealed = false;
            boundary();
        } else if (group) {
            groups++;
            writtenSinceMark(goodOffset, offset);
            boundary();
        }
        return null;
    }

    private void writtenSinceMark(long from, long to) {
        Range last = pastMark.isEmpty() ? null : pastMark.getLast();
        if (last != null && last.segment() == segment && last.to() == from) {
            pastMark.set(pastMark.size() - 1, new Range(segment, last.from(), to));
        } else {
            pastMark.add(new Range(segment, from, to));
        }
    }

    private void boundary() {
        goodAt = at;
        goodOffset = offset;
        groupSequence = continuity.sequence();
        groupChain = continuity.chain();
    }

    /** Returns that there is none, or null. */
    private @Nullable String nextSegment() {
        if (at + 1 == files.segments.size()) {
            return "the next segment has not been made";
        }
        at++;
        segment = files.segments.get(at);
        reader = readerOf(segment);
        started = false;
        return null;
    }

    /**
     * Tells a torn group from damage.
     *
     * @return what to cut, or null when nothing of an incomplete group is there
     * @throws CorruptJournalException when no crash explains what is there
     */
    private @Nullable Range judge(String problem) throws IOException {
        boolean awaitsNext = sealed && started;
        if (closedCleanly || awaitsNext) {
            return null;
        }
        long cutEnd = goodOffsetHere();
        boolean endKnown = false;
        if (reader.headerValid) {
            // A whole header stands where the walk stopped: only its missing body is a crash's work.
            boolean torn = continuity.check(reader, !started) == null
                    && offset + reader.frameBytes() <= segment.sizeBytes()
                    && reader.type != FrameFormat.START;
            if (!torn) {
                throw segment.corrupt(offset, problem + "; a crash cannot explain this");
            }
            cutEnd = offset + reader.frameBytes();
            endKnown = reader.endsGroup();
        } else {
            cutEnd = Math.max(cutEnd, DamagedHeader.frameEnd(segment, offset, continuity));
            endKnown = cutEnd > offset;
        }
        long groupOffset = goodOffsetHere();
        for (long hit = reader.findHeader(offset + Group.ALIGNMENT);
                hit >= 0;
                hit = reader.findHeader(hit + Group.ALIGNMENT)) {
            if (reader.sequence < groupSequence) {
                continue; // Part of a body: somebody stores a journal in a journal.
            }
            boolean sameGroup = started
                    && reader.type == FrameFormat.DATA
                    && reader.index > 0
                    && reader.sequence - reader.index == groupSequence;
            if (!sameGroup) {
                throw segment.corrupt(
                        offset,
                        problem + ", but a later frame, sequence " + reader.sequence + ", is whole at offset " + hit
                                + "; a crash cannot explain this");
            }
            cutEnd = Math.max(cutEnd, Math.min(hit + reader.frameBytes(), segment.sizeBytes()));
            endKnown = reader.endsGroup();
        }
        if (continuity.index() > 0) {
            cutEnd = Math.max(cutEnd, offset);
        }
        if (cutEnd > groupOffset && !endKnown) {
            // Another frame was to follow. With its header is gone what tells its body from what an earlier life left.
            cutEnd = DamagedHeader.writtenEnd(segment, cutEnd);
        }
        return cutEnd > groupOffset ? new Range(segment, groupOffset, cutEnd) : null;
    }

    private long goodOffsetHere() {
        return started ? goodOffset : offset;
    }

    /** No segment after the last good one may have begun. */
    private void requireNothingLater() throws IOException {
        for (int i = at + 1; i < files.segments.size(); i++) {
            Segment later = files.segments.get(i);
            FrameReader start = readerOf(later);
            String problem = start.read(ControlBlock.BYTES, ControlBlock.BYTES + FrameFormat.START_BYTES);
            boolean begun = problem == null || start.headerValid;
            if (begun && start.sequence >= groupSequence) {
                throw segment.corrupt(
                        offset,
                        "the journal seems to end here, but " + later.path().getFileName()
                                + " has begun; a crash cannot explain this");
            }
        }
    }

    /** Makes the disk agree with what was decided. */
    RecoveryReport makeItSo(Verdict verdict) throws IOException {
        for (Range range : pastMark) {
            rewrite(range);
        }
        long end = verdict.tail().position();
        Range cut = verdict.cut();
        if (cut == null) {
            return new RecoveryReport(closedCleanly, end, groups, 0, end, null);
        }
        Path saved = keep(cut, verdict);
        zero(cut);
        long from = cut.segment().base() + cut.from();
        return new RecoveryReport(closedCleanly, end, groups, cut.to() - cut.from(), from, saved);
    }

    /** On a full disk a prepared segment makes room: it holds nothing and is made again when there is space. */
    private Path keep(Range cut, Verdict verdict) throws IOException {
        LostAndFound lostAndFound = new LostAndFound(disk, directory);
        try {
            return lostAndFound.keep(cut.segment(), cut.from(), cut.to());
        } catch (IOException e) {
            Segment last = files.segments.getLast();
            if (files.segments.size() == Math.max(verdict.active(), at) + 1) {
                throw e;
            }
            files.segments.removeLast();
            last.file().close();
            disk.delete(last.path());
            return lostAndFound.keep(cut.segment(), cut.from(), cut.to());
        }
    }

    private void rewrite(Range range) throws IOException {
        for (long from = range.from(); from < range.to(); ) {
            window.clear().limit((int) Math.min(window.capacity(), range.to() - from));
            int length = range.segment().file().read(from, window);
            if (length < window.limit()) {
                throw range.segment().corrupt(from, "the file became shorter while it was read");
            }
            range.segment().file().writeDurably(from, window.flip());
            from += length;
        }
    }

    private void zero(Range range) throws IOException {
        ByteBuffer zeros = ByteBuffer.allocateDirect((int) Math.min(WINDOW_BYTES, range.to() - range.from()));
        for (long from = range.from(); from < range.to(); ) {
            int length = (int) Math.min(zeros.capacity(), range.to() - from);
            range.segment().file().writeDurably(from, zeros.clear().limit(length));
            from += length;
        }
    }
}
