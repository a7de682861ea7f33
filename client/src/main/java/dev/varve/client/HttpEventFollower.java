package dev.varve.client;

import dev.varve.api.AggregateId;
import dev.varve.api.AggregateStatus;
import dev.varve.api.ErrorKind;
import dev.varve.api.EventHandler;
import dev.varve.api.EventRead;
import dev.varve.api.EventSlice;
import dev.varve.api.EventStore;
import dev.varve.api.StoredEvent;
import dev.varve.api.Subscription;
import dev.varve.api.VarveException;
import dev.varve.api.spi.Backoff;
import dev.varve.api.spi.EventDelivery;
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
 * Follows events over one answer that goes on, on a thread of its own. Each request names the place after the last event that was handed over, so
 * whatever happens to connections and servers, nothing is skipped and nothing given twice. A handler that is slow is not sent more than it takes.
 * Thread-safe.
 */
final class HttpEventFollower implements Subscription {

    /** An answer that ends sooner without bringing anything is one of a server that should not be asked again at once. */
    private static final long SHORT_NANOS = 5_000_000_000L;

    private final HttpEventStorage storage;
    private final HttpTransport transport;
    private final String store;
    private final EventHandler handler;
    private final EventDelivery delivery;
    private final Duration patience;
    private final Consumer<HttpEventFollower> onEnd;
    private final Thread thread;
    private final Backoff backoff = new Backoff();
    private final CountDownLatch closing = new CountDownLatch(1);

    /** What is read, from the place up to which everything was handed over. */
    private EventRead read;

    /** The position of the last event that was handed over. */
    private long position = EventStore.EMPTY;

    /** The highest position that the log is known to have had. */
    private long known = EventStore.EMPTY;

    /** The place that the handler was told last. */
    private long told;

    /** Whether the handler knows that it has caught up. */
    private boolean live;

    /** Whether what comes first was there before the connection was. */
    private boolean behind;

    /** What the handler threw. */
    private @Nullable VarveException thrown;

    private volatile boolean closed;
    private volatile boolean varveClosed;
    private volatile @Nullable CompletableFuture<HttpTransport.Opened<BodyPieces>> opening;

    /**
     * A follower that has not begun.
     *
     * @param patience for how long nothing may come
     * @param onEnd told when it is over
     * @throws VarveException {@link ErrorKind#INVALID_PARAMS} for a read that does not go on
     */
    HttpEventFollower(
            HttpEventStorage storage,
            HttpTransport transport,
            String store,
            EventRead read,
            EventHandler handler,
            Duration patience,
            Consumer<HttpEventFollower> onEnd) {
        if (read.backwards() || read.upTo() != Long.MAX_VALUE) {
            throw new VarveException(
                    ErrorKind.INVALID_PARAMS, "only a forward read without an upper bound can be followed");
        }
        this.storage = storage;
        this.transport = transport;
        this.store = store;
        this.read = read;
        this.told = read.after();
        this.handler = handler;
        this.delivery = new EventDelivery(handler, () -> closed);
        this.patience = patience;
        this.onEnd = onEnd;
        this.thread = DaemonThreads.named("varve-events-" + store).newThread(this::run);
    }

