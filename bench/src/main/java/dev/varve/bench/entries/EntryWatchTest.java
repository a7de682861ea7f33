package dev.varve.bench.entries;

import dev.varve.bench.Directories;
import dev.varve.bench.Findings;
import dev.varve.bench.Findings.Kind;
import dev.varve.bench.Options;
import dev.varve.bench.ServerProcess;
import dev.varve.bench.Servers;
import dev.varve.bench.WatchSchedule;
import dev.varve.bench.entries.EntryWatchReader.Mode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLongArray;
import tools.jackson.databind.JsonNode;

/**
 * Readers follow stores of entries over WebSockets and by server-sent events while these are written, while history is let
 * go of, over a kill -9 and over an end in order. Each must be told every change that concerns it once, in order, without gap,
 * the same as everybody else; snapshots and marks of progress must be true; what was seen can be read, with all that was
 * written together with it; what it has in the end is what stands there. What has a time to live is deleted after it, never before, and that is told, too.
 * Confined to one thread, beside those it starts.
 */
public final class EntryWatchTest {

    private static final String[] OPTIONS = {
        "--seconds", "12",
        "--readers", "30",
        "--writes-per-second", "300",
        "--cut-every", "150",
        "--kills", "1",
        "--restarts", "1",
        "--stores", "2",
        "--writers", "2",
        "--history-changes", "100",
        "--checkpoint-bytes", "524288",
        "--seed", "random",
        "--keep", "off",
    };

    private static final long FINISH_MILLIS = 60_000;
    /** Within this time after the last write all that has a time to live is gone. */
    private static final long EXPIRY_MILLIS = 30_000;

    private static final int POLL_MILLIS = 50;
    private static final List<Mode> MODES = List.of(Mode.values());
    private static final List<WatchPattern> PATTERNS = List.of(
            WatchPattern.ALL,
            new WatchPattern("o/*/x"),
            new WatchPattern("r/**"),
            new WatchPattern("c/3"),
            new WatchPattern("t/*"));

    private final Options options;
    private final long seed;
    private final SplittableRandom random;
    private final ServerProcess server;
    private final Findings findings = new Findings();
    private final List<WatchedStore> stores = new ArrayList<>();
    private final List<EntryWatchReader> readers = new ArrayList<>();
    private final List<Thread> threads = new ArrayList<>();
    private final AtomicLongArray ends;
    private long compared;
    private long kept;

    private EntryWatchTest(Options options, long seed, ServerProcess server) {
        this.options = options;
        this.seed = seed;
        this.random = new SplittableRandom(seed);
        this.server = server;
        this.ends = new AtomicLongArray(options.number("--stores"));
    }

    /** Runs the test that the words describe. Returns the exit code. */
    public static int main(List<String> args) throws IOException, InterruptedException {
        Options options = Options.parse(args, null, OPTIONS);
        long seed = options.seed("--seed");
        Path work = Files.createTempDirectory("varve-watch-entries-");
        Map<String, String> environment = Map.of(
                "VARVE_CHECKPOINT_BYTES",
                options.text("--checkpoint-bytes"),
                "VARVE_HISTORY_CHANGES",
                options.text("--history-changes"),
                "VARVE_HISTORY_AGE",
                "200ms");
        boolean good = false;
        try (ServerProcess server = new ServerProcess(
                Servers.varve(), work.resolve("data"), ServerProcess.freePort(), environment, ServerProcess.HTTP)) {
            good = new EntryWatchTest(options, seed, server).execute();
        } finally {
            if (good && !options.on("--keep")) {
                Directories.delete(work);
            } else {
                System.out.println("watch of entries: data and log are in " + work + " (seed " + seed + ")");
            }
        }
        return good ? 0 : 1;
    }

    private boolean execute() throws IOException, InterruptedException {
        server.start(Map.of());
        AtomicBoolean stopping = new AtomicBoolean();
        List<Thread> writers = new ArrayList<>();
        for (int i = 0; i < options.number("--stores"); i++) {
            WatchedStore store = new WatchedStore("watch/s" + i, findings);
            stores.add(store);
            try (WatchCalls calls = new WatchCalls(server.port(), store.name)) {
                var _ = calls.write(
                        "watch-beginning-of-it-all", List.of("{\"op\":\"set\",\"path\":\"begun\",\"value\":1}"));
            }
            for (int w = 0; w < options.number("--writers"); w++) {
                EntryWatchWriter writer = new EntryWatchWriter(
                        writers.size(),
                        store,
                        server.port(),
                        findings,
                        stopping::get,
                        random.split(),
                        options.decimal("--writes-per-second") / options.number("--writers"));
                writers.add(Thread.ofPlatform().name("writer").daemon().start(writer));
            }
        }
        new WatchSchedule(options, random).run(server, findings, this::startReader);
        stopping.set(true);
        for (Thread writer : writers) {
            writer.join(FINISH_MILLIS);
        }
        finish();
        server.stop();
        return report();
    }

