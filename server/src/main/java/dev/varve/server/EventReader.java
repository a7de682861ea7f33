package dev.varve.server;

import dev.varve.api.ErrorKind;
import dev.varve.api.Offset;
import dev.varve.api.VarveException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One reader of server-sent events. It reads pages of its own until it reaches the tail, then waits in a group of the
 * {@link LiveStream}. When its socket takes no more it leaves the group and, once the socket takes bytes again, catches
 * up from the storage at its own pace. Confined to the connection's loop.
 */
final class EventReader extends LiveReader implements Connection.Attachment {

    /** Streams end up to this part earlier than configured, so that readers do not come back all at once. */
    private static final double JITTER = 0.1;

    private static final byte[] HEAD =
            HeaderLines.of("Content-Type: text/event-stream", "Cache-Control: no-cache", "Transfer-Encoding: chunked");
    private static final byte[] BASE64 = HeaderLines.of("Stream-SSE-Data-Encoding: base64");
    private static final Logger LOG = LoggerFactory.getLogger(EventReader.class);

    private final ServerContext server;
    private final Connection connection;
    private final String path;
    private @Nullable Exchange exchange;
    private @Nullable LiveStream stream;
    private long ownCursor;
    private boolean blocked;

    EventReader(Exchange exchange, String path, Offset from, @Nullable String sentCursor) {
        this.exchange = exchange;
        this.server = exchange.server;
        this.connection = exchange.connection();
        this.path = path;
        this.position = from;
        long wall = server.clock.wallMillis();
        long first = Cursor.next(sentCursor, wall, server.random);
        this.ownCursor = first > Cursor.current(wall) ? first : EventEncoder.NO_CURSOR;
    }

    void start() {
        try {
            stream = LiveStream.acquire(server, connection.loop(), path);
        } catch (VarveException e) {
            fail(e);
            return;
        }
        server.metrics.liveReaders(1);
        connection.attach(this);
        fetch();
    }

    /** Reads the next page for this reader alone. */
    private void fetch() {
        LiveStream followed = stream;
        if (followed == null) {
            return;
        }
        long version = followed.version();
        var _ = LivePage.read(server.reads(path), path, position, server.limits.livePageBytes)
                .whenComplete((page, failure) -> connection.onLoop(() -> {
                    if (stream == null) {
                        return;
                    }
                    if (page != null) {
                        onPage(page, version);
                    } else {
                        fail(failure == null ? new IllegalStateException("a read brought nothing") : failure);
                    }
                }));
    }

    private void onPage(LivePage page, long version) {
        Exchange opening = exchange;
        if (opening != null) {
            exchange = null;
            incarnation = page.raw().incarnation();
            Response head = Response.of(200).lines(HEAD);
            opening.beginEvents(MediaTypes.isText(page.raw().contentType()) ? head : head.lines(BASE64));
            long nanos =
                    server.sseLifetimeNanos - (long) (server.sseLifetimeNanos * JITTER * server.random.nextDouble());
            connection.deadline(server.clock.elapsedNanos() + nanos);
            connection.sendEvents(EventEncoder.encode(ByteBufAllocator.DEFAULT, page, cursor()));
        } else if (page.raw().incarnation() != incarnation) {
            end(EventEncoder.end());
            return;
        } else if (page.hasEvent() || page.closed()) {
            connection.sendEvents(EventEncoder.encode(ByteBufAllocator.DEFAULT, page, cursor()));
        }
        advance(page, version);
    }

    private long cursor() {
        long current = Cursor.current(server.clock.wallMillis());
        if (ownCursor > current) {
            return ownCursor;
        }
        ownCursor = EventEncoder.NO_CURSOR;
        return current;
    }

    /** Goes on after a page. */
    private void advance(LivePage page, long version) {
        LiveStream followed = stream;
        position = page.next();
        if (followed == null) {
            return;
        }
        if (page.closed()) {
            end(EventEncoder.end());
        } else if (!page.raw().hasMore()) {
            followed.join(this, version);
        } else if (connection.isWritable()) {
            connection.loop().deliver(this::fetch);
        } else {
            blocked = true;
        }
    }

    @Override
    void take(LivePage page, LiveStream.SharedEvent event, long version) {
        if (stream == null) {
            return;
        }
        if (!connection.isWritable()) {
            blocked = true;
            return;
        }
        if (page.hasEvent() || page.closed()) {
            connection.sendEvents(event.with(cursor()));
        }
        advance(page, version);
    }

    @Override
    void fail(Throwable failure) {
        Exchange opening = exchange;
        if (opening != null) {
            exchange = null;
            leave();
            opening.fail(failure);
            return;
        }
        if (Problem.of(failure).kind() == ErrorKind.INTERNAL) {
            LOG.error("events of {} ended by a failure", path, failure);
        }
        end(EventEncoder.end());
    }

    private void end(ByteBuf last) {
        leave();
        connection.endEvents(last);
    }

    private void leave() {
        LiveStream followed = stream;
        if (followed == null) {
            return;
        }
        stream = null;
        followed.leave(this);
        followed.release();
        server.metrics.liveReaders(-1);
    }

    @Override
    public void writable() {
        if (blocked) {
            blocked = false;
            fetch();
        }
    }

    @Override
    public void expired() {
        end(EventEncoder.end());
    }

    @Override
    public void drain() {
        if (exchange != null) {
            return;
        }
        connection.sendEvents(EventEncoder.control(ByteBufAllocator.DEFAULT, position, cursor()));
        end(EventEncoder.end());
    }

    @Override
    public void gone() {
        leave();
    }
}
