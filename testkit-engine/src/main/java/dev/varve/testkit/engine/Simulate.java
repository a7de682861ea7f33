package dev.varve.testkit.engine;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.logging.Level;
import java.util.logging.Logger;

/** Runs the simulation of the engine in the large: {@code ./check simulate --seeds 100000}. */
public final class Simulate {

    private static final int USAGE = 64;
    private static final long REPORT_NANOS = 10_000_000_000L;

    private final long from;
    private final long until;
    private final AtomicLong next;
    private final AtomicLong failed = new AtomicLong();
    private final Map<String, Long> happened = new TreeMap<>();

    private Simulate(long from, long until) {
        this.from = from;
        this.until = until;
        this.next = new AtomicLong(from);
    }

    /**
     * Runs seeds on all processors.
     *
     * @param arguments {@code --seeds N} how many, 10,000 by default; {@code --from N} the first, 0 by default;
     *     {@code --seed N} one only
     * @throws InterruptedException when interrupted
     */
    public static void main(String[] arguments) throws InterruptedException {
        long from = 0;
        long seeds = 10_000;
        for (int i = 0; i < arguments.length; i += 2) {
            long value = i + 1 < arguments.length ? number(arguments[i + 1]) : usage();
            switch (arguments[i]) {
                case "--seeds" -> seeds = value;
                case "--from" -> from = value;
                case "--seed" -> {
                    from = value;
                    seeds = 1;
                }
                default -> usage();
            }
        }
        // Faults are what this is about; the engine need not warn of each.
        Logger engine = Logger.getLogger("dev.varve.engine");
        engine.setLevel(Level.OFF);
        System.exit(new Simulate(from, from + seeds).run() ? 0 : 1);
    }

    private static long number(String text) {
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            return usage();
        }
    }

    private static long usage() {
        System.err.println("usage: ./check simulate [--seeds N] [--from N] | --seed N");
        System.exit(USAGE);
        return 0;
    }

    private boolean run() throws InterruptedException {
        long began = System.nanoTime();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < Math.min(until - from, Runtime.getRuntime().availableProcessors()); i++) {
            threads.add(Thread.ofPlatform().name("simulation-" + i).start(this::work));
        }
        long reported = began;
        for (Thread thread : threads) {
            while (!thread.join(Duration.ofMillis(200))) {
                if (System.nanoTime() - reported >= REPORT_NANOS) {
                    reported = System.nanoTime();
                    System.out.printf("simulate: %,d seeds, %s%n", done(), pace(began));
                }
            }
        }
        synchronized (happened) {
            happened.forEach((what, times) -> System.out.printf("%,12d  %s%n", times, what));
        }
        System.out.printf(
                "simulate: %,d seeds from %d, %d failed, %s%n", until - from, from, failed.get(), pace(began));
        return failed.get() == 0;
    }

    private long done() {
        return Math.min(next.get(), until) - from;
    }

    private String pace(long began) {
        double seconds = (System.nanoTime() - began) / 1e9;
        return String.format("%.0f s, %.0f seeds/s", seconds, done() / seconds);
    }

    private void work() {
        SimulationCounts counts = new SimulationCounts();
        for (long seed = next.getAndIncrement(); seed < until; seed = next.getAndIncrement()) {
            try {
                EngineSimulation.run(seed, counts);
            } catch (AssertionError e) {
                failed.incrementAndGet();
                e.printStackTrace();
            }
        }
        synchronized (happened) {
            counts.all().forEach((what, times) -> happened.merge(what, times, Long::sum));
        }
    }
}
