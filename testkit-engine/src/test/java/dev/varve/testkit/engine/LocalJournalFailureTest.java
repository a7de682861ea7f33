package dev.varve.testkit.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.varve.engine.journal.CorruptJournalException;
import dev.varve.engine.journal.Group;
import dev.varve.engine.journal.Journal.Snapshot;
import dev.varve.engine.journal.JournalOptions;
import dev.varve.engine.journal.LocalJournal;
import dev.varve.engine.journal.OutOfSpaceException;
import dev.varve.testkit.engine.JournalDriver.Read;
import dev.varve.testkit.engine.SimulatedDisk.Failure;
import dev.varve.testkit.engine.SimulatedDisk.Fault;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A disk that fails: nothing is acknowledged after it, nothing acknowledged is lost, and running out of space is no failure. */
final class LocalJournalFailureTest {

    private static final int SCRIPT_ACTIONS = 120;

    private final Group group = new Group();

    @ParameterizedTest
    @EnumSource(
            value = Failure.class,
            names = {"IO_ERROR_ONCE", "IO_ERROR_FROM_NOW_ON", "NO_SPACE_ONCE"})
    void whatever_operation_fails_nothing_acknowledged_is_lost(Failure failure) throws IOException {
        long poisoned = 0;
        long survived = 0;
        for (long k = 0; ; k++) {
            SimulatedDisk disk = new SimulatedDisk(k);
            disk.failAt(k, failure);
            JournalScript script = new JournalScript(3);
            try {
                Boolean poison = runWithFailure(disk, script);
                if (disk.operations() <= k) {
                    break;
                }
                poisoned += poison ? 1 : 0;
                survived += poison ? 0 : 1;
                disk.heal();
                SimulatedDisk found = disk.crash();
                try (LocalJournal journal = JournalWorld.open(found)) {
                    script.verify(journal);
                    script.run(journal, new SimulatedClock(), 10);
                }
            } catch (Throwable e) {
                throw new AssertionError(failure + " at operation " + k, e);
            }
        }
        assertThat(poisoned).isGreaterThan(100);
        assertThat(survived).isGreaterThan(20);
    }

    /** Runs the script with a failure in it. Returns whether it poisoned the journal. */
    private boolean runWithFailure(SimulatedDisk disk, JournalScript script) throws IOException {
        LocalJournal journal;
        SimulatedClock clock = new SimulatedClock();
        try {
            journal = JournalWorld.open(disk, clock);
        } catch (IOException e) {
            return false;
        }
        script.verify(journal);
        try {
            script.run(journal, clock, SCRIPT_ACTIONS);
        } catch (IOException e) {
            // The script stops at the first failure that it hears of.
        }
        if (journal.poison() == null) {
            return false;
        }
        long end = journal.end();
        disk.heal();
        assertThatThrownBy(() -> JournalWorld.append(journal, journal.claim(), group, new byte[8]))
                .hasMessageContaining("poisoned")
                .hasRootCause(journal.poison());
        CompletableFuture<Long> told = new CompletableFuture<>();
        journal.append(1, JournalDriver.fill(group, new byte[8]), JournalDriver.completion(told));
        assertThat(told).isCompletedExceptionally();
        assertThat(journal.end()).isEqualTo(end);
        JournalDriver.readAll(journal);
        return true;
    }

    @Test
    void a_group_whose_sync_failed_is_written_again_before_it_counts() throws IOException {
        for (long seed = 0; seed < 50; seed++) {
            SimulatedDisk disk = new SimulatedDisk(seed);
            LocalJournal journal = JournalWorld.open(disk);
            long epoch = journal.claim();
            JournalWorld.append(journal, epoch, group, JournalWorld.body(1, 700));
            disk.failAt(disk.operations(), Failure.IO_ERROR_ONCE);
            assertThatThrownBy(() -> JournalWorld.append(journal, epoch, group, JournalWorld.body(2, 700)))
                    .isInstanceOf(IOException.class);
            // The process ends and starts again; the page cache shows the group though the disk may not have it.
            LocalJournal again = JournalWorld.open(disk);
            assertThat(JournalDriver.readAll(again)).hasSize(2);
            assertThat(JournalDriver.readAll(JournalWorld.open(disk.crash())))
                    .as("seed %s", seed)
                    .hasSize(2);
        }
    }

