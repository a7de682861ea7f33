package dev.varve.testkit;

import static dev.varve.testkit.StreamProbe.bytes;
import static dev.varve.testkit.StreamProbe.eventually;
import static dev.varve.testkit.StreamProbe.text;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.AppendAllResult;
import dev.varve.api.AppendRequest;
import dev.varve.api.AppendResult;
import dev.varve.api.CreateRequest;
import dev.varve.api.CreateResult;
import dev.varve.api.ErrorKind;
import dev.varve.api.Fork;
import dev.varve.api.ListResult;
import dev.varve.api.MessagesResult;
import dev.varve.api.Offset;
import dev.varve.api.Producer;
import dev.varve.api.ReadResult;
import dev.varve.api.Refusal;
import dev.varve.api.Retention;
import dev.varve.api.StreamCapability;
import dev.varve.api.StreamChange;
import dev.varve.api.StreamConfig;
import dev.varve.api.StreamMetadata;
import dev.varve.api.StreamStorage;
import dev.varve.api.Subscription;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.opentest4j.TestAbortedException;

/**
 * Gives a storage under test and the model the same random operations and compares every answer, every change that is
 * told, and from time to time everything that is stored. Confined to one test.
 */
final class StreamLockStep {

    /** Streams that stay until they are deleted; those below {@code r} may have a retention. */
    private static final List<String> LASTING = List.of("a/0", "a/1", "a/2", "a/3", "b/0", "b/1", "r/0", "r/1");
    /** Streams that may have a lifetime. They are never forked: when a source is gone after its expiry is left open. */
    private static final List<String> MORTAL = List.of("m/0", "m/1");

    private static final List<String> PATHS =
            Stream.concat(LASTING.stream(), MORTAL.stream()).toList();
    private static final List<String> TYPES = List.of("text/plain", "application/json", "Application/JSON;x=y");
    private static final int CHECK_EVERY = 50;
    private static final int REMEMBERED = 20;

    /** How far time moves at once. No sum of such steps comes close to a bound of {@link #TTL_SECONDS}. */
    private static final Duration TICK = Duration.ofSeconds(40);

    private static final long TTL_SECONDS = 100;
    /** Half a tick, so that no fixed end falls on a tick. */
    private static final long HALF_TICK_SECONDS = 20;

    private final StreamProbe subject;
    private final AtomicLong modelMillis = new AtomicLong(1_000_000_000_000L);
    private final StreamProbe model = new StreamProbe(new ModelStreamStorage(modelMillis::get), new ModelBench());
    private final long seed;
    private final Random random;
    private final boolean movesTime;
    private final boolean comesBack;
    /** The time of the storage under test when the run began. */
    private final Instant subjectStart;

    private Duration elapsed = Duration.ZERO;
    private Subscription listening;

    /** The model's incarnations and what they are called in the storage under test. */
    private final Map<Long, Long> incarnations = new HashMap<>();

    private final List<StreamChange> toldBySubject = new CopyOnWriteArrayList<>();
    private final List<StreamChange> toldByModel = new CopyOnWriteArrayList<>();
    private final ArrayDeque<String> latest = new ArrayDeque<>();

    StreamLockStep(StreamProbe subject, long seed) {
        this.subject = subject;
        this.seed = seed;
        this.random = new Random(seed);
        this.movesTime = isPossible(() -> subject.advance(Duration.ofMillis(1)));
        this.comesBack = isPossible(subject::reopen);
        this.subjectStart = subject.created("clock", StreamProbe.TEXT).createdAt();
        model.created("clock", StreamProbe.TEXT);
        this.listening = listen(subject, toldBySubject);
        listen(model, toldByModel);
    }

    private Subscription listen(StreamProbe storage, List<StreamChange> told) {
        return can(StreamCapability.SUBSCRIBE_ALL) ? storage.storage().subscribeAll(told::add) : () -> {};
    }

