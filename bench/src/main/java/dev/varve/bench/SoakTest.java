package dev.varve.bench;

import dev.varve.bench.Findings.Kind;
import dev.varve.bench.entries.EntrySoak;
import dev.varve.bench.events.EventSoak;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.ToDoubleFunction;

/**
 * Keeps a server busy for long at a moderate pace with everything it can do, and watches what it takes up: memory,
 * descriptors, threads and disk must stay flat, the disk must be given back when all is deleted, and what is read must
 * be what was written. Confined to one thread, beside the writers and readers it starts.
 */
final class SoakTest {

    private static final String[] OPTIONS = CrashLoad.optionsAnd(
            "--minutes", "60",
            "--sample-seconds", "10",
            "--check-seconds", "60",
            "--pause-millis", "60",
            "--readers", "12",
            "--memory", "on",
            "--seed", "random",
            "--port", "0",
            "--keep", "off");

    private static final long MIB = 1 << 20;
    private static final long SEGMENT_BYTES = 4 * MIB;
    private static final long CHECKPOINT_BYTES = 4 * MIB;
    /** Ready, held back, recycled, in use, and what comes together while checkpoints are written. */
    private static final int MOST_SEGMENTS = 1 + 1 + 16 + 1 + 5;

    /**
     * The heap is laid out whole from the beginning, and the cache of the state is so small that it is full before the
     * warm-up ends, so that resident memory that grows is something else.
     */
    private static final Map<String, String> SETTINGS = Map.of(
            "VARVE_CHECKPOINT_BYTES", Long.toString(CHECKPOINT_BYTES),
            "VARVE_JOURNAL_SEGMENT", Long.toString(SEGMENT_BYTES),
            "VARVE_MAX_BODY", "524288",
            "VARVE_LONG_POLL_TIMEOUT", "2s",
            "VARVE_SSE_LIFETIME", "10s",
            "VARVE_BLOCK_CACHE", "4MiB",
            "VARVE_HEAP", "256m",
            "VARVE_JAVA_OPTS", "-Xms256m -XX:+AlwaysPreTouch");

    /** The tables of some checkpoints wait to be merged: so many files come and go, and a short run may see only coming. */
    private static final int TABLE_FILES = 80;

    private static final long STOP_MILLIS = 300_000;
    private static final long CUT_EVERY_MILLIS = 50;
    private static final int COLLECT_EVERY = 6;
    private static final int TIMEOUT_MILLIS = 300_000;
    private static final int FLUSHING_CHECKPOINTS = 8;
    private static final int FLUSHING_BODY_BYTES = 256 * 1024;
    private static final long GIVE_BACK_MILLIS = 180_000;
    /** What a state without streams may take up beside the feed of creations and deletions. */
    private static final long EMPTY_STATE_BYTES = 16 * MIB;

    private final Options options;
    private final CrashRun run;
    private final ServerProcess server;
    private final Path data;
    private final CrashLoad load;
    private final SoakClients clients;
    private final EventSoak events;
    private final EntrySoak entries;
    private final SplittableRandom random;
    private final List<SoakSample> samples = new ArrayList<>();
    private final List<SoakReader> readers = new ArrayList<>();
    private boolean flat = true;

    private SoakTest(Options options, CrashRun run, ServerProcess server, Path data) {
        this.options = options;
        this.run = run;
        this.server = server;
        this.data = data;
        this.random = new SplittableRandom(run.seed());
        this.load = new CrashLoad(options, run, random.split());
        this.clients = new SoakClients(run, options.number("--pause-millis"));
        this.events = new EventSoak(run.port(), run.findings(), run.seed());
        this.entries = new EntrySoak(run.port(), run.findings(), run.seed());
    }

    /** Runs the test that the words describe. Returns the exit code. */
    static int main(List<String> args) throws IOException, InterruptedException {
        Options options = Options.parse(args, null, OPTIONS);
        long seed = options.seed("--seed");
        Path work = Files.createTempDirectory("varve-soak-");
        Path data = work.resolve("data");
        int port = options.number("--port") == 0 ? ServerProcess.freePort() : options.number("--port");
        boolean good = false;
        try (ServerProcess server = new ServerProcess(Servers.varve(), data, port, SETTINGS, ServerProcess.HTTP);
                Oracle oracle = new Oracle(work.resolve("oracle.journal"), seed)) {
            good = new SoakTest(options, new CrashRun(seed, port, oracle), server, data).execute();
        } finally {
            if (good && !options.on("--keep")) {
                Directories.delete(work);
            } else {
                System.out.println("soak: data, log and oracle's journal are in " + work + " (seed " + seed + ")");
            }
        }
        return good ? 0 : 1;
    }

