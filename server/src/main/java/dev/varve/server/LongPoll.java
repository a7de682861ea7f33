package dev.varve.server;

import dev.varve.api.Offset;
import dev.varve.api.ReadResult;
import dev.varve.api.Refusal;
import dev.varve.api.VarveException;
import io.netty.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** One long-poll: answers at once when there is data or never will be, else waits. Confined to the connection's loop. */
final class LongPoll extends LiveReader implements Connection.Attachment {

    /** Waits end up to this part earlier than configured, so that readers do not come back all at once. */
    private static final double JITTER = 0.1;

    private final Exchange exchange;
    private final ServerContext server;
    private final String path;
    private final Offset from;
    private final @Nullable String sentCursor;
    private @Nullable LiveStream stream;
    private @Nullable Future<?> timer;

    LongPoll(Exchange exchange, String path, Offset from, @Nullable String sentCursor) {
        this.exchange = exchange;
        this.server = exchange.server;
        this.path = path;
        this.from = from;
        this.sentCursor = sentCursor;
    }

    void start() {
        exchange.await(server.reads(path).read(path, from, server.limits.heapPageBytes()), result -> {
            switch (result) {
                case ReadResult.Page page -> onPage(page);
                case Refusal refusal -> exchange.refuse(refusal);
            }
        });
    }

    private void onPage(ReadResult.Page page) {
        position = page.next();
        incarnation = page.incarnation();
        if (page.hasMore() || new LivePage(page, page.data(), page.next()).hasData()) {
            CatchUp.respondLive(exchange, path, from, page, cursor());
        } else if (page.closed() || server.draining()) {
            CatchUp.respondNoData(exchange, page.next(), page.closed(), cursor());
        } else if (exchange.loop().kind == Loop.Kind.LIVE) {
            await();
        } else {
            exchange.connection().moveTo(exchange.connection().home(), this::await);
        }
    }

    private long cursor() {
        return Cursor.next(sentCursor, server.clock.wallMillis(), server.random);
    }

    private void await() {
        Loop loop = exchange.loop();
        LiveStream followed;
        try {
            followed = LiveStream.acquire(server, loop, path);
        } catch (VarveException e) {
            exchange.fail(e);
            return;
        }
        stream = followed;
        server.metrics.liveReaders(1);
        exchange.connection().attach(this);
        long nanos = server.longPollNanos - (long) (server.longPollNanos * JITTER * server.random.nextDouble());
        timer = loop.eventLoop.schedule(() -> loop.run(this::giveUp), nanos, TimeUnit.NANOSECONDS);
        // The read happened before the subscription: what came in between is found by the group's own read.
        followed.join(this, LiveStream.NEVER);
    }

    /** Whether the wait has ended by this call. */
    private boolean end() {
        LiveStream followed = stream;
        if (followed == null) {
            return false;
        }
        stream = null;
        followed.leave(this);
        followed.release();
        Future<?> running = timer;
        if (running != null) {
            running.cancel(false);
        }
        server.metrics.liveReaders(-1);
        return true;
    }

    private void giveUp() {
        if (end()) {
            CatchUp.respondNoData(exchange, position, false, cursor());
        }
    }

    @Override
    void take(LivePage page, LiveStream.SharedEvent event, long version) {
        if (!end()) {
            return;
        }
        if (page.hasData() || page.raw().hasMore()) {
            CatchUp.respondLive(exchange, path, from, page.raw(), cursor());
        } else {
            CatchUp.respondNoData(exchange, page.raw().next(), page.raw().closed(), cursor());
        }
    }

    @Override
    void fail(Throwable failure) {
        if (end()) {
            exchange.fail(failure);
        }
    }

    @Override
    public void writable() {
        // Nothing is written before the answer.
    }

    @Override
    public void expired() {
        // Has a timer of its own.
    }

    @Override
    public void drain() {
        giveUp();
    }

    @Override
    public void revoked() {
        if (end()) {
            exchange.respond(AccessCheck.unauthorized(exchange));
        }
    }

    @Override
    public void gone() {
        end();
    }
}
