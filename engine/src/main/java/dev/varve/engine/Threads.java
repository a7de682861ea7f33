package dev.varve.engine;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;

/** Names the engine's platform threads. They are daemons: an engine that nobody closed must not keep a JVM alive. */
final class Threads {

    private Threads() {}

    static ThreadFactory named(String name) {
        return Thread.ofPlatform().name(name).daemon(true).factory();
    }

    /** For work that may wait: these threads step back when others want the processor. */
    static ThreadFactory background(String name) {
        ThreadFactory named = named(name);
        return task -> named.newThread(() -> {
            ThreadPriority.lower();
            task.run();
        });
    }

    /** Waits for an executor's end, putting an interrupt off until then. */
    static boolean awaitEnd(ExecutorService executor, long seconds) {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return executor.awaitTermination(seconds, TimeUnit.SECONDS);
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    static ThreadFactory numbered(String name) {
        return Thread.ofPlatform().name(name + "-", 1).daemon(true).factory();
    }
}
