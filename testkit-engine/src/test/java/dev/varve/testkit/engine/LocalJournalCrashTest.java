package dev.varve.testkit.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.varve.engine.journal.LocalJournal;
import dev.varve.testkit.engine.SimulatedDisk.Failure;
import dev.varve.testkit.engine.SimulatedDisk.Fault;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Whatever moment the power goes at: acknowledged groups are there, incomplete ones are not, and the journal opens. */
final class LocalJournalCrashTest {

    private static final int SCRIPT_ACTIONS = 150;
    private static final int RANDOM_SEEDS = 400;
    private static final int SEEDS_OF_KILLS = 8;
    private static final int CYCLES = 6;
    private static final int EMPTY_SEGMENT_BYTES = 4_096 + 32;

    /** Runs the script until the power goes. Returns whether it came to its end before. */
    private static boolean ends(JournalScript script, SimulatedDisk disk, int actions) throws IOException {
        SimulatedClock clock = new SimulatedClock();
        try (LocalJournal journal = JournalWorld.open(disk, clock)) {
            script.verify(journal);
            script.run(journal, clock, actions);
        } catch (SimulatedDisk.PowerCutException e) {
            return false;
        }
        return true;
    }

    private static void verifyOpened(JournalScript script, SimulatedDisk disk) throws IOException {
        try (LocalJournal journal = JournalWorld.open(disk)) {
            script.verify(journal);
        }
    }

    @Test
    void the_power_may_go_at_every_operation_of_a_run_and_again_at_every_operation_of_the_recovery()
            throws IOException {
        long k = 0;
        long recoveries = 0;
        while (true) {
            SimulatedDisk disk = new SimulatedDisk(k);
            disk.failAt(k, Failure.POWER_CUT);
            JournalScript script = new JournalScript(1);
            try {
                if (ends(script, disk, SCRIPT_ACTIONS)) {
                    break;
                }
                SimulatedDisk found = disk.crash();
                recoveries += crashInRecovery(found, k);
                verifyOpened(script, found);
                assertThat(ends(script, found, 10)).isTrue();
            } catch (Throwable e) {
                throw new AssertionError("power cut at operation " + k, e);
            }
            k++;
        }
        assertThat(k).as("operations of the script").isGreaterThan(300);
        assertThat(recoveries).isGreaterThan(k);
    }

    /** Opens copies of a disk with the power going at each operation of the opening; each must open then, as the first. */
    private static long crashInRecovery(SimulatedDisk found, long seed) throws IOException {
        SimulatedDisk straight = found.copy(seed);
        Map<Path, byte[]> expected = frames(straight, JournalWorld.open(straight));
        for (long j = 0; ; j++) {
            SimulatedDisk disk = found.copy(seed + j);
            disk.failAt(j, Failure.POWER_CUT);
            try {
                JournalWorld.open(disk);
                return j;
            } catch (SimulatedDisk.PowerCutException e) {
                SimulatedDisk again = disk.crash();
                assertSame(expected, frames(again, JournalWorld.open(again)), "recovery cut short at operation " + j);
            }
        }
    }

    /**
     * The bytes of the segments up to the end of the journal; what lies beyond is noise. A segment that was just made has
     * a new salt each time.
     */
    private static Map<Path, byte[]> frames(SimulatedDisk disk, LocalJournal journal) {
        Map<Path, byte[]> files = disk.files();
        files.keySet().removeIf(path -> !path.toString().endsWith(".segment"));
        files.replaceAll((path, bytes) -> {
            long base = ByteBuffer.wrap(bytes).getLong(40);
            int used = Math.clamp(journal.end() - base, 0, bytes.length);
            return used <= EMPTY_SEGMENT_BYTES ? new byte[0] : Arrays.copyOf(bytes, used);
        });
        return files;
    }

    private static void assertSame(Map<Path, byte[]> expected, Map<Path, byte[]> actual, String when) {
        assertThat(actual.keySet()).as(when).isEqualTo(expected.keySet());
        expected.forEach((path, bytes) -> assertThat(Arrays.equals(bytes, actual.get(path)))
                .as("%s: %s", when, path)
                .isTrue());
    }

