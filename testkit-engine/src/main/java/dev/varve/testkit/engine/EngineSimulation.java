package dev.varve.testkit.engine;

import dev.varve.testkit.engine.SimulatedDisk.Failure;
import dev.varve.testkit.engine.SimulationCounts.Event;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;

/**
 * The lives of an engine on a disk that fails: chance breaks the disk at any of its operations, cuts the power, cuts it
 * again while the engine is being opened, and sets the clock. One seed gives one run. Confined to one thread.
 */
public final class EngineSimulation {

    private static final int MAX_LIVES = 5;
    private static final int MAX_ROUNDS = 30;
    private static final int MAX_FAILED_OPENINGS = 3;
    private static final long NEVER = -1;

    private final SplittableRandom random;
    private final SimulationCounts counts;
    private final EngineLife life;

    private EngineSimulation(long seed, SimulationCounts counts) throws IOException {
        this.random = new SplittableRandom(seed);
        this.counts = counts;
        this.life = new EngineLife(random.split(), random.nextLong(), NEVER, counts);
    }

    /**
     * Runs one seed.
     *
     * @param seed decides everything
     * @param counts takes what happened
     * @return a number over all disk operations and all answers
     * @throws AssertionError when the engine did what it must not; names the seed
     */
    public static long run(long seed, SimulationCounts counts) {
        EngineSimulation simulation = null;
        try {
            simulation = new EngineSimulation(seed, counts);
            return simulation.run();
        } catch (AssertionError | RuntimeException | IOException e) {
            throw new AssertionError(
                    "seed " + seed + ": " + e.getMessage() + "\nThe latest:\n  "
                            + (simulation == null ? "" : simulation.life.latest())
                            + "\nTo repeat: ./check simulate --seed " + seed,
                    e);
        }
    }

    private long run() throws IOException {
        int lives = 1 + random.nextInt(MAX_LIVES);
        for (int i = 0; i < lives; i++) {
            planFault();
            int rounds = random.nextInt(MAX_ROUNDS);
            for (int round = 0; round < rounds && !life.isDown(); round++) {
                life.round();
            }
            life.end();
            if (!life.isDown() && random.nextInt(5) == 0) {
                life.close();
            }
            reopen();
        }
        life.finish();
        return life.traceHash();
    }

    private void planFault() throws IOException {
        SimulatedDisk disk = life.disk();
        SimulatedUsers.Excuses excuses = life.excuses();
        excuses.faulty = true;
        long at = disk.operations() + random.nextInt(1 + random.nextInt(300));
        switch (random.nextInt(11)) {
            case 0, 1, 2, 3 -> plan("power cut", at, Failure.POWER_CUT);
            case 4 -> plan("I/O error once", at, Failure.IO_ERROR_ONCE);
            case 5 -> plan("I/O errors from now on", at, Failure.IO_ERROR_FROM_NOW_ON);
            case 6 -> plan("no space once", at, Failure.NO_SPACE_ONCE);
            case 7 -> {
                life.note("plan: a commit of the state in doubt");
                life.state().commitInDoubt();
            }
            case 8 -> {
                long room = random.nextInt(3 * life.settings().journal().segmentBytes());
                life.note("plan: a full disk, " + room + " bytes from now");
                disk.capacity(Long.MAX_VALUE - disk.usableBytes(SimulatedEngine.DIRECTORY) + room);
                excuses.full = true;
            }
            case 9 -> {
                excuses.readsFail = true;
                if (random.nextBoolean()) {
                    life.note("plan: a read of the state fails");
                    life.state().failReadAfter(random.nextInt(40));
                } else {
                    List<Path> files = segments(disk);
                    Path file = files.get(random.nextInt(files.size()));
                    life.note("plan: " + file + " cannot be read");
                    disk.failReads(file, 0, Long.MAX_VALUE);
                }
            }
            default -> excuses.faulty = false;
        }
    }

    private void plan(String what, long operation, Failure how) {
        life.note("plan: " + what + " at operation " + operation);
        life.disk().failAt(operation, how);
    }

    private static List<Path> segments(SimulatedDisk disk) {
        return disk.files().keySet().stream()
                .filter(path -> path.toString().endsWith(".segment"))
                .toList();
    }

    private void reopen() throws IOException {
        if (life.disk().isOff() || random.nextInt(4) > 0) {
            life.cutPower();
        } else {
            life.killProcess();
        }
        life.passTimeWhileDown();
        for (int failures = 0; ; failures++) {
            boolean again = failures < MAX_FAILED_OPENINGS && random.nextInt(3) == 0;
            if (again) {
                plan("power cut", life.disk().operations() + random.nextInt(12), Failure.POWER_CUT);
            }
            try {
                life.reopen();
                break;
            } catch (IOException e) {
                if (!again) {
                    throw e;
                }
                counts.add(Event.OPENING_CUT_SHORT);
                life.cutPower();
            }
        }
        life.resume();
    }
}