    @Test
    void a_read_error_spoils_its_range_only() throws IOException {
        SimulatedDisk disk = new SimulatedDisk(1);
        LocalJournal journal = JournalWorld.open(disk);
        long epoch = journal.claim();
        for (int i = 0; i < 10; i++) {
            JournalWorld.append(journal, epoch, group, JournalWorld.body(i, 500));
        }
        List<Read> frames = JournalDriver.readAll(journal);
        Read bad = frames.get(5);
        disk.failReads(JournalWorld.segment(1), bad.position(), bad.end());
        assertThatThrownBy(() -> JournalDriver.read(journal, bad.position(), bad.end()))
                .isInstanceOf(IOException.class)
                .isNotInstanceOf(CorruptJournalException.class);
        for (Read frame : frames) {
            if (frame.position() != bad.position()) {
                assertThat(JournalDriver.read(journal, frame.position(), frame.end()))
                        .hasSize(1);
            }
        }
        JournalWorld.append(journal, epoch, group, JournalWorld.body(10, 500));
        assertThat(journal.poison()).isNull();
        disk.heal();
        assertThat(JournalDriver.readAll(journal)).hasSize(11);
    }

    @Test
    void a_snapshot_that_cannot_be_recorded_leaves_the_last_one() throws IOException {
        for (int k = 0; k < 12; k++) {
            SimulatedDisk disk = new SimulatedDisk(k);
            LocalJournal journal = JournalWorld.open(disk);
            long epoch = journal.claim();
            JournalWorld.append(journal, epoch, group, new byte[8]);
            Snapshot first = new Snapshot(journal.end(), "first");
            journal.snapshot(first);
            JournalWorld.append(journal, epoch, group, new byte[8]);
            Snapshot second = new Snapshot(journal.end(), "second");
            disk.failAt(disk.operations() + k, Failure.IO_ERROR_ONCE);
            boolean recorded = true;
            try {
                journal.snapshot(second);
            } catch (IOException e) {
                recorded = false;
            }
            assertThat(journal.latestSnapshot()).contains(recorded ? second : first);
            disk.heal();
            journal.snapshot(second);
            JournalWorld.append(journal, epoch, group, new byte[8]);
            assertThat(JournalWorld.open(disk.crash()).latestSnapshot()).contains(second);
        }
    }

    // ------------------------------------------------------------------ space

    /** Appends until there is no space left. Returns how many groups were taken. */
    private int fill(LocalJournal journal, long epoch) throws IOException {
        for (int i = 0; ; i++) {
            long end = journal.end();
            Group one = JournalDriver.fill(group, JournalWorld.body(i, 1_000));
            CompletableFuture<Long> told = new CompletableFuture<>();
            try {
                journal.append(epoch, one, JournalDriver.completion(told));
            } catch (OutOfSpaceException e) {
                assertThat(told).isNotDone();
                assertThat(journal.end()).isEqualTo(end);
                assertThat(journal.poison()).isNull();
                return i;
            }
            assertThat(told).isCompleted();
        }
    }

    @Test
    void a_full_disk_refuses_data_and_lets_deletions_use_the_reserve_until_space_is_back() throws IOException {
        SimulatedDisk disk = new SimulatedDisk(1);
        disk.capacity(100_000);
        LocalJournal journal = JournalWorld.open(disk);
        long epoch = journal.claim();
        int taken = fill(journal, epoch);
        assertThat(taken).isGreaterThan(40);
        assertThat(journal.hasSpace()).isFalse();
        assertThat(disk.count(Fault.NO_SPACE)).isZero(); // It was asked for, not run into.
        assertThat(JournalDriver.readAll(journal)).hasSize(taken);

        journal.useReserve(true);
        int fromReserve = fill(journal, epoch);
        assertThat(fromReserve).isBetween(8, 16);
        journal.useReserve(false);
        assertThatThrownBy(() -> JournalWorld.append(journal, epoch, group, new byte[1_000]))
                .isInstanceOf(OutOfSpaceException.class)
                .hasMessageContaining("no room for a further segment");
        assertThat(JournalDriver.readAll(journal)).hasSize(taken + fromReserve);

        journal.snapshot(new Snapshot(journal.end(), "s"));
        journal.truncate(journal.end());
        assertThat(journal.hasSpace()).isTrue();
        JournalWorld.append(journal, epoch, group, new byte[1_000]);
        assertThat(journal.poison()).isNull();
    }

    @Test
    void space_that_others_take_is_run_into_without_harm() throws IOException {
        SimulatedDisk disk = new SimulatedDisk(1);
        LocalJournal journal = JournalWorld.open(disk);
        long epoch = journal.claim();
        JournalWorld.append(journal, epoch, group, new byte[100]);
        disk.put(JournalWorld.DIRECTORY.resolve("other"), new byte[60_000]);
        disk.capacity(170_000);
        int taken = fill(journal, epoch);
        int refused = fill(journal, epoch);
        assertThat(refused).isZero();
        disk.remove(JournalWorld.DIRECTORY.resolve("other"));
        assertThat(fill(journal, epoch)).isPositive();
        assertThat(JournalDriver.readAll(journal).size()).isGreaterThan(taken);
    }

