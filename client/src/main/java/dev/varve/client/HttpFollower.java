package dev.varve.client;

import dev.varve.api.ErrorKind;
import dev.varve.api.Subscription;
import dev.varve.api.VarveException;
import dev.varve.api.spi.Backoff;
import java.io.ByteArrayOutputStream;
import java.net.http.HttpRequest;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Follows a feed of lines over one answer that goes on, on a thread of its own. Each request names the place after the last thing that was handed
 * over, so whatever happens to connections and servers, nothing is skipped and nothing given twice. Whoever is told slowly is not sent
 * more than is taken. Thread-safe.
 */
abstract class HttpFollower implements Subscription {

    /** An answer that ends sooner without bringing anything is one of a server that should not be asked again at once. */
    private static final long SHORT_NANOS = 5_000_000_000L;

    private final HttpTransport transport;
    private final Duration patience;
    private final Consumer<? super HttpFollower> onEnd;
    private final Thread thread;
    private final Backoff backoff = new Backoff();
    private final CountDownLatch closing = new CountDownLatch(1);

    /** What was thrown by whoever was told. */
    private @Nullable RuntimeException thrown;

    private volatile boolean closed;
    private volatile boolean varveClosed;
    private volatile @Nullable CompletableFuture<HttpTransport.Opened<BodyPieces>> opening;

    /**
     * A follower that has not begun.
     *
     * @param name what its thread is called
     * @param patience for how long nothing may come
     * @param onEnd told when it is over
     */
    HttpFollower(HttpTransport transport, String name, Duration patience, Consumer<? super HttpFollower> onEnd) {
        this.transport = transport;
        this.patience = patience;
        this.onEnd = onEnd;
        this.thread = DaemonThreads.named(name).newThread(this::run);
    }

    final void start() {
        thread.start();
    }

    // ---- what is followed

    /** Asks for what follows the place that was reached. */
    abstract HttpRequest request();

    /** What an answer means that is no feed. */
    VarveException failure(HttpRequest request, Answer answer) {
        return EventCalls.failure(request, answer);
    }

    /** Does what is to be done before each connection; false when there is more of that, and no connection yet. */
    boolean prepare() throws InterruptedException {
        return true;
    }

    /** A connection begins to bring what it has. */
    void connected() {}

    /** Takes a line. */
    abstract void take(String where, byte[] json) throws InterruptedException;

    /** What came together has been taken. */
    void taken() {}

    /** The place that was reached: who moves on is not kept waiting when a connection ends. */
    abstract long place();

    /** It is over and was not closed. */
    abstract void ended(RuntimeException cause);

    // ---- connections