    private static boolean isPossible(Runnable call) {
        try {
            call.run();
            return true;
        } catch (TestAbortedException e) {
            return false;
        }
    }

    /** The model moves its time by itself and never goes away. */
    private final class ModelBench implements Bench<StreamStorage> {
        @Override
        public StreamStorage reopen() {
            throw new AssertionError("the model is never reopened");
        }

        @Override
        public void advance(Duration duration) {
            modelMillis.addAndGet(duration.toMillis());
        }
    }

    void run(int steps) {
        for (int step = 1; step <= steps; step++) {
            try {
                step();
                compareTold();
                if (step % CHECK_EVERY == 0 || step == steps) {
                    compareEverything();
                }
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError(
                        "disagreement at step " + step + " of seed " + seed + " (run again with -Dvarve.test.seed="
                                + seed + "), after\n  " + String.join("\n  ", latest) + "\n" + e,
                        e);
            }
        }
    }

    private boolean can(StreamCapability capability) {
        return subject.storage().capabilities().contains(capability);
    }

    private void step() {
        int dice = random.nextInt(100);
        if (dice < 45) {
            AppendRequest request = anyAppend(anyPath());
            same(describe(request), storage -> storage.append(request));
            settle();
        } else if (dice < 60) {
            create();
        } else if (dice < 67) {
            String path = anyPath();
            same("delete " + path, storage -> storage.delete(path));
            settle();
        } else if (dice < 75) {
            burst();
        } else if (dice < 82 && can(StreamCapability.ATOMIC_APPEND)) {
            appendAll();
        } else if (dice < 90) {
            readBoth(anyPath());
        } else if (dice < 92) {
            passTime();
        } else if (dice < 94) {
            comeBack();
        } else if (dice < 96) {
            String path = anyPath();
            same("metadata " + path, storage -> storage.metadata(path));
        } else if (can(StreamCapability.LIST)) {
            String prefix = oneOf("", "a", "a/", "b/1", "m");
            String after = random.nextBoolean() ? null : anyPath();
            int limit = 1 + random.nextInt(8);
            same("list " + prefix + " after " + after + ", " + limit, storage -> storage.list(prefix, after, limit));
        }
    }

    // ---- operations

    private void create() {
        String path = anyPath();
        boolean fork = can(StreamCapability.FORKS) && random.nextInt(10) < 6;
        StreamConfig plain = StreamConfig.of(TYPES.get(random.nextInt(TYPES.size())));
        StreamConfig config = withRetention(path, fork ? StreamConfig.DEFAULT : plain);
        byte[] body = bytes(random.nextInt(3) == 0 ? "" : random.nextInt(10) == 0 ? "[]" : anyBody());
        boolean closed = random.nextInt(15) == 0;
        Fork from = fork ? anyFork() : null;
        int lifetime = MORTAL.contains(path) && movesTime && can(StreamCapability.EXPIRY) ? random.nextInt(4) : 0;
        long end = elapsed.toSeconds() + HALF_TICK_SECONDS + random.nextInt(4) * TICK.toSeconds();
        Function<Instant, CreateRequest> request = start -> new CreateRequest(
                path,
                switch (lifetime) {
                    case 1 -> config.withTtlSeconds(TTL_SECONDS);
                    case 2 -> config.withExpiresAt(start.plusSeconds(end));
                    default -> config;
                },
                from,
                closed,
                body);
        note(describe(request.apply(subjectStart)));
        CreateResult expected = model.create(request.apply(modelStart()));
        CreateResult actual = subject.create(request.apply(subjectStart));
        assertThat(describe(actual)).isEqualTo(describe(expected));
        settle();
    }

    private Instant modelStart() {
        return model.metadata("clock").createdAt();
    }

