package dev.varve.bench;

import dev.varve.api.EntryOp;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryStorage;
import dev.varve.api.EntryValue;
import dev.varve.api.EntryWrite;
import dev.varve.api.EntryWriteResult;
import dev.varve.api.ErrorKind;
import dev.varve.api.VarveException;
import dev.varve.engine.Engine;
import dev.varve.engine.EngineOptions;
import dev.varve.engine.entries.HistoryPolicy;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.HdrHistogram.Histogram;

/**
 * A store with more entries than memory holds: building it, opening it, pages of it, and joining a part of it. With {@code
 * --data} it stays: what is missing of it is built, and it is measured as often as one likes.
 */
final class LargeStoreBench {

    private static final String[] OPTIONS = {
        "--entries", "10000000",
        "--per-group", "1000",
        "--data", "",
        "--build-seconds", "86400",
        "--queries", "1000",
        "--warm-up", "300",
        "--limit", "50",
        "--joins", "20",
        "--keep", "off",
    };

    private static final String STORE = "bench/delivery";
    private static final int BATCH = 1_000;
    private static final int UNDER_WAY = 16;
    private static final int PAUSE_MILLIS = 50;
    private static final int TIMEOUT_MILLIS = 60_000;
    private static final long MAX_NANOS_OF_A_KIND = 5_000_000_000L;
    private static final long HIGHEST_NANOS = 600_000_000_000L;
    private static final long UNKNOWN_SEQ = 1_000_000_000_000L;

    private final Options options;
    private final Path data;
    private final int entries;
    private final int perGroup;
    private final SplittableRandom random = new SplittableRandom(1);

    private LargeStoreBench(Options options, Path data) {
        this.options = options;
        this.data = data;
        this.entries = options.number("--entries");
        this.perGroup = options.number("--per-group");
    }

    /** Runs what the words describe. Returns the exit code. */
    static int main(List<String> args) throws IOException, InterruptedException {
        Options options = Options.parse(args, null, OPTIONS);
        Path given = Path.of(options.text("--data"));
        boolean own = options.text("--data").isEmpty();
        Path directory = own ? Files.createTempDirectory("varve-bench-") : given;
        try {
            LargeStoreBench bench = new LargeStoreBench(options, directory.resolve("data"));
            boolean builds = options.decimal("--build-seconds") > 0;
            if ((!builds || bench.build()) && options.number("--queries") > 0) {
                bench.measure();
            }
        } finally {
            if (own && !options.on("--keep")) {
                Directories.delete(directory);
            }
        }
        return 0;
    }

    /** Groups of items, as {@code g/00042/i/000007}. */
    private static String path(int group, int item) {
        return String.format(Locale.ROOT, "g/%05d/i/%06d", group, item);
    }

    private int groups() {
        return (entries + perGroup - 1) / perGroup;
    }

    // ---- building ----

    /** Builds what is missing. Returns whether all of it is there. */
    private boolean build() throws InterruptedException {
        long began = System.nanoTime();
        long end = began + (long) (options.decimal("--build-seconds") * 1e9);
        long told = began;
        // What is measured are entries: history is let go of as it comes.
        EngineOptions engineOptions = EngineOptions.DEFAULT.withHistory(new HistoryPolicy(100_000, 1));
        try (Engine engine = Engine.open(data, engineOptions)) {
            EntryStorage storage = engine.entries();
            Deque<Pending> underWay = new ArrayDeque<>();
            List<EntryOp> ops = new ArrayList<>();
            // Every entry is one change.
            int there = storage.store(STORE).map(info -> (int) info.storeSeq()).orElse(0);
            int next = there;
            while (next < entries && System.nanoTime() < end) {
                int i = next++;
                ops.add(EntryOp.set(
                        EntryPath.parse(path(i / perGroup, i % perGroup)),
                        EntryValue.of("item " + i + " of a store that is too large for memory")));
                if (ops.size() == BATCH || i == entries - 1) {
                    EntryWrite write = new EntryWrite(STORE, ops, "bench", "build", false, true);
                    underWay.add(new Pending(write, storage.write(write)));
                    ops = new ArrayList<>();
                    if (underWay.size() > UNDER_WAY) {
                        finish(storage, underWay.remove());
                    }
                }
                if (System.nanoTime() - told > 10_000_000_000L) {
                    told = System.nanoTime();
                    System.out.printf("bench: %,d entries after %.0f s%n", i, (told - began) / 1e9);
                }
            }
            if (!ops.isEmpty()) {
                EntryWrite write = new EntryWrite(STORE, ops, "bench", "build", false, true);
                underWay.add(new Pending(write, storage.write(write)));
            }
            while (!underWay.isEmpty()) {
                finish(storage, underWay.remove());
            }
            if (next > there) {
                double seconds = (System.nanoTime() - began) / 1e9;
                System.out.printf(
                        "bench: %,d entries built in %.0f s, %,.0f a second; there are %,d%n",
                        next - there, seconds, (next - there) / seconds, next);
            }
            return next >= entries;
        }
    }

    /** A batch and what became of it. */
    private record Pending(EntryWrite write, CompletableFuture<EntryWriteResult> result) {}

