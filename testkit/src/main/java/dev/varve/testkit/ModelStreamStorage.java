package dev.varve.testkit;

import dev.varve.api.AppendAllResult;
import dev.varve.api.AppendRequest;
import dev.varve.api.AppendResult;
import dev.varve.api.CreateRequest;
import dev.varve.api.CreateResult;
import dev.varve.api.DeleteResult;
import dev.varve.api.ErrorKind;
import dev.varve.api.Fork;
import dev.varve.api.ListResult;
import dev.varve.api.MessagesResult;
import dev.varve.api.MetadataResult;
import dev.varve.api.Offset;
import dev.varve.api.ReadResult;
import dev.varve.api.Refusal;
import dev.varve.api.Retention;
import dev.varve.api.StreamCapability;
import dev.varve.api.StreamChange;
import dev.varve.api.StreamConfig;
import dev.varve.api.StreamListener;
import dev.varve.api.StreamMetadata;
import dev.varve.api.StreamStorage;
import dev.varve.api.Subscription;
import dev.varve.api.VarveException;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A {@link StreamStorage} in memory that is simple enough to be seen to be right: plain collections and one lock. It
 * has every capability. Tests of Varve hold the real storages against it; tests of programs that use Varve may run on
 * it, with a time of their own.
 *
 * <p>Every call is finished when it returns, its future is complete, and listeners were called by the calling thread,
 * under the lock. Expired streams go at the start of the next call, whatever it is; retention is applied whenever a
 * stream is touched. It keeps everything until it is deleted and looks messages up one after another: not for large
 * amounts of data.
 *
 * <p>Thread-safe.
 */
public final class ModelStreamStorage implements StreamStorage {

    /** The feed of creations and deletions: a JSON stream that is there from the start. */
    public static final String REGISTRY = "__registry__";

    /** The longest chain of forks. */
    public static final int MAX_FORK_DEPTH = 64;

    /** The most streams that one listing gives. */
    public static final int MAX_LISTED = 1_000;

    private static final System.Logger LOG = System.getLogger(ModelStreamStorage.class.getName());

    private static final Comparator<String> BYTE_ORDER =
            (a, b) -> Arrays.compareUnsigned(a.getBytes(StandardCharsets.UTF_8), b.getBytes(StandardCharsets.UTF_8));

    private final LongSupplier currentTimeMillis;

    private final Object lock = new Object();
    /** Every stream that takes up its path: those that are there, and deleted ones that forks still need. */
    private final Map<String, ModelStream> streams = new TreeMap<>(BYTE_ORDER);
    /** The streams among them that end by themselves. */
    private final Set<ModelStream> mortals = new HashSet<>();

    private final List<Registration> registrations = new ArrayList<>();
    private final ArrayDeque<StreamChange> untold = new ArrayDeque<>();
    /** Whether streams end and lose data only when the caller says so. */
    private final boolean byHand;

    private boolean telling;
    private long nowMillis;
    private long lastIncarnation;
    private boolean shut;

    /** An empty storage that lives in the time of this machine. */
    public ModelStreamStorage() {
        this(System::currentTimeMillis);
    }

    /**
     * An empty storage that lives in a time of the caller's choice.
     *
     * @param currentTimeMillis tells the time in milliseconds since 1970; a time before one told earlier is taken as
     *     that
     */
    public ModelStreamStorage(LongSupplier currentTimeMillis) {
        this(currentTimeMillis, false);
    }

    private ModelStreamStorage(LongSupplier currentTimeMillis, boolean byHand) {
        this.currentTimeMillis = currentTimeMillis;
        this.byHand = byHand;
        this.nowMillis = currentTimeMillis.getAsLong();
        addStream(REGISTRY, StreamConfig.of("application/json"), null);
    }

    /**
     * An empty storage in which no stream ends and nothing is trimmed by itself: {@link #isDue} and {@link #mayTrim} say
     * what could, {@link #expire} and {@link #trim} do it. For following a storage that does so in its own time.
     *
     * @param currentTimeMillis tells the time in milliseconds since 1970, which may run backwards
     * @return the storage
     */
    public static ModelStreamStorage byHand(LongSupplier currentTimeMillis) {
        return new ModelStreamStorage(currentTimeMillis, true);
    }

