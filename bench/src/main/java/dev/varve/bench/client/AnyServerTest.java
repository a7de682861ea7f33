package dev.varve.bench.client;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.varve.api.AppendRequest;
import dev.varve.api.AppendResult;
import dev.varve.api.CreateRequest;
import dev.varve.api.CreateResult;
import dev.varve.api.ErrorKind;
import dev.varve.api.FollowOptions;
import dev.varve.api.FollowOptions.Live;
import dev.varve.api.Fork;
import dev.varve.api.ItemPosition;
import dev.varve.api.ItemReader;
import dev.varve.api.Offset;
import dev.varve.api.Producer;
import dev.varve.api.ProducerOptions;
import dev.varve.api.ReadResult;
import dev.varve.api.StreamConfig;
import dev.varve.api.StreamItem;
import dev.varve.api.StreamProducer;
import dev.varve.api.StreamReader;
import dev.varve.api.Streams;
import dev.varve.api.TypedProducer;
import dev.varve.api.TypedStream;
import dev.varve.api.Varve;
import dev.varve.api.VarveException;
import dev.varve.bench.Directories;
import dev.varve.bench.Options;
import dev.varve.bench.ServerProcess;
import dev.varve.bench.Servers;
import dev.varve.client.JsonCodec;
import dev.varve.client.VarveClient;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** Drives a server of the Durable Streams protocol, whoever made it, with the Java client. Confined to one thread, beside writers. */
public final class AnyServerTest {

    private static final String[] OPTIONS = {"--command", "", "--name", "the server"};
    private static final ProducerOptions SMALL =
            ProducerOptions.DEFAULT.withLinger(Duration.ofMillis(1)).withMaxBatch(1_000, 20);

    private final Streams streams;
    private final Path work;
    private int passed;

    /** A record as items of a stream. */
    record Visit(int number, String page) {}

    private AnyServerTest(Streams streams, Path work) {
        this.streams = streams;
        this.work = work;
    }

    /** Runs the test that the words describe. Returns the exit code. */
    public static int main(List<String> args) throws IOException, InterruptedException {
        Options options = Options.parse(args, null, OPTIONS);
        Path work = Files.createTempDirectory("varve-any-server-");
        List<String> command = options.text("--command").isEmpty()
                ? Servers.varve()
                : List.of(options.text("--command").strip().split("\\s+"));
        try (ServerProcess server = new ServerProcess(
                command, work.resolve("data"), ServerProcess.reservePort(), Map.of(), ServerProcess.HTTP)) {
            server.start(Map.of());
            try (Varve varve = VarveClient.builder(URI.create("http://127.0.0.1:" + server.port()))
                    .liveTimeout(Duration.ofSeconds(20))
                    .connect()) {
                AnyServerTest test = new AnyServerTest(varve.streams(), work);
                test.run();
                System.out.println(
                        "java client: " + options.text("--name") + ": " + test.passed + " steps as expected");
            } catch (AssertionError | VarveException e) {
                System.out.println("java client: " + options.text("--name") + ": " + e.getMessage());
                System.out.println(server.logTail());
                e.printStackTrace(System.out);
                return 1;
            }
        } finally {
            Directories.delete(work);
        }
        return 0;
    }

    private void run() throws InterruptedException {
        createAndAppend();
        idempotentAppends();
        producers();
        outbox();
        items();
        for (Live live : Live.values()) {
            followText(live);
            followBytes(live);
            followItems(live);
        }
        closing();
        fork();
        deletion();
    }

    private void same(Object expected, Object found, String what) {
        if (!expected.equals(found)) {
            throw new AssertionError(what + ": expected " + expected + ", found " + found);
        }
        passed++;
    }

    private void refused(ErrorKind kind, Runnable call, String what) {
        try {
            call.run();
        } catch (VarveException e) {
            same(kind, e.kind(), what + " (" + e.getMessage() + ")");
            return;
        }
        throw new AssertionError(what + ": expected " + kind + ", was done");
    }

    private void createAndAppend() {
        StreamConfig text = StreamConfig.of("text/plain");
        same(true, streams.create("any/text", text) instanceof CreateResult.Created, "a new stream is created");
        same(true, streams.create("any/text", text) instanceof CreateResult.Existing, "a second creation finds it");
        refused(
                ErrorKind.ALREADY_EXISTS,
                () -> streams.create("any/text", StreamConfig.of("application/json")),
                "another type is a conflict");
        Offset first = streams.append("any/text", "one ".getBytes(UTF_8));
        Offset second = streams.append("any/text", "two".getBytes(UTF_8));
        same(true, first.compareTo(second) < 0, "offsets grow");
        same(second, streams.currentOffset("any/text").orElseThrow(), "the tail is where the last append ended");
        same("one two", text("any/text", Offset.BEGINNING), "the beginning leads to everything");
        same("two", text("any/text", Offset.of(first.toString())), "an offset that was kept leads to the rest");
        same("", text("any/text", Offset.NOW), "now is the tail");
        refused(
                ErrorKind.CONTENT_TYPE_MISMATCH,
                () -> streams.append(AppendRequest.of("any/text", "application/json", "1".getBytes(UTF_8))),
                "another type is refused");
        refused(ErrorKind.NOT_FOUND, () -> streams.read("any/none", Offset.BEGINNING), "no stream is not found");
        same(true, streams.find("any/none").isEmpty(), "no stream has no metadata");
    }