    void start() {
        thread.start();
    }

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
                handler.ended(e);
            }
        } finally {
            closed = true;
            onEnd.accept(this);
        }
        if (varveClosed) {
            handler.ended(new VarveException(ErrorKind.UNAVAILABLE, "this Varve was closed"));
        }
    }

    /** One connection, until it ends. */
    private void step() throws InterruptedException {
        long began = System.nanoTime();
        long before = told;
        try {
            if (read.skip() > 0) {
                skip();
            } else {
                requireSameLog();
                connect();
            }
        } catch (VarveException e) {
            if (!closed) {
                throwUnlessItPasses(e);
            }
            return;
        }
        if (told > before || System.nanoTime() - began >= SHORT_NANOS) {
            backoff.succeeded();
        } else if (!closed) {
            Duration unused = pause(Optional.empty());
        }
    }

    /** Goes on later after a failure that passes by itself; what the handler throws does not. */
    private void throwUnlessItPasses(VarveException failure) throws InterruptedException {
        boolean passes =
                failure.retryable() || failure.kind() == ErrorKind.TIMEOUT || failure.kind() == ErrorKind.INTERNAL;
        if (!passes || failure == thrown || transport.isClosed()) {
            throw failure;
        }
        transport.retrying(failure, pause(failure.retryAfter()));
    }

    private Duration pause(Optional<Duration> asked) throws InterruptedException {
        Duration wait = backoff.next(asked);
        boolean unused = closing.await(wait.toNanos(), TimeUnit.NANOSECONDS);
        return wait;
    }

    // ---- what is there

    /** Reads a slice, as long as there is something to be skipped. */
    private void skip() throws InterruptedException {
        EventSlice slice = waited(storage.read(store, read));
        for (StoredEvent event : slice.events()) {
            take(event);
            if (closed) {
                return;
            }
        }
        read = read.next(slice);
        tellCheckpoint();
    }

    private static <T> T waited(CompletableFuture<T> call) throws InterruptedException {
        try {
            return call.get();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof VarveException failure
                    ? failure
                    : new VarveException(ErrorKind.INTERNAL, String.valueOf(e.getCause()), e.getCause());
        }
    }

    /** A store that was deleted and made anew counts from the beginning again: what is asked for is not what follows. */
    private void requireSameLog() {
        if (known > EventStore.EMPTY && storage.head(store) < known) {
            throw deleted();
        }
    }

    private VarveException deleted() {
        return new VarveException(ErrorKind.NOT_FOUND, "the store " + store + " was deleted");
    }

    // ---- what comes

    private void connect() throws InterruptedException {
        HttpRequest request = storage.followRequest(store, read);
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
                                ErrorKind.HTTP, EventCalls.where(request) + " is something else than lines of events")
                        : EventCalls.failure(request, opened.answer());
            }
            behind = live;
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
                tellCheckpoint();
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
            take(EventAnswer.read(EventCalls.where(request), json, EventAnswer::line));
        }
    }

    private void take(EventAnswer.Line line) throws InterruptedException {
        StoredEvent event = line.event();
        Long caughtUp = line.caughtUp();
        Long checkpoint = line.checkpoint();
        Long fellBehind = line.fellBehind();
        VarveException failed = line.failed();
        if (event != null) {
            take(event);
        } else if (checkpoint != null) {
            looked(checkpoint, false);
        } else if (caughtUp != null) {
            looked(caughtUp, true);
            caughtUp();
        } else if (fellBehind != null) {
            looked(fellBehind, true);
            fellBehind();
        } else if (failed != null) {
            throw failed;
        } else if (line.closed()) {
            throw over();
        }
    }

    /** Nothing more can come: of this aggregate, or of this store. */
    private VarveException over() throws InterruptedException {
        AggregateId aggregate = read.aggregate();
        boolean tombstoned =
                aggregate != null && waited(storage.aggregate(store, aggregate)).status() == AggregateStatus.TOMBSTONED;
        return tombstoned
                ? new VarveException(ErrorKind.GONE, "the aggregate " + aggregate + " was deleted for ever")
                : deleted();
    }

    // ---- what the handler is told

    private void take(StoredEvent event) {
        if (event.position() <= position) {
            return; // never twice, whatever a server sends
        }
        if (behind) {
            fellBehind();
        }
        boolean done = told(() -> delivery.deliver(event));
        if (done) {
            position = event.position();
            known = Math.max(known, event.appendLast());
            move(read.aggregate() == null ? position : event.version(), true);
        }
    }

    private void looked(long place, boolean found) {
        if (read.aggregate() == null && place > read.after()) {
            known = Math.max(known, place);
        }
        move(place, found);
    }

    /** From now on what follows a place is read; the time to begin at means nothing any more once it was found. */
    private void move(long place, boolean found) {
        read = new EventRead(
                read.aggregate(),
                read.category(),
                read.query(),
                read.filter(),
                false,
                place,
                Long.MAX_VALUE,
                found ? null : read.from(),
                0,
                read.limit());
    }

    private void caughtUp() {
        behind = false;
        tellCheckpoint();
        if (!live) {
            live = true;
            boolean unused = told(() -> {
                handler.caughtUp(read.after());
                return true;
            });
        }
    }

    private void fellBehind() {
        behind = false;
        if (live) {
            live = false;
            boolean unused = told(() -> {
                handler.fellBehind(read.after());
                return true;
            });
        }
    }

    private void tellCheckpoint() {
        if (read.after() > told) {
            told = read.after();
            boolean unused = told(() -> {
                handler.checkpoint(read.after());
                return true;
            });
        }
    }

    /** Calls the handler, and keeps what it throws apart from what connections fail with. */
    private boolean told(BooleanSupplier call) {
        try {
            return call.getAsBoolean();
        } catch (VarveException e) {
            thrown = e;
            throw e;
        }
    }

    // ---- the end

    @Override
    public void close() {
        closed = true;
        closing.countDown();
        CompletableFuture<HttpTransport.Opened<BodyPieces>> started = opening;
        if (started != null) {
            end(started);
        }
        LockSupport.unpark(thread);
    }

    /** Ends it, and has the handler told. */
    void endWithVarve() {
        varveClosed = !closed;
        close();
    }
}
