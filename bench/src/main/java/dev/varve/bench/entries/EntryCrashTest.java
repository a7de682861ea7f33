package dev.varve.bench.entries;

import dev.varve.bench.DataFiles;
import dev.varve.bench.Directories;
import dev.varve.bench.Http;
import dev.varve.bench.Options;
import dev.varve.bench.ServerProcess;
import dev.varve.bench.Servers;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Kills a server with SIGKILL under load over entries, again and again, and compares what is there with what clients were
 * told: values, files, clones of stores, leases, times to live, writes that were sent again, imports and rollbacks. At the end it
 * reads the feed of all changes, which must be without gap, and lets everything be collected that nothing refers to any more.
 * Confined to one thread, beside its clients.
 */
public final class EntryCrashTest {

    private static final String[] OPTIONS = {
        "--cycles", "10",
        "--writers", "8",
        "--file-writers", "2",
        "--seconds-per-cycle", "1.5",
        "--seed", "random",
        "--keep", "off",
    };

    private static final String STORE = "crash/entries";
    private static final String FILES = "crash/files";
    private static final String CLONED = "crash/source";
    private static final String COPIES = "crash/copy-";
    private static final int MOST_SEGMENTS = 8;
    private static final long STRANGERS_PATIENCE_MILLIS = 5_000;
    private static final Pattern CURRENT = Pattern.compile("\"current_seq\":([0-9]+)");
    private static final Pattern STORE_SEQ = Pattern.compile("\"store_seq\":([0-9]+)");

    /** Small, so that there are several checkpoints in each life. */
    private static final Map<String, String> ENVIRONMENT = Map.of("VARVE_CHECKPOINT_BYTES", "256KiB");

    private final Options options;
    private final long seed;
    private final ServerProcess server;
    private final Path data;
    private final List<EntryWriter> writers = new ArrayList<>();
    private final List<CrashClient> clients = new ArrayList<>();
    private final Queue<String> wrong = new ConcurrentLinkedQueue<>();

    private EntryCrashTest(Options options, long seed, Path work) throws IOException {
        this.options = options;
        this.seed = seed;
        int port = ServerProcess.freePort();
        this.data = work.resolve("data");
        this.server = new ServerProcess(Servers.varve(), data, port, ENVIRONMENT, ServerProcess.HTTP);
        for (int i = 0; i < options.number("--writers"); i++) {
            writers.add(new EntryWriter(i, port, STORE, seed + i));
        }
        clients.addAll(writers);
        for (int i = 0; i < options.number("--file-writers"); i++) {
            clients.add(new FileCrashClient(i, port, FILES, seed + 100 + i));
        }
        clients.add(new EntryWriter(0, port, CLONED, seed + 200));
        clients.add(new FileCrashClient(0, port, CLONED, seed + 201));
        clients.add(new CloneCrashClient(port, CLONED, COPIES, seed + 202));
        clients.add(new LeaseCrashClient(0, port, STORE, seed + 300));
        clients.add(new LeaseCrashClient(1, port, STORE, seed + 301));
        clients.add(new TimedCrashClient(0, port, STORE, seed + 400));
        clients.add(new ResendingCrashClient(0, port, STORE, seed + 500));
        clients.add(new ImportCrashClient(0, port, STORE, seed + 600));
        clients.add(new RollbackCrashClient(0, port, "crash", seed + 700));
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
        Path work = Files.createTempDirectory("varve-entry-crash-");
        boolean good = false;
        try {
            EntryCrashTest test = new EntryCrashTest(options, seed, work);
            try (ServerProcess server = test.server) {
                good = test.execute();
                if (good) {
                    server.stop();
                    good = test.collect();
                }
            }
        } finally {
            if (good && !options.on("--keep")) {
                Directories.delete(work);
            } else {
                System.out.println("crash of entries: the data is in " + work);
            }
        }
        return good ? 0 : 1;
    }

    private boolean execute() throws IOException, InterruptedException {
        Random random = new Random(seed);
        server.start(Map.of());
        int cycles = options.number("--cycles");
        for (int cycle = 1; cycle <= cycles && wrong.isEmpty(); cycle++) {
            long millis = (long) (options.decimal("--seconds-per-cycle") * 1000 * (0.2 + 0.8 * random.nextDouble()));
            load(millis);
            server.start(Map.of());
            verify();
            System.out.printf(
                    "crash of entries: cycle %d: killed after %d ms, %d acknowledged so far%n",
                    cycle, millis, acknowledged());
        }
        long changes = wrong.isEmpty() ? readFeed() : 0;
        if (wrong.isEmpty()) {
            for (CrashClient client : clients) {
                judge(client, client::finish);
            }
        }
        wrong.forEach(what -> System.out.println("crash of entries: WRONG: " + what));
        tell();
        System.out.printf(
                "crash of entries: %d cycles, %,d acknowledged writes, %,d changes in the feed, %d wrong (seed %d)%n",
                cycles, acknowledged(), changes, wrong.size(), seed);
        return wrong.isEmpty();
    }

