package dev.varve.bench.entries;

import dev.varve.api.Entry;
import dev.varve.api.EntryPage;
import dev.varve.api.EntryPattern;
import dev.varve.api.EntryQuery;
import dev.varve.api.EntryStorage;
import dev.varve.api.FileReference;
import dev.varve.api.StoreInfo;
import dev.varve.bench.DataFiles;
import dev.varve.engine.Engine;
import dev.varve.engine.EngineOptions;
import dev.varve.engine.entries.HistoryPolicy;
import dev.varve.engine.io.Clock;
import dev.varve.engine.io.SystemClock;
import dev.varve.engine.io.SystemDisk;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Opens the data of a server that has ended, lets go of all history and lets time pass: then there must be exactly the files that
 * entries refer to. Stateless.
 */
final class CollectedFiles {

    /** As often as this upkeep looks, so that nobody has to wait. */
    private static final long UPKEEP_MILLIS = 5;

    private static final long PATIENCE_NANOS = 150_000_000_000L;
    private static final Duration GRACE = Duration.ofMinutes(11);

    /** The machine's time, and what was added to it. */
    private static final class FastClock implements Clock {
        private final Clock machine = new SystemClock();
        private final AtomicLong addedNanos = new AtomicLong();

        @Override
        public long wallMillis() {
            return machine.wallMillis() + addedNanos.get() / 1_000_000;
        }

        @Override
        public long elapsedNanos() {
            return machine.elapsedNanos() + addedNanos.get();
        }
    }

    /**
     * What was found.
     *
     * @param before how many files there were
     * @param after how many are needed
     * @param wrong what is wrong, in words
     */
    record Result(int before, int after, List<String> wrong) {}

    private CollectedFiles() {}

    static Result check(Path data) throws IOException, InterruptedException {
        EngineOptions defaults = EngineOptions.DEFAULT;
        EngineOptions options = new EngineOptions(
                defaults.journal(),
                defaults.sequencer(),
                defaults.checkpointBytes(),
                defaults.blockCacheBytes(),
                defaults.readMemoryBytes(),
                defaults.maxIdleStreams(),
                defaults.diskThreads(),
                defaults.maxWaitingReads(),
                UPKEEP_MILLIS,
                UPKEEP_MILLIS,
                new HistoryPolicy(0, 0),
                defaults.quotas());
        FastClock clock = new FastClock();
        List<String> wrong = new ArrayList<>();
        int before = DataFiles.contents(data).size();
        Set<String> needed = new TreeSet<>();
        try (Engine engine = Engine.open(data, options, new SystemDisk(), clock, new Random())) {
            for (StoreInfo store : engine.entries().stores(null)) {
                references(engine.entries(), store.name(), needed);
            }
            long deadline = System.nanoTime() + PATIENCE_NANOS;
            while (!DataFiles.contents(data).equals(needed) && System.nanoTime() < deadline) {
                Thread.sleep(10 * UPKEEP_MILLIS);
                clock.addedNanos.addAndGet(GRACE.toNanos());
            }
            Set<String> left = DataFiles.contents(data);
            for (String content : left) {
                if (!needed.contains(content)) {
                    wrong.add("files/" + content + " is not collected, though nothing needs it");
                }
            }
            for (String content : needed) {
                if (!left.contains(content)) {
                    wrong.add("files/" + content + " is missing, though an entry refers to it");
                }
            }
        }
        return new Result(before, needed.size(), wrong);
    }

    private static void references(EntryStorage entries, String store, Set<String> needed) {
        EntryQuery query = EntryQuery.matching(store, EntryPattern.ALL);
        while (true) {
            EntryPage page = entries.list(query).join();
            for (Entry entry : page.entries()) {
                FileReference file = FileReference.of(entry.value());
                if (file != null) {
                    needed.add(store.substring(0, store.indexOf('/')) + "/"
                            + file.hash().substring("sha256:".length()));
                }
            }
            if (page.next() == null) {
                return;
            }
            query = query.withAfter(page.next());
        }
    }
}
