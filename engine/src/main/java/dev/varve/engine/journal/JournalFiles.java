package dev.varve.engine.journal;

import dev.varve.engine.io.Disk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * The segment files of a journal, opened, checked against each other and sorted by what they are for. Confined to the
 * opening thread.
 */
final class JournalFiles {

    private final Path directory;

    /** Below the start: what a truncation has not removed yet. */
    final ArrayDeque<Segment> leftovers = new ArrayDeque<>();

    /** From the start of the journal on, without a gap, up to the last prepared one. */
    final List<Segment> segments = new ArrayList<>();

    private JournalFiles(Path directory) {
        this.directory = directory;
    }

    /**
     * Opens all segments.
     *
     * @throws CorruptJournalException when one is damaged or missing
     * @throws IncompatibleJournalException when one does not belong here
     */
    static JournalFiles open(Disk disk, Path directory, UUID store, Mark mark, Disk.Open how) throws IOException {
        JournalFiles files = new JournalFiles(directory);
        try {
            for (Path path : disk.list(directory)) {
                if (isSegment(path)) {
                    Segment segment = Segment.open(disk, path, store, how);
                    boolean below = segment.end() <= mark.start();
                    if (below) {
                        files.leftovers.addLast(segment);
                    } else {
                        files.segments.add(segment);
                    }
                }
            }
            files.requireNoGap(mark);
            return files;
        } catch (IOException | RuntimeException e) {
            files.close(e);
            throw e;
        }
    }

    /** Whether a path is named like a segment. A name that only nearly is one is refused. */
    static boolean isSegment(Path path) throws IncompatibleJournalException {
        String name = path.getFileName().toString();
        if (!name.contains(Segment.SUFFIX) || name.equals(SegmentSupply.TEMPORARY_NAME)) {
            return false;
        }
        if (Segment.number(path) < 0) {
            throw new IncompatibleJournalException(
                    path, "is no name of a segment file. Move the file out of the journal's directory");
        }
        return true;
    }

    private void requireNoGap(Mark mark) throws IOException {
        if (segments.isEmpty()) {
            if (mark.position() > 0) {
                throw new CorruptJournalException(
                        directory.toString(),
                        0,
                        "no segment holds position " + mark.position() + "; files are missing");
            }
            return;
        }
        Segment first = segments.getFirst();
        if (first.base() != mark.start()) {
            throw missing(first.header().number() - 1, mark.start());
        }
        for (int i = 1; i < segments.size(); i++) {
            Segment before = segments.get(i - 1);
            Segment segment = segments.get(i);
            if (segment.header().number() != before.header().number() + 1) {
                throw missing(before.header().number() + 1, before.end());
            }
            if (segment.base() != before.end()) {
                throw new IncompatibleJournalException(
                        segment.path(),
                        "begins at position " + segment.base() + ", but the segment before ends at " + before.end()
                                + ". Was it copied from elsewhere?");
            }
        }
        if (mark.position() > segments.getLast().end()) {
            throw missing(
                    segments.getLast().header().number() + 1, segments.getLast().end());
        }
    }

    private CorruptJournalException missing(long number, long position) {
        return new CorruptJournalException(
                Segment.path(directory, Math.max(1, number)).toString(),
                0,
                "the file that holds position " + position + " is missing; restore it from a backup");
    }

    /** The index of the segment that holds a position. */
    int indexOf(long position) {
        int index = 0;
        while (index < segments.size() - 1 && segments.get(index).end() <= position) {
            index++;
        }
        return index;
    }

    /** Closes all files. */
    void close() throws IOException {
        IOException failed = new IOException(directory + ": segment files could not be closed");
        close(failed);
        if (failed.getSuppressed().length > 0) {
            throw failed;
        }
    }

    /** Closes all files because of another failure. */
    void close(Exception because) {
        for (Segment segment : leftovers) {
            close(segment, because);
        }
        for (Segment segment : segments) {
            close(segment, because);
        }
    }

    private static void close(Segment segment, Exception because) {
        try {
            segment.file().close();
        } catch (IOException e) {
            because.addSuppressed(e);
        }
    }
}