    /** Waits for a batch; one that came too fast for the disk is sent again. */
    private static void finish(EntryStorage storage, Pending pending) throws InterruptedException {
        CompletableFuture<EntryWriteResult> result = pending.result;
        while (true) {
            try {
                result.join();
                return;
            } catch (CompletionException e) {
                if (!(e.getCause() instanceof VarveException failure) || failure.kind() != ErrorKind.OVERLOADED) {
                    throw e;
                }
                Thread.sleep(PAUSE_MILLIS);
                result = storage.write(pending.write);
            }
        }
    }

    // ---- measuring ----

    /** A page to be asked for. */
    private interface Query {
        String parameters();
    }

    private void measure() throws IOException, InterruptedException {
        try (ServerProcess server =
                new ServerProcess(Servers.varve(), data, ServerProcess.freePort(), Map.of(), ServerProcess.HTTP)) {
            double seconds = server.start(Map.of()).toNanos() / 1e9;
            System.out.printf(
                    "bench: %,d entries, %,d MiB of state: the server answers after %.2f s with %,d MiB resident%n",
                    entries, DataFiles.bytes(data.resolve("state")) >> 20, seconds, server.residentBytes() >> 20);
            try (Http http = new Http(server.port(), TIMEOUT_MILLIS)) {
                pages(http, "a prefix", () -> "pattern=g/" + group() + "/**");
                pages(http, "a glob with one match in each group", () -> "pattern=g/*/i/" + item());
                pages(http, "a range", () -> "from=g/" + group() + "&to=g/99999");
                pages(http, "descending", () -> "order=desc&pattern=g/" + group() + "/**");
                pages(http, "everything, descending, from a deep cursor", () -> "order=desc&after=" + any());
                pages(http, "everything, from a deep cursor", () -> "after=" + any());
                pages(http, "prefixes", () -> "select=prefixes&pattern=g/" + group() + "/**");
            }
            join(server.port());
            System.out.printf("bench: the server has %,d MiB resident%n", server.residentBytes() >> 20);
            server.stop();
        }
    }

    private String group() {
        return String.format(Locale.ROOT, "%05d", random.nextInt(groups()));
    }

    private String item() {
        return String.format(Locale.ROOT, "%06d", random.nextInt(perGroup));
    }

    private String any() {
        return path(random.nextInt(groups()), random.nextInt(perGroup));
    }

    private void pages(Http http, String what, Query query) throws IOException {
        Histogram latency = new Histogram(HIGHEST_NANOS, 3);
        int warmUp = options.number("--warm-up");
        int queries = warmUp + options.number("--queries");
        long end = System.nanoTime() + MAX_NANOS_OF_A_KIND;
        long bytes = 0;
        for (int i = 0; i < queries && (System.nanoTime() < end || latency.getTotalCount() == 0); i++) {
            if (i == warmUp) {
                latency.reset();
                bytes = 0;
            }
            String target =
                    "/api/stores/" + STORE + "/entries?limit=" + options.number("--limit") + "&" + query.parameters();
            long sent = System.nanoTime();
            Http.Answer answer = http.send("GET", target, new byte[0]);
            latency.recordValue(System.nanoTime() - sent);
            if (answer.status() != 200) {
                throw new IOException(target + " was answered " + answer.status() + " " + answer.text());
            }
            bytes += answer.body().length;
        }
        System.out.printf(
                "bench: page of %d, %-44s p50 %7.2f  p99 %7.2f  most %7.2f ms   %d pages of %,d bytes%n",
                options.number("--limit"),
                what,
                latency.getValueAtPercentile(50) / 1e6,
                latency.getValueAtPercentile(99) / 1e6,
                latency.getMaxValue() / 1e6,
                latency.getTotalCount(),
                bytes / latency.getTotalCount());
    }

    /** Joins parts of the store, each with a snapshot of one group. */
    private void join(int port) throws IOException {
        Histogram latency = new Histogram(HIGHEST_NANOS, 3);
        for (int i = 0; i < options.number("--joins"); i++) {
            try (SocketChannel channel = SocketChannel.open(
                    new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), port))) {
                DeliveryFeed.openSocket(channel, port);
                long sent = System.nanoTime();
                DeliveryFeed.join(
                        channel, "{\"last_store_seq\":" + UNKNOWN_SEQ + ",\"paths\":[\"g/" + group() + "/**\"]}");
                awaitCatchUp(channel);
                latency.recordValue(System.nanoTime() - sent);
            }
        }
        System.out.printf(
                "bench: joins with a snapshot of %,d of %,d entries: p50 %.2f  p99 %.2f ms%n",
                perGroup, entries, latency.getValueAtPercentile(50) / 1e6, latency.getValueAtPercentile(99) / 1e6);
    }

    private static void awaitCatchUp(SocketChannel channel) throws IOException {
        ByteBuffer in = ByteBuffer.allocate(64 * 1024);
        String end = "";
        while (!end.contains("catch_up_complete")) {
            in.clear();
            if (channel.read(in) < 0) {
                throw new IOException("the server closed the socket");
            }
            String read = new String(in.array(), 0, in.position(), StandardCharsets.ISO_8859_1);
            end = end.substring(Math.max(0, end.length() - 200)) + read;
            if (end.contains("\"status\":\"error\"")) {
                throw new IOException("the join was refused: " + read);
            }
        }
    }
}