    private boolean execute() throws IOException, InterruptedException {
        server.start(Map.of());
        run.started();
        run.pauseMillis(options.number("--pause-millis"));
        load.start();
        events.start(clients);
        entries.start(clients);
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < options.number("--readers"); i++) {
            SoakReader reader = new SoakReader(run, load.slots(), random.nextLong());
            readers.add(reader);
            threads.add(Thread.ofPlatform().name("reader-" + i).daemon().start(reader));
        }
        soak();
        load.stop(STOP_MILLIS);
        long deadline = System.nanoTime() + STOP_MILLIS * 1_000_000;
        while (clients.living() > 0 && System.nanoTime() < deadline) {
            events.cut();
            Thread.sleep(CUT_EVERY_MILLIS);
        }
        for (Thread thread : threads) {
            thread.join(STOP_MILLIS);
        }
        load.check(true);
        if (run.findings().none()) {
            deleteAll();
            events.deleteAll();
            entries.deleteAll();
            givenBack();
            stop();
        }
        return report();
    }

    private void soak() throws IOException, InterruptedException {
        System.out.println(
                "soak:  time  resident  heap MiB  files  sockets  threads  journal  state MiB  held MiB  streams  checkpoints  acknowledged");
        long began = System.nanoTime();
        long seconds = (long) (options.decimal("--minutes") * 60);
        long sampleAt = 0;
        long checkAt = options.number("--check-seconds");
        while (run.findings().none()) {
            long now = (System.nanoTime() - began) / 1_000_000_000;
            if (now >= seconds) {
                return;
            }
            if (!server.isAlive()) {
                run.findings().add(Kind.REFUSED, "the server ended by itself: " + server.logTail());
            } else if (now >= sampleAt) {
                sample(now);
                sampleAt = now + options.number("--sample-seconds");
            } else if (now >= checkAt) {
                check();
                checkAt = now + options.number("--check-seconds");
            } else {
                Thread.sleep(100);
            }
        }
    }

    private void sample(long seconds) throws IOException, InterruptedException {
        boolean collect = options.on("--memory") && samples.size() % COLLECT_EVERY == 0;
        SoakSample sample = SoakSample.take(server, data, seconds, collect);
        samples.add(sample);
        System.out.printf(
                Locale.ROOT,
                "soak: %5d  %8.1f  %8s  %5d  %7d  %7d  %7.1f  %9.1f  %8.1f  %7d  %11d  %12d%n",
                sample.seconds(),
                mebibytes(sample.residentBytes()),
                sample.heapBytes() < 0 ? "" : "%.1f".formatted(mebibytes(sample.heapBytes())),
                sample.files(),
                sample.sockets(),
                sample.threads(),
                mebibytes(sample.journalBytes()),
                mebibytes(sample.stateBytes()),
                mebibytes(sample.heldBytes()),
                sample.streams(),
                sample.checkpoints(),
                run.oracle().ask(History::acknowledged));
    }

    private static double mebibytes(long bytes) {
        return (double) bytes / MIB;
    }

    /** Compares everything while the writers rest, and puts fresh streams in the places of those that have grown. */
    private void check() throws IOException, InterruptedException {
        run.gate().closeBetweenSteps();
        long deadline = System.nanoTime() + STOP_MILLIS * 1_000_000;
        do {
            events.cut();
            if (System.nanoTime() > deadline) {
                throw new IOException("the writers do not come to rest");
            }
        } while (!run.gate().awaitWaiting(load.living() + clients.living(), CUT_EVERY_MILLIS));
        load.check(false);
        load.settle();
        load.rotate();
        events.check();
        entries.check();
        load.count("comparisons", 1);
        run.gate().open();
    }

    /** Deletes every stream that there is; forks and their sources in any order. */
    private void deleteAll() throws IOException {
        List<String> names = run.oracle()
                .ask(history -> history.streams().stream()
                        .filter(stream -> stream.life != History.Life.DELETED)
                        .map(stream -> stream.name)
                        .toList());
        try (Http http = new Http(run.port(), TIMEOUT_MILLIS)) {
            for (String name : names) {
                run.oracle().record("deleting " + name);
                int status = http.send("DELETE", run.path(name), new byte[0]).status();
                if (status != 204 && status != 404 && status != 410) {
                    run.findings().add(Kind.REFUSED, "deleting " + name + " gives status " + status);
                }
                run.oracle().record("deleted " + name);
            }
        }
        load.count("streams deleted", names.size());
        load.check(true);
    }

    /** Writes as much as some checkpoints need, deletes that too, and waits for the disk to be given back. */
    private void givenBack() throws IOException, InterruptedException {
        try (Http http = new Http(run.port(), TIMEOUT_MILLIS)) {
            byte[] body = new byte[FLUSHING_BODY_BYTES];
            for (int round = 0; round < FLUSHING_CHECKPOINTS; round++) {
                String path = run.path("flush-" + round);
                http.send("PUT", path, new byte[0], "Content-Type", "application/octet-stream");
                for (long written = 0; written <= CHECKPOINT_BYTES; written += body.length) {
                    http.send("POST", path, body, "Content-Type", "application/octet-stream");
                }
                http.send("DELETE", path, new byte[0]);
            }
            String listed = http.send("GET", "/v1/streams?prefix=" + CrashRun.PREFIX, new byte[0])
                    .text();
            if (listed.contains(CrashRun.PREFIX)) {
                run.findings().add(Kind.INVENTED, "after all was deleted the listing gives " + listed);
            }
            long feed = HeldBytes.ofFeed(http);
            long deadline = System.nanoTime() + GIVE_BACK_MILLIS * 1_000_000;
            long state = DataFiles.bytes(data.resolve("state"));
            while (state > allowed(feed) && System.nanoTime() < deadline) {
                Thread.sleep(200);
                http.send("PUT", run.path("flush"), new byte[0], "Content-Type", "application/octet-stream");
                http.send("POST", run.path("flush"), body, "Content-Type", "application/octet-stream");
                http.send("DELETE", run.path("flush"), new byte[0]);
                state = DataFiles.bytes(data.resolve("state"));
            }
            System.out.printf(
                    Locale.ROOT,
                    "soak: all deleted: %.1f MiB of state are left, of them %.1f MiB of the feed of streams; %.1f MiB of journal%n",
                    mebibytes(state),
                    mebibytes(feed),
                    mebibytes(DataFiles.bytes(data.resolve("journal"))));
            if (state > allowed(feed)) {
                run.findings()
                        .add(
                                Kind.ORPHANED,
                                "after all was deleted the state takes up " + state + " bytes, " + allowed(feed)
                                        + " are allowed");
            }
        }
    }

    /** The feed lies in two checkpoints, partly in files of its own, of which half may be out of use. */
    private static long allowed(long feedBytes) {
        return 4 * feedBytes + EMPTY_STATE_BYTES;
    }

    private void stop() throws IOException, InterruptedException {
        for (String stranger : DataFiles.lastingStrangers(data, MOST_SEGMENTS, STOP_MILLIS)) {
            run.findings().add(Kind.ORPHANED, stranger);
        }
        int exit = server.stop();
        if (exit != 0) {
            run.findings()
                    .add(Kind.REFUSED, "after SIGTERM the server ended with " + exit + ", not 0: " + server.logTail());
        }
    }

    private boolean report() {
        if (samples.size() >= Trend.LEAST_SAMPLES) {
            judge("open files", 1, TABLE_FILES, SoakSample::files);
            judge("sockets", 1, 16, SoakSample::sockets);
            judge("disk of the journal, MiB", MIB, 16, SoakSample::journalBytes);
            judge("state beyond streams, MiB", MIB, 32, SoakSample::overheadBytes);
            if (options.on("--memory")) {
                judge("threads", 1, 4, SoakSample::threads);
                judge("resident memory, MiB", MIB, 16, SoakSample::residentBytes);
                judge("heap after collection, MiB", MIB, 8, SoakSample::heapBytes);
            }
        } else {
            System.out.println("soak: too few samples to judge memory, descriptors and disk; contents are judged");
        }
        run.findings().words().forEach(words -> System.out.println("soak: " + words));
        load.count("streams found expired", run.expirations());
        load.count(
                "visits of live readers",
                readers.stream().mapToLong(SoakReader::visits).sum());
        events.counts().forEach((client, counts) -> System.out.println("soak: events: " + client + ": " + counts));
        load.count("logs of events", events.generations());
        load.count("writes of entries", entries.acknowledged());
        List<String> seen = new ArrayList<>();
        load.observed().forEach((what, count) -> seen.add(count + " " + what));
        System.out.println("soak: " + String.join(", ", seen));
        System.out.println("soak: " + run.oracle().ask(History::acknowledged) + " acknowledged appends, "
                + run.findings().summary(Kind.LOST, Kind.DUPLICATED, Kind.INVENTED, Kind.TORN, Kind.REORDERED)
                + (flat ? ", flat" : ", NOT FLAT") + " (seed " + run.seed() + ")");
        return run.findings().none() && flat;
    }

    private void judge(String what, double unit, double tolerance, ToDoubleFunction<SoakSample> figure) {
        List<Double> series = samples.stream()
                .map(sample -> figure.applyAsDouble(sample) / unit)
                .filter(value -> value >= 0)
                .toList();
        if (series.size() < Trend.LEAST_SAMPLES) {
            return;
        }
        Trend.Verdict verdict = Trend.of(series, tolerance);
        System.out.printf(
                Locale.ROOT,
                "soak: %-28s second quarter %.1f, last quarter %.1f, rise over the second half %.1f, tolerance %.0f: %s%n",
                what,
                verdict.before(),
                verdict.after(),
                verdict.rise(),
                tolerance,
                verdict.flat() ? "flat" : "NOT FLAT");
        flat &= verdict.flat();
    }
}
