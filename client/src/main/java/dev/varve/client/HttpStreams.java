package dev.varve.client;

import dev.varve.api.AppendAllResult;
import dev.varve.api.AppendRequest;
import dev.varve.api.AppendResult;
import dev.varve.api.CreateRequest;
import dev.varve.api.CreateResult;
import dev.varve.api.ErrorKind;
import dev.varve.api.FollowOptions;
import dev.varve.api.Fork;
import dev.varve.api.ListResult;
import dev.varve.api.MessagesResult;
import dev.varve.api.Offset;
import dev.varve.api.Producer;
import dev.varve.api.ReadResult;
import dev.varve.api.Refusal;
import dev.varve.api.RefusedException;
import dev.varve.api.Retention;
import dev.varve.api.StreamConfig;
import dev.varve.api.StreamMetadata;
import dev.varve.api.StreamReader;
import dev.varve.api.Streams;
import dev.varve.api.VarveException;
import dev.varve.api.spi.JsonPages;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.ByteBuffer;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** The streams of a server, over HTTP/1.1. Thread-safe. */
final class HttpStreams implements Streams, AutoCloseable {

    /** How many streams' content types are remembered for {@link #append(String, byte[])}. */
    private static final int MAX_CONTENT_TYPES = 1_024;

    private final HttpTransport transport;
    private final String root;
    private final Duration liveTimeout;
    private final AppendLines lines;
    private final BoundedCache<String, String> contentTypes = new BoundedCache<>(MAX_CONTENT_TYPES);
    private final Set<HttpStreamReader> readers = ConcurrentHashMap.newKeySet();

    /**
     * Streams below {@code root}.
     *
     * @param root the path of the stream root below the server's base URL, with a slash at both ends
     * @param liveTimeout how long a long-poll may take, longer than the server lets it wait
     */
    HttpStreams(HttpTransport transport, String root, Duration liveTimeout) {
        this.transport = transport;
        this.root = root;
        this.liveTimeout = liveTimeout;
        this.lines = new AppendLines(this::startAppend);
    }

    @Override
    public CreateResult create(CreateRequest request) {
        HttpRequest put = createRequest(request);
        Answer answer = transport.send(put);
        return switch (answer.status()) {
            case 200 -> new CreateResult.Existing(metadata(request, answer));
            case 201 -> new CreateResult.Created(metadata(request, answer));
            default -> throw Failures.of(put, answer);
        };
    }

    private HttpRequest createRequest(CreateRequest request) {
        StreamConfig config = request.config();
        HttpRequest.Builder put = to(request.path(), "").PUT(BodyPublishers.ofByteArray(request.body()));
        header(put, "Content-Type", config.contentType());
        header(put, Wire.TTL, config.ttlSeconds());
        header(put, Wire.EXPIRES_AT, config.expiresAt());
        header(put, Wire.RETENTION_AGE, config.retention().ageSeconds());
        header(put, Wire.RETENTION_BYTES, config.retention().bytes());
        header(put, Wire.RETENTION_MESSAGES, config.retention().messages());
        Fork fork = request.fork();
        if (fork != null) {
            header(put, Wire.FORKED_FROM, transport.basePath() + root + Wire.encodePath(fork.source()));
            header(put, Wire.FORK_OFFSET, fork.offset());
            header(put, Wire.FORK_SUB_OFFSET, fork.subOffset());
        }
        if (request.closed()) {
            put.header(Wire.CLOSED, "true");
        }
        return put.build();
    }

    @Override
    public AppendResult append(AppendRequest request) {
        if (!lines.isIdle(request.path())) {
            return result(join(lines.add(request)));
        }
        HttpRequest post = appendRequest(request);
        Answer answer = request.producer() == null
                ? transport.send(post)
                : transport.sendRepeatable(() -> appendRequest(request));
        return leavesOutTail(request, answer)
                ? appended(
                        request, post, answer, HttpTransport.await(post, transport.start(headRequest(request.path()))))
                : appended(request, post, answer, answer);
    }

    @Override
    public Offset append(String path, byte[] body) {
        String remembered = contentTypes.find(path);
        String contentType = remembered == null ? contentTypeOf(path) : remembered;
        try {
            return tail(append(AppendRequest.of(path, contentType, body)));
        } catch (RefusedException e) {
            if (remembered == null || e.kind() != ErrorKind.CONTENT_TYPE_MISMATCH) {
                throw e;
            }
            // The stream was deleted and created anew with another type.
            return tail(append(AppendRequest.of(path, contentTypeOf(path), body)));
        }
    }

    private String contentTypeOf(String path) {
        String contentType = find(path)
                .orElseThrow(() -> new RefusedException(Refusal.notFound(path)))
                .contentType();
        contentTypes.put(path, contentType);
        return contentType;
    }

