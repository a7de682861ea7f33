package dev.varve.testkit.engine;

import dev.varve.testkit.engine.SimulatedDisk.Failure;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
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

    /** So many seeds make everything happen that can: what did not has stopped being tested. */
    private static final long SEEDS_FOR_EVERYTHING = 2_000;

    /** One of many runs. */
    private interface Trial {
        void run(long number, SimulationCounts counts) throws IOException;
    }

    private final String what;
    private final Trial trial;
    private final long from;
    private final long until;
    private final AtomicLong next;
    private final AtomicLong failed = new AtomicLong();
    private final Map<String, Long> happened = new TreeMap<>();

    private Simulate(String what, Trial trial, long from, long until) {
        this.what = what;
        this.trial = trial;
        this.from = from;
        this.until = until;
        this.next = new AtomicLong(from);
    }

    /**
     * Runs seeds.
     *
     * @param arguments {@code --seeds N} how many, 10,000 by default; {@code --from N} the first, 0 by default;
     *     {@code --seed N} one only; {@code --threads N}, as many as processors by default; {@code --twice} runs each
     *     seed a second time and compares all that happened; {@code --sweep N} instead lets each operation of N scripts
     *     fail in each way, and cuts the power again at each operation of the opening
     * @throws InterruptedException when interrupted
     * @throws IOException when a script cannot be run at all
     */
    public static void main(String[] arguments) throws InterruptedException, IOException {
        long from = 0;
        long seeds = 10_000;
        long threads = Runtime.getRuntime().availableProcessors();
        long scripts = 0;
        boolean twice = false;
        Iterator<String> options = List.of(arguments).iterator();
        while (options.hasNext()) {
            String option = options.next();
            if (option.equals("--twice")) {
                twice = true;
                continue;
            }
            long value = options.hasNext() ? number(options.next()) : usage();
            switch (option) {
                case "--seeds" -> seeds = value;
                case "--from" -> from = value;
                case "--threads" -> threads = value;
                case "--sweep" -> scripts = value;
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
        Simulate simulate = scripts > 0
                ? sweep(from, scripts)
                : new Simulate("seeds", twice ? Simulate::runTwice : EngineSimulation::run, from, from + seeds);
        System.exit(simulate.run(Math.min(seeds, threads)) ? 0 : 1);
    }

    private static void runTwice(long seed, SimulationCounts counts) {
        if (EngineSimulation.run(seed, counts) != EngineSimulation.run(seed, new SimulationCounts())) {
            throw new AssertionError("seed " + seed + " gave two different runs");
        }
    }

    /** All operations of some scripts, numbered through. */
    private static Simulate sweep(long firstScript, long scripts) throws IOException {
        TreeMap<Long, Long> starts = new TreeMap<>();
        long total = 0;
        for (long script = firstScript; script < firstScript + scripts; script++) {
            starts.put(total, script);
            total += new EngineSweep(script, new SimulationCounts()).operations();
        }
        Trial trial = (number, counts) -> {
            Map.Entry<Long, Long> script = starts.floorEntry(number);
            EngineSweep sweep = new EngineSweep(script.getValue(), counts);
            long operation = number - script.getKey();
            counts.addRuns(sweep.cutAt(operation, 1));
            for (Failure how : Failure.values()) {
                if (how != Failure.POWER_CUT) {
                    sweep.failAt(operation, how);
                    counts.addRuns(1);
                }
            }
        };
        return new Simulate("operations of " + scripts + " scripts", trial, 0, total);
    }

    private static long number(String text) {
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            return usage();
        }
    }

    private static long usage() {
        System.err.println("usage: ./check simulate [--seeds N] [--from N] [--threads N] [--twice] | --seed N [--twice]"
                + " | --sweep SCRIPTS [--from N] [--threads N]");
        System.exit(USAGE);
        return 0;
    }

    private boolean run(long threadCount) throws InterruptedException {
        long began = System.nanoTime();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < threadCount; i++) {
            threads.add(Thread.ofPlatform().name("simulation-" + i).start(this::work));
        }
        long reported = began;
        for (Thread thread : threads) {
            while (!thread.join(Duration.ofMillis(200))) {
                if (System.nanoTime() - reported >= REPORT_NANOS) {
                    reported = System.nanoTime();
                    System.out.printf(
                            "simulate: up to number %d, %d failed, %s%n", next.get(), failed.get(), pace(began));
                }
            }
        }
        boolean complete;
        synchronized (happened) {
            happened.forEach((what, times) -> System.out.printf("%,14d  %s%n", times, what));
            complete = !what.equals("seeds") || until - from < SEEDS_FOR_EVERYTHING || happensAll();
        }
        System.out.printf(
                "simulate: %,d %s from %d, %d failed, %s%n", until - from, what, from, failed.get(), pace(began));
        return failed.get() == 0 && complete;
    }

    private boolean happensAll() {
        List<String> never = happened.entrySet().stream()
                .filter(event -> event.getValue() == 0)
                .map(Map.Entry::getKey)
                .toList();
        never.forEach(event -> System.out.println("simulate: never happened: " + event));
        return never.isEmpty();
    }

    private long done() {
        return Math.min(next.get(), until) - from;
    }

    private String pace(long began) {
        double seconds = (System.nanoTime() - began) / 1e9;
        return String.format("%.0f s, %.0f/s", seconds, done() / seconds);
    }

    private void work() {
        SimulationCounts counts = new SimulationCounts();
        for (long seed = next.getAndIncrement(); seed < until; seed = next.getAndIncrement()) {
            try {
                trial.run(seed, counts);
            } catch (AssertionError | IOException e) {
                failed.incrementAndGet();
                e.printStackTrace();
            }
        }
        synchronized (happened) {
            counts.all().forEach((what, times) -> happened.merge(what, times, Long::sum));
        }
    }
}
