package dev.varve.bench;

import dev.varve.bench.Findings.Kind;
import dev.varve.engine.io.SystemDisk;
import dev.varve.engine.journal.JournalInspector;
import dev.varve.engine.journal.JournalReport;
import dev.varve.engine.state.StateInspector;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * Kills a server under load, again and again, and compares everything it holds with what this process knows: what was
 * acknowledged must be there once, whole and in order. Confined to one thread, beside the writers it starts.
 */
final class CrashTest {

    private static final String[] OPTIONS = CrashLoad.optionsAnd(
            "--cycles", "20",
            "--seconds-per-cycle", "1.2",
            "--acks-per-cycle", "0",
            "--seed", "random",
            "--whole-every", "25",
            "--double-kill", "0.25",
            "--drain", "off",
            "--replay-gib", "0",
            "--append-bytes", "1024",
            "--command", "",
            "--keep", "off",
            "--verbose", "off",
            "--verify", "",
            "--port", "0");

    private static final long PARK_TIMEOUT_MILLIS = 300_000;
    /** With so many kills every kind of outcome has come up, or something is wrong with the test. */
    private static final int CYCLES_FOR_EVERYTHING = 10;

    private static final Duration LONGEST_DRAIN = Duration.ofSeconds(30);
    private static final long FIRST_DELAY_MILLIS = 100;
    /** How many times as long a cycle may take when it is to reach a number of acknowledgements. */
    private static final int SLOWEST = 20;

    /** How long files that are just being made or deleted may be seen after a start. */
    private static final long STRANGERS_PATIENCE_MILLIS = 5_000;

    /** Small ones make the kill hit checkpoints, large ones leave much to replay. */
    private static final String[] CHECKPOINT_BYTES = {"262144", "1048576", "4194304", "67108864"};

    /** Small ones make the kill hit the change from one file of the journal to the next. */
    private static final String[] SEGMENT_BYTES = {"4194304", "4194304", "8388608", "67108864"};

    /** So small that it fits into the smallest segment, and larger than any body of this test. */
    private static final String MAX_BODY = "524288";

    /** Ready, held back and recycled ones, those since the last two checkpoints, and the one in use. */
    private static final int MOST_SEGMENTS = 1 + 1 + 16 + 2 * (64 / 4) + 2;

    private final Options options;
    private final SplittableRandom random;
    private final CrashRun run;
    private final ServerProcess server;
    private final CrashLoad load;
    private final List<Duration> restarts = new ArrayList<>();
    private final List<Double> recoveries = new ArrayList<>();
    private final List<Double> replayed = new ArrayList<>();
    private final List<Double> drains = new ArrayList<>();
    private final boolean ours;
    private final Path data;

    private CrashTest(Options options, CrashRun run, ServerProcess server, Path data) {
        this.data = data;
        this.ours = options.text("--command").isEmpty();
        this.options = options;
        this.run = run;
        this.server = server;
        this.random = new SplittableRandom(run.seed());
        this.load = new CrashLoad(options, run, random.split());
    }

    /** Runs the test that the words describe. Returns the exit code. */
    static int main(List<String> args) throws IOException, InterruptedException {
        Options options = Options.parse(args, null, OPTIONS);
        if (!options.text("--verify").isEmpty()) {
            return verify(options);
        }
        if (options.decimal("--replay-gib") > 0) {
            return ReplayTest.run(options.decimal("--replay-gib"), options.number("--append-bytes"));
        }
        long seed = options.seed("--seed");
        Path work = Files.createTempDirectory("varve-crash-");
        List<String> command =
                options.text("--command").isEmpty() ? Servers.varve() : Servers.typed(options.text("--command"));
        int port = options.number("--port") == 0 ? ServerProcess.freePort() : options.number("--port");
        boolean good = false;
        try (ServerProcess server =
                        new ServerProcess(command, work.resolve("data"), port, Map.of(), ServerProcess.HTTP);
                Oracle oracle = new Oracle(work.resolve("oracle.journal"), seed)) {
            good = new CrashTest(options, new CrashRun(seed, port, oracle), server, work.resolve("data")).execute();
        } finally {
            if (good && !options.on("--keep")) {
                Directories.delete(work);
            } else {
                System.out.println("crash: data, log and oracle's journal are in " + work + " (seed " + seed + ")");
            }
        }
        return good ? 0 : 1;
    }

    /** Compares a running server with the journal of an earlier run. */
    private static int verify(Options options) throws IOException {
        Path journal = Path.of(options.text("--verify"));
        long seed = Oracle.seed(journal);
        History history = Oracle.replay(journal);
        Findings findings = new Findings();
        new CrashCheck(
                        options.number("--port"),
                        CrashRun.PREFIX,
                        new Payloads(seed),
                        findings,
                        options.on("--offsets"),
                        new SplittableRandom(seed))
                .run(history, true);
        findings.words().forEach(words -> System.out.println("crash: " + words));
        System.out.println("crash: " + history.acknowledged() + " acknowledged appends, " + summary(findings));
        return findings.none() ? 0 : 1;
    }

