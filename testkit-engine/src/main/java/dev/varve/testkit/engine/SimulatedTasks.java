package dev.varve.testkit.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.random.RandomGenerator;

/** A pool without threads: tasks wait until the simulation runs one, in an order that chance decides. Confined to one thread. */
final class SimulatedTasks implements Executor {

    private final List<Runnable> waiting = new ArrayList<>();
    private boolean atOnce;

    @Override
    public void execute(Runnable task) {
        if (atOnce) {
            task.run();
        } else {
            waiting.add(task);
        }
    }

    boolean isEmpty() {
        return waiting.isEmpty();
    }

    void runOne(RandomGenerator random) {
        waiting.remove(random.nextInt(waiting.size())).run();
    }

    /** From now on tasks run when they come. */
    void runAtOnce() {
        atOnce = true;
    }
}