    private long acknowledged() {
        return clients.stream().mapToLong(client -> client.acknowledged).sum();
    }

    /** What happened, by kind of client. */
    private void tell() {
        Map<String, Map<String, Long>> all = new TreeMap<>();
        for (CrashClient client : clients) {
            Map<String, Long> counts = all.computeIfAbsent(client.getClass().getSimpleName(), name -> new TreeMap<>());
            counts.merge("acknowledged", client.acknowledged, Long::sum);
            client.counts().forEach((what, times) -> counts.merge(what, times, Long::sum));
        }
        all.forEach((client, counts) -> System.out.println("crash of entries: " + client + ": " + counts));
    }

    /** One look at what is there. */
    private interface Look {
        @Nullable String at(Http http) throws IOException, InterruptedException;
    }

    private void judge(CrashClient client, Look look) throws InterruptedException {
        String problem;
        try (Http http = new Http(server.port(), CrashClient.TIMEOUT_MILLIS)) {
            problem = look.at(http);
        } catch (IOException e) {
            problem = e + (e.getCause() == null ? "" : ", for " + e.getCause());
        }
        if (problem != null) {
            wrong.add(client.getClass().getSimpleName() + ": " + problem);
        }
    }

    private boolean collect() throws IOException, InterruptedException {
        CollectedFiles.Result result = CollectedFiles.check(data);
        result.wrong().forEach(what -> System.out.println("crash of entries: WRONG: " + what));
        System.out.printf(
                "crash of entries: %d files, %d of them left when the others were collected, %d wrong%n",
                result.before(), result.after(), result.wrong().size());
        return result.wrong().isEmpty();
    }

    private void load(long millis) throws InterruptedException {
        List<Thread> threads = new ArrayList<>();
        for (CrashClient client : clients) {
            threads.add(Thread.ofPlatform().start(() -> {
                String problem = client.write();
                if (problem != null) {
                    wrong.add(client.getClass().getSimpleName() + ": " + problem);
                }
            }));
        }
        Thread.sleep(millis);
        server.kill();
        for (Thread thread : threads) {
            thread.join();
        }
    }

    private void verify() throws IOException, InterruptedException {
        DataFiles.lastingStrangers(data, MOST_SEGMENTS, STRANGERS_PATIENCE_MILLIS)
                .forEach(stranger -> wrong.add("nothing accounts for " + stranger));
        for (CrashClient client : clients) {
            judge(client, client::check);
        }
        long certain = 0;
        long perhaps = 0;
        for (EntryWriter writer : writers) {
            certain += writer.shared;
            perhaps += writer.sharedPerhaps;
        }
        try (Http http = new Http(server.port(), CrashClient.TIMEOUT_MILLIS)) {
            String found = EntryWriter.value(http.send("GET", "/api/stores/" + STORE + "/entries/shared", new byte[0]));
            long total = found == null ? 0 : Long.parseLong(found);
            if (total < certain || total > certain + perhaps) {
                wrong.add("the shared counter should be " + certain + " to " + (certain + perhaps) + ", is " + total);
            }
        }
    }

    /** Reads the whole feed. Returns how many changes it told. */
    private long readFeed() throws IOException {
        long last = 0;
        try (Http http = new Http(server.port(), CrashClient.TIMEOUT_MILLIS)) {
            long current = EntryWriter.number(
                    CURRENT,
                    http.send("GET", "/api/stores/" + STORE + "/status", new byte[0])
                            .text());
            Http.Live feed = http.open(
                    "GET", "/api/stores/" + STORE + "/watch?after=0", new byte[0], "Accept", "text/event-stream");
            BufferedReader lines = new BufferedReader(new InputStreamReader(feed.body(), StandardCharsets.UTF_8));
            for (@Nullable String line = lines.readLine(); line != null && last < current; line = lines.readLine()) {
                if (line.startsWith("data:") && line.contains("\"op\":")) {
                    long seq = EntryWriter.number(STORE_SEQ, line);
                    if (seq != last + 1) {
                        wrong.add("the feed goes from change " + last + " to " + seq);
                    }
                    last = seq;
                }
            }
            if (last != current) {
                wrong.add("the feed ends at change " + last + " of " + current);
            }
        }
        return last;
    }
}