    private StreamConfig withRetention(String path, StreamConfig config) {
        if (!path.startsWith("r/") || !can(StreamCapability.RETENTION)) {
            return config;
        }
        // Not by age: how long a message outlives its bound is left to the storage.
        return switch (random.nextInt(3)) {
            case 1 -> config.withRetention(new Retention(null, null, 3L));
            case 2 -> config.withRetention(new Retention(null, 10L, null));
            default -> config;
        };
    }

    private void passTime() {
        if (movesTime) {
            note("time passes");
            subject.advance(TICK);
            model.advance(TICK);
            elapsed = elapsed.plus(TICK);
            settle();
            eventually("expiries are told", () -> byPath(toldBySubject).equals(byPath(toldByModel)));
        }
    }

    private void comeBack() {
        if (comesBack) {
            note("reopen");
            compareTold();
            listening.close();
            subject.reopen();
            listening = listen(subject, toldBySubject);
            MORTAL.forEach(path -> StreamProbe.await(model.storage().read(path, Offset.NOW, 1)));
            settle();
        }
    }

    /** Several appends that do not wait for one another. */
    private void burst() {
        List<AppendRequest> requests = new ArrayList<>();
        for (int i = 2 + random.nextInt(20); i > 0; i--) {
            requests.add(anyAppend(anyPath()));
        }
        requests.forEach(request -> note("burst " + describe(request)));
        List<CompletableFuture<AppendResult>> started =
                requests.stream().map(subject.storage()::append).toList();
        for (int i = 0; i < requests.size(); i++) {
            AppendResult expected = model.append(requests.get(i));
            assertThat(describe(StreamProbe.await(started.get(i))))
                    .as(describe(requests.get(i)))
                    .isEqualTo(describe(expected));
        }
        settle();
    }

    private void appendAll() {
        List<AppendRequest> requests = new ArrayList<>();
        String prefix = oneOf("a/", "b/", "m/", "r/");
        for (int i = random.nextInt(5); i > 0; i--) {
            String path = anyPath();
            requests.add(anyAppend(random.nextInt(10) == 0 || path.startsWith(prefix) ? path : prefix + "0"));
        }
        requests.forEach(request -> note("together " + describe(request)));
        same("append all", storage -> storage.appendAll(requests));
        settle();
    }

    private void readBoth(String path) {
        Offset from = anyOffset(path);
        int maxBytes = oneOf(1, 5, 20, 1_000);
        ReadResult expected = StreamProbe.await(model.storage().read(path, from, maxBytes));
        if (expected instanceof Refusal) {
            same("read " + path + " from " + from, storage -> storage.read(path, from, maxBytes));
            same("read messages of " + path + " from " + from, storage -> storage.readMessages(path, from, maxBytes));
            return;
        }
        note("read " + path + " from " + from + " by " + maxBytes);
        assertThat(subject.content(path, from, maxBytes)).isEqualTo(model.content(path, from, maxBytes));
        assertThat(messages(subject, path, from, maxBytes)).isEqualTo(messages(model, path, from, maxBytes));
        ReadResult.Page page = subject.page(path, from, maxBytes);
        assertThat(page.start()).isEqualTo(((ReadResult.Page) expected).start());
        assertThat(page.hasMore()).isEqualTo(page.next().compareTo(model.tail(path)) < 0);
        assertThat(page.closed()).isEqualTo(model.metadata(path).closed() && !page.hasMore());
        assertThat(page.contentType()).isEqualTo(model.metadata(path).contentType());
        assertThat(page.incarnation()).isEqualTo(subject.metadata(path).incarnation());
    }

    private static List<String> messages(StreamProbe storage, String path, Offset from, int maxBytes) {
        return storage.messagesFrom(path, from, maxBytes).stream()
                .map(message -> text(message.data()) + " until " + message.next())
                .toList();
    }

    // ---- comparing

    private <T> void same(String operation, Function<StreamStorage, CompletableFuture<? extends T>> call) {
        note(operation);
        String expected = describe(StreamProbe.await(call.apply(model.storage())));
        String actual = describe(StreamProbe.await(call.apply(subject.storage())));
        assertThat(actual).as(operation).isEqualTo(expected);
    }