    private boolean execute() throws IOException, InterruptedException {
        server.start(settings());
        run.started();
        load.start();
        long began = System.nanoTime();
        int cycles = options.number("--cycles");
        for (int cycle = 1; cycle <= cycles; cycle++) {
            if (cycle > 1) {
                run.gate().open();
            }
            cycle(cycle);
            if (!run.findings().none()) {
                break;
            }
        }
        load.stop(PARK_TIMEOUT_MILLIS);
        if (run.findings().none()) {
            load.check(true);
            restartCleanly();
        }
        return report(cycles, Duration.ofNanos(System.nanoTime() - began));
    }

    private void cycle(int cycle) throws IOException, InterruptedException {
        long before = run.oracle().ask(History::acknowledged);
        long began = System.nanoTime();
        awaitMoment(before);
        double seconds = (System.nanoTime() - began) / 1e9;
        run.gate().close();
        if (!server.isAlive()) {
            run.findings().add(Kind.REFUSED, "the server ended by itself: " + server.logTail());
        }
        if (options.on("--drain")) {
            drain();
        } else {
            server.kill();
        }
        if (!run.gate().awaitWaiting(load.living(), PARK_TIMEOUT_MILLIS)) {
            throw new IOException("the writers do not notice that the server is gone");
        }
        run.ending(false);
        if (!options.on("--drain") && random.nextDouble() < options.decimal("--double-kill")) {
            killWhileStarting();
        }
        restarts.add(server.start(settings()));
        recovered();
        files();
        long unknown = run.oracle().ask(history -> (long) history.unknown().size());
        load.check(cycle % options.number("--whole-every") == 0);
        long applied = run.oracle()
                .ask(history -> history.unknown().stream()
                        .filter(append -> append.parts.stream().allMatch(part -> part.found))
                        .count());
        load.count(options.on("--drain") ? "ends" : "kills", 1);
        load.count("appends in flight at a kill", unknown);
        load.count("of them found after it", applied);
        load.settle();
        load.rotate();
        if (options.on("--verbose")) {
            long acknowledged = run.oracle().ask(History::acknowledged) - before;
            System.out.printf(
                    "crash: cycle %d: killed after %.2f s, %d acknowledged, %d in flight of which %d are there, up again in %d ms%n",
                    cycle,
                    seconds,
                    acknowledged,
                    unknown,
                    applied,
                    restarts.getLast().toMillis());
        }
    }

    /**
     * Waits for the moment of the kill: after some time, or, when the machine's speed is not to decide how much is tested,
     * after some acknowledgements.
     */
    private void awaitMoment(long acknowledgedBefore) throws InterruptedException {
        double factor = 2 * random.nextDouble();
        long millis = FIRST_DELAY_MILLIS + (long) (options.decimal("--seconds-per-cycle") * factor * 1_000);
        long acks = (long) (options.number("--acks-per-cycle") * factor);
        if (acks == 0) {
            Thread.sleep(millis);
            return;
        }
        long deadline = System.nanoTime() + SLOWEST * millis * 1_000_000;
        while (run.oracle().ask(History::acknowledged) - acknowledgedBefore < acks && System.nanoTime() < deadline) {
            Thread.sleep(10, random.nextInt(1_000_000));
        }
    }

    /** Asks the server to end while requests keep coming: what it has taken in it answers, and it leaves in good order. */
    private void drain() throws IOException, InterruptedException {
        run.ending(true);
        long began = System.nanoTime();
        int exit = server.stop();
        Duration took = Duration.ofNanos(System.nanoTime() - began);
        drains.add((double) took.toMillis());
        if (exit != 0 || took.compareTo(LONGEST_DRAIN) > 0) {
            run.findings()
                    .add(
                            Kind.REFUSED,
                            "after SIGTERM the server ended with " + exit + " after " + took.toMillis() + " ms: "
                                    + server.logTail());
        }
    }

    /** A second crash in the middle of the recovery from the first. */
    private void killWhileStarting() throws IOException, InterruptedException {
        long usual = restarts.isEmpty() ? 500 : restarts.getLast().toMillis();
        server.launch(settings());
        Thread.sleep(random.nextLong(usual + 1));
        server.kill();
        load.count("kills while starting", 1);
    }

    private Map<String, String> settings() {
        return Map.of(
                "VARVE_CHECKPOINT_BYTES", CHECKPOINT_BYTES[random.nextInt(CHECKPOINT_BYTES.length)],
                "VARVE_JOURNAL_SEGMENT", SEGMENT_BYTES[random.nextInt(SEGMENT_BYTES.length)],
                "VARVE_MAX_BODY", MAX_BODY);
    }

