package dev.varve.bench.histories;

import dev.varve.bench.Directories;
import dev.varve.bench.Options;
import dev.varve.testkit.history.Operation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

/**
 * Records histories of concurrent clients of streams, of entries or of events, in memory, on disk and over HTTP with a server that is killed, and
 * checks that each can be explained by one order of its operations. Confined to one thread, beside those it starts.
 */
public final class HistoriesTest<S, Q, A> {

    private static final String[] OPTIONS = {
        "--entries", "off",
        "--events", "off",
        "--histories", "500",
        "--seconds", "0",
        "--where", "memory,disk,server",
        "--clients", "3-8",
        "--operations", "50-200",
        "--parallel", "6",
        "--kill-every", "4",
        "--seed", "random",
        "--plant", "",
        "--check", "",
        "--out", ".",
    };

    private static final long REPORT_NANOS = 10_000_000_000L;
    private static final String NO_ANSWER = "no answer";
    private static final int ENOUGH_FOR_EVERYTHING = 200;

    /** Of so many histories one may stay undecided, and one in each run: what was left without an answer makes some too hard. */
    private static final int HISTORIES_PER_UNDECIDED = 100;

    private final Subject<S, Q, A> subject;
    private final Options options;
    private final long seed;
    private final Recording.Size size;
    private final Path out;
    private final Map<World, AtomicLong> next = new ConcurrentHashMap<>();
    private final AtomicLong operations = new AtomicLong();
    private final AtomicLong violations = new AtomicLong();
    private final AtomicLong undecided = new AtomicLong();
    private final AtomicLong failures = new AtomicLong();
    private final AtomicBoolean stopping = new AtomicBoolean();
    private final Map<String, Long> happened = new TreeMap<>();
    private final Map<String, Long> histories = new TreeMap<>();

    private HistoriesTest(Subject<S, Q, A> subject, Options options, long seed) {
        this.subject = subject;
        this.options = options;
        this.seed = seed;
        int[] clients = range(options, "--clients");
        int[] each = range(options, "--operations");
        this.size = new Recording.Size(clients[0], clients[1], each[0], each[1]);
        this.out = Path.of(options.text("--out"));
    }

    /** Runs the test that the words describe. Returns the exit code. */
    public static int main(List<String> args) throws IOException, InterruptedException {
        Options options = Options.parse(args, null, OPTIONS);
        if (options.on("--events")) {
            return run(Events.SUBJECT, options);
        }
        return options.on("--entries") ? run(Entries.SUBJECT, options) : run(Streams.SUBJECT, options);
    }

    private static <S, Q, A> int run(Subject<S, Q, A> subject, Options options)
            throws IOException, InterruptedException {
        if (!options.text("--check").isEmpty()) {
            return check(subject, Path.of(options.text("--check")));
        }
        return new HistoriesTest<>(subject, options, options.seed("--seed")).execute() ? 0 : 1;
    }

    private static int[] range(Options options, String name) {
        String[] ends = options.text(name).split("-", 2);
        try {
            int from = Integer.parseInt(ends[0]);
            int to = Integer.parseInt(ends[ends.length - 1]);
            if (from >= 1 && to >= from) {
                return new int[] {from, to};
            }
        } catch (NumberFormatException e) {
            // Said below.
        }
        throw new Options.UsageException(name + " is a number or a range as in 3-8, not " + options.text(name));
    }

    /** Judges a history that was written to a file. */
    private static <S, Q, A> int check(Subject<S, Q, A> subject, Path file) throws IOException {
        List<Operation<Q, A>> history = new HistoryText<>(subject).read(file);
        Judge.Objection<Q, A> objection = Judge.check(subject, history);
        if (objection == null) {
            System.out.println("histories: " + history.size() + " operations, all explained");
            return 0;
        }
        objection.story().forEach(line -> System.out.println("histories: " + line));
        return 1;
    }

    private boolean execute() throws IOException, InterruptedException {
        long began = System.nanoTime();
        Path work = Files.createTempDirectory("varve-histories-");
        List<World> worlds = new ArrayList<>();
        int kills = 0;
        try {
            for (String name :
                    new TreeSet<>(Arrays.asList(options.text("--where").split(",")))) {
                worlds.add(World.open(name, work, options.decimal("--kill-every"), seed));
            }
            run(worlds, began);
        } catch (IllegalArgumentException e) {
            throw new Options.UsageException("--where: " + e.getMessage());
        } finally {
            for (World world : worlds) {
                kills += world.kills.get();
                world.close();
            }
            Directories.delete(work);
        }
        return report(began, kills);
    }

    private void run(List<World> worlds, long began) throws InterruptedException {
        List<Thread> threads = new ArrayList<>();
        // Each world gets its share of the numbers, however fast it is.
        for (int i = 0; i < worlds.size(); i++) {
            next.put(worlds.get(i), new AtomicLong(i));
        }
        for (int i = 0; i < Math.max(worlds.size(), options.number("--parallel")); i++) {
            int first = i;
            threads.add(Thread.ofPlatform().name("histories " + i).start(() -> work(worlds, first, began)));
        }
        long reported = began;
        for (Thread thread : threads) {
            while (!thread.join(java.time.Duration.ofMillis(100))) {
                if (System.nanoTime() - reported >= REPORT_NANOS) {
                    reported = System.nanoTime();
                    System.out.println("histories: " + summary(began));
                }
            }
        }
    }

