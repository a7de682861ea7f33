package dev.varve.bench.histories;

import dev.varve.api.ErrorKind;
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

/**
 * Records histories of concurrent clients of streams, in memory, on disk and over HTTP with a server that is killed, and
 * checks that each can be explained by one order of its operations. Confined to one thread, beside those it starts.
 */
public final class HistoriesTest {

    private static final String[] OPTIONS = {
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
    private static final int ENOUGH_FOR_EVERYTHING = 200;
    private static final List<String> MUST_HAPPEN = List.of(
            "appended",
            "duplicate",
            "appended to several",
            "page",
            "end",
            "created",
            "existing",
            "deleted",
            "no answer",
            "refused " + ErrorKind.NOT_FOUND.wireName(),
            "refused " + ErrorKind.CLOSED.wireName(),
            "refused " + ErrorKind.ALREADY_EXISTS.wireName(),
            "refused " + ErrorKind.INVALID_OFFSET.wireName(),
            "refused " + ErrorKind.SEQUENCE_CONFLICT.wireName(),
            "refused " + ErrorKind.PRECONDITION_FAILED.wireName(),
            "refused " + ErrorKind.PRODUCER_GAP.wireName(),
            "refused " + ErrorKind.PRODUCER_FENCED.wireName(),
            "refused " + ErrorKind.PRODUCER_EPOCH_START.wireName());

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

    private HistoriesTest(Options options, long seed) {
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
        if (!options.text("--check").isEmpty()) {
            return check(Path.of(options.text("--check")));
        }
        return new HistoriesTest(options, options.seed("--seed")).execute() ? 0 : 1;
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
    private static int check(Path file) throws IOException {
        List<Operation<Request, Answer>> history = HistoryText.read(file);
        Judge.Objection objection = Judge.check(history);
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
            World world = worlds.get(i % worlds.size());
            threads.add(Thread.ofPlatform().name("histories " + i).start(() -> work(world, worlds.size(), began)));
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

    private void work(World world, int worlds, long began) {
        Target.Factory system = world.system();
        if (!options.text("--plant").isEmpty()) {
            system = fault(options.text("--plant")).plantIn(system);
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

    private static PlantedFault fault(String name) {
        try {
            return PlantedFault.valueOf(name.toUpperCase(Locale.ROOT).replace('-', '_'));
        } catch (IllegalArgumentException e) {
            throw new Options.UsageException("--plant is one of " + Arrays.toString(PlantedFault.values()));
        }
    }

    private void one(World world, Target.Factory system, long number) {
        List<Operation<Request, Answer>> history;
        try {
            history = Recording.record(
                    system, "histories/" + Long.toHexString(seed) + "-" + number + "-", size, seed + number * 7_919);
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
        Judge.Objection objection = Judge.check(history);
        if (objection != null) {
            tell(world, number, history, objection);
        }
    }

    private void tell(World world, long number, List<Operation<Request, Answer>> history, Judge.Objection objection) {
        (objection.undecided() ? undecided : violations).incrementAndGet();
        Path file = out.resolve("history-" + Long.toHexString(seed) + "-" + number + ".txt");
        synchronized (System.out) {
            try {
                HistoryText.write(
                        file,
                        List.of(
                                world.name + ", history " + number + " of seed " + seed,
                                "client invoked returned request -> answer"),
                        history);
                System.out.println("histories: " + (objection.undecided() ? "undecided" : "VIOLATION") + " in history "
                        + number + " (" + world.name + ", seed " + seed + "); all of it is in " + file
                        + ", ./check histories --check " + file + " judges it again");
            } catch (IOException e) {
                System.out.println("histories: " + file + " could not be written: " + e);
            }
            objection.story().forEach(line -> System.out.println("histories: " + line));
        }
        stopping.set(true);
    }

    private void count(World world, List<Operation<Request, Answer>> history) {
        operations.addAndGet(history.size());
        synchronized (happened) {
            histories.merge(world.name, 1L, Long::sum);
            for (Operation<Request, Answer> operation : history) {
                happened.merge(kind(operation), 1L, Long::sum);
            }
        }
    }

    private static String kind(Operation<Request, Answer> operation) {
        return switch (operation.output()) {
            case null -> "no answer";
            case Answer.Made made -> made.created() ? "created" : "existing";
            case Answer.Written written -> Boolean.TRUE.equals(written.duplicate()) ? "duplicate" : "appended";
            case Answer.WrittenAll _ -> "appended to several";
            case Answer.Page _ -> "page";
            case Answer.End _ -> "end";
            case Answer.Deleted _ -> "deleted";
            case Answer.Refused refused -> "refused " + refused.kind().wireName();
        };
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
                    happened.getOrDefault("no answer", 0L),
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
            MUST_HAPPEN.stream().filter(kind -> !happened.containsKey(kind)).forEach(never::add);
        }
        happened.forEach((what, times) -> System.out.printf(Locale.ROOT, "%,14d  %s%n", times, what));
        if (!never.isEmpty()) {
            System.out.println("histories: never happened, so was not tested: " + never);
        }
        System.out.println("histories: " + summary(began) + ", " + kills + " kills");
        return violations.get() == 0 && undecided.get() == 0 && failures.get() == 0 && never.isEmpty() && count > 0;
    }
}