    /** Asks what the start had to do. */
    private void recovered() throws IOException {
        if (!ours) {
            return;
        }
        Map<String, Double> metrics = ServerMetrics.of(run.port());
        recoveries.add(metrics.getOrDefault("varve_recovery_seconds", 0.0));
        replayed.add(metrics.getOrDefault("varve_recovery_replayed_bytes", 0.0));
    }

    /** After a start nothing lies about that the crash left. */
    private void files() throws IOException, InterruptedException {
        if (ours) {
            for (String stranger : DataFiles.lastingStrangers(data, MOST_SEGMENTS, STRANGERS_PATIENCE_MILLIS)) {
                run.findings().add(Kind.ORPHANED, stranger);
            }
        }
    }

    /** After SIGTERM everything is there too. */
    private void restartCleanly() throws IOException, InterruptedException {
        int exit = server.stop();
        if (exit != 0) {
            run.findings()
                    .add(Kind.REFUSED, "after SIGTERM the server ended with " + exit + ", not 0: " + server.logTail());
        }
        server.start(settings());
        files();
        load.check(true);
        server.stop();
        if (ours) {
            DataFiles.strangers(data, MOST_SEGMENTS)
                    .forEach(stranger -> run.findings().add(Kind.ORPHANED, stranger));
            inspect();
        }
    }

    /** What the inspecting commands say of the journal and the state when all is over. */
    private void inspect() throws IOException {
        JournalReport journal = JournalInspector.inspect(new SystemDisk(), data.resolve("journal"));
        journal.problems().forEach(finding -> run.findings().add(Kind.ORPHANED, "journal verify: " + finding));
        StateInspector.Report state = StateInspector.verify(data.resolve("state"));
        state.problems().forEach(problem -> run.findings().add(Kind.ORPHANED, "state verify: " + problem));
        state.unfinished().forEach(path -> run.findings().add(Kind.ORPHANED, "state verify: unfinished " + path));
    }

    private boolean report(int cycles, Duration took) {
        load.count("retries answered as duplicates", run.duplicatesAnswered());
        load.count("streams found expired", run.expirations());
        run.findings().words().forEach(words -> System.out.println("crash: " + words));
        StringBuilder seen = new StringBuilder();
        load.observed()
                .forEach((what, count) -> seen.append(seen.isEmpty() ? "" : ", ")
                        .append(count)
                        .append(' ')
                        .append(what));
        System.out.println("crash: " + seen);
        if (!restarts.isEmpty()) {
            System.out.printf(
                    "crash: up again after a kill in %s ms; %d s in all%n",
                    spread(restarts.stream()
                            .map(Duration::toMillis)
                            .map(Long::doubleValue)
                            .toList()),
                    took.toSeconds());
        }
        if (!drains.isEmpty()) {
            System.out.printf("crash: ended after SIGTERM in %s ms%n", spread(drains));
        }
        if (!recoveries.isEmpty()) {
            System.out.printf(
                    "crash: of this, the data was opened in %s ms, with %s KiB of journal since the last checkpoint%n",
                    spread(recoveries.stream().map(seconds -> seconds * 1_000).toList()),
                    spread(replayed.stream().map(bytes -> bytes / 1024).toList()));
        }
        boolean empty = cycles > 0 && !tested();
        if (empty) {
            System.out.println("crash: the kills met nothing worth testing: more cycles or more seconds are needed");
        }
        System.out.println(
                "crash: " + restarts.size() + " cycles, " + run.oracle().ask(History::acknowledged)
                        + " acknowledged appends, " + summary(run.findings()) + " (seed " + run.seed() + ")");
        return run.findings().none() && !empty;
    }

    private static String spread(List<Double> figures) {
        List<Double> sorted = figures.stream().sorted().toList();
        return "%.0f (median), %.0f (99 %%), %.0f (most)"
                .formatted(
                        sorted.get(sorted.size() / 2),
                        sorted.get((int) Math.ceil(sorted.size() * 0.99) - 1),
                        sorted.getLast());
    }

    /** Whether what the test is about really happened. */
    private boolean tested() {
        boolean many =
                !options.on("--drain") && restarts.size() >= CYCLES_FOR_EVERYTHING && options.number("--producers") > 0;
        return run.oracle().ask(History::acknowledged) > 0
                && (options.on("--drain") || load.observed().getOrDefault("appends in flight at a kill", 0L) > 0)
                && (!many
                        || (load.observed().getOrDefault("of them found after it", 0L) > 0
                                && run.duplicatesAnswered() > 0
                                && (options.number("--lifetimes") == 0 || run.expirations() > 0)
                                && (options.number("--retention") == 0
                                        || load.observed().getOrDefault("appends found trimmed", 0L) > 0)));
    }

    private static String summary(Findings findings) {
        return findings.summary(Kind.LOST, Kind.DUPLICATED, Kind.INVENTED, Kind.TORN, Kind.REORDERED);
    }
}