    @Override
    public CompletableFuture<AppendResult> appendAsync(AppendRequest request) {
        return lines.add(request);
    }

    private CompletableFuture<AppendResult> startAppend(AppendRequest request) {
        HttpRequest post;
        try {
            post = appendRequest(request);
        } catch (RefusedException e) {
            return CompletableFuture.completedFuture(e.refusal());
        }
        CompletableFuture<Answer> started = request.producer() == null
                ? transport.start(post)
                : transport.startRepeatable(() -> appendRequest(request));
        return started.thenCompose(answer -> {
            CompletableFuture<Answer> tail = leavesOutTail(request, answer)
                    ? transport.start(headRequest(request.path()))
                    : CompletableFuture.completedFuture(answer);
            return tail.thenApply(withTail -> {
                try {
                    return appended(request, post, answer, withTail);
                } catch (RefusedException e) {
                    return e.refusal();
                }
            });
        });
    }

    private HttpRequest appendRequest(AppendRequest request) {
        HttpRequest.Builder post = to(request.path(), "").POST(BodyPublishers.ofByteArray(request.body()));
        header(post, "Content-Type", request.contentType());
        header(post, Wire.SEQUENCE, request.sequence());
        Producer producer = request.producer();
        if (producer != null) {
            header(post, Wire.PRODUCER_ID, producer.id());
            header(post, Wire.PRODUCER_EPOCH, producer.epoch());
            header(post, Wire.PRODUCER_SEQUENCE, producer.sequence());
        }
        Offset ifMatch = request.ifMatch();
        if (ifMatch != null) {
            post.header("If-Match", '"' + ifMatch.toString() + '"');
        }
        if (request.close()) {
            post.header(Wire.CLOSED, "true");
        }
        return post.build();
    }

    /** The protocol lets a server answer a producer's duplicate without the tail. */
    private static boolean leavesOutTail(AppendRequest request, Answer answer) {
        return request.producer() != null
                && answer.status() == 204
                && answer.headers().firstValue(Wire.NEXT_OFFSET).isEmpty();
    }

    /** Status 204 to a producer's data means a duplicate; a producer's bare close is answered alike both times. */
    private static AppendResult appended(AppendRequest request, HttpRequest post, Answer answer, Answer withTail) {
        if (answer.status() != 200 && answer.status() != 204) {
            throw Failures.of(post, answer);
        }
        HttpHeaders headers = answer.headers();
        Offset next = Wire.nextOffset(withTail.headers(), where(post));
        boolean closed = Wire.isTrue(withTail.headers(), Wire.CLOSED);
        Producer producer = request.producer();
        if (producer == null) {
            return new AppendResult.Appended(next, closed, null);
        }
        // A server that does not know producers answers 204 too, without the epoch.
        boolean known = headers.firstValue(Wire.PRODUCER_EPOCH).isPresent();
        if (answer.status() == 204 && request.body().length > 0 && known) {
            Long highest = Wire.number(headers, Wire.PRODUCER_SEQUENCE);
            return new AppendResult.Duplicate(
                    next,
                    closed,
                    new Producer(producer.id(), producer.epoch(), highest == null ? producer.sequence() : highest));
        }
        return new AppendResult.Appended(next, closed, producer);
    }

    @Override
    public AppendAllResult appendAll(List<AppendRequest> requests) {
        byte[] body = ListRoutes.appendBody(requests);
        boolean repeatable = requests.stream().allMatch(request -> request.producer() != null);
        HttpRequest post = appendAllRequest(body);
        Answer answer = repeatable ? transport.sendRepeatable(() -> appendAllRequest(body)) : transport.send(post);
        return ListRoutes.appendResult(requests, post, answer);
    }

