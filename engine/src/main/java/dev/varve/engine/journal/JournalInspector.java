package dev.varve.engine.journal;

import dev.varve.engine.io.Disk;
import dev.varve.engine.io.DiskFile;
import dev.varve.engine.journal.Journal.Snapshot;
import dev.varve.engine.journal.JournalReport.DurableMark;
import dev.varve.engine.journal.JournalReport.Finding;
import dev.varve.engine.journal.JournalReport.SegmentReport;
import dev.varve.engine.journal.JournalReport.State;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Reads a whole journal and says what is there and what is wrong, file by file, past the first problem. Changes nothing.
 * Of a journal in use it may call the group being written incomplete. Confined to one thread.
 */
public final class JournalInspector {

    private static final int WINDOW_BYTES = 1 << 20;

    private final Disk disk;
    private final Path directory;
    private final ByteBuffer window = ByteBuffer.allocateDirect(WINDOW_BYTES);

    private final List<SegmentReport> reports = new ArrayList<>();
    private final List<Finding> problems = new ArrayList<>();
    private final List<Finding> notes = new ArrayList<>();
    private @Nullable UUID store;
    private @Nullable Mark mark;
    private boolean closedCleanly;
    private @Nullable Snapshot snapshot;
    private long end = -1;

    private JournalInspector(Disk disk, Path directory) {
        this.disk = disk;
        this.directory = directory;
    }

    /**
     * Inspects a journal.
     *
     * @param disk the disk
     * @param directory the journal's directory
     * @return what was found
     * @throws IOException when the directory cannot be read at all
     */
    public static JournalReport inspect(Disk disk, Path directory) throws IOException {
        return new JournalInspector(disk, directory).run();
    }

    private JournalReport run() throws IOException {
        List<Path> paths = disk.list(directory);
        readMark();
        List<Path> segmentPaths = new ArrayList<>();
        for (Path path : paths) {
            attempt(path, () -> {
                if (JournalFiles.isSegment(path)) {
                    segmentPaths.add(path);
                }
            });
        }
        findStore(segmentPaths);
        readSnapshots();
        decideEnd();
        scan(segmentPaths);
        Mark found = mark;
        return new JournalReport(
                directory,
                store,
                found == null
                        ? null
                        : new DurableMark(
                                found.epoch(), found.start(), found.position(), found.sequence(), closedCleanly),
                snapshot,
                end,
                reports,
                problems,
                notes);
    }

    /** Something that may find a file unreadable. */
    private interface Attempt {
        void run() throws IOException;
    }

    /** Runs it; what it throws is a problem of the file that it names. Returns whether it went well. */
    private boolean attempt(Path path, Attempt attempt) {
        try {
            attempt.run();
            return true;
        } catch (CorruptJournalException e) {
            String message = e.getMessage() == null ? "" : e.getMessage();
            String place = e.file() + " at offset " + e.offset() + ": ";
            problem(
                    Path.of(e.file()),
                    e.offset(),
                    message.startsWith(place) ? message.substring(place.length()) : message);
        } catch (IOException e) {
            String message = String.valueOf(e.getMessage());
            String place = path + " ";
            problem(path, 0, message.startsWith(place) ? message.substring(place.length()) : message);
        }
        return false;
    }

    private void problem(Path path, long offset, String what) {
        Finding finding = new Finding(path, offset, what);
        if (!problems.contains(finding)) {
            problems.add(finding);
        }
    }

    private void readMark() {
        Path path = directory.resolve(MarkFile.NAME);
        attempt(path, () -> {
            if (!disk.exists(path)) {
                throw new CorruptJournalException(path.toString(), 0, "the file is missing");
            }
            try (DiskFile file = disk.open(path, Disk.Open.READ)) {
                MarkFile.Slots slots = MarkFile.readSlots(file, path, null);
                for (CorruptJournalException e : slots.problems()) {
                    notes.add(new Finding(
                            path, e.offset(), "one of two slots is not whole, as after a crash; the other one holds"));
                }
                mark = slots.newer(path);
                closedCleanly = slots.bothAlike() && slots.newer(path).clean();
                store = slots.store();
            }
        });
    }

    private void findStore(List<Path> segmentPaths) {
        for (int i = 0; store == null && i < segmentPaths.size(); i++) {
            Path path = segmentPaths.get(i);
            try (DiskFile file = disk.open(path, Disk.Open.READ)) {
                store = SegmentHeader.read(file, path).store();
            } catch (IOException e) {
                // Told when the segment is scanned.
            }
        }
    }

    private void readSnapshots() {
        UUID of = store;
        if (of == null) {
            return;
        }
        Path path = directory.resolve(SnapshotFile.NAME);
        attempt(path, () -> snapshot = new SnapshotFile(disk, directory, of).read());
        Path previous = directory.resolve(SnapshotFile.PREVIOUS_NAME);
        if (disk.exists(previous)) {
            attempt(previous, () -> SnapshotFile.read(disk, previous, of));
        }
        Mark found = mark;
        long needed = snapshot == null ? 0 : snapshot.position();
        if (found != null && found.start() > needed) {
            problem(path, 0, "frames are needed from position " + needed + " on, but are held from " + found.start());
        }
    }

