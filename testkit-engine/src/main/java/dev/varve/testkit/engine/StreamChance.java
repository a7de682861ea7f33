package dev.varve.testkit.engine;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.varve.api.AppendRequest;
import dev.varve.api.CreateRequest;
import dev.varve.api.Fork;
import dev.varve.api.Offset;
import dev.varve.api.Producer;
import dev.varve.api.StreamConfig;
import dev.varve.api.StreamMetadata;
import dev.varve.api.StreamStorage;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/**
 * Makes up requests to a handful of streams: mostly ones that can be granted, going by what the oracle knows, and enough
 * that cannot. Confined to one thread.
 */
final class StreamChance {

    static final List<String> PATHS = List.of("a/0", "a/1", "a/2", "a/3", "b/0", "b/1");

    private static final List<String> TYPES =
            List.of("text/plain", "application/json", "Application/JSON;x=y", "application/octet-stream");
    private static final int MAX_BODY_BYTES = 1_500;

    private final SplittableRandom random;
    private final StreamOracle oracle;
    private int bodies;

    StreamChance(SplittableRandom random, StreamOracle oracle) {
        this.random = random;
        this.oracle = oracle;
    }

    private boolean oneIn(int times) {
        return random.nextInt(times) == 0;
    }

    @SafeVarargs
    private <T> T oneOf(T... values) {
        return values[random.nextInt(values.length)];
    }

    private <T> T oneOf(List<T> values) {
        return values.get(random.nextInt(values.size()));
    }

    // ---- writes

    StreamCall anyWrite() {
        int dice = random.nextInt(100);
        if (dice < 60) {
            AppendRequest request = append(oneOf(PATHS));
            return append(request);
        }
        if (dice < 82) {
            CreateRequest request = creation();
            List<String> paths = request.fork() == null
                    ? List.of(request.path())
                    : List.of(request.path(), request.fork().source());
            return write(StreamWords.of(request), paths, storage -> storage.create(request));
        }
        if (dice < 90) {
            return deletion(oneOf(PATHS));
        }
        return appendAll();
    }

    private static StreamCall write(
            String words, List<String> paths, Function<StreamStorage, ? extends CompletableFuture<?>> call) {
        return new StreamCall(words, paths, StreamCall.Kind.WRITE, call);
    }

    private static StreamCall append(AppendRequest request) {
        return new StreamCall(
                StreamWords.of(request),
                List.of(request.path()),
                request.body().length == 0 ? StreamCall.Kind.FREE : StreamCall.Kind.WRITE,
                storage -> storage.append(request));
    }

    private static StreamCall deletion(String path) {
        return new StreamCall("delete " + path, List.of(path), StreamCall.Kind.FREE, storage -> storage.delete(path));
    }

    private StreamCall appendAll() {
        List<AppendRequest> requests = new ArrayList<>();
        String prefix = oneOf("a/", "b/");
        for (int i = 1 + random.nextInt(4); i > 0; i--) {
            String path = oneOf(PATHS);
            requests.add(append(oneIn(20) || path.startsWith(prefix) ? path : prefix + random.nextInt(2)));
        }
        List<AppendRequest> all = List.copyOf(requests);
        return write(
                "together " + all.stream().map(StreamWords::of).toList(),
                all.stream().map(AppendRequest::path).distinct().toList(),
                storage -> storage.appendAll(all));
    }

    private AppendRequest append(String path) {
        StreamMetadata stream = oracle.find(path);
        String type = stream == null ? oneOf(TYPES) : stream.contentType();
        if (oneIn(25)) {
            type = oneOf(TYPES);
        }
        AppendRequest request = AppendRequest.of(path, type, oneIn(25) ? oddBody() : body());
        if (oneIn(25)) {
            request = AppendRequest.closing(path);
        } else if (oneIn(25)) {
            request = request.withClose();
        }
        if (oneIn(8)) {
            request = request.withSequence("" + (char) ('a' + random.nextInt(26)));
        }
        if (random.nextInt(10) < 4) {
            request = request.withProducer(producer(path));
        }
        if (oneIn(8)) {
            request = request.withIfMatch(stream == null || oneIn(4) ? offset(path) : stream.next());
        }
        return request;
    }