    private HttpRequest appendAllRequest(byte[] body) {
        return transport
                .request(ListRoutes.APPEND)
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofByteArray(body))
                .build();
    }

    @Override
    public Offset close(String path) {
        return tail(append(AppendRequest.closing(path)));
    }

    @Override
    public boolean delete(String path) {
        HttpRequest delete = to(path, "").DELETE().build();
        Answer answer = transport.send(delete);
        contentTypes.remove(path);
        return switch (answer.status()) {
            case 200, 204 -> true;
            // 410: deleted before, and kept for its forks only.
            case 404, 410 -> false;
            default -> throw Failures.of(delete, answer);
        };
    }

    @Override
    public Optional<StreamMetadata> find(String path) {
        HttpRequest head = to(path, "").method("HEAD", BodyPublishers.noBody()).build();
        Answer answer = transport.sendRepeatable(
                () -> to(path, "").method("HEAD", BodyPublishers.noBody()).build());
        return switch (answer.status()) {
            case 200 -> Optional.of(metadata(path, answer.headers(), where(head)));
            case 404 -> Optional.empty();
            default -> throw Failures.of(head, answer);
        };
    }

    private HttpRequest headRequest(String path) {
        return to(path, "").method("HEAD", BodyPublishers.noBody()).build();
    }

    @Override
    public ReadResult.Page read(String path, Offset from) {
        HttpRequest get = pageRequest(path, from);
        ReadResult.Page page = page(get, transport.sendRepeatable(() -> pageRequest(path, from)), from);
        return page.start().isSentinel() ? withStart(path, page) : page;
    }

    /** Where a page from the beginning starts that is not the first byte, when the server says the same. */
    private ReadResult.Page withStart(String path, ReadResult.Page page) {
        Offset counted = counted(page);
        return counted != null
                        && find(path)
                                .filter(stream -> counted.equals(stream.earliest()))
                                .isPresent()
                ? from(counted, page)
                : page;
    }

    private HttpRequest pageRequest(String path, Offset from) {
        return to(path, "?offset=" + Wire.query(from)).GET().build();
    }

    /** The answer to a read as a page. */
    static ReadResult.Page page(HttpRequest get, Answer answer, Offset from) {
        if (answer.status() != 200) {
            throw Failures.of(get, answer);
        }
        HttpHeaders headers = answer.headers();
        Offset next = Wire.nextOffset(headers, where(get));
        String contentType = headers.firstValue("Content-Type").orElse(StreamConfig.DEFAULT_CONTENT_TYPE);
        byte[] body = answer.body();
        // An empty page of a JSON stream is an empty array on the wire.
        boolean none = next.equals(from)
                || from.equals(Offset.NOW)
                || body.length == 0
                || (JsonPages.isJson(contentType) && body.length == 2);
        ReadResult.Page page = new ReadResult.Page(
                ByteBuffer.wrap(body).asReadOnlyBuffer(),
                from.isSentinel() && none ? next : from,
                next,
                !Wire.isTrue(headers, Wire.UP_TO_DATE),
                Wire.isTrue(headers, Wire.CLOSED),
                contentType,
                0);
        return Offset.ZERO.equals(counted(page)) ? from(Offset.ZERO, page) : page;
    }

    private static ReadResult.Page from(Offset start, ReadResult.Page page) {
        return new ReadResult.Page(
                page.data(), start, page.next(), page.hasMore(), page.closed(), page.contentType(), page.incarnation());
    }

    /**
     * Where a page that was read from the beginning starts if the server counts as Varve does: bytes, and in JSON mode one more
     * for each message. Null when that cannot be, and for other pages.
     */
    private static @Nullable Offset counted(ReadResult.Page page) {
        if (!page.start().equals(Offset.BEGINNING) || page.next().isOpaque()) {
            return null;
        }
        int bytes = page.data().remaining();
        long start = page.next().position() - (JsonPages.isJson(page.contentType()) ? bytes - 1 : bytes);
        return start < 0 ? null : Offset.at(start);
    }

    @Override
    public MessagesResult.Messages readMessages(String path, Offset from) {
        ReadResult.Page page = read(path, from);
        if (!JsonPages.isJson(page.contentType())) {
            throw new VarveException(
                    ErrorKind.NOT_SUPPORTED,
                    "over HTTP only JSON streams can be read message by message; " + path + " is " + page.contentType()
                            + ", whose pages carry no boundaries: use read");
        }
        return messages(page, path);
    }

    private static MessagesResult.Messages messages(ReadResult.Page page, String path) {
        List<MessagesResult.Message> messages;
        try {
            messages = JsonPages.messages(page)
                    .orElseThrow(() -> new VarveException(
                            ErrorKind.NOT_SUPPORTED,
                            "this server counts the offsets of JSON messages in another way than Varve, so only whole"
                                    + " pages of " + path + " can be read: use read"));
        } catch (IllegalArgumentException e) {
            throw new VarveException(ErrorKind.HTTP, "a page of " + path + " is broken: " + e.getMessage(), e);
        }
        return new MessagesResult.Messages(messages, page.next(), page.hasMore(), page.closed());
    }

    @Override
    public StreamReader follow(String path, Offset from, FollowOptions options) {
        boolean events = options.live() == FollowOptions.Live.EVENTS;
        HttpStreamReader reader =
                new HttpStreamReader(transport, to -> liveRequest(path, to), events, liveTimeout, readers::remove);
        reader.begin(read(path, from));
        readers.add(reader);
        return reader;
    }

    private HttpRequest liveRequest(String path, HttpStreamReader.Position at) {
        if (at.how() == HttpStreamReader.How.PAGE) {
            return pageRequest(path, at.offset());
        }
        // In the order of their names, so that caches on the way see one URL for one thing.
        String cursor = at.cursor() == null ? "" : "cursor=" + Wire.encodeQuery(at.cursor()) + "&";
        boolean events = at.how() == HttpStreamReader.How.EVENTS;
        HttpRequest.Builder get = to(
                        path,
                        "?" + cursor + "live=" + (events ? "sse" : "long-poll") + "&offset=" + Wire.query(at.offset()))
                .timeout(liveTimeout)
                .GET();
        return (events ? get.header("Accept", "text/event-stream") : get).build();
    }

    @Override
    public ListResult.Listing list(String prefix, @Nullable String after, int limit) {
        HttpRequest get = listRequest(prefix, after, limit);
        return ListRoutes.listing(get, transport.sendRepeatable(() -> listRequest(prefix, after, limit)));
    }

    private HttpRequest listRequest(String prefix, @Nullable String after, int limit) {
        return transport
                .request(ListRoutes.listPath(prefix, after, limit))
                .GET()
                .build();
    }

    private HttpRequest.Builder to(String path, String query) {
        return transport.request(root + Wire.encodePath(path) + query);
    }

    private static String where(HttpRequest request) {
        return request.method() + " " + request.uri().getRawPath();
    }

    private static void header(HttpRequest.Builder request, String name, @Nullable Object value) {
        if (value != null) {
            request.header(name, Wire.headerValue(name, value.toString()));
        }
    }

    private static StreamMetadata metadata(CreateRequest request, Answer answer) {
        StreamMetadata said = metadata(request.path(), answer.headers(), "PUT " + request.path());
        StreamConfig asked = request.config();
        boolean inherits = request.fork() != null;
        // The protocol lets a server leave out of its answer what the request said.
        return new StreamMetadata(
                said.path(),
                said.contentType(),
                said.ttlSeconds() != null || inherits ? said.ttlSeconds() : asked.ttlSeconds(),
                said.expiresAt() != null || inherits ? said.expiresAt() : asked.expiresAt(),
                asked.retention(),
                said.earliest(),
                said.next(),
                said.closed(),
                said.createdAt(),
                said.incarnation());
    }

    private static StreamMetadata metadata(String path, HttpHeaders headers, String where) {
        Offset earliest = Wire.optionalOffset(headers, Wire.EARLIEST_OFFSET);
        Offset next = Wire.nextOffset(headers, where);
        return new StreamMetadata(
                path,
                headers.firstValue("Content-Type").orElse(StreamConfig.DEFAULT_CONTENT_TYPE),
                Wire.number(headers, Wire.TTL),
                instant(headers, Wire.EXPIRES_AT),
                new Retention(
                        positive(headers, Wire.RETENTION_AGE),
                        positive(headers, Wire.RETENTION_BYTES),
                        positive(headers, Wire.RETENTION_MESSAGES)),
                earliest == null ? unsaidEarliest(next) : earliest,
                next,
                Wire.isTrue(headers, Wire.CLOSED),
                Instant.EPOCH,
                0);
    }

    private static Offset unsaidEarliest(Offset next) {
        return next.isOpaque() ? Offset.BEGINNING : Offset.ZERO;
    }

    private static @Nullable Long positive(HttpHeaders headers, String name) {
        Long number = Wire.number(headers, name);
        return number != null && number > 0 ? number : null;
    }

    private static @Nullable Instant instant(HttpHeaders headers, String name) {
        Optional<String> text = headers.firstValue(name);
        if (text.isEmpty()) {
            return null;
        }
        try {
            return OffsetDateTime.parse(text.get()).toInstant();
        } catch (DateTimeException e) {
            throw new VarveException(
                    ErrorKind.HTTP, name + " of the answer is no time: " + Wire.shorten(text.get()), e);
        }
    }

    private static Offset tail(AppendResult result) {
        if (result instanceof AppendResult.Appended appended) {
            return appended.next();
        }
        if (result instanceof AppendResult.Duplicate duplicate) {
            return duplicate.next();
        }
        throw new RefusedException((Refusal) result);
    }

    private static AppendResult result(AppendResult result) {
        if (result instanceof Refusal refusal) {
            throw new RefusedException(refusal);
        }
        return result;
    }

    private static AppendResult join(CompletableFuture<AppendResult> future) {
        try {
            return future.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof VarveException known) {
                throw known;
            }
            throw e;
        }
    }

    /** Ends every reader; appends under way go on. */
    @Override
    public void close() {
        readers.forEach(HttpStreamReader::close);
    }
}