    /**
     * Whether the life of a stream is over by now.
     *
     * @param path names a stream that is there
     * @return true when its lifetime has passed
     */
    public boolean isDue(String path) {
        synchronized (lock) {
            ModelStream stream = live(path);
            return stream != null && stream.expired(currentTimeMillis.getAsLong());
        }
    }

    /**
     * Ends the life of a stream. One with forks stays for them, unreachable, like a deleted one.
     *
     * @param path names a stream that is there
     */
    public void expire(String path) {
        change(() -> end(Objects.requireNonNull(live(path), path)));
    }

    /** Counts as an access to every stream, as a restart does. */
    public void touchAll() {
        change(() -> List.copyOf(streams.keySet()).forEach(this::touch));
    }

    /**
     * Whether retention allows a stream to lose what lies before a position by now.
     *
     * @param path names a stream that is there
     * @param earliest a position
     * @return true when it is the end of a message, and neither that nor an earlier one has to be kept
     */
    public boolean mayTrim(String path, Offset earliest) {
        synchronized (lock) {
            ModelStream stream = Objects.requireNonNull(live(path), path);
            return stream.mayTrim(earliest.position(), currentTimeMillis.getAsLong());
        }
    }

    /**
     * Drops what lies before a position.
     *
     * @param path names a stream that is there
     * @param earliest the end of a message
     */
    public void trim(String path, Offset earliest) {
        change(() -> Objects.requireNonNull(live(path), path).trimTo(earliest.position()));
    }

    private void change(Runnable change) {
        synchronized (lock) {
            passTime();
            change.run();
            tell();
        }
    }

    @Override
    public Set<StreamCapability> capabilities() {
        return EnumSet.allOf(StreamCapability.class);
    }

    @Override
    public CompletableFuture<CreateResult> create(CreateRequest request) {
        Fork fork = request.fork();
        return step(() -> {
            if (isReserved(request.path())) {
                return reserved(request.path());
            }
            return fork != null && isReserved(fork.source()) ? reserved(fork.source()) : decideCreate(request);
        });
    }

    @Override
    public CompletableFuture<AppendResult> append(AppendRequest request) {
        return step(() -> isReserved(request.path()) ? reserved(request.path()) : decideAppend(request));
    }

    @Override
    public CompletableFuture<AppendAllResult> appendAll(List<AppendRequest> requests) {
        return step(() -> decideAppendAll(requests));
    }

    @Override
    public CompletableFuture<DeleteResult> delete(String path) {
        return step(() -> isReserved(path) ? reserved(path) : decideDelete(path));
    }

    @Override
    public CompletableFuture<MetadataResult> metadata(String path) {
        return step(() -> {
            ModelStream stream = live(path);
            if (stream == null) {
                return missing(path);
            }
            trim(stream);
            return stream.metadata();
        });
    }

    @Override
    public CompletableFuture<ReadResult> read(String path, Offset from, int maxBytes) {
        return step(() -> {
            ModelStream stream = touch(path);
            if (stream == null) {
                return missing(path);
            }
            Refusal refusal = checkStart(stream, from);
            return refusal != null ? refusal : page(stream, start(stream, from), maxBytes);
        });
    }

    @Override
    public CompletableFuture<MessagesResult> readMessages(String path, Offset from, int maxBytes) {
        return step(() -> {
            ModelStream stream = touch(path);
            if (stream == null) {
                return missing(path);
            }
            Refusal refusal = checkStart(stream, from);
            return refusal != null ? refusal : messages(stream, start(stream, from), maxBytes);
        });
    }

    @Override
    public Subscription subscribe(String path, StreamListener listener) {
        return register(new Registration(path, listener));
    }

    @Override
    public Subscription subscribeAll(StreamListener listener) {
        return register(new Registration(null, listener));
    }