    /** Records in one world until its share is done, then helps in the others. */
    private void work(List<World> worlds, int first, long began) {
        for (int i = 0; i < worlds.size(); i++) {
            work(worlds.get((first + i) % worlds.size()), worlds.size(), began);
        }
    }

    private void work(World world, int worlds, long began) {
        Target.Factory<Q, A> system = subject.system(world);
        if (!options.text("--plant").isEmpty()) {
            system = subject.planted(options.text("--plant"), system);
        }
        double seconds = options.decimal("--seconds");
        while (!stopping.get() && !(seconds > 0 && System.nanoTime() - began > seconds * 1e9)) {
            long number = Objects.requireNonNull(next.get(world)).getAndAdd(worlds);
            if (number >= options.number("--histories")) {
                return;
            }
            one(world, system, number);
        }
    }

    private void one(World world, Target.Factory<Q, A> system, long number) {
        List<Operation<Q, A>> history;
        try {
            history = Recording.record(
                    subject,
                    system,
                    "histories/" + Long.toHexString(seed) + "-" + number + "-",
                    size,
                    seed + number * 7_919);
        } catch (ExecutionException | RuntimeException e) {
            failures.incrementAndGet();
            stopping.set(true);
            synchronized (System.out) {
                System.out.println("histories: history " + number + " (" + world.name + ", seed " + seed
                        + ") could not be recorded:");
                e.printStackTrace(System.out);
            }
            return;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return;
        }
        count(world, history);
        Judge.Objection<Q, A> objection = Judge.check(subject, history);
        if (objection != null) {
            tell(world, number, history, objection);
        }
    }

    private void tell(World world, long number, List<Operation<Q, A>> history, Judge.Objection<Q, A> objection) {
        (objection.undecided() ? undecided : violations).incrementAndGet();
        Path file = out.resolve("history-" + Long.toHexString(seed) + "-" + number + ".txt");
        synchronized (System.out) {
            try {
                new HistoryText<>(subject)
                        .write(
                                file,
                                List.of(
                                        world.name + ", history " + number + " of seed " + seed,
                                        "client invoked returned (nanoseconds) request -> answer"),
                                history);
                System.out.println("histories: " + (objection.undecided() ? "undecided" : "VIOLATION") + " in history "
                        + number + " (" + world.name + ", seed " + seed + "); all of it is in " + file
                        + ", ./check histories" + (subject.name().equals("streams") ? "" : " --" + subject.name())
                        + " --check " + file + " judges it again");
            } catch (IOException e) {
                System.out.println("histories: " + file + " could not be written: " + e);
            }
            objection.story().forEach(line -> System.out.println("histories: " + line));
        }
        if (!objection.undecided()) {
            stopping.set(true);
        }
    }

    private void count(World world, List<Operation<Q, A>> history) {
        operations.addAndGet(history.size());
        synchronized (happened) {
            histories.merge(world.name, 1L, Long::sum);
            for (Operation<Q, A> operation : history) {
                happened.merge(kind(operation), 1L, Long::sum);
            }
        }
    }

    private String kind(Operation<Q, A> operation) {
        A answer = operation.output();
        return answer == null ? NO_ANSWER : subject.kind(answer);
    }

    private String summary(long began) {
        synchronized (happened) {
            long count = histories.values().stream().mapToLong(Long::longValue).sum();
            return String.format(
                    Locale.ROOT,
                    "%,d histories %s, %,d operations, %,d without an answer, %d violations, %d undecided, %.0f s (seed %d)",
                    count,
                    histories,
                    operations.get(),
                    happened.getOrDefault(NO_ANSWER, 0L),
                    violations.get(),
                    undecided.get(),
                    (System.nanoTime() - began) / 1e9,
                    seed);
        }
    }

    private boolean report(long began, int kills) {
        long count = histories.values().stream().mapToLong(Long::longValue).sum();
        List<String> never = new ArrayList<>();
        if (count >= ENOUGH_FOR_EVERYTHING) {
            Stream.concat(Stream.of(NO_ANSWER), subject.mustHappen().stream())
                    .filter(kind -> !happened.containsKey(kind))
                    .forEach(never::add);
        }
        happened.forEach((what, times) -> System.out.printf(Locale.ROOT, "%,14d  %s%n", times, what));
        if (!never.isEmpty()) {
            System.out.println("histories: never happened, so was not tested: " + never);
        }
        System.out.println("histories: " + summary(began) + ", " + kills + " kills");
        boolean decided = undecided.get() <= Math.max(1, count / HISTORIES_PER_UNDECIDED);
        return violations.get() == 0 && decided && failures.get() == 0 && never.isEmpty() && count > 0;
    }
}
