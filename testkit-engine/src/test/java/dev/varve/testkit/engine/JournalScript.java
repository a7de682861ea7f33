package dev.varve.testkit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.engine.journal.Group;
import dev.varve.engine.journal.Journal;
import dev.varve.engine.journal.Journal.Snapshot;
import dev.varve.engine.journal.LocalJournal;
import dev.varve.engine.journal.OutOfSpaceException;
import dev.varve.testkit.engine.JournalDriver.Read;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * A user of a journal and, beside it, the memory of what was promised to it: which groups were acknowledged, which one
 * may or may not be there, which snapshot stands. Confined to one thread.
 */
final class JournalScript {

    private final SplittableRandom random;
    private final Group group = new Group();

    /** All frames that were acknowledged, from sequence 0 on. */
    private final List<byte[]> acknowledged = new ArrayList<>();

    /** The frames of the group whose outcome is not known. */
    private List<byte[]> unknown = List.of();

    private @Nullable Snapshot snapshot;
    private @Nullable Snapshot unknownSnapshot;
    private long snapshotSequence;
    private long unknownSnapshotSequence;
    private long nextId;

    JournalScript(long seed) {
        this.random = new SplittableRandom(seed);
    }

    int acknowledgedFrames() {
        return acknowledged.size();
    }

    /** Does something for a while: appends mostly, snapshots with truncation, some of them wiping what was before, lets time pass. */
    void run(LocalJournal journal, SimulatedClock clock, int actions) throws IOException {
        long epoch = journal.claim();
        for (int i = 0; i < actions; i++) {
            int choice = random.nextInt(20);
            if (choice == 0) {
                snapshotAndTruncate(journal);
            } else {
                append(journal, epoch);
            }
            clock.advanceMillis(random.nextInt(4));
        }
    }

    private void append(LocalJournal journal, long epoch) throws IOException {
        byte[][] bodies = new byte[1 + random.nextInt(4)][];
        for (int i = 0; i < bodies.length; i++) {
            bodies[i] = JournalWorld.body(nextId++, random.nextInt(random.nextInt(6) == 0 ? 2_500 : 300));
        }
        unknown = Arrays.asList(bodies);
        JournalWorld.append(journal, epoch, group, bodies);
        acknowledged.addAll(unknown);
        unknown = List.of();
    }

    private void snapshotAndTruncate(Journal journal) throws IOException {
        boolean wipes = random.nextInt(3) == 0;
        if (wipes) {
            JournalDriver.awaitAll(journal.beginWipe());
            separate(journal);
        }
        Snapshot next = new Snapshot(journal.end(), "state " + nextId++);
        unknownSnapshot = next;
        unknownSnapshotSequence = acknowledged.size();
        journal.snapshot(next);
        snapshot = next;
        snapshotSequence = unknownSnapshotSequence;
        unknownSnapshot = null;
        journal.truncate(next.position());
        if (wipes) {
            JournalDriver.awaitAll(journal.endWipe());
        }
    }

    /** Without a next segment there is no room, whatever the disk had against it. */
    private static void separate(Journal journal) throws IOException {
        try {
            journal.separate();
        } catch (OutOfSpaceException e) {
            throw e.getCause() instanceof SimulatedDisk.PowerCutException cut ? cut : e;
        }
    }

    /** Checks an opened journal against what was promised, and takes what it holds for promised from now on. */
    void verify(Journal journal) throws IOException {
        @Nullable Snapshot found = journal.latestSnapshot().orElse(null);
        boolean newer = found != null && found.equals(unknownSnapshot);
        assertThat(newer || Objects.equals(found, snapshot))
                .as("snapshot found: %s, recorded: %s, unknown: %s", found, snapshot, unknownSnapshot)
                .isTrue();
        if (newer) {
            snapshot = unknownSnapshot;
            snapshotSequence = unknownSnapshotSequence;
        }
        unknownSnapshot = null;

        List<byte[]> expected = new ArrayList<>(acknowledged);
        List<Read> frames = JournalDriver.readAll(journal);
        long end = frames.isEmpty() ? acknowledged.size() : frames.getLast().sequence() + 1;
        if (end > acknowledged.size()) {
            expected.addAll(unknown);
        }
        assertThat(end).as("frames after opening").isEqualTo(expected.size());
        long first = frames.isEmpty() ? end : frames.getFirst().sequence();
        assertThat(first).as("first frame held").isLessThanOrEqualTo(snapshotSequence);
        for (Read frame : frames) {
            assertThat(frame.sequence()).isEqualTo(first++);
            assertThat(Arrays.equals(frame.body(), expected.get((int) frame.sequence())))
                    .as("body of frame %s", frame.sequence())
                    .isTrue();
        }
        if (snapshot != null) {
            List<Read> replay = JournalDriver.read(journal, snapshot.position(), journal.end());
            assertThat(replay).hasSize((int) (end - snapshotSequence));
        }
        acknowledged.clear();
        acknowledged.addAll(expected);
        unknown = List.of();
    }
}