    @Override
    public CompletableFuture<ListResult> list(String prefix, @Nullable String after, int limit) {
        return step(() -> {
            if (limit < 1 || limit > MAX_LISTED) {
                return Refusal.of(
                        ErrorKind.INVALID_PARAMS, "a listing gives 1 to " + MAX_LISTED + " streams, not " + limit);
            }
            List<StreamMetadata> found = streams.values().stream()
                    .filter(stream -> !stream.gone && !isReserved(stream.path) && stream.path.startsWith(prefix))
                    .filter(stream -> after == null || BYTE_ORDER.compare(stream.path, after) > 0)
                    .limit(limit + 1L)
                    .map(ModelStream::metadata)
                    .toList();
            return found.size() > limit
                    ? new ListResult.Listing(List.copyOf(found.subList(0, limit)), true)
                    : new ListResult.Listing(found, false);
        });
    }

    @Override
    public CompletableFuture<AppendResult> appendReserved(AppendRequest request) {
        return step(() -> {
            if (!isReserved(request.path())) {
                return notReserved(request.path());
            }
            if (streams.containsKey(request.path())) {
                return decideAppend(request);
            }
            StreamConfig config = new StreamConfig(request.contentType(), null, null, Retention.NONE);
            ModelStream created = addStream(request.path(), config, null);
            AppendResult result = created.append(request, nowMillis);
            if (result instanceof Refusal) {
                streams.remove(request.path());
            } else {
                untold.add(change(created, StreamChange.Type.CREATED, 0));
            }
            return result;
        });
    }

    @Override
    public CompletableFuture<DeleteResult> deleteReserved(String path) {
        return step(() -> isReserved(path) ? decideDelete(path) : notReserved(path));
    }

    @Override
    public void close() {
        synchronized (lock) {
            shut = true;
            registrations.clear();
        }
    }

    // ---- one step at a time

    private <T> CompletableFuture<T> step(Supplier<? extends T> decision) {
        synchronized (lock) {
            if (shut) {
                return CompletableFuture.failedFuture(closedStorage());
            }
            passTime();
            T result = decision.get();
            tell();
            return CompletableFuture.completedFuture(result);
        }
    }

    private static VarveException closedStorage() {
        return new VarveException(ErrorKind.UNAVAILABLE, "the storage is closed");
    }

    /** Moves to the current time and ends the lives that are over. */
    private void passTime() {
        long told = currentTimeMillis.getAsLong();
        if (byHand) {
            nowMillis = told;
            return;
        }
        nowMillis = Math.max(nowMillis, told);
        for (ModelStream stream : List.copyOf(mortals)) {
            if (stream.expired(nowMillis) && !hasListener(stream.path)) {
                end(stream);
                streams.remove(stream.path);
            }
        }
    }

    /** Tells the listeners what this step changed. A step that a listener takes is told after the one that woke it. */
    private void tell() {
        if (telling) {
            return;
        }
        telling = true;
        for (StreamChange change = untold.poll(); change != null; change = untold.poll()) {
            for (Registration registration : List.copyOf(registrations)) {
                if (registration.path == null || registration.path.equals(change.path())) {
                    tell(registration.listener, change);
                }
            }
        }
        telling = false;
    }

    private static void tell(StreamListener listener, StreamChange change) {
        try {
            listener.changed(change);
        } catch (RuntimeException e) {
            LOG.log(System.Logger.Level.WARNING, "a listener failed at " + change + "; it stays registered", e);
        }
    }

    private static StreamChange change(ModelStream stream, StreamChange.Type type, long from) {
        return new StreamChange(
                stream.path, stream.incarnation, type, Offset.at(from), Offset.at(stream.tail), stream.closed);
    }

    // ---- creation and deletion

