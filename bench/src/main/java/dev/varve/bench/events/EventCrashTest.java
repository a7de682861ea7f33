package dev.varve.bench.events;

import dev.varve.api.Varve;
import dev.varve.api.VarveException;
import dev.varve.bench.DataFiles;
import dev.varve.bench.Directories;
import dev.varve.bench.Findings;
import dev.varve.bench.Findings.Kind;
import dev.varve.bench.Options;
import dev.varve.bench.ServerProcess;
import dev.varve.bench.Servers;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Kills a server with SIGKILL under load over events, again and again, and compares what is there with what clients were told: a log
 * that several append to, stores with which everything is done that can be done, subscriptions whose events are settled, followers, transactions over
 * all faces. Confined to one
 * thread, beside its clients.
 */
public final class EventCrashTest {

    private static final String[] OPTIONS = {
        "--cycles", "10",
        "--writers", "6",
        "--stores", "4",
        "--consumers", "2",
        "--followers", "4",
        "--transactions", "2",
        "--seconds-per-cycle", "1.5",
        "--seed", "random",
        "--keep", "off",
    };

    private static final String LOG = "crash/log";
    private static final int MOST_SEGMENTS = 8;
    private static final long STRANGERS_PATIENCE_MILLIS = 5_000;

    /** Small, so that there are several checkpoints in each life. */
    private static final Map<String, String> ENVIRONMENT = Map.of("VARVE_CHECKPOINT_BYTES", "256KiB");

    private final Options options;
    private final long seed;
    private final ServerProcess server;
    private final Path data;
    private final URI url;
    private final Findings findings = new Findings();
    private final SharedLog log = new SharedLog(LOG, findings);
    private final List<EventCrashClient> clients = new ArrayList<>();

    private EventCrashTest(Options options, long seed, Path work) throws IOException {
        this.options = options;
        this.seed = seed;
        int port = ServerProcess.reservePort();
        this.data = work.resolve("data");
        this.url = URI.create("http://127.0.0.1:" + port);
        this.server = new ServerProcess(Servers.varve(), data, port, ENVIRONMENT, ServerProcess.HTTP);
        for (int i = 0; i < options.number("--writers"); i++) {
            clients.add(new LogWriter(i, log, findings, seed + i));
        }
        for (int i = 0; i < options.number("--stores"); i++) {
            clients.add(new ModelCrashClient(i, "crash", seed + 100 + i));
        }
        for (int i = 0; i < options.number("--consumers"); i++) {
            clients.add(new ConsumerCrashClient(i, LOG, i % 2 == 0, findings, seed + 200 + i));
        }
        for (int i = 0; i < options.number("--transactions"); i++) {
            clients.add(new TransactionCrashClient(i, port, "crash/all-faces", findings, seed + 400 + i));
        }
        for (int i = 0; i < options.number("--followers"); i++) {
            String tag = i % 4 < 2 ? null : "writer:0";
            clients.add(new FollowerCrashClient(LOG, port, i % 2 == 0, tag, findings, seed + 300 + i));
        }
    }

    /**
     * Runs the test that the words describe.
     *
     * @param args the words
     * @return the exit code
     * @throws IOException when the server cannot be used
     * @throws InterruptedException when interrupted
     */
    public static int main(List<String> args) throws IOException, InterruptedException {
        Options options = Options.parse(args, null, OPTIONS);
        long seed = options.seed("--seed");
        Path work = Files.createTempDirectory("varve-event-crash-");
        boolean good = false;
        try {
            EventCrashTest test = new EventCrashTest(options, seed, work);
            try (ServerProcess server = test.server) {
                good = test.execute();
                if (good) {
                    server.stop();
                }
            }
        } finally {
            if (good && !options.on("--keep")) {
                Directories.delete(work);
            } else {
                System.out.println("crash of events: the data is in " + work);
            }
        }
        return good ? 0 : 1;
    }

    private boolean execute() throws IOException, InterruptedException {
        Random random = new Random(seed);
        server.start(Map.of());
        begin();
        int cycles = options.number("--cycles");
        for (int cycle = 1; cycle <= cycles && findings.none(); cycle++) {
            long millis = (long) (options.decimal("--seconds-per-cycle") * 1000 * (0.2 + 0.8 * random.nextDouble()));
            load(millis);
            server.start(Map.of());
            DataFiles.lastingStrangers(data, MOST_SEGMENTS, STRANGERS_PATIENCE_MILLIS)
                    .forEach(stranger -> findings.add(Kind.ORPHANED, stranger));
            verify(cycle == cycles);
            System.out.printf(
                    "crash of events: cycle %d: killed after %d ms, %d acknowledged so far%n",
                    cycle, millis, acknowledged());
        }
        findings.words().forEach(what -> System.out.println("crash of events: WRONG: " + what));
        tell();
        System.out.printf(
                "crash of events: %d cycles, %,d acknowledged requests, %,d events in the log that all append to, %s (seed %d)%n",
                cycles,
                acknowledged(),
                log.size(),
                findings.summary(Kind.LOST, Kind.DUPLICATED, Kind.INVENTED, Kind.TORN, Kind.REORDERED),
                seed);
        return findings.none();
    }

    /** Makes the log. */
    private void begin() {
        try (Varve varve = EventCrashClient.connect(url)) {
            for (EventCrashClient client : clients) {
                if (client instanceof LogWriter) {
                    wrong(client, client.step(varve));
                }
            }
        }
    }

    private long acknowledged() {
        return clients.stream().mapToLong(client -> client.acknowledged).sum();
    }

    /** What happened, by kind of client. */
    private void tell() {
        Map<String, Map<String, Long>> all = new TreeMap<>();
        clients.forEach(client -> client.addTo(all));
        all.forEach((client, counts) -> System.out.println("crash of events: " + client + ": " + counts));
    }

    private void load(long millis) throws InterruptedException {
        List<Thread> threads = new ArrayList<>();
        for (EventCrashClient client : clients) {
            threads.add(Thread.ofPlatform().start(() -> wrong(client, client.write(url))));
        }
        Thread.sleep(millis);
        server.kill();
        for (Thread thread : threads) {
            thread.join();
        }
    }

    private void wrong(EventCrashClient client, @Nullable String what) {
        if (what != null) {
            findings.add(Kind.INVENTED, client.getClass().getSimpleName() + ": " + what);
        }
    }

    private void verify(boolean last) {
        try (Varve varve = EventCrashClient.connect(url)) {
            log.read(varve.store(LOG).events(), false);
            for (EventCrashClient client : clients) {
                wrong(client, client.check(varve));
            }
            if (last && findings.none()) {
                log.read(varve.store(LOG).events(), true);
                for (EventCrashClient client : clients) {
                    wrong(client, client.finish(varve));
                }
            }
        } catch (VarveException e) {
            findings.add(Kind.REFUSED, "the server cannot be read after a crash: " + e);
        }
    }
}
