package dev.varve.bench;

import dev.varve.api.Key;
import dev.varve.api.LiveOptions;
import dev.varve.api.LiveSync;
import dev.varve.api.ProducerOptions;
import dev.varve.api.Repository;
import dev.varve.api.Schema;
import dev.varve.api.Store;
import dev.varve.api.StreamConfig;
import dev.varve.api.StreamProducer;
import dev.varve.api.Subscription;
import dev.varve.api.Varve;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * {@code varve bench library}: what the Java library makes of one connection to a durable server, and what its subscriptions
 * take. Confined to one thread.
 */
final class LibraryBench {

    private static final String[] OPTIONS = {
        "--items", "1000000",
        "--bytes", "100",
        "--rounds", "5",
        "--subscriptions", "1000",
    };

    /** A record to subscribe to. */
    @Schema(prefix = "links")
    record Link(@Key String slug, String title, int visits) {}

    private final Options options;
    private final ServerProcess server;
    private final Varve varve;

    private LibraryBench(Options options, ServerProcess server, Varve varve) {
        this.options = options;
        this.server = server;
        this.varve = varve;
    }

    static int main(List<String> args) throws IOException, InterruptedException {
        Options options = Options.parse(args, null, OPTIONS);
        Path work = Files.createTempDirectory("varve-library-");
        try (ServerProcess server = new ServerProcess(
                Servers.varve(), work.resolve("data"), ServerProcess.freePort(), Map.of(), ServerProcess.HTTP)) {
            server.start(Map.of());
            try (Varve varve = Varve.connect(URI.create("http://127.0.0.1:" + server.port()))) {
                LibraryBench bench = new LibraryBench(options, server, varve);
                bench.appends("application/octet-stream");
                bench.appends("application/json");
                bench.subscriptions();
            }
            server.stop();
        } finally {
            Directories.delete(work);
        }
        return 0;
    }

    /** One producer, one stream, one connection at a time; a round is over when all its items are durable. */
    private void appends(String contentType) throws IOException {
        int items = options.number("--items");
        byte[] item = item(contentType.equals("application/json"));
        String path = "library/" + contentType.replace('/', '-');
        varve.streams().create(path, StreamConfig.of(contentType));
        List<Double> rates = new ArrayList<>();
        for (int round = 0; round <= options.number("--rounds"); round++) {
            long serverBefore = server.cpuMicros();
            long ownBefore = Work.ownCpuNanos();
            long began = System.nanoTime();
            try (StreamProducer producer = varve.streams().producer(path, ProducerOptions.DEFAULT.withId("library"))) {
                for (int i = 0; i < items; i++) {
                    producer.add(item);
                }
                producer.flush();
            }
            double rate = items / ((System.nanoTime() - began) / 1e9);
            if (round == 0) {
                continue; // to warm up
            }
            rates.add(rate);
            System.out.printf(
                    "bench: appends of %d bytes, %s: %,.0f items/s, server %.2f us of processor per item, client %.2f%n",
                    item.length,
                    contentType,
                    rate,
                    (double) (server.cpuMicros() - serverBefore) / items,
                    (Work.ownCpuNanos() - ownBefore) / 1e3 / items);
        }
        System.out.printf("bench: median %s: %,.0f items/s%n", contentType, Medians.median(rates));
    }

    private byte[] item(boolean json) {
        int bytes = options.number("--bytes");
        String filler = "x".repeat(Math.max(1, bytes - 8));
        return (json ? "{\"a\":\"" + filler + "\"}" : "x".repeat(bytes)).getBytes(StandardCharsets.UTF_8);
    }

    /** Heap that subscriptions to records of a live sync take, and how many threads tell them all of a change. */
    private void subscriptions() throws InterruptedException {
        int count = options.number("--subscriptions");
        Store store = varve.store("library/links");
        try (LiveSync live = store.live(LiveOptions.of(Link.class))) {
            if (!live.awaitLive(Duration.ofSeconds(30))) {
                throw new IllegalStateException("not live: " + live.status());
            }
            Repository<Link> links = store.repository(Link.class);
            links.insert(new Link("warm", "Warm", 0));
            long before = heapBytes();
            CountDownLatch told = new CountDownLatch(count);
            List<Subscription> subscriptions = new ArrayList<>(count);
            for (int i = 0; i < count; i++) {
                subscriptions.add(links.subscribe(event -> told.countDown()));
            }
            long idle = heapBytes() - before;
            int threadsBefore = Thread.activeCount();
            links.insert(new Link("dust", "Dust", 1));
            if (!told.await(30, TimeUnit.SECONDS)) {
                throw new IllegalStateException(told.getCount() + " were not told");
            }
            System.out.printf(
                    "bench: %d subscriptions take %.2f MiB of heap, %.2f MiB after an event; %d threads more while they are"
                            + " told%n",
                    count, idle / 1048576.0, (heapBytes() - before) / 1048576.0, Thread.activeCount() - threadsBefore);
            subscriptions.forEach(Subscription::close);
        }
    }

    private static long heapBytes() throws InterruptedException {
        for (int i = 0; i < 3; i++) {
            System.gc();
            Thread.sleep(50);
        }
        Runtime runtime = Runtime.getRuntime();
        return runtime.totalMemory() - runtime.freeMemory();
    }
}