    @Test
    void small_groups_still_fit_where_a_large_one_does_not() throws IOException {
        SimulatedDisk disk = new SimulatedDisk(1);
        disk.capacity(70_000);
        LocalJournal journal = JournalWorld.open(disk);
        long epoch = journal.claim();
        fill(journal, epoch);
        JournalWorld.append(journal, epoch, group, new byte[8]);
        assertThatThrownBy(() -> JournalWorld.append(journal, epoch, group, new byte[1_500]))
                .isInstanceOf(OutOfSpaceException.class);
        JournalWorld.append(journal, epoch, group, new byte[8]);
    }

    @Test
    void no_segment_is_made_that_would_leave_too_little_free() throws IOException {
        SimulatedDisk disk = new SimulatedDisk(1);
        disk.capacity(1 << 20);
        JournalOptions options = JournalWorld.SMALL.withMinFreeBytes(900_000);
        LocalJournal journal = JournalWorld.open(disk, options, new SimulatedClock());
        fill(journal, journal.claim());
        assertThat(disk.usableBytes(JournalWorld.DIRECTORY)).isGreaterThanOrEqualTo(900_000);
        assertThatThrownBy(() -> JournalWorld.append(journal, 1, group, new byte[2_000]))
                .hasMessageContaining("must stay free");
    }

    @Test
    void truncated_segments_are_used_again_so_that_the_disk_does_not_fill() throws IOException {
        SimulatedDisk disk = new SimulatedDisk(1);
        disk.capacity(140_000);
        LocalJournal journal = JournalWorld.open(disk);
        long epoch = journal.claim();
        for (int i = 0; i < 3_000; i++) {
            JournalWorld.append(journal, epoch, group, JournalWorld.body(i, 500));
            if (i % 20 == 19) {
                journal.snapshot(new Snapshot(journal.end(), "s" + i));
                journal.truncate(journal.end());
            }
        }
        assertThat(disk.files().size()).isLessThan(12);
        assertThat(journal.end()).isGreaterThan(1_500_000);
    }

    // ------------------------------------------------------------------ large groups

    @Test
    void a_group_that_no_segment_can_hold_is_refused_and_the_largest_one_fits() throws IOException {
        SimulatedDisk disk = new SimulatedDisk(1);
        LocalJournal journal = JournalWorld.open(disk);
        long epoch = journal.claim();
        int largestBody = journal.maxGroupBytes() - Group.HEADER_BYTES;
        JournalWorld.append(journal, epoch, group, new byte[10]);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> JournalWorld.append(journal, epoch, group, new byte[largestBody + 1]))
                .withMessageContaining("at most " + journal.maxGroupBytes());
        JournalWorld.append(journal, epoch, group, new byte[largestBody]);
        JournalWorld.append(journal, epoch, group, new byte[largestBody]);
        JournalWorld.append(journal, epoch, group, new byte[10]);
        assertThat(JournalDriver.readAll(journal)).hasSize(4);
        assertThat(JournalDriver.readAll(JournalWorld.open(disk.crash()))).hasSize(4);
    }

    @Test
    void a_group_that_is_larger_than_the_segments_made_so_far_waits_for_one_that_holds_it() throws IOException {
        SimulatedDisk disk = new SimulatedDisk(1);
        JournalOptions options = JournalWorld.SMALL.withSegmentBytes(1 << 20, 16 << 10);
        LocalJournal journal = JournalWorld.open(disk, options, new SimulatedClock());
        long epoch = journal.claim();
        JournalWorld.append(journal, epoch, group, new byte[900_000]);
        JournalWorld.append(journal, epoch, group, new byte[10]);
        assertThat(JournalDriver.readAll(journal)).hasSize(2);
        LocalJournal again = JournalWorld.open(disk.crash(), options, new SimulatedClock());
        assertThat(JournalDriver.readAll(again)).hasSize(2);
    }

    @Test
    void other_segment_sizes_can_be_asked_for_at_each_opening() throws IOException {
        SimulatedDisk disk = new SimulatedDisk(1);
        long frames = 0;
        for (int bytes : new int[] {16 << 10, 64 << 10, 8 << 10, 32 << 10}) {
            JournalOptions options = JournalWorld.SMALL.withSegmentBytes(bytes, 8 << 10);
            try (LocalJournal journal = JournalWorld.open(disk, options, new SimulatedClock())) {
                long epoch = journal.claim();
                for (int i = 0; i < 100; i++) {
                    JournalWorld.append(journal, epoch, group, JournalWorld.body(i, 1_000));
                }
                frames += 100;
                assertThat(JournalDriver.readAll(journal)).hasSize((int) frames);
            }
        }
    }
}