    private Producer producer(String path) {
        String id = oneOf("p", "q");
        Producer last = oracle.lastProducer(path, id);
        if (last == null) {
            return new Producer(id, oneIn(8) ? 3 : 0, oneIn(8) ? 2 : 0);
        }
        return switch (random.nextInt(10)) {
            case 0, 1 -> last;
            case 2 -> new Producer(id, last.epoch() + 1, oneIn(4) ? 1 : 0);
            case 3 -> new Producer(id, Math.max(0, last.epoch() - 1), last.sequence() + 1);
            case 4 -> new Producer(id, last.epoch(), last.sequence() + 2);
            default -> new Producer(id, last.epoch(), last.sequence() + 1);
        };
    }

    private CreateRequest creation() {
        String path = oneOf(PATHS);
        StreamConfig config = StreamConfig.of(oneOf(TYPES));
        CreateRequest request = random.nextInt(10) < 5
                ? CreateRequest.of(path, oneIn(4) ? config : StreamConfig.DEFAULT)
                        .withFork(fork())
                : CreateRequest.of(path, config);
        if (random.nextInt(3) > 0) {
            request = request.withBody(oneIn(10) ? bytes("[]") : body());
        }
        return oneIn(15) ? request.withClosed() : request;
    }

    private Fork fork() {
        String source = oneOf(PATHS);
        Offset offset = oneIn(3) ? null : offset(source);
        Long subOffset = random.nextInt(3) == 0 ? Long.valueOf(random.nextInt(4)) : null;
        return new Fork(source, offset, subOffset);
    }

    /** Valid JSON, which is a valid text too, and different each time. */
    private byte[] body() {
        String number = Integer.toString(bodies++);
        String text = switch (random.nextInt(6)) {
            case 0 -> "[" + number + ",[2, 3] ,{} ]";
            case 1 -> "{\"a\":[" + number + "]}";
            case 2 -> "[1,2,3,4," + number + "]";
            case 3 -> "\"" + "x".repeat(random.nextInt(MAX_BODY_BYTES)) + number + "\"";
            case 4 -> " [[" + number + "]]";
            default -> number;
        };
        return bytes(text);
    }

    private byte[] oddBody() {
        return bytes(oneOf("", "[]", "{", "[1,]", " "));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(UTF_8);
    }

    // ---- reads

    StreamCall anyRead() {
        String path = oneOf(PATHS);
        Offset from = offset(path);
        int maxBytes = oneOf(1, 20, 400, 100_000);
        return switch (random.nextInt(6)) {
            case 0 -> read("metadata of " + path, path, storage -> storage.metadata(path));
            case 1, 2 ->
                read(
                        "messages of " + path + " from " + from + " by " + maxBytes,
                        path,
                        storage -> storage.readMessages(path, from, maxBytes));
            case 3 -> {
                String prefix = oneOf("", "a", "a/", "b/1");
                String after = random.nextBoolean() ? null : path;
                int limit = 1 + random.nextInt(8);
                yield read(
                        "list " + prefix + " after " + after + " by " + limit,
                        path,
                        storage -> storage.list(prefix, after, limit));
            }
            default ->
                read(
                        "read " + path + " from " + from + " by " + maxBytes,
                        path,
                        storage -> storage.read(path, from, maxBytes));
        };
    }

    private static StreamCall read(
            String words, String path, Function<StreamStorage, ? extends CompletableFuture<?>> call) {
        return new StreamCall(words, List.of(path), StreamCall.Kind.READ, call);
    }

    /** Mostly an offset that was handed out. */
    private Offset offset(String path) {
        int dice = random.nextInt(12);
        if (dice == 0) {
            return oneOf(Offset.BEGINNING, Offset.NOW, Offset.ZERO, Offset.at(Offset.MAX_POSITION));
        }
        List<Offset> known = oracle.handedOut(path);
        return dice == 1 || known.isEmpty() ? Offset.at(random.nextInt(60)) : oneOf(known);
    }
}