    @SuppressWarnings("CatchingUnchecked") // whatever ends the subscription is told
    private void run() {
        try {
            while (!closed) {
                step();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            if (!closed) {
                ended(e);
            }
        } finally {
            closed = true;
            onEnd.accept(this);
        }
        if (varveClosed) {
            ended(new VarveException(ErrorKind.UNAVAILABLE, "this Varve was closed"));
        }
    }

    /** One connection, until it ends. */
    private void step() throws InterruptedException {
        long began = System.nanoTime();
        long before = place();
        try {
            if (prepare()) {
                connect();
            }
        } catch (VarveException e) {
            if (!closed) {
                throwUnlessItPasses(e);
            }
            return;
        }
        if (place() > before || System.nanoTime() - began >= SHORT_NANOS) {
            backoff.succeeded();
        } else if (!closed) {
            Duration unused = pause(Optional.empty());
        }
    }

    /** Goes on later after a failure that passes by itself; what was thrown by whoever was told does not. */
    @SuppressWarnings("ReferenceEquality") // the very same
    private void throwUnlessItPasses(VarveException failure) throws InterruptedException {
        if (!passes(failure) || failure == thrown || transport.isClosed()) {
            throw failure;
        }
        transport.retrying(failure, pause(failure.retryAfter()));
    }

    /** Whether another connection may have what this one failed to bring. */
    boolean passes(VarveException failure) {
        return failure.retryable() || failure.kind() == ErrorKind.TIMEOUT || failure.kind() == ErrorKind.INTERNAL;
    }

    private Duration pause(Optional<Duration> asked) throws InterruptedException {
        Duration wait = backoff.next(asked);
        boolean unused = closing.await(wait.toNanos(), TimeUnit.NANOSECONDS);
        return wait;
    }

    static <T> T waited(CompletableFuture<T> call) throws InterruptedException {
        try {
            return call.get();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof VarveException failure
                    ? failure
                    : new VarveException(ErrorKind.INTERNAL, String.valueOf(e.getCause()), e.getCause());
        }
    }

    private void connect() throws InterruptedException {
        HttpRequest request = request();
        CompletableFuture<HttpTransport.Opened<BodyPieces>> started = transport.startOpen(
                request,
                info -> info.statusCode() == 200
                        && isLines(info.headers().firstValue("Content-Type").orElse("")));
        opening = started;
        if (closed) {
            end(started);
            return;
        }
        try {
            HttpTransport.Opened<BodyPieces> opened = waited(started);
            BodyPieces body = opened.body();
            if (body == null) {
                throw opened.answer().status() == 200
                        ? new VarveException(
                                ErrorKind.HTTP, EventCalls.where(request) + " is something else than lines")
                        : failure(request, opened.answer());
            }
            connected();
            lines(request, body);
        } catch (CancellationException e) {
            // Closed.
        } finally {
            end(started);
        }
    }

    private static boolean isLines(String contentType) {
        return contentType.regionMatches(true, 0, EventCalls.LINES, 0, EventCalls.LINES.length());
    }

    private static void end(CompletableFuture<HttpTransport.Opened<BodyPieces>> started) {
        started.cancel(true);
        CompletableFuture<?> unused = started.thenAccept(opened -> {
            BodyPieces body = opened.body();
            if (body != null) {
                body.close();
            }
        });
    }

    /** Takes lines until the answer ends. A line that was cut counts for nothing: it is sent again. */
    private void lines(HttpRequest request, BodyPieces body) throws InterruptedException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        while (!closed) {
            BodyPieces.Piece piece = body.poll(patience.toNanos());
            if (piece == null) {
                throw new VarveException(
                        ErrorKind.TIMEOUT, Failures.server(request.uri()) + " sent nothing for too long");
            }
            if (piece.end()) {
                if (piece.failure() != null) {
                    throw Failures.of(request, piece.failure());
                }
                return;
            }
            for (ByteBuffer bytes : piece.bytes()) {
                take(request, line, bytes);
            }
            if (!closed) {
                taken();
            }
        }
    }

    private void take(HttpRequest request, ByteArrayOutputStream line, ByteBuffer bytes) throws InterruptedException {
        while (bytes.hasRemaining() && !closed) {
            byte b = bytes.get();
            if (b != '\n') {
                line.write(b);
                if (line.size() > transport.maxAnswerBytes()) {
                    throw new VarveException(
                            ErrorKind.HTTP,
                            "a line of " + EventCalls.where(request) + " is longer than " + transport.maxAnswerBytes()
                                    + " bytes");
                }
                continue;
            }
            byte[] json = line.toByteArray();
            line.reset();
            take(EventCalls.where(request), json);
        }
    }

    // ---- whoever is told

    /** Tells somebody, and keeps what that throws apart from what connections fail with. */
    final boolean told(BooleanSupplier call) {
        try {
            return call.getAsBoolean();
        } catch (RuntimeException e) {
            thrown = e;
            throw e;
        }
    }

    final boolean isClosed() {
        return closed;
    }

    // ---- the end

    @Override
    public final void close() {
        closed = true;
        closing.countDown();
        CompletableFuture<HttpTransport.Opened<BodyPieces>> started = opening;
        if (started != null) {
            end(started);
        }
        LockSupport.unpark(thread);
    }

    /** Ends it, and has whoever is told hear of that. */
    final void endWithVarve() {
        varveClosed = !closed;
        close();
    }
}
