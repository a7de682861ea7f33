package dev.varve.testkit.engine;

import dev.varve.testkit.engine.SimulatedDisk.Failure;
import dev.varve.testkit.engine.SimulationCounts.Event;
import java.io.IOException;
import java.util.SplittableRandom;

/**
 * Lets every single operation of a fixed script of the whole engine fail, one per run: writes and syncs of the journal,
 * names of files, every write and commit of a checkpoint. After a power cut, every operation of the opening that follows
 * is cut short in its turn. Confined to one thread.
 */
public final class EngineSweep {

    private static final int ROUNDS = 40;
    private static final int RECOVERIES = 5;
    private static final long NEVER = -1;

    private final long script;
    private final SimulationCounts counts;

    /** How many operations the last opening took. */
    private long openingOperations;

    /**
     * Prepares a sweep.
     *
     * @param script decides what is done
     * @param counts takes what happened
     */
    public EngineSweep(long script, SimulationCounts counts) {
        this.script = script;
        this.counts = counts;
    }

    /**
     * How many operations the script has, the first opening included.
     *
     * @return the count
     * @throws IOException never
     */
    public long operations() throws IOException {
        EngineLife life = new EngineLife(new SplittableRandom(script), 0, NEVER, counts);
        for (int i = 0; i < ROUNDS; i++) {
            life.round();
        }
        return life.disk().operations();
    }

    /**
     * Cuts the power at one operation and then, in a run each, at operations of the opening.
     *
     * @param operation which one of the script
     * @param stride the distance between operations of the opening, 1 for each
     * @return how often the engine was killed
     */
    public long cutAt(long operation, int stride) {
        run(operation, Failure.POWER_CUT, NEVER);
        long last = openingOperations;
        long runs = 1;
        for (long second = operation % stride; second < last; second += stride) {
            run(operation, Failure.POWER_CUT, second);
            runs++;
        }
        return runs;
    }

    /**
     * Lets one operation fail.
     *
     * @param operation which one of the script
     * @param how in which way
     */
    public void failAt(long operation, Failure how) {
        run(operation, how, NEVER);
    }

    private void run(long operation, Failure how, long second) {
        EngineLife life = null;
        try {
            // What a power cut leaves is different each time.
            long diskSeed = (script * 31 + operation) * 31 + second;
            long firstCut = how == Failure.POWER_CUT ? operation : NEVER;
            life = new EngineLife(new SplittableRandom(script), diskSeed, firstCut, counts);
            live(life, operation, how);
            life.end();
            life.cutPower();
            if (second != NEVER) {
                cutOpening(life, second);
            } else {
                life.reopen();
            }
            openingOperations = life.disk().operations();
            life.resume();
            for (int i = second == NEVER ? RECOVERIES : 1; i > 0; i--) {
                life.cutPower();
                life.reopen();
                life.resume();
            }
            life.finish();
        } catch (AssertionError | RuntimeException | IOException e) {
            throw new AssertionError(
                    "script " + script + ", " + how + " at operation " + operation
                            + (second == NEVER ? "" : ", power cut at operation " + second + " of the opening") + ": "
                            + e.getMessage() + "\nThe latest:\n  " + (life == null ? "" : life.latest())
                            + "\nTo repeat: ./check simulate --sweep 1 --from " + script,
                    e);
        }
    }

    private static void live(EngineLife life, long operation, Failure how) {
        if (life.disk().operations() <= operation) {
            life.excuses().faulty = true;
            life.disk().failAt(operation, how);
        }
        for (int i = 0; i < ROUNDS && !life.isDown(); i++) {
            life.round();
        }
    }

    private void cutOpening(EngineLife life, long second) throws IOException {
        life.disk().failAt(second, Failure.POWER_CUT);
        try {
            life.reopen();
        } catch (IOException e) {
            if (!life.disk().isOff()) {
                throw e;
            }
            counts.add(Event.OPENING_CUT_SHORT);
            life.cutPower();
            life.reopen();
        }
    }
}