    @Test
    void random_power_cuts_one_after_the_other_lose_nothing_acknowledged() {
        SimulatedDisk last = new SimulatedDisk(0);
        EnumMap<Fault, Long> total = new EnumMap<>(Fault.class);
        for (long seed = 0; seed < RANDOM_SEEDS; seed++) {
            try {
                last = cycles(seed);
            } catch (Throwable e) {
                fail("seed " + seed, e);
            }
            for (Fault fault : Fault.values()) {
                total.merge(fault, last.count(fault), Long::sum);
            }
        }
        assertThat(total.get(Fault.POWER_CUT)).isEqualTo((long) RANDOM_SEEDS * CYCLES);
        for (Fault fault : new Fault[] {
            Fault.LOST_WRITE, Fault.TORN_AT_512_BYTES, Fault.TORN_AT_4_KIB, Fault.REORDERED_WRITE, Fault.LOST_NAME
        }) {
            assertThat(total.get(fault)).as("times of %s", fault).isPositive();
        }
    }

    private static SimulatedDisk cycles(long seed) throws IOException {
        SplittableRandom random = new SplittableRandom(seed);
        JournalScript script = new JournalScript(seed);
        SimulatedDisk disk = new SimulatedDisk(seed);
        for (int cycle = 0; cycle < CYCLES; cycle++) {
            disk.failAt(disk.operations() + random.nextInt(120), Failure.POWER_CUT);
            if (ends(script, disk, random.nextInt(100))) {
                disk.heal(); // Now and then it was closed in peace, and the power goes while nobody looks.
            }
            disk = disk.crash();
        }
        verifyOpened(script, disk);
        return disk;
    }

    /** What was not synced when the process died looks as if it were there, until the power goes. */
    @Test
    void the_power_may_go_at_every_operation_of_an_opening_after_a_process_was_killed() throws IOException {
        long powerCuts = 0;
        for (long seed = 0; seed < SEEDS_OF_KILLS; seed++) {
            powerCuts += powerCutsAfterKills(seed);
        }
        assertThat(powerCuts).isGreaterThan(1_000);
    }

    private static long powerCutsAfterKills(long seed) throws IOException {
        long powerCuts = 0;
        boolean failed = true;
        for (long k = 0; failed; k++) {
            boolean opened = false;
            for (long j = 0; !opened; j++) {
                SimulatedDisk disk = new SimulatedDisk(seed * 1_000_003 + 31 * k + j);
                disk.failAt(k, Failure.IO_ERROR_ONCE);
                JournalScript script = new JournalScript(1);
                opened = !isKilled(script, disk) || opens(disk, disk.operations() + j);
                failed = disk.operations() > k;
                if (!opened) {
                    powerCuts++;
                    verifyOpened(
                            script,
                            disk.crash(),
                            "seed " + seed + ", killed at operation " + k + ", power cut " + j + " after it");
                }
            }
        }
        return powerCuts;
    }

    /** Runs the script until an operation fails, with which the process dies. */
    private static boolean isKilled(JournalScript script, SimulatedDisk disk) {
        SimulatedClock clock = new SimulatedClock();
        try {
            script.run(JournalWorld.open(disk, clock), clock, SCRIPT_ACTIONS);
            return false;
        } catch (IOException e) {
            return true;
        }
    }

    /** Whether an opening came to its end before the power went at an operation. */
    private static boolean opens(SimulatedDisk disk, long cutAt) throws IOException {
        disk.heal();
        disk.failAt(cutAt, Failure.POWER_CUT);
        try {
            JournalWorld.open(disk);
            return true;
        } catch (SimulatedDisk.PowerCutException e) {
            return false;
        }
    }

    private static void verifyOpened(JournalScript script, SimulatedDisk disk, String when) {
        try {
            verifyOpened(script, disk);
        } catch (IOException | RuntimeException | AssertionError wrong) {
            throw new AssertionError(when, wrong);
        }
    }

    @Test
    void one_seed_gives_one_run() throws IOException {
        for (long seed = 0; seed < 10; seed++) {
            SimulatedDisk first = cycles(seed);
            SimulatedDisk second = cycles(seed);
            assertThat(first.traceHash()).as("seed %s", seed).isEqualTo(second.traceHash());
            assertThat(first.toString()).isEqualTo(second.toString());
        }
    }

    @Test
    void five_recoveries_in_a_row_leave_the_same_bytes() throws IOException {
        for (long seed = 0; seed < 20; seed++) {
            SimulatedDisk disk = new SimulatedDisk(seed);
            disk.failAt(100 + seed * 7, Failure.POWER_CUT);
            JournalScript script = new JournalScript(seed);
            assertThat(ends(script, disk, 1_000)).isFalse();
            disk = disk.crash();
            JournalWorld.open(disk);
            Map<Path, byte[]> first = disk.files();
            for (int i = 0; i < 5; i++) {
                disk = disk.crash();
                script.verify(JournalWorld.open(disk));
                assertSame(first, disk.files(), "seed " + seed + ", recovery " + i);
            }
        }
    }
}