    private void idempotentAppends() {
        streams.create("any/producer", StreamConfig.of("text/plain"));
        AppendRequest request = AppendRequest.of("any/producer", "text/plain", "x".getBytes(UTF_8));
        same(
                true,
                streams.append(request.withProducer(new Producer("p", 1, 0))) instanceof AppendResult.Appended,
                "a producer appends");
        same(
                true,
                streams.append(request.withProducer(new Producer("p", 1, 0))) instanceof AppendResult.Duplicate,
                "a repetition is a duplicate");
        refused(
                ErrorKind.PRODUCER_GAP,
                () -> streams.append(request.withProducer(new Producer("p", 1, 2))),
                "a skipped number is a gap");
        streams.append(request.withProducer(new Producer("p", 2, 0)));
        refused(
                ErrorKind.PRODUCER_FENCED,
                () -> streams.append(request.withProducer(new Producer("p", 1, 1))),
                "an old epoch is fenced");
        same("xx", text("any/producer", Offset.BEGINNING), "each request was applied once");
    }

    private void producers() {
        StringBuilder expected = new StringBuilder();
        streams.create("any/batches", StreamConfig.of("text/plain"));
        for (ProducerOptions options : List.of(SMALL, SMALL.withId("batches"))) {
            try (StreamProducer producer = streams.producer("any/batches", options)) {
                for (int i = 0; i < 500; i++) {
                    producer.add((i + "\n").getBytes(UTF_8));
                    expected.append(i).append('\n');
                }
                producer.flush();
                same(500L, producer.accepted(), "a producer counts");
            }
        }
        same(expected.toString(), text("any/batches", Offset.BEGINNING), "batches arrive whole and in order");
    }

    private void outbox() {
        TypedStream<Integer> numbers = streams.typed("any/numbers", JsonCodec.of(Integer.class));
        numbers.create();
        ProducerOptions options = SMALL.withOutbox(work.resolve("numbers.outbox"));
        for (int end = 100; end <= 300; end += 100) {
            try (TypedProducer<Integer> producer = numbers.producer(options)) {
                for (int i = Math.toIntExact(producer.accepted()); i < end; i++) {
                    producer.add(i);
                }
            }
        }
        same(
                IntStream.range(0, 300).boxed().toList(),
                numbers.read(ItemPosition.BEGINNING).items().stream()
                        .map(StreamItem::value)
                        .toList(),
                "what went through an outbox stands there once");
    }

