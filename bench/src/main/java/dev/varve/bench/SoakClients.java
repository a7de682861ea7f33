package dev.varve.bench;

import dev.varve.api.VarveException;
import dev.varve.bench.Findings.Kind;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.BooleanSupplier;

/** Clients of a soak, each on a thread of its own, which go on step by step and rest at the gate in between. Confined to one thread, beside theirs. */
public final class SoakClients {

    /** What a client does again and again. */
    public interface Step {

        /** Makes it. A failure ends the client and is wrong. */
        void make() throws IOException;
    }

    private final Findings findings;
    private final Gate gate;
    private final BooleanSupplier stopping;
    private final int pauseMillis;
    private final Random seeds;
    private final List<Thread> threads = new ArrayList<>();

    /** Clients of a run, none yet. */
    SoakClients(CrashRun run, int pauseMillis) {
        this.findings = run.findings();
        this.gate = run.gate();
        this.stopping = run::stopping;
        this.pauseMillis = pauseMillis;
        this.seeds = new Random(run.seed());
    }

    /** Starts one. */
    public void start(String name, Step step) {
        Random pauses = new Random(seeds.nextLong());
        threads.add(Thread.ofPlatform().name(name).daemon().start(() -> run(name, step, pauses)));
    }

    private void run(String name, Step step, Random pauses) {
        try {
            while (!stopping.getAsBoolean()) {
                step.make();
                gate.pause(pauses.nextInt(2 * pauseMillis + 1));
                gate.step();
            }
        } catch (IOException | VarveException e) {
            findings.add(Kind.REFUSED, name + " gave up: " + e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** How many run. */
    int living() {
        return (int) threads.stream().filter(Thread::isAlive).count();
    }
}
