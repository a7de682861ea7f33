package dev.varve.testkit.engine;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.varve.api.AppendRequest;
import dev.varve.api.CreateRequest;
import dev.varve.api.Fork;
import dev.varve.api.Offset;
import dev.varve.api.Producer;
import dev.varve.api.Retention;
import dev.varve.api.StreamConfig;
import dev.varve.api.StreamMetadata;
import dev.varve.api.StreamStorage;
import java.time.Instant;
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
    /** With what else is in the group it fits into the smallest segment. */
    private static final int MAX_LARGE_BODY_BYTES = 9_000;
    /** How often a path is drawn until one is found that suits. */
    private static final int MAX_TRIES = 4;

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

    /** Mostly a path at which there is a stream. */
    private String takenPath() {
        return oneOf(PATHS, true);
    }

    /** Mostly a path at which there is none. */
    private String freePath() {
        return oneOf(PATHS, false);
    }

    private String oneOf(List<String> paths, boolean taken) {
        String path = oneOf(paths);
        for (int i = 0; i < MAX_TRIES && (oracle.find(path) != null) != taken; i++) {
            path = oneOf(paths);
        }
        return path;
    }

    // ---- writes

    StreamCall anyWrite() {
        int dice = random.nextInt(100);
        if (dice < 60) {
            return append(append(takenPath(), MAX_LARGE_BODY_BYTES));
        }
        if (dice < 82) {
            CreateRequest request = creation();
            List<String> paths = request.fork() == null
                    ? List.of(request.path())
                    : List.of(request.path(), request.fork().source());
            return write(StreamWords.of(request), paths, storage -> storage.create(request));
        }
        if (dice < 90) {
            return deletion(takenPath());
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
            String path = takenPath();
            requests.add(
                    append(oneIn(20) || path.startsWith(prefix) ? path : prefix + random.nextInt(2), MAX_BODY_BYTES));
        }
        List<AppendRequest> all = List.copyOf(requests);
        return write(
                "together " + all.stream().map(StreamWords::of).toList(),
                all.stream().map(AppendRequest::path).distinct().toList(),
                storage -> storage.appendAll(all));
    }

    private AppendRequest append(String path, int maxBytes) {
        StreamMetadata stream = oracle.find(path);
        String type = stream == null ? oneOf(TYPES) : stream.contentType();
        if (oneIn(25)) {
            type = oneOf(TYPES);
        }
        AppendRequest request = AppendRequest.of(path, type, oneIn(25) ? oddBody() : body(maxBytes));
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
        String path = freePath();
        boolean fork = random.nextBoolean();
        StreamConfig config = withBounds(fork && !oneIn(4) ? StreamConfig.DEFAULT : StreamConfig.of(oneOf(TYPES)));
        CreateRequest request = CreateRequest.of(path, config);
        if (fork) {
            request = request.withFork(fork());
        }
        if (random.nextInt(3) > 0) {
            request = request.withBody(oneIn(10) ? bytes("[]") : body(MAX_LARGE_BODY_BYTES));
        }
        return oneIn(15) ? request.withClosed() : request;
    }

    /** Every other stream lives for ever and keeps everything. */
    private StreamConfig withBounds(StreamConfig config) {
        return switch (random.nextInt(12)) {
            case 0, 1 -> config.withTtlSeconds(oneOf(1L, 15L, 90L, 2_000L));
            case 2 -> config.withExpiresAt(Instant.ofEpochMilli(oracle.now() + random.nextInt(100_000)));
            case 3 -> config.withRetention(new Retention(null, oneOf(1L, 50L, 1_000L), null));
            case 4 -> config.withRetention(new Retention(null, null, oneOf(1L, 2L, 5L)));
            case 5 -> config.withRetention(new Retention(oneOf(1L, 30L, 1_000L), oneIn(2) ? null : 2_000L, null));
            default -> config;
        };
    }

    private Fork fork() {
        String source = takenPath();
        Offset offset = oneIn(3) ? null : offset(source);
        Long subOffset = random.nextInt(3) == 0 ? Long.valueOf(random.nextInt(4)) : null;
        return new Fork(source, offset, subOffset);
    }

    /** Valid JSON, which is a valid text too, and different each time. */
    private byte[] body(int maxBytes) {
        String number = Integer.toString(bodies++);
        String text = switch (random.nextInt(6)) {
            case 0 -> "[" + number + ",[2, 3] ,{} ]";
            case 1 -> "{\"a\":[" + number + "]}";
            case 2 -> "[1,2,3,4," + number + "]";
            case 3 -> {
                int most = oneIn(6) ? maxBytes : MAX_BODY_BYTES;
                yield "\"" + "x".repeat(random.nextInt(most)) + number + "\"";
            }
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

    /** A look at each stream that retention may have trimmed. */
    List<StreamCall> looks() {
        List<StreamCall> looks = new ArrayList<>();
        for (String path : PATHS) {
            StreamMetadata stream = oracle.find(path);
            if (stream != null && !stream.retention().isNone()) {
                looks.add(metadata(path));
                looks.add(messages(path, Offset.BEGINNING, 1));
            }
        }
        return looks;
    }

    private static StreamCall metadata(String path) {
        return read("metadata of " + path, path, storage -> storage.metadata(path));
    }

    private static StreamCall messages(String path, Offset from, int maxBytes) {
        return new StreamCall(
                "messages of " + path + " from " + from + " by " + maxBytes,
                List.of(path),
                kind(from),
                storage -> storage.readMessages(path, from, maxBytes));
    }

    private static StreamCall.Kind kind(Offset from) {
        return from.equals(Offset.BEGINNING) ? StreamCall.Kind.READ_BEGINNING : StreamCall.Kind.READ;
    }

    StreamCall anyRead() {
        String path = takenPath();
        Offset from = offset(path);
        int maxBytes = oneOf(1, 20, 400, 100_000);
        return switch (random.nextInt(6)) {
            case 0 -> metadata(path);
            case 1, 2 -> messages(path, from, maxBytes);
            case 3 -> {
                String prefix = oneOf("", "a", "a/", "b/1");
                String after = random.nextBoolean() ? null : path;
                int limit = 1 + random.nextInt(8);
                yield new StreamCall(
                        "list " + prefix + " after " + after + " by " + limit,
                        PATHS,
                        StreamCall.Kind.LIST,
                        storage -> storage.list(prefix, after, limit));
            }
            default ->
                new StreamCall(
                        "read " + path + " from " + from + " by " + maxBytes,
                        List.of(path),
                        kind(from),
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
