package dev.varve.bench;

import dev.varve.api.AggregateId;
import dev.varve.api.EventAppend;
import dev.varve.api.EventRead;
import dev.varve.api.EventSlice;
import dev.varve.api.EventStore;
import dev.varve.api.ExpectedVersion;
import dev.varve.api.NewEvent;
import dev.varve.engine.Engine;
import dev.varve.engine.EngineOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.HdrHistogram.Histogram;

/** Reading events that are in a checkpoint: those of one aggregate, as often as an aggregate is loaded, and all of a store. */
final class EventReadsBench {

    private static final String[] REPLAY = {
        "--events", "1000",
        "--bytes", "256",
        "--times", "1000",
        "--warm-up", "1000",
        "--directory", "",
    };

    private static final String[] LOG = {
        "--events", "1000000",
        "--bytes", "256",
        "--page", "1000",
        "--rounds", "5",
        "--tags", "off",
        "--data", "",
        "--directory", "",
    };

    private static final AggregateId AGGREGATE = new AggregateId("bench", "replayed");
    private static final long HIGHEST_NANOS = 600_000_000_000L;
    private static final int TIMEOUT_MILLIS = 60_000;

    private EventReadsBench() {}

    /** Reads all there is of something. */
    private interface Reading {
        /** Returns how many events there were. */
        long read() throws IOException;
    }

    // ---- one aggregate ----

    /** Runs what the words describe. Returns the exit code. */
    static int replay(List<String> args) throws IOException, InterruptedException {
        Options options = Options.parse(args, null, REPLAY);
        int events = options.number("--events");
        int bytes = options.number("--bytes");
        if (events < 1 || events > EventRead.MAX_LIMIT || (long) events * bytes > EventSlice.MAX_BYTES) {
            throw new Options.UsageException(
                    "--events is 1 to %d, and together they have at most %d bytes, so that they are one page"
                            .formatted(EventRead.MAX_LIMIT, EventSlice.MAX_BYTES));
        }
        Path directory = Work.directory(options.text("--directory"));
        System.out.printf(
                "bench: replay of an aggregate of %,d events of %d bytes from a checkpoint, %,d times after %,d; %s%n",
                events, bytes, options.number("--times"), options.number("--warm-up"), Work.describe(directory));
        try {
            Path data = directory.resolve("data");
            appendTo(data, events, bytes);
            try (Engine engine = Engine.open(data, EngineOptions.DEFAULT)) {
                EventStore store = engine.varve().store(EventsBench.STORE).events();
                replay("embedded", options, () -> pages(store, EventRead.of(AGGREGATE)));
            }
            try (ServerProcess server =
                    new ServerProcess(Servers.varve(), data, ServerProcess.freePort(), Map.of(), ServerProcess.HTTP)) {
                server.start(Map.of());
                try (Http http = new Http(server.port(), TIMEOUT_MILLIS)) {
                    replay("HTTP", options, () -> page(http, events));
                }
                server.stop();
            }
        } finally {
            Directories.delete(directory);
        }
        return 0;
    }

    private static void appendTo(Path data, int events, int bytes) {
        List<NewEvent> all = new ArrayList<>();
        for (int i = 0; i < events; i++) {
            all.add(NewEvent.json("Happened", EventsBench.data(bytes, i)));
        }
        try (Engine engine = Engine.open(data, EngineOptions.DEFAULT)) {
            engine.varve()
                    .store(EventsBench.STORE)
                    .events()
                    .append(EventAppend.to(AGGREGATE, ExpectedVersion.noStream(), all));
            engine.checkpoint().join();
        }
    }

    private static void replay(String what, Options options, Reading reading) throws IOException {
        Histogram latency = new Histogram(HIGHEST_NANOS, 3);
        int warmUp = options.number("--warm-up");
        for (int i = 0; i < warmUp + options.number("--times"); i++) {
            if (i == warmUp) {
                latency.reset();
            }
            long began = System.nanoTime();
            long events = reading.read();
            latency.recordValue(System.nanoTime() - began);
            if (events != options.number("--events")) {
                throw new IOException("the aggregate has " + events + " events");
            }
        }
        System.out.printf(
                "bench: %-8s p50 %.3f  p99 %.3f  most %.3f ms%n",
                what,
                latency.getValueAtPercentile(50) / 1e6,
                latency.getValueAtPercentile(99) / 1e6,
                latency.getMaxValue() / 1e6);
    }

    /** One page as it comes over the wire; only its end is looked at. */
    private static long page(Http http, int events) throws IOException {
        String target = EventsBench.ROUTE + "/aggregates/" + AGGREGATE + "?limit=" + events;
        Http.Answer answer = http.send("GET", target, new byte[0]);
        String end = answer.text();
        int at = end.lastIndexOf("\"version\":" + (events - 1));
        if (answer.status() != 200 || at < 0) {
            throw new IOException(target + " was answered " + answer.status() + " " + end);
        }
        return events;
    }

    // ---- the whole log ----

    /** Runs what the words describe. Returns the exit code. */
    static int log(List<String> args) throws IOException, InterruptedException {
        Options options = Options.parse(args, null, LOG);
        int events = options.number("--events");
        boolean own = options.text("--data").isEmpty();
        Path directory = own ? Work.directory(options.text("--directory")) : Path.of(options.text("--data"));
        Files.createDirectories(directory);
        System.out.printf(
                "bench: the log of a store of %,d events of %d bytes from a checkpoint, embedded, in pages of %,d; %s%n",
                events, options.number("--bytes"), options.number("--page"), Work.describe(directory));
        try {
            Path data = directory.resolve("data");
            EventFill.fill(data, events, options.number("--bytes"), options.on("--tags"));
            try (Engine engine = Engine.open(data, EngineOptions.DEFAULT)) {
                EventStore store = engine.varve().store(EventsBench.STORE).events();
                List<Double> rates = new ArrayList<>();
                for (int round = 0; round <= options.number("--rounds"); round++) {
                    long began = System.nanoTime();
                    long read = pages(store, EventRead.all().withLimit(options.number("--page")));
                    double rate = read / ((System.nanoTime() - began) / 1e9);
                    if (read < events) {
                        throw new IOException("only " + read + " events were read");
                    }
                    System.out.printf(
                            "bench: round %d%s   %,.0f events/s%n", round, round == 0 ? ", to warm up" : "", rate);
                    if (round > 0) {
                        rates.add(rate);
                    }
                }
                if (!rates.isEmpty()) {
                    System.out.printf("bench: median %,.0f events/s%n", Medians.median(rates));
                }
            }
        } finally {
            if (own) {
                Directories.delete(directory);
            }
        }
        return 0;
    }

    /** Reads page by page to the end. */
    private static long pages(EventStore store, EventRead first) {
        EventRead read = first;
        EventSlice slice = store.read(read);
        long events = slice.events().size();
        while (slice.more() && slice.next() < slice.head()) {
            read = read.next(slice);
            slice = store.read(read);
            events += slice.events().size();
        }
        return events;
    }
}