    private void items() {
        TypedStream<Visit> visits = streams.typed("any/visits", JsonCodec.of(Visit.class));
        visits.create();
        List<Visit> all = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            all.add(new Visit(i, "page \"" + i + "\", ü"));
        }
        visits.append(all.get(0));
        visits.appendAll(all.subList(1, 10));
        List<StreamItem<Visit>> read = visits.read(ItemPosition.BEGINNING).items();
        same(all, read.stream().map(StreamItem::value).toList(), "values come back");
        for (StreamItem<Visit> item : read) {
            ItemPosition kept = ItemPosition.parse(item.next().toString());
            same(
                    all.subList(item.value().number() + 1, 10),
                    visits.read(kept).items().stream().map(StreamItem::value).toList(),
                    "reading goes on after " + item);
        }
    }

    private void followText(Live live) throws InterruptedException {
        String path = "any/follow-text-" + live;
        streams.create(path, StreamConfig.of("text/plain"));
        streams.append(path, "first\n".getBytes(UTF_8));
        StringBuilder expected = new StringBuilder("first\n");
        try (StreamReader reader = streams.follow(path, Offset.BEGINNING, new FollowOptions(live))) {
            Thread writer = writing(() -> {
                for (int i = 0; i < 50; i++) {
                    streams.append(path, (i + ": event: control\ndata:{}\n\n").getBytes(UTF_8));
                }
                streams.close(path);
            });
            for (int i = 0; i < 50; i++) {
                expected.append(i).append(": event: control\ndata:{}\n\n");
            }
            same(expected.toString(), new String(toEnd(reader), UTF_8), "text followed by " + live);
            writer.join();
            same(streams.currentOffset(path).orElseThrow(), reader.position(), "its end");
        }
    }

    private void followBytes(Live live) throws InterruptedException {
        String path = "any/follow-bytes-" + live;
        streams.create(path, StreamConfig.DEFAULT);
        byte[] every = new byte[256];
        for (int i = 0; i < every.length; i++) {
            every[i] = (byte) i;
        }
        ByteArrayOutputStream expected = new ByteArrayOutputStream();
        try (StreamReader reader = streams.follow(path, Offset.NOW, new FollowOptions(live))) {
            Thread writer = writing(() -> {
                for (int i = 0; i < 20; i++) {
                    streams.append(path, every);
                }
                streams.close(path);
            });
            for (int i = 0; i < 20; i++) {
                expected.writeBytes(every);
            }
            same(
                    List.of(Arrays.hashCode(expected.toByteArray())),
                    List.of(Arrays.hashCode(toEnd(reader))),
                    "bytes followed by " + live);
            writer.join();
        }
    }

    private void followItems(Live live) throws InterruptedException {
        TypedStream<Integer> stream = streams.typed("any/follow-items-" + live, JsonCodec.of(Integer.class));
        stream.create();
        stream.appendAll(List.of(0, 1, 2));
        List<Integer> read = new ArrayList<>();
        Thread writer = writing(() -> {
            for (int i = 3; i < 60; i += 3) {
                stream.appendAll(List.of(i, i + 1, i + 2));
            }
            streams.close(stream.path());
        });
        // A new reader after every few items, each from the position of the one before.
        ItemPosition at = ItemPosition.BEGINNING;
        while (read.size() < 60) {
            try (ItemReader<Integer> reader = stream.follow(at, new FollowOptions(live))) {
                for (int i = 0; i < 7 && reader.hasNext(); i++) {
                    read.add(reader.next().value());
                }
                at = ItemPosition.parse(reader.position().toString());
            }
        }
        writer.join();
        same(IntStream.range(0, 60).boxed().toList(), read, "items followed by " + live + " with many readers");
    }

    private void closing() {
        streams.create("any/closed", StreamConfig.of("text/plain"));
        streams.append(AppendRequest.of("any/closed", "text/plain", "all".getBytes(UTF_8))
                .withClose());
        same(true, streams.find("any/closed").orElseThrow().closed(), "a closed stream says so");
        same(
                streams.currentOffset("any/closed").orElseThrow(),
                streams.close("any/closed"),
                "closing again is harmless");
        refused(
                ErrorKind.CLOSED,
                () -> streams.append("any/closed", "more".getBytes(UTF_8)),
                "a closed stream takes nothing");
        same("all", text("any/closed", Offset.BEGINNING), "what it holds can be read");
    }

    private void fork() {
        streams.create("any/source", StreamConfig.of("text/plain"));
        Offset middle = streams.append("any/source", "trunk,".getBytes(UTF_8));
        streams.append("any/source", "source".getBytes(UTF_8));
        streams.create(
                CreateRequest.of("any/fork", StreamConfig.DEFAULT).withFork(new Fork("any/source", middle, null)));
        streams.append("any/fork", "fork".getBytes(UTF_8));
        same("trunk,fork", text("any/fork", Offset.BEGINNING), "a fork begins with what it inherits");
        same("trunk,source", text("any/source", Offset.BEGINNING), "its source does not know of it");
    }

    private void deletion() {
        streams.create("any/deleted", StreamConfig.of("text/plain"));
        same(true, streams.delete("any/deleted"), "a stream is deleted");
        same(false, streams.delete("any/deleted"), "once");
        refused(
                ErrorKind.NOT_FOUND,
                () -> streams.follow("any/deleted", Offset.BEGINNING).close(),
                "and cannot be followed");
    }

    private static Thread writing(Runnable work) {
        Thread thread = new Thread(work, "writer");
        thread.start();
        return thread;
    }

    private static byte[] toEnd(StreamReader reader) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        while (!reader.atEnd()) {
            reader.next(Duration.ofSeconds(30)).ifPresentOrElse(page -> all.writeBytes(bytes(page)), () -> {
                if (!reader.atEnd()) {
                    throw new AssertionError("nothing came for 30 s at " + reader.position());
                }
            });
        }
        return all.toByteArray();
    }

    private String text(String path, Offset from) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        Offset at = from;
        while (true) {
            ReadResult.Page page = streams.read(path, at);
            all.writeBytes(bytes(page));
            if (!page.hasMore()) {
                return all.toString(UTF_8);
            }
            at = page.next();
        }
    }

    private static byte[] bytes(ReadResult.Page page) {
        byte[] data = new byte[page.data().remaining()];
        page.data().duplicate().get(data);
        return data;
    }
}