    /** What a storage does in its own time: clear deleted and expired streams away, and apply retention. */
    private void settle() {
        for (String path : PATHS) {
            String expected = describe(model.find(path));
            AtomicReference<String> actual = new AtomicReference<>();
            eventually(() -> path + " is in the model: " + expected + ", but still: " + actual, () -> {
                actual.set(describe(subject.find(path)));
                return expected.equals(actual.get());
            });
        }
    }

    private void compareTold() {
        assertThat(byPath(toldBySubject)).as("changes told").isEqualTo(byPath(toldByModel));
        toldBySubject.clear();
        toldByModel.clear();
    }

    private static Map<String, List<String>> byPath(List<StreamChange> told) {
        Map<String, List<String>> byPath = new HashMap<>();
        for (StreamChange change : told) {
            if (!change.path().startsWith("__")) {
                byPath.computeIfAbsent(change.path(), path -> new ArrayList<>())
                        .add(change.type() + " from " + change.from() + " to " + change.next()
                                + closed(change.closed()));
            }
        }
        return byPath;
    }

    private void compareEverything() {
        for (String path : PATHS) {
            assertThat(describe(subject.find(path))).isEqualTo(describe(model.find(path)));
            if (model.exists(path)) {
                StreamMetadata expected = model.metadata(path);
                StreamMetadata actual = subject.metadata(path);
                Long known = incarnations.putIfAbsent(expected.incarnation(), actual.incarnation());
                assertThat(known == null || known == actual.incarnation())
                        .as("incarnation of " + path)
                        .isTrue();
                assertThat(messages(subject, path, Offset.BEGINNING, 1_000))
                        .isEqualTo(messages(model, path, Offset.BEGINNING, 1_000));
                for (Offset boundary : model.boundaries(path)) {
                    assertThat(subject.content(path, boundary)).isEqualTo(model.content(path, boundary));
                }
            }
        }
        assertThat(incarnations.values()).doesNotHaveDuplicates();
        if (can(StreamCapability.LIST)) {
            assertThat(subject.paths()).isEqualTo(model.paths());
        }
        if (can(StreamCapability.RESERVED_STREAMS) && model.exists("a/0")) {
            assertThat(subject.messages(ModelStreamStorage.REGISTRY))
                    .hasSameSizeAs(model.messages(ModelStreamStorage.REGISTRY));
        }
    }

    // ---- chance

    private String anyPath() {
        return PATHS.get(random.nextInt(PATHS.size()));
    }

    @SafeVarargs
    private <T> T oneOf(T... values) {
        return values[random.nextInt(values.length)];
    }

    /** One of the offsets of a stream, or now and then some other. */
    private Offset anyOffset(String path) {
        int dice = random.nextInt(10);
        if (dice == 0) {
            return oneOf(Offset.BEGINNING, Offset.NOW, Offset.ZERO, Offset.at(Offset.MAX_POSITION));
        }
        if (dice < 3 || !model.exists(path)) {
            return Offset.at(random.nextInt(60));
        }
        List<Offset> boundaries = model.boundaries(path);
        return boundaries.get(random.nextInt(boundaries.size()));
    }

    /** Valid JSON, which is a valid text too. */
    private String anyBody() {
        return oneOf("1", "[1,2]", " [ 10, [2, 3] ,{} ] ", "\"text\"", "{\"a\":[1]}", "[[]]", "[1,2,3,4,5]", "null");
    }

    private Fork anyFork() {
        String source = LASTING.get(random.nextInt(LASTING.size()));
        Offset offset = random.nextInt(3) == 0 ? null : anyOffset(source);
        Long subOffset = random.nextInt(3) == 0 ? Long.valueOf(random.nextInt(4)) : null;
        return new Fork(source, offset, subOffset);
    }