    private CreateResult decideCreate(CreateRequest request) {
        StreamConfig asked = inMillis(request.config());
        ModelStream existing = streams.get(request.path());
        if (existing != null) {
            if (existing.gone) {
                return Refusal.of(
                        ErrorKind.ALREADY_EXISTS, "the path is taken by a deleted stream whose forks are still there");
            }
            if (!existing.agreesWith(request, asked)) {
                return Refusal.of(ErrorKind.ALREADY_EXISTS, "there is a stream with another configuration");
            }
            touch(request.path());
            return new CreateResult.Existing(existing.metadata());
        }
        Fork fork = request.fork();
        Refusal refusal = fork == null ? null : checkFork(fork, asked);
        if (refusal != null) {
            return refusal;
        }
        ModelStream.Origin origin = fork == null ? null : origin(fork, Objects.requireNonNull(live(fork.source())));
        ModelStream created = new ModelStream(request.path(), lastIncarnation + 1, asked, origin, nowMillis);
        if (origin != null) {
            created.inherit(origin.source(), origin.source().pointAfter(origin.offset(), origin.subOffset()));
        }
        long start = created.tail;
        try {
            created.add(created.split(request.body()), nowMillis);
        } catch (ModelJson.Invalid e) {
            return Refusal.of(ErrorKind.INVALID_JSON, "the body is not valid JSON: " + e.getMessage());
        }
        created.closed = request.closed();

        enter(created);
        untold.add(change(created, StreamChange.Type.CREATED, start));
        announce("insert", created);
        CreateResult result = new CreateResult.Created(created.metadata());
        trim(created);
        return result;
    }

    private ModelStream addStream(String path, StreamConfig config, ModelStream.@Nullable Origin origin) {
        ModelStream stream = new ModelStream(path, lastIncarnation + 1, config, origin, nowMillis);
        enter(stream);
        return stream;
    }

    private void enter(ModelStream stream) {
        lastIncarnation = stream.incarnation;
        streams.put(stream.path, stream);
        if (stream.ttlSeconds != null || stream.expiresAt != null) {
            mortals.add(stream);
        }
        if (stream.origin != null) {
            stream.origin.source().forks++;
        }
    }

    private static StreamConfig inMillis(StreamConfig config) {
        return config.expiresAt() == null
                ? config
                : config.withExpiresAt(config.expiresAt().truncatedTo(ChronoUnit.MILLIS));
    }

    private static ModelStream.Origin origin(Fork fork, ModelStream source) {
        long offset = fork.offset() == null ? source.tail : fork.offset().position();
        return new ModelStream.Origin(source, fork.source(), offset, ModelStream.subOffset(fork));
    }

    private @Nullable Refusal checkFork(Fork fork, StreamConfig asked) {
        ModelStream source = streams.get(fork.source());
        if (source == null) {
            return Refusal.of(ErrorKind.NOT_FOUND, "there is no stream to fork at " + fork.source());
        }
        if (source.gone) {
            return Refusal.of(ErrorKind.FORK_SOURCE_GONE, "the stream to fork was deleted: " + fork.source());
        }
        trim(source);
        String type = asked.contentType();
        if (type != null && !ModelStream.mediaType(type).equals(ModelStream.mediaType(source.contentType))) {
            return Refusal.of(
                    ErrorKind.CONTENT_TYPE_MISMATCH,
                    "the stream to fork holds " + source.contentType + ", not " + type);
        }
        if (source.depth() >= MAX_FORK_DEPTH) {
            return Refusal.of(ErrorKind.FORK_DEPTH, "a chain of forks has at most " + MAX_FORK_DEPTH + " links");
        }
        long subOffset = ModelStream.subOffset(fork);
        if (subOffset < 0 || (subOffset > 0 && fork.offset() == null)) {
            return Refusal.of(ErrorKind.INVALID_PARAMS, "a sub-offset counts from a fork offset and is not negative");
        }
        if (fork.offset() == null) {
            return null;
        }
        if (fork.offset().isSentinel()) {
            return Refusal.of(ErrorKind.INVALID_OFFSET, "a fork starts at an offset, not at " + fork.offset());
        }
        Refusal refusal = checkStart(source, fork.offset());
        if (refusal != null) {
            return refusal;
        }
        return source.pointAfter(fork.offset().position(), subOffset) >= 0
                ? null
                : Refusal.of(
                        ErrorKind.INVALID_OFFSET,
                        "the sub-offset " + subOffset + " reaches past the append at " + fork.offset());
    }

    private DeleteResult decideDelete(String path) {
        ModelStream stream = live(path);
        if (stream == null) {
            return missing(path);
        }
        end(stream);
        return new DeleteResult.Deleted(streams.containsKey(path));
    }

