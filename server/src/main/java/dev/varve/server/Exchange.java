package dev.varve.server;

import dev.varve.api.ErrorKind;
import dev.varve.api.EventsRefusedException;
import dev.varve.api.LimitExceededException;
import dev.varve.api.Refusal;
import io.netty.channel.ChannelHandler;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One request and its one answer. Confined to the connection's event loop; only the future given to {@link #await} and
 * the work given to {@link #blocking} run elsewhere.
 */
final class Exchange {

    /** The route of requests that match none. */
    static final Route UNROUTED =
            new Route("unrouted", "*", "/", "", "No route.", 0, Route.Place.ANY, false, exchange -> {
                throw HttpProblem.of(ErrorKind.NOT_FOUND, "nothing is served at this path");
            });

    private static final byte[] NO_BODY = {};
    private static final int MIN_REQUEST_ID = 20;
    private static final int MAX_REQUEST_ID = 200;
    private static final Logger LOG = LoggerFactory.getLogger(Exchange.class);
    private static final byte[] NOSNIFF = HeaderLines.of("X-Content-Type-Options: nosniff");
    private static final byte[] RESOURCE_POLICY = HeaderLines.of("Cross-Origin-Resource-Policy: cross-origin");
    private static final byte[] ANY_ORIGIN = HeaderLines.of(
            "Access-Control-Allow-Origin: *",
            "Access-Control-Expose-Headers: Stream-Next-Offset, Stream-Up-To-Date, Stream-Closed, Stream-Cursor,"
                    + " Stream-TTL, Stream-Expires-At, Stream-Earliest-Offset, Stream-Retention-Age, Stream-Retention-Bytes,"
                    + " Stream-Retention-Messages, Stream-SSE-Data-Encoding, Producer-Epoch, Producer-Seq,"
                    + " Producer-Expected-Seq, Producer-Received-Seq, ETag, Location, Retry-After");

    final ServerContext server;
    final Request request;
    final Route route;

    /** The path from the first variable part of the route's pattern on, not decoded; empty without one. */
    final String rest;

    final long startNanos;

    private final Connection connection;
    private Access access = Access.ANYONE;
    private @Nullable Rate rate;
    private long chargedBytes;
    private @Nullable String requestId;
    private byte[] body = NO_BODY;
    private boolean answered;
    private long answeredNanos;
    private boolean awaiting;

    /** What only this client wants; null when that is nothing. */
    private @Nullable CompletableFuture<?> wanted;

    Exchange(Connection connection, ServerContext server, Request request, Route route, String rest, long startNanos) {
        this.connection = connection;
        this.server = server;
        this.request = request;
        this.route = route;
        this.rest = rest;
        this.startNanos = startNanos;
    }

    /** What followed the head; empty when nothing did, or when a sink of the route took it. */
    byte[] body() {
        return body;
    }

    void body(byte[] bytes) {
        body = bytes;
    }

    Connection connection() {
        return connection;
    }

    /** What whoever asks may do. */
    Access access() {
        return access;
    }

    /** Remembers whose request this is; what goes on for longer ends when that token does. */
    void access(Access found) {
        access = found;
        connection.access(found);
    }

    void rate(Rate counted) {
        rate = counted;
    }

    Loop loop() {
        return connection.loop();
    }

    /** Whether the answer is given or nobody waits for it any more. */
    boolean over() {
        return answered || connection.isClosed();
    }

    /** Counts bytes of the body against the server's bound; false when they do not fit. */
    boolean charge(long bytes) {
        if (!server.admission.tryAcquire(bytes)) {
            return false;
        }
        chargedBytes += bytes;
        return true;
    }

    private void discharge() {
        server.admission.release(chargedBytes);
        chargedBytes = 0;
    }

    /** Runs the handler. */
    void dispatch() {
        if (!access.isLive()) { // the body may have taken its time
            respond(AccessCheck.unauthorized(this));
            return;
        }
        try {
            route.handler().handle(this);
        } catch (RuntimeException e) {
            fail(e);
        }
    }

    /** Has the storage commit what this request submitted. */
    void commitSoon() {
        Loop loop = connection.loop();
        if (loop.kind == Loop.Kind.WRITE) {
            loop.commitSoon();
        } else {
            connection.writeLoop().commitSoon();
        }
    }

    /**
     * Goes on with a result, on the connection's loop; a failure becomes the answer. When the client has gone, nothing
     * goes on.
     */
    <T> void await(CompletableFuture<T> future, Consumer<? super T> then) {
        await(future, then, _ -> {});
    }

    /** As the other, of what only this client wants and that changes nothing: it is cancelled when the client goes. */
    <T> void awaitRead(CompletableFuture<T> future, Consumer<? super T> then) {
        wanted = future;
        await(future, then);
    }

    /**
     * As the other.
     *
     * @param dropped takes a result with which nothing goes on
     */
    <T> void await(CompletableFuture<T> future, Consumer<? super T> then, Consumer<? super T> dropped) {
        var _ = future.whenComplete(await(then, dropped));
    }

    /** Goes on with a result as {@link #await(CompletableFuture, Consumer)} does, once what this gives is told of it. */
    <T> BiConsumer<@Nullable T, @Nullable Throwable> await(Consumer<? super T> then) {
        return await(then, _ -> {});
    }

    private <T> Awaited<T> await(Consumer<? super T> then, Consumer<? super T> dropped) {
        awaiting = true;
        return new Awaited<>(then, dropped);
    }

    /** What goes on when a result has come. Told on any thread, once; goes on on the connection's loop. */
    private final class Awaited<T> implements BiConsumer<@Nullable T, @Nullable Throwable>, Runnable {

        private final Consumer<? super T> then;
        private final Consumer<? super T> dropped;
        private @Nullable T value;
        private @Nullable Throwable failure;

        private Awaited(Consumer<? super T> then, Consumer<? super T> dropped) {
            this.then = then;
            this.dropped = dropped;
        }

        @Override
        public void accept(@Nullable T result, @Nullable Throwable cause) {
            value = result;
            failure = cause;
            connection.onLoop(this);
        }

        @Override
        @SuppressWarnings("NullAway") // without a failure the value is there, or of the type Void
        public void run() {
            awaiting = false;
            wanted = null;
            if (connection.isClosed()) {
                discharge();
                if (failure == null) {
                    dropped.accept(value);
                }
            } else if (failure != null) {
                fail(failure);
            } else {
                try {
                    then.accept(value);
                } catch (RuntimeException e) {
                    fail(e);
                }
            }
        }
    }

    /** Answers with the result of work that may block, on a virtual thread. */
    void blocking(Callable<Response> work) {
        CompletableFuture<Response> result = new CompletableFuture<>();
        server.blocking.execute(() -> {
            try {
                result.complete(work.call());
            } catch (Exception e) {
                result.completeExceptionally(e);
            }
        });
        await(result, this::respond);
    }

    void refuse(Refusal refusal) {
        respond(Problem.of(refusal));
    }

    void fail(Throwable failure) {
        respond(failure(failure));
    }

    /** The answer for what was thrown. */
    Response failure(Throwable failure) {
        return switch (Problem.cause(failure)) {
            case EntryProblem refused -> refused.response();
            case AccessDenied denied -> denied.response(this);
            case LimitExceededException over
            when EntryProblem.speaksFor(request) -> EntryProblem.of(over).response();
            case LimitExceededException over -> EventsProblem.response(over);
            case EventsRefusedException refused -> EventsProblem.response(refused.refusal());
            default -> {
                Problem problem = Problem.of(failure);
                if (problem.kind() == ErrorKind.INTERNAL) {
                    LOG.error("{} {} failed", request.method, request.path, failure);
                }
                yield problemResponse(problem);
            }
        };
    }

    void respond(Problem problem) {
        respond(problemResponse(problem));
    }

    /** The answer for a problem, in the shape of the face that was asked. */
    Response problemResponse(Problem problem) {
        return EntryProblem.speaksFor(request)
                ? EntryProblem.response(problem, route, server.random)
                : problemResponse(server, problem);
    }

    static Response problemResponse(ServerContext server, Problem problem) {
        return Response.of(problem, server.random).lines(HeaderLines.NO_STORE);
    }

    Response methodNotAllowed(String allow) {
        String detail = request.method + " is not offered here; what is: " + allow;
        return problemResponse(Problem.of(ErrorKind.METHOD_NOT_ALLOWED, detail)).header(HeaderName.ALLOW, allow);
    }

    /** Sends the answer. Only the first one counts. */
    void respond(Response response) {
        if (answered) {
            LOG.error("{} {} was answered twice", request.method, request.path);
            return;
        }
        answer(response);
        decorate(response);
        connection.send(this, response);
    }

    private void answer(Response response) {
        answered = true;
        answeredNanos = server.clock.elapsedNanos();
        discharge();
        connection.loop().tally.answered(route, response.status(), answeredNanos - startNanos);
    }

    /** When the answer was given, in the clock's elapsed time. */
    long answeredNanos() {
        return answeredNanos;
    }

    private void decorate(Response response) {
        response.lines(NOSNIFF);
        Rate counted = rate;
        if (counted != null) {
            counted.on(response);
        }
        if (request.path.startsWith(EntryProblem.ROOT)) {
            response.header(HeaderName.X_REQUEST_ID, requestId());
        }
        boolean get = request.method.equals("GET");
        if (get) {
            response.lines(RESOURCE_POLICY);
        }
        // Answers to GET may be cached and shared, so they do not depend on who asked.
        if (route.browsers() && (get || request.header(HeaderName.ORIGIN) != null)) {
            response.lines(ANY_ORIGIN);
        }
    }

    /** What the caller calls this request, or a name made for it. */
    String requestId() {
        String id = requestId;
        if (id == null) {
            String given = request.header(HeaderName.X_REQUEST_ID);
            id = given != null && given.length() >= MIN_REQUEST_ID && given.length() <= MAX_REQUEST_ID
                    ? given
                    : new UUID(server.random.nextLong(), server.random.nextLong()).toString();
            requestId = id;
        }
        return id;
    }

    /** Sends the head of an answer that goes on for as long as the connection's attachment wants. */
    void beginEvents(Response head) {
        answer(head);
        decorate(head);
        connection.beginEvents(head);
    }

    /** Answers that the connection goes on with another protocol. */
    void upgrade(Response head, Connection.Attachment attachment, List<ChannelHandler> handlers) {
        answer(head);
        connection.upgrade(head, attachment, handlers);
    }

    /** The connection is gone before the answer. */
    void abandoned() {
        CompletableFuture<?> nobodyWants = wanted;
        if (nobodyWants != null) {
            nobodyWants.cancel(false);
        }
        if (!awaiting) {
            discharge();
        }
    }
}
