package dev.varve.engine.journal;

import dev.varve.engine.io.Clock;
import dev.varve.engine.io.Disk;
import dev.varve.engine.journal.Journal.Snapshot;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** Opens the files of a journal and brings them to a state that can be written. Confined to the opening thread. */
final class JournalOpener {

    final Disk disk;
    final Path directory;
    final UUID store;
    final JournalOptions options;
    final Clock clock;
    final RandomGenerator random;
    final SnapshotFile snapshotFile;
    final AtomicReference<@Nullable Throwable> poison = new AtomicReference<>();

    private @Nullable MarkFile markFile;
    private @Nullable SegmentSupply supply;
    private @Nullable SegmentWriter writer;
    private @Nullable RecoveryReport report;
    private @Nullable Tail tail;
    private @Nullable Snapshot snapshot;
    private Segment[] segments = {};

    JournalOpener(Disk disk, Path directory, UUID store, JournalOptions options, Clock clock, RandomGenerator random) {
        this.disk = disk;
        this.directory = directory;
        this.store = store;
        this.options = options;
        this.clock = clock;
        this.random = random;
        this.snapshotFile = new SnapshotFile(disk, directory, store);
    }

    JournalOpener open(boolean create) throws IOException {
        MarkFile mark = openMark(create);
        markFile = mark;
        try {
            disk.delete(directory.resolve(MarkFile.TEMPORARY_NAME));
            disk.delete(directory.resolve(SnapshotFile.TEMPORARY_NAME));
            disk.delete(directory.resolve(SegmentSupply.TEMPORARY_NAME));
            snapshot = snapshotFile.read();
            requireFramesSinceSnapshot(mark.current());
            openSegments(mark);
            return this;
        } catch (IOException | RuntimeException e) {
            try (mark) {
                throw e;
            }
        }
    }

    private MarkFile openMark(boolean create) throws IOException {
        Path path = directory.resolve(MarkFile.NAME);
        if (disk.exists(path)) {
            // So that no name that a killed process gave is lost of a file that is trusted, and written, from here on.
            disk.syncDirectory(directory);
            return MarkFile.open(disk, directory, store);
        }
        if (disk.exists(directory)) {
            for (Path file : disk.list(directory)) {
                if (JournalFiles.isSegment(file) || file.endsWith(SnapshotFile.NAME)) {
                    throw new CorruptJournalException(
                            path.toString(), 0, "the file is missing beside a journal; restore it from a backup");
                }
            }
        }
        if (!create) {
            throw new NoSuchFileException(directory.toString(), null, "there is no journal here");
        }
        disk.createDirectoriesDurably(directory);
        return MarkFile.create(disk, directory, store);
    }

    private void requireFramesSinceSnapshot(Mark mark) throws CorruptJournalException {
        long needed = snapshot == null ? 0 : snapshot.position();
        if (mark.start() > needed) {
            throw new CorruptJournalException(
                    directory.resolve(SnapshotFile.NAME).toString(),
                    0,
                    "frames are needed from position " + needed + " on, but are held from " + mark.start()
                            + " on; restore the file from a backup");
        }
    }

    private void requireWhatSnapshotReflects(Tail tail) throws CorruptJournalException {
        if (snapshot != null && snapshot.position() > tail.position()) {
            throw new CorruptJournalException(
                    directory.resolve(SnapshotFile.NAME).toString(),
                    0,
                    "the state reflects frames up to position " + snapshot.position() + ", but the journal ends at "
                            + tail.position());
        }
    }

    private void openSegments(MarkFile mark) throws IOException {
        JournalFiles files = JournalFiles.open(disk, directory, store, mark.current(), Disk.Open.WRITE);
        try {
            if (files.segments.isEmpty()) {
                report = new RecoveryReport(false, 0, 0, 0, 0, null);
                goOn(mark, files, Recovery.NOTHING);
                return;
            }
            Recovery recovery = new Recovery(disk, directory, files, mark.current(), mark.closedCleanly());
            Recovery.Verdict verdict = recovery.decide();
            requireWhatSnapshotReflects(verdict.tail());
            report = recovery.makeItSo(verdict);
            goOn(mark, files, verdict);
        } catch (IOException | RuntimeException e) {
            files.close(e);
            throw e;
        }
    }

    private void goOn(MarkFile mark, JournalFiles files, Recovery.Verdict verdict) throws IOException {
        List<Segment> all = files.segments;
        int started = verdict.active() + 1;
        ArrayDeque<Segment> prepared = new ArrayDeque<>(all.subList(started, all.size()));
        SegmentSupply made = new SegmentSupply(
                disk,
                directory,
                store,
                options,
                clock,
                random,
                prepared,
                files.leftovers,
                all.isEmpty() ? null : all.getLast().header(),
                cause -> poison.compareAndSet(null, cause));
        if (started == 0) {
            Segment first = prepared.isEmpty() ? made.first() : prepared.removeFirst();
            writer = SegmentWriter.start(
                    first, verdict.tail().sequence(), verdict.tail().chain());
            tail = new Tail(writer.position(), verdict.tail().sequence(), writer.chain());
            segments = new Segment[] {first};
        } else {
            Segment active = all.get(verdict.active());
            int chain = verdict.sealed() ? verdict.sealChain() : verdict.tail().chain();
            writer = SegmentWriter.resume(active, verdict.tail(), chain, verdict.sealed());
            tail = verdict.tail();
            segments = all.subList(0, started).toArray(Segment[]::new);
        }
        mark.settle(tail());
        supply = made;
    }

    MarkFile markFile() {
        return Objects.requireNonNull(markFile);
    }

    SegmentSupply supply() {
        return Objects.requireNonNull(supply);
    }

    SegmentWriter writer() {
        return Objects.requireNonNull(writer);
    }

    RecoveryReport report() {
        return Objects.requireNonNull(report);
    }

    Tail tail() {
        return Objects.requireNonNull(tail);
    }

    @Nullable Snapshot snapshot() {
        return snapshot;
    }

    Segment[] segments() {
        return segments;
    }
}