    private void startReader(int index) {
        int number = index % stores.size();
        WatchedStore store = stores.get(number);
        Mode mode = MODES.get(index / stores.size() % MODES.size());
        WatchPattern pattern = mode == Mode.WRITING_SOCKET || random.nextInt(2) == 0
                ? WatchPattern.ALL
                : PATTERNS.get(random.nextInt(PATTERNS.size()));
        long highest = store.highest();
        long start = switch (random.nextInt(3)) {
            case 0 -> highest;
            case 1 -> random.nextLong(highest + 1);
            default -> 0;
        };
        int cutEvery = random.nextInt(3) == 0 ? 0 : options.number("--cut-every");
        EntryWatchReader reader = new EntryWatchReader(
                "reader-" + index + "-" + mode,
                store,
                pattern,
                mode,
                server.port(),
                cutEvery,
                start,
                findings,
                random.split(),
                () -> ends.get(number));
        readers.add(reader);
        threads.add(Thread.ofPlatform().name(reader.toString()).daemon().start(reader));
    }

    private void finish() throws IOException, InterruptedException {
        // Those that write have an answer to come; they end with the others.
        for (int i = 0; i < stores.size(); i++) {
            ends.set(i, Math.max(1, afterExpiries(stores.get(i))));
        }
        long deadline = System.nanoTime() + FINISH_MILLIS * 1_000_000;
        for (int i = 0; i < readers.size(); i++) {
            threads.get(i).join(Math.max(1, (deadline - System.nanoTime()) / 1_000_000));
            if (!readers.get(i).isDone()) {
                findings.add(Kind.LOST, readers.get(i) + " waits, the store is at " + ends);
            }
        }
        for (int i = 0; i < stores.size(); i++) {
            judge(stores.get(i), i);
        }
    }

    /** Waits until all that has a time to live is gone, as it must be. Returns the last change. */
    private long afterExpiries(WatchedStore store) throws IOException, InterruptedException {
        try (WatchCalls calls = new WatchCalls(server.port(), store.name)) {
            long deadline = System.nanoTime() + EXPIRY_MILLIS * 1_000_000;
            while (true) {
                List<String> left = calls.entries().entrySet().stream()
                        .filter(entry -> Lifetime.of(entry.getValue()) != null)
                        .map(Map.Entry::toString)
                        .toList();
                if (left.isEmpty()) {
                    break;
                }
                if (System.nanoTime() > deadline) {
                    findings.add(Kind.EXPIRED, store.name + " still has " + left + " long after its time");
                    break;
                }
                Thread.sleep(POLL_MILLIS);
            }
            return Math.max(calls.currentSeq(), store.highest());
        }
    }

    private void judge(WatchedStore store, int number) throws IOException, InterruptedException {
        try (WatchCalls calls = new WatchCalls(server.port(), store.name)) {
            long end = calls.currentSeq();
            kept += calls.log(store);
            store.compare(end);
            store.judgeExpiries();
            NavigableMap<String, JsonNode> entries = calls.entries();
            for (int i = number; i < readers.size(); i += stores.size()) {
                EntryWatchReader reader = readers.get(i);
                if (!reader.isDone()) {
                    continue;
                }
                JsonNode counted = entries.get(reader.counter());
                if (reader.writes() && reader.written() != (counted == null ? 0 : counted.longValue())) {
                    findings.add(
                            Kind.DUPLICATED,
                            reader + " was told of " + reader.written() + " increments, there are " + counted);
                }
                if (reader.observer.position() == end) {
                    compared += reader.observer.finish(entries);
                }
            }
        }
    }

    private boolean report() {
        findings.words().forEach(words -> System.out.println("watch of entries: " + words));
        long received = readers.stream()
                .mapToLong(reader -> reader.observer.receivedCount())
                .sum();
        long connections =
                readers.stream().mapToLong(EntryWatchReader::connections).sum();
        long packed = readers.stream().mapToLong(EntryWatchReader::packed).sum();
        long expired = stores.stream().mapToLong(WatchedStore::judgedExpiries).sum();
        long snapshots = readers.stream()
                .mapToLong(reader -> reader.observer.snapshots())
                .sum();
        long marks =
                readers.stream().mapToLong(reader -> reader.observer.marks()).sum();
        long looks = readers.stream().mapToLong(EntryWatchReader::looks).sum();
        long own = readers.stream().mapToLong(EntryWatchReader::written).sum();
        long written = stores.stream().mapToLong(WatchedStore::highest).sum();
        boolean empty = received == 0
                || connections <= readers.size()
                || packed == 0
                || expired == 0
                || snapshots == 0
                || marks == 0
                || looks == 0
                || own == 0
                || compared == 0
                || kept >= written;
        if (empty) {
            System.out.println(
                    "watch of entries: nothing was received, cut, packed, expired, compacted, marked, read or written over a"
                            + " socket, or nobody could be compared in the end; so not everything was tested");
        }
        System.out.println("watch of entries: " + written + " changes, of which " + kept + " are kept, "
                + readers.size()
                + " readers received " + received + " over " + connections + " connections (" + packed
                + " of MessagePack), " + expired + " expiries judged, with " + snapshots
                + " snapshots and " + marks + " marks, " + own + " written over sockets, " + looks + " looks, "
                + compared
                + " compared in the end, "
                + findings.summary(Kind.LOST, Kind.DUPLICATED, Kind.TORN, Kind.REORDERED) + " (seed " + seed + ")");
        return findings.none() && !empty;
    }
}
