package dev.varve.bench.live;

import dev.varve.api.Entry;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryValue;
import dev.varve.api.LiveOptions.View;
import dev.varve.api.Varve;
import dev.varve.bench.Directories;
import dev.varve.bench.Findings;
import dev.varve.bench.Findings.Kind;
import dev.varve.bench.Options;
import dev.varve.bench.ServerProcess;
import dev.varve.bench.Servers;
import dev.varve.bench.WatchSchedule;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;

/**
 * Programs keep a store in step over connections that are cut anywhere, a server that is killed and started again, history that is
 * let go of, and restarts of their own. What they have enqueued is there in the end, once; all see what stands there; what they
 * were told meanwhile was each write once, whole and in order. Confined to one thread, beside those it starts.
 */
public final class LiveSyncTest {

    private static final String[] OPTIONS = {
        "--seconds", "15",
        "--readers", "8",
        "--writes-per-second", "25",
        "--bytes-per-cut", "40000",
        "--reopen-every", "5",
        "--kills", "1",
        "--restarts", "1",
        "--history-changes", "300",
        "--seed", "random",
        "--keep", "off",
    };

    private static final String STORE = "live/sync";
    private static final long JOIN_MILLIS = 60_000;

    private final Options options;
    private final long seed;
    private final SplittableRandom random;
    private final ServerProcess server;
    private final Path work;
    private final Findings findings = new Findings();
    private final List<LiveUser> users = new ArrayList<>();
    private final List<Varve> connections = new ArrayList<>();
    private final List<Thread> threads = new ArrayList<>();
    private final AtomicBoolean stopping = new AtomicBoolean();

    private LiveSyncTest(Options options, long seed, ServerProcess server, Path work) {
        this.options = options;
        this.seed = seed;
        this.random = new SplittableRandom(seed);
        this.server = server;
        this.work = work;
    }

    /** Runs the test that the words describe. Returns the exit code. */
    public static int main(List<String> args) throws IOException, InterruptedException {
        Options options = Options.parse(args, null, OPTIONS);
        long seed = options.seed("--seed");
        Path work = Files.createTempDirectory("varve-live-");
        Map<String, String> environment =
                Map.of("VARVE_HISTORY_CHANGES", options.text("--history-changes"), "VARVE_HISTORY_AGE", "200ms");
        boolean good = false;
        try (ServerProcess server = new ServerProcess(
                Servers.varve(), work.resolve("data"), ServerProcess.freePort(), environment, ServerProcess.HTTP)) {
            good = new LiveSyncTest(options, seed, server, work).execute();
        } finally {
            if (good && !options.on("--keep")) {
                Directories.delete(work);
            } else {
                System.out.println("live: data, files and log are in " + work + " (seed " + seed + ")");
            }
        }
        return good ? 0 : 1;
    }

    private boolean execute() throws IOException, InterruptedException {
        server.start(Map.of());
        try (CuttingProxy proxy = new CuttingProxy(server.port(), options.number("--bytes-per-cut"), random.split())) {
            new WatchSchedule(options, random).run(server, findings, index -> startUser(index, proxy.port()));
            stopping.set(true);
            for (Thread thread : threads) {
                thread.join(JOIN_MILLIS);
            }
            proxy.beGentle();
            boolean good = judge(proxy.cuts());
            connections.forEach(Varve::close);
            server.stop();
            return good;
        }
    }

    private void startUser(int index, int port) {
        Varve varve = Varve.connect(URI.create("http://127.0.0.1:" + port));
        connections.add(varve);
        LiveUser user = new LiveUser(
                "user-" + index,
                varve,
                STORE,
                index % 2 == 0 ? View.OPTIMISTIC : View.COMMITTED,
                index / 2 % 2 == 0 ? work.resolve("user-" + index + ".live") : null,
                options.decimal("--writes-per-second"),
                options.decimal("--reopen-every"),
                findings,
                random.split(),
                stopping::get);
        users.add(user);
        threads.add(Thread.ofPlatform().name(user.name).daemon().start(user));
    }

    private boolean judge(long cuts) throws InterruptedException {
        for (LiveUser user : users) {
            user.finish();
        }
        if (!findings.none()) {
            return report(cuts, 0, 0); // what failed half way cannot be compared
        }
        Map<EntryPath, EntryValue> stands = new HashMap<>();
        try (Varve direct = Varve.connect(URI.create("http://127.0.0.1:" + server.port()));
                Stream<Entry> listed = direct.store(STORE).transport().list(LiveUser.ALL)) {
            listed.forEach(entry -> stands.put(entry.path(), entry.value()));
        }
        for (LiveUser user : users) {
            List<String> differences = LiveUser.differences(awaitSight(user, stands), stands);
            if (!differences.isEmpty()) {
                findings.add(
                        Kind.LOST, user.name + ": " + differences.size() + " differences, " + differences.getFirst());
            }
            EntryValue register = stands.get(LiveUser.register(user.name));
            if (user.register > 0 && !EntryValue.of(user.register).equals(register)) {
                findings.add(Kind.LOST, user.name + " set " + user.register + " last, and there is " + register);
            }
        }
        long increments = 0;
        for (int i = 0; i < LiveUser.COUNTERS; i++) {
            int counter = i;
            long expected =
                    users.stream().mapToLong(user -> user.added[counter]).sum();
            increments += expected;
            EntryValue value = stands.get(LiveUser.counter(i));
            long total = value instanceof EntryValue.Whole whole ? whole.value() : 0;
            if (total != expected) {
                findings.add(
                        total < expected ? Kind.LOST : Kind.DUPLICATED,
                        LiveUser.counter(i) + " is " + total + ", and " + expected + " were enqueued");
            }
        }
        return report(cuts, increments, stands.size());
    }

    /** What was seen to be through by its own may still be on its way to others. */
    private static Map<EntryPath, EntryValue> awaitSight(LiveUser user, Map<EntryPath, EntryValue> stands)
            throws InterruptedException {
        Map<EntryPath, EntryValue> seen = user.entries();
        for (int i = 0; i < 200 && !seen.equals(stands); i++) {
            Thread.sleep(50);
            seen = user.entries();
        }
        return seen;
    }

    private boolean report(long cuts, long increments, int entries) {
        findings.words().forEach(words -> System.out.println("live: " + words));
        long answered = users.stream().mapToLong(user -> user.answered.get()).sum();
        long told = users.stream().mapToLong(user -> user.told.get()).sum();
        long looks = users.stream().mapToLong(user -> user.looks).sum();
        long reopened = users.stream().mapToLong(user -> user.reopened).sum();
        long resyncs = users.stream().mapToLong(user -> user.resyncs.get()).sum();
        boolean empty = cuts == 0 || increments == 0 || told == 0 || looks == 0 || reopened == 0;
        if (empty) {
            System.out.println(
                    "live: nothing was cut, counted, told, looked at or opened again, so not everything was tested");
        }
        System.out.println("live: " + users.size() + " programs, " + cuts + " connections cut, " + reopened
                + " restarts of programs, " + increments + " increments, " + answered + " writes answered, " + told
                + " writes told, " + resyncs + " resyncs, " + looks + " looks, " + entries + " entries compared, "
                + findings.summary(Kind.LOST, Kind.DUPLICATED, Kind.TORN, Kind.REORDERED) + " (seed " + seed + ")");
        return findings.none() && !empty;
    }
}
