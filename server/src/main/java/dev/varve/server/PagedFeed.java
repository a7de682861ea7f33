package dev.varve.server;

import dev.varve.api.Subscription;
import dev.varve.api.VarveException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * One client that follows a store, in an answer that goes on. It reads what there is itself, a page at a time, and the next page only when
 * the socket has taken the one before: a slow client costs one page and is never ahead of what it was sent. The storage
 * wakes it when there is something new. Confined to the connection's loop.
 */
abstract class PagedFeed implements Connection.Attachment {

    /** What one page may hold at most. */
    static final int PAGE = 100;

    /** How much that a filter keeps back a client may be behind without knowing. */
    static final long MAX_UNTOLD = 1_000;

    /** After how long without anything else a client hears that the server is there. */
    private static final long PING_NANOS = TimeUnit.SECONDS.toNanos(15);

    final Exchange exchange;
    final Connection connection;

    /** The last place that was read. */
    long position;

    /** The place that the client knows. */
    long told;

    /** Whether the client was told that it has all there was. */
    boolean caughtUp;

    /** How many the next page may have. */
    private int limit = PAGE;

    /** Set by the storage when something is new, cleared before looking. */
    private final AtomicBoolean signalled = new AtomicBoolean();

    private @Nullable Subscription subscription;

    /** Whether the answer has begun: the storage may wake this before. */
    private boolean begun;

    private boolean reading;

    /** The page that was read last, or is being read. */
    private CompletableFuture<?> page = CompletableFuture.completedFuture(null);

    /** Whether there may be something to read. */
    private boolean more = true;

    /** Whether something new came while a page was being read. */
    private boolean newWhileReading;

    private boolean over;

    /** The store ends: when all is sent, so does the answer. */
    private volatile boolean storeEnds;

    PagedFeed(Exchange exchange, long after) {
        this.exchange = exchange;
        this.connection = exchange.connection();
        this.position = after;
    }

    // ---- beginning

    /** Has the storage wake this. False when that fails, which is answered. */
    final boolean subscribe(Function<LongConsumer, Subscription> storage) {
        try {
            subscription = storage.apply(this::changed);
            return true;
        } catch (VarveException e) {
            over = true; // the storage may have woken this meanwhile
            exchange.fail(e);
            return false;
        }
    }

    /** Begins the answer, from what was read last. */
    final void begin(byte[] head) {
        told = position;
        connection.attach(this);
        exchange.server.metrics.liveReaders(1);
        exchange.beginEvents(Response.of(200).lines(head));
        connection.flush();
        putOffPing();
        begun = true;
        pull();
    }

    /** Called by the storage, on any thread. */
    private void changed(long newest) {
        if (newest == Long.MAX_VALUE) {
            storeEnds = true;
        }
        if (signalled.compareAndSet(false, true)) {
            connection.onLoop(() -> {
                signalled.set(false);
                more = true;
                newWhileReading = reading;
                pull();
            });
        }
    }

    // ---- reading

    /** Reads the next page, unless there is none, one is on its way, or the socket has not taken the last. */
    private void pull() {
        if (begun && !over && !reading && more && connection.isWritable()) {
            readNext();
        }
    }

    /** Begins to {@link #read} what comes next. */
    abstract void readNext();

    final <T> void read(CompletableFuture<T> asked, Consumer<T> then) {
        reading = true;
        newWhileReading = false;
        page = asked;
        var _ = asked.whenComplete((value, failure) -> connection.onLoop(() -> {
            reading = false;
            if (over) {
                return;
            }
            if (value == null) {
                failed(failure == null ? new IllegalStateException("a read brought nothing") : failure);
            } else {
                then.accept(value);
            }
            // Not at once: pages that are in memory would follow each other without end while others wait.
            connection.loop().deliver(this::pull);
        }));
    }

    /** A read has failed. */
    abstract void failed(Throwable failure);

    /** How many to ask for. */
    final int limit() {
        return limit;
    }

    /** What was read in vain is read again, so no more is read than was of use the last time. */
    final void used(int taken, int found) {
        limit = taken < found ? Math.max(1, taken) : Math.min(PAGE, 2 * limit);
    }

    /** Notes whether more was there when the page was read. */
    final void thereIsMore(boolean behindThePage) {
        more = behindThePage || newWhileReading;
    }

    /** Whether there is nothing to read until the storage says so. */
    final boolean isAtEnd() {
        return !more;
    }

    /** Whether nothing comes any more once this {@link #isAtEnd}. */
    final boolean storeEnds() {
        return storeEnds;
    }

    // ---- sending

    /** Something was sent, which is as good as a ping. */
    void putOffPing() {
        connection.deadline(exchange.server.clock.elapsedNanos() + PING_NANOS);
    }

    /** Nothing was sent for long, and the socket takes something: says that the server is there, or how far this has got. */
    abstract void ping();

    final void end() {
        leave();
        connection.endEvents(ServerEvents.lastChunk());
    }

    private void leave() {
        Subscription ended = subscription;
        subscription = null;
        if (ended != null) {
            over = true;
            ended.close();
            page.cancel(false);
            exchange.server.metrics.liveReaders(-1);
        }
    }

    @Override
    public final void writable() {
        pull();
    }

    @Override
    public final void expired() {
        putOffPing();
        if (connection.isWritable()) {
            ping();
        }
    }

    @Override
    public final void drain() {
        end();
    }

    @Override
    public final void gone() {
        leave();
    }
}
