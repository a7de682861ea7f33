package dev.varve.bench.entries;

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
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Kills a server with SIGKILL under load over entries, again and again, and compares what is there with what clients were
 * told; at the end reads the feed of all changes, which must be without gap. Confined to one thread, beside its writers.
 */
public final class EntryCrashTest {

    private static final String[] OPTIONS = {
        "--cycles", "10",
        "--writers", "8",
        "--seconds-per-cycle", "1.5",
        "--seed", "random",
        "--keep", "off",
    };

    private static final String STORE = "crash/entries";
    private static final int TIMEOUT_MILLIS = 60_000;
    private static final Pattern CURRENT = Pattern.compile("\"current_seq\":([0-9]+)");
    private static final Pattern STORE_SEQ = Pattern.compile("\"store_seq\":([0-9]+)");

    /** Small, so that there are several checkpoints in each life. */
    private static final Map<String, String> ENVIRONMENT = Map.of("VARVE_CHECKPOINT_BYTES", "256KiB");

    private final Options options;
    private final long seed;
    private final ServerProcess server;
    private final List<EntryWriter> writers = new ArrayList<>();
    private final Queue<String> wrong = new ConcurrentLinkedQueue<>();

    private EntryCrashTest(Options options, long seed, Path work) throws IOException {
        this.options = options;
        this.seed = seed;
        int port = ServerProcess.freePort();
        this.server = new ServerProcess(Servers.varve(), work.resolve("data"), port, ENVIRONMENT, ServerProcess.HTTP);
        for (int i = 0; i < options.number("--writers"); i++) {
            writers.add(new EntryWriter(i, port, STORE, seed + i));
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
        Path work = Files.createTempDirectory("varve-entry-crash-");
        boolean good = false;
        try {
            EntryCrashTest test = new EntryCrashTest(options, seed, work);
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
                    cycle,
                    millis,
                    writers.stream().mapToLong(writer -> writer.acknowledged).sum());
        }
        long changes = wrong.isEmpty() ? readFeed() : 0;
        wrong.forEach(what -> System.out.println("crash of entries: WRONG: " + what));
        System.out.printf(
                "crash of entries: %d cycles, %,d acknowledged writes, %,d changes in the feed, %d wrong (seed %d)%n",
                cycles,
                writers.stream().mapToLong(writer -> writer.acknowledged).sum(),
                changes,
                wrong.size(),
                seed);
        return wrong.isEmpty();
    }

    private void load(long millis) throws InterruptedException {
        List<Thread> threads = new ArrayList<>();
        for (EntryWriter writer : writers) {
            threads.add(Thread.ofPlatform().start(() -> {
                String problem = writer.write();
                if (problem != null) {
                    wrong.add(problem);
                }
            }));
        }
        Thread.sleep(millis);
        server.kill();
        for (Thread thread : threads) {
            thread.join();
        }
    }

    private void verify() throws IOException {
        long certain = 0;
        long perhaps = 0;
        for (EntryWriter writer : writers) {
            String problem = writer.verify();
            if (problem != null) {
                wrong.add(problem);
            }
            certain += writer.shared;
            perhaps += writer.sharedPerhaps;
        }
        try (Http http = new Http(server.port(), TIMEOUT_MILLIS)) {
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
        try (Http http = new Http(server.port(), TIMEOUT_MILLIS)) {
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