    /** Makes a stream unreachable; it and its sources stay as long as forks need them. */
    private void end(ModelStream stream) {
        stream.gone = true;
        mortals.remove(stream);
        untold.add(change(stream, StreamChange.Type.DELETED, stream.tail));
        if (!isReserved(stream.path)) {
            announce("delete", stream);
        }
        release(stream);
    }

    private void release(ModelStream stream) {
        if (stream.gone && stream.forks == 0) {
            streams.remove(stream.path, stream);
            if (stream.origin != null) {
                ModelStream source = stream.origin.source();
                source.forks--;
                release(source);
            }
        }
    }

    /** Appends to the feed of creations and deletions, in the shape of the Durable Streams State Protocol. */
    private void announce(String operation, ModelStream stream) {
        String path = ModelJson.quote(stream.path);
        String value = operation.equals("delete")
                ? ""
                : ",\"value\":{\"path\":" + path + ",\"contentType\":" + ModelJson.quote(stream.contentType)
                        + ",\"createdAt\":" + stream.createdAtMillis + "}";
        String message =
                "{\"type\":\"stream\",\"key\":" + path + value + ",\"headers\":{\"operation\":\"" + operation + "\"}}";
        ModelStream registry = Objects.requireNonNull(live(REGISTRY));
        long from = registry.tail;
        registry.add(List.of(message.getBytes(StandardCharsets.UTF_8)), nowMillis);
        untold.add(change(registry, StreamChange.Type.APPENDED, from));
    }

    // ---- appending

    private AppendResult decideAppend(AppendRequest request) {
        AppendResult result = apply(request, untold);
        touch(request.path());
        return result;
    }

    private AppendResult apply(AppendRequest request, Collection<StreamChange> changes) {
        ModelStream stream = live(request.path());
        if (stream == null) {
            return missing(request.path());
        }
        long from = stream.tail;
        AppendResult result = stream.append(request, nowMillis);
        if (result instanceof AppendResult.Appended) {
            changes.add(change(stream, StreamChange.Type.APPENDED, from));
        }
        return result;
    }

    private AppendAllResult decideAppendAll(List<AppendRequest> requests) {
        for (int i = 0; i < requests.size(); i++) {
            Refusal refusal =
                    checkTogether(requests.get(0).path(), requests.get(i).path());
            if (refusal != null) {
                return new AppendAllResult.RefusedAt(i, refusal);
            }
        }
        List<AppendResult> results = new ArrayList<>();
        List<StreamChange> changes = new ArrayList<>();
        ArrayDeque<Runnable> undo = new ArrayDeque<>();
        for (AppendRequest request : requests) {
            ModelStream stream = live(request.path());
            if (stream != null) {
                undo.push(stream.undo());
            }
            AppendResult result = apply(request, changes);
            if (result instanceof Refusal refusal) {
                undo.forEach(Runnable::run);
                return new AppendAllResult.RefusedAt(results.size(), refusal);
            }
            results.add(result);
        }
        untold.addAll(changes);
        requests.forEach(request -> touch(request.path()));
        return new AppendAllResult.AppendedAll(List.copyOf(results));
    }

    private static @Nullable Refusal checkTogether(String first, String other) {
        if (isReserved(other)) {
            return reserved(other);
        }
        return firstSegment(other).equals(firstSegment(first))
                ? null
                : Refusal.of(
                        ErrorKind.CROSS_SHARD,
                        "streams of one atomic append share their first path segment: " + first + ", " + other);
    }

    // ---- reading

    /** The stream of a path with its lifetime renewed and its retention applied, or null when there is none. */
    private @Nullable ModelStream touch(String path) {
        ModelStream stream = live(path);
        if (stream != null) {
            stream.lastAccessMillis = nowMillis;
            trim(stream);
        }
        return stream;
    }

    private void trim(ModelStream stream) {
        if (!byHand) {
            stream.trim(nowMillis);
        }
    }

    private @Nullable ModelStream live(String path) {
        ModelStream stream = streams.get(path);
        return stream == null || stream.gone ? null : stream;
    }

    private Refusal missing(String path) {
        return streams.containsKey(path)
                ? Refusal.of(ErrorKind.GONE, "the stream was deleted, its forks are still there: " + path)
                : Refusal.notFound(path);
    }