    private AppendRequest anyAppend(String path) {
        String body = random.nextInt(10) > 0 ? anyBody() : oneOf("", "[]", "{", "[1,]", " ");
        String contentType = model.exists(path) ? model.metadata(path).contentType() : "text/plain";
        if (random.nextInt(20) == 0) {
            contentType = oneOf("text/html", "TEXT/plain", "application/json; a=b");
        }
        AppendRequest request =
                body.isEmpty() ? AppendRequest.closing(path) : AppendRequest.of(path, contentType, bytes(body));
        if (body.isEmpty() && random.nextBoolean()) {
            request = AppendRequest.of(path, contentType, bytes(""));
        }
        if (random.nextInt(8) == 0) {
            request = request.withSequence("" + (char) ('a' + random.nextInt(26)));
        }
        if (can(StreamCapability.PRODUCERS) && random.nextInt(10) < 4) {
            request = request.withProducer(
                    new Producer(oneOf("p", "q"), random.nextInt(12) == 0 ? 1 : 0, random.nextInt(5)));
        }
        if (can(StreamCapability.CONDITIONAL_APPEND) && random.nextInt(8) == 0) {
            Offset tail = model.exists(path) ? model.tail(path) : Offset.ZERO;
            request = request.withIfMatch(random.nextInt(4) == 0 ? anyOffset(path) : tail);
        }
        return random.nextInt(25) == 0 ? request.withClose() : request;
    }

    // ---- words

    private void note(String operation) {
        latest.addLast(operation);
        if (latest.size() > REMEMBERED) {
            latest.removeFirst();
        }
    }

    private static String closed(boolean closed) {
        return closed ? ", closed" : "";
    }

    private static String describe(AppendRequest request) {
        return "append to " + request.path() + " of " + request.contentType() + ": '"
                + new String(request.body(), UTF_8)
                + "', sequence " + request.sequence() + ", " + request.producer() + ", if match " + request.ifMatch()
                + (request.close() ? ", close" : "");
    }

    private static String describe(CreateRequest request) {
        return "create " + request.path() + " of " + request.config().contentType() + ": '"
                + new String(request.body(), UTF_8) + "', " + request.config() + ", " + request.fork()
                + closed(request.closed());
    }

    /** An answer without what may differ: words for people, times and incarnations. */
    private static String describe(@Nullable Object answer) {
        if (answer instanceof Refusal refusal) {
            ErrorKind kind = refusal.kind() == ErrorKind.INVALID_PARAMS ? ErrorKind.INVALID_OFFSET : refusal.kind();
            return kind + " " + refusal.offset() + " " + refusal.producerEpoch() + " " + refusal.expectedSequence()
                    + " " + refusal.receivedSequence();
        }
        if (answer instanceof CreateResult.Created created) {
            // What retention removes may still be there.
            return "created " + created.stream().next()
                    + closed(created.stream().closed());
        }
        if (answer instanceof CreateResult.Existing existing) {
            return "existing " + describe(existing.stream());
        }
        if (answer instanceof StreamMetadata stream) {
            return stream.path() + " of " + stream.contentType() + " from " + stream.earliest() + " to " + stream.next()
                    + closed(stream.closed()) + ", " + stream.ttlSeconds() + ", "
                    + (stream.expiresAt() == null ? "no end" : "an end") + ", " + stream.retention();
        }
        if (answer instanceof ListResult.Listing listing) {
            return listing.streams().stream().map(StreamLockStep::describe).toList() + " " + listing.hasMore();
        }
        if (answer instanceof AppendAllResult.RefusedAt refused) {
            return "at " + refused.index() + " " + describe(refused.refusal());
        }
        if (answer instanceof ReadResult.Page || answer instanceof MessagesResult.Messages) {
            throw new AssertionError("read where the model refuses: " + answer);
        }
        return String.valueOf(answer);
    }
}