    /** What opening would decide. */
    private void decideEnd() {
        Mark found = mark;
        UUID of = store;
        if (found == null || of == null) {
            return;
        }
        attempt(directory, () -> {
            JournalFiles files = JournalFiles.open(disk, directory, of, found, Disk.Open.READ);
            try {
                if (files.segments.isEmpty()) {
                    end = 0;
                    return;
                }
                Recovery.Verdict verdict = new Recovery(disk, directory, files, found, closedCleanly).decide();
                end = verdict.tail().position();
                Recovery.Range cut = verdict.cut();
                if (cut != null) {
                    notes.add(new Finding(
                            cut.segment().path(),
                            cut.from(),
                            (cut.to() - cut.from()) + " bytes of an incomplete group, as after a crash;"
                                    + " opening the journal moves them to " + LostAndFound.DIRECTORY));
                }
            } finally {
                files.close();
            }
            Snapshot last = snapshot;
            if (last != null && last.position() > end) {
                problem(
                        directory.resolve(SnapshotFile.NAME),
                        0,
                        "the state reflects frames up to position " + last.position() + ", but the journal ends at "
                                + end);
            }
        });
    }

    /** Goes over every frame of every segment. */
    private void scan(List<Path> segmentPaths) {
        Continuity continuity = Continuity.unknown();
        long expectedBase = -1;
        for (Path path : segmentPaths) {
            UUID of = store;
            @Nullable Segment[] opened = new @Nullable Segment[1];
            if (of == null || !attempt(path, () -> opened[0] = Segment.open(disk, path, of, Disk.Open.READ))) {
                reports.add(new SegmentReport(path, State.UNREADABLE, sizeOf(path), -1, -1, 0, 0, 0, -1, -1));
                continuity.forget();
                continue;
            }
            Segment segment = opened[0];
            if (segment != null) {
                if (segment.base() != expectedBase) {
                    continuity.forget();
                }
                expectedBase = segment.end();
                attempt(path, () -> {
                    try {
                        reports.add(scan(segment, continuity));
                    } finally {
                        segment.file().close();
                    }
                });
            }
        }
    }

    private long sizeOf(Path path) {
        try (DiskFile file = disk.open(path, Disk.Open.READ)) {
            return file.size();
        } catch (IOException e) {
            return -1;
        }
    }

    private SegmentReport scan(Segment segment, Continuity continuity) throws IOException {
        Mark found = mark;
        if (found != null && segment.end() <= found.start()) {
            return report(segment, State.LEFTOVER, 0, new Counts());
        }
        long limit = end < 0 ? segment.sizeBytes() : Math.clamp(end - segment.base(), 0, segment.sizeBytes());
        if (limit == 0) {
            return report(segment, State.PREPARED, ControlBlock.BYTES, new Counts());
        }
        FrameReader reader = new FrameReader(
                segment.file(), segment.sizeBytes(), segment.header().salt(), window);
        Counts counts = new Counts();
        long offset = ControlBlock.BYTES;
        boolean sealed = false;
        // The end lies in front of a seal whose segment has no successor yet.
        while (!sealed && (offset < limit || limit == segment.sizeBytes())) {
            boolean first = offset == ControlBlock.BYTES;
            String wrong = reader.read(offset, segment.sizeBytes());
            if (wrong == null) {
                wrong = continuity.check(reader, first);
            }
            if (wrong == null && reader.type == FrameFormat.SEAL) {
                wrong = counts.checkSeal(reader);
            }
            if (wrong != null) {
                long next = reader.findHeader(offset + Group.ALIGNMENT);
                boolean lost = next >= 0 || end >= 0;
                if (lost) {
                    problem(segment.path(), offset, wrong);
                }
                if (next < 0 || next >= limit) {
                    break;
                }
                continuity.forget();
                counts.gap();
                offset = next;
                continue;
            }
            counts.add(reader, continuity.advance(reader));
            sealed = reader.type == FrameFormat.SEAL;
            offset += reader.frameBytes();
        }
        State state = sealed ? State.SEALED : counts.started ? State.ACTIVE : State.PREPARED;
        return report(segment, state, offset, counts);
    }

    private static SegmentReport report(Segment segment, State state, long usedBytes, Counts counts) {
        return new SegmentReport(
                segment.path(),
                state,
                segment.sizeBytes(),
                segment.header().number(),
                segment.base(),
                usedBytes,
                counts.frames,
                counts.groups,
                counts.firstSequence,
                counts.lastSequence);
    }

    /** What was counted in a segment. */
    private static final class Counts {
        boolean started;
        boolean complete = true;
        long frames;
        long groups;
        long firstSequence = -1;
        long lastSequence = -1;

        void gap() {
            complete = false;
        }

        void add(FrameReader frame, boolean group) {
            started = true;
            if (frame.type == FrameFormat.DATA) {
                frames++;
                groups += group ? 1 : 0;
                firstSequence = firstSequence < 0 ? frame.sequence : firstSequence;
                lastSequence = frame.sequence;
            }
        }

        @Nullable String checkSeal(FrameReader frame) {
            if (frame.bodyLength != FrameFormat.SEAL_BODY_BYTES) {
                return "a seal of " + frame.bodyLength + " bytes, must be " + FrameFormat.SEAL_BODY_BYTES;
            }
            ByteBuffer body = frame.body();
            long sealedFrames = body.getLong();
            long sealedLast = body.getLong();
            if (complete && (sealedFrames != frames || sealedLast != lastSequence)) {
                return "the seal speaks of " + sealedFrames + " frames up to sequence " + sealedLast + ", found were "
                        + frames + " up to " + lastSequence;
            }
            return null;
        }
    }
}