    private static @Nullable Refusal checkStart(ModelStream stream, Offset from) {
        if (from.isSentinel()) {
            return null;
        }
        if (from.position() < stream.earliest) {
            return Refusal.of(
                    ErrorKind.COMPACTED,
                    "the data at " + from + " was removed by retention",
                    Offset.at(stream.earliest));
        }
        return stream.isBoundary(from.position())
                ? null
                : Refusal.of(ErrorKind.INVALID_OFFSET, "not an offset of this stream: " + from);
    }

    private static long start(ModelStream stream, Offset from) {
        if (from.equals(Offset.BEGINNING)) {
            return stream.earliest;
        }
        return from.equals(Offset.NOW) ? stream.tail : from.position();
    }

    /** As many messages from a position on as fit, at least one when there is one. */
    private static List<ModelStream.Message> take(ModelStream stream, long start, int maxBytes) {
        List<ModelStream.Message> rest = stream.from(start);
        int count = Math.min(1, rest.size());
        while (count < rest.size() && rest.get(count).end() - start <= maxBytes) {
            count++;
        }
        return rest.subList(0, count);
    }

    private static ReadResult page(ModelStream stream, long start, int maxBytes) {
        List<ModelStream.Message> taken = take(stream, start, maxBytes);
        long next = taken.isEmpty() ? start : taken.get(taken.size() - 1).end();
        ByteArrayOutputStream data = new ByteArrayOutputStream();
        boolean json = stream.isJson();
        if (json) {
            data.write('[');
        }
        for (int i = 0; i < taken.size(); i++) {
            if (json && i > 0) {
                data.write(',');
            }
            data.writeBytes(taken.get(i).data());
        }
        if (json) {
            data.write(']');
        }
        return new ReadResult.Page(
                ByteBuffer.wrap(data.toByteArray()).asReadOnlyBuffer(),
                Offset.at(start),
                Offset.at(next),
                next < stream.tail,
                stream.closed && next == stream.tail,
                stream.contentType,
                stream.incarnation);
    }

    private static MessagesResult messages(ModelStream stream, long start, int maxBytes) {
        List<ModelStream.Message> taken = take(stream, start, maxBytes);
        long next = taken.isEmpty() ? start : taken.get(taken.size() - 1).end();
        List<MessagesResult.Message> messages = taken.stream()
                .map(message -> new MessagesResult.Message(
                        ByteBuffer.wrap(message.data()).asReadOnlyBuffer(), Offset.at(message.end())))
                .toList();
        return new MessagesResult.Messages(
                messages, Offset.at(next), next < stream.tail, stream.closed && next == stream.tail);
    }

    // ---- listening

    /** A listener to one path, or to all when the path is null. */
    private final class Registration implements Subscription {
        private final @Nullable String path;
        private final StreamListener listener;

        private Registration(@Nullable String path, StreamListener listener) {
            this.path = path;
            this.listener = listener;
        }

        @Override
        public void close() {
            synchronized (lock) {
                if (registrations.contains(this)) {
                    enterStep();
                    registrations.remove(this);
                    tell();
                }
            }
        }

        /** A listener keeps a stream alive, from the moment it comes to the moment it goes. */
        private void enterStep() {
            passTime();
            if (path != null) {
                touch(path);
            }
        }
    }

    private Subscription register(Registration registration) {
        synchronized (lock) {
            if (shut) {
                throw closedStorage();
            }
            registration.enterStep();
            registrations.add(registration);
            tell();
            return registration;
        }
    }

    private boolean hasListener(String path) {
        return registrations.stream().anyMatch(registration -> path.equals(registration.path));
    }

    // ---- paths

    private static String firstSegment(String path) {
        int slash = path.indexOf('/');
        return slash < 0 ? path : path.substring(0, slash);
    }

    private static boolean isReserved(String path) {
        return path.startsWith("__");
    }

    private static Refusal reserved(String path) {
        return Refusal.of(ErrorKind.METHOD_NOT_ALLOWED, "the path is kept for the storage's own use: " + path);
    }

    private static Refusal notReserved(String path) {
        return Refusal.of(ErrorKind.INVALID_PARAMS, "the first segment does not start with __: " + path);
    }
}
