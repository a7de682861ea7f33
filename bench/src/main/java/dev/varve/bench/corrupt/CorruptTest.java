package dev.varve.bench.corrupt;

import dev.varve.bench.Directories;
import dev.varve.bench.Options;
import dev.varve.bench.corrupt.Verdict.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Damages the files of small stores in every way there is, one at a time, opens each, reads everything and judges what comes
 * of it. Never allowed: other data, a stream that is gone, a cut below the durable mark, an exception that is not an answer,
 * a dead process, a process that waits for ever.
 */
public final class CorruptTest {

    private static final String[] OPTIONS = {
        "--sample", "0",
        "--seed", "1",
        "--files", ".*",
        "--only", "",
        "--stores", "killed,clean",
        "--stride", "61",
        "--workers", "0",
        "--thorough", "25",
        "--repeat", "",
        "--store", "",
        "--keep", "off",
        "--list", "off",
        "--verbose", "off",
        "--max-wrong", "50",
    };

    private static final Path MEMORY = Path.of("/dev/shm");
    private static final long REPORT_NANOS = 30_000_000_000L;

    private final Options options;
    private final Path root;
    private final Path work;
    private final long seed;
    private final Tally tally = new Tally();

    private CorruptTest(Options options, Path root, Path work, long seed) {
        this.options = options;
        this.root = root;
        this.work = work;
        this.seed = seed;
    }

    /**
     * Runs the test that the words describe.
     *
     * @param args the words
     * @return the exit code
     * @throws IOException when the disk fails
     * @throws InterruptedException when interrupted
     */
    public static int main(List<String> args) throws IOException, InterruptedException {
        Options options = Options.parse(args, null, OPTIONS);
        long seed = options.seed("--seed");
        Path work = Files.isWritable(MEMORY)
                ? Files.createTempDirectory(MEMORY, "varve-corrupt-")
                : Files.createTempDirectory("varve-corrupt-");
        boolean given = !options.text("--store").isEmpty();
        Path root = given ? Path.of(options.text("--store")) : work.resolve("stores");
        boolean good = false;
        try {
            if (!given) {
                SampleStore.buildAll(root, seed);
            }
            CorruptTest test = new CorruptTest(options, root, work, seed);
            String again = options.text("--repeat");
            boolean many = again.isEmpty() || again.startsWith("@");
            good = many ? test.execute() : test.repeat();
        } catch (Contents.Wrong e) {
            throw new IllegalStateException("the sound store cannot be read", e);
        } finally {
            if (good && !options.on("--keep")) {
                Directories.delete(work);
            } else {
                System.out.println("corrupt: the stores are in " + root + " (seed " + seed
                        + "); one case again: ./check corrupt --store " + root + " --repeat 'CASE'");
            }
        }
        return good ? 0 : 1;
    }

    private boolean repeat() throws IOException, InterruptedException {
        Damage damage = Damage.parse(options.text("--repeat"));
        try (WorkerProcess worker = new WorkerProcess(root, work.resolve("worker-0"))) {
            Verdict verdict = worker.judge(damage, true);
            System.out.println("corrupt: " + damage + ": " + verdict.kind().word() + " " + verdict.words());
            return verdict.kind() != Kind.WRONG;
        }
    }

    private List<Damage> cases() throws IOException {
        List<Damage> all = new ArrayList<>();
        if (options.text("--repeat").startsWith("@")) {
            for (String words :
                    Files.readAllLines(Path.of(options.text("--repeat").substring(1)))) {
                all.add(Damage.parse(words));
            }
            return all;
        }
        String only = options.text("--only");
        for (String store : options.text("--stores").split(",")) {
            if (!Files.isDirectory(root.resolve(store))) {
                throw new Options.UsageException("there is no store " + store + " in " + root
                        + "; --stores takes killed, clean or both, with a comma between them");
            }
            List<Damage> cases = CaseList.of(root, store, options.number("--stride"), seed);
            cases.removeIf(damage -> !damage.file().matches(options.text("--files"))
                    || (!only.isEmpty() && damage.kind() != Damage.Kind.of(only)));
            int sample = options.number("--sample") / options.text("--stores").split(",").length;
            all.addAll(sample == 0 ? cases : CaseList.sample(cases, sample, seed));
        }
        // In any order, so that the pace says how long it takes and a fault shows early.
        Collections.shuffle(all, new Random(seed));
        return all;
    }

    private boolean execute() throws IOException, InterruptedException {
        List<Damage> cases = cases();
        if (options.on("--list")) {
            cases.forEach(System.out::println);
            return true;
        }
        int workers = options.number("--workers") == 0
                ? Runtime.getRuntime().availableProcessors()
                : options.number("--workers");
        System.out.printf("corrupt: %,d cases, seed %d, %d processes, in %s%n", cases.size(), seed, workers, work);
        long began = System.nanoTime();
        AtomicInteger next = new AtomicInteger();
        AtomicReference<Throwable> failure = new AtomicReference<>();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < workers; i++) {
            Path own = work.resolve("worker-" + i);
            threads.add(Thread.ofPlatform().name("judge-" + i).start(() -> {
                try {
                    work(cases, next, own);
                } catch (IOException | InterruptedException | RuntimeException e) {
                    failure.set(e);
                }
            }));
        }
        // An hour's work is not lost when somebody has enough of it.
        Thread atExit = Thread.ofPlatform().unstarted(() -> System.out.print("\n" + report(began)));
        Runtime.getRuntime().addShutdownHook(atExit);
        long reported = began;
        for (Thread thread : threads) {
            while (!thread.join(java.time.Duration.ofMillis(200))) {
                if (System.nanoTime() - reported > REPORT_NANOS) {
                    reported = System.nanoTime();
                    System.out.printf("corrupt: %,d of %,d, %s%n", tally.cases(), cases.size(), pace(began));
                }
            }
        }
        if (failure.get() != null) {
            throw new IllegalStateException("the test itself failed", failure.get());
        }
        Runtime.getRuntime().removeShutdownHook(atExit);
        System.out.print(report(began));
        return tally.wrong() == 0;
    }

    private String report(long began) {
        return tally.table()
                + String.format(
                        "corrupt: %,d cases, %d wrong, seed %d, %s%n", tally.cases(), tally.wrong(), seed, pace(began));
    }

    private String pace(long began) {
        double seconds = (System.nanoTime() - began) / 1e9;
        return String.format("%.0f s, %.0f cases/s", seconds, tally.cases() / seconds);
    }

    private void work(List<Damage> cases, AtomicInteger next, Path own) throws IOException, InterruptedException {
        int thorough = options.number("--thorough");
        try (WorkerProcess worker = new WorkerProcess(root, own)) {
            for (int i = next.getAndIncrement(); i < cases.size(); i = next.getAndIncrement()) {
                if (tally.wrong() >= options.number("--max-wrong")) {
                    return;
                }
                Damage damage = cases.get(i);
                Verdict verdict = worker.judge(damage, thorough > 0 && i % thorough == 0);
                tally.add(damage, verdict);
                if (verdict.kind() == Kind.WRONG || options.on("--verbose")) {
                    System.out.println(
                            "corrupt: " + verdict.kind().word() + ": " + damage + "\n    " + verdict.words());
                }
            }
        }
    }
}
