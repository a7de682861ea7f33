package dev.varve.server;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundBuffer;
import org.jspecify.annotations.Nullable;

/**
 * What a connection sends: puts flushes off while more may follow, and knows what the socket has not taken yet. Confined to the
 * connection's loop.
 */
final class Outgoing {

    private final ServerContext server;
    private final Channel channel;
    private final SocketWatch watch = new SocketWatch();
    private @Nullable ChannelHandlerContext context;

    /** How many of the buffers that the socket has not taken somebody wants back. */
    private int borrowed;

    private boolean inReadRound;
    private boolean unflushed;

    Outgoing(ServerContext server, Channel channel) {
        this.server = server;
        this.channel = channel;
    }

    void from(ChannelHandlerContext place) {
        context = place;
    }

    /** Where the connection stands in its pipeline; what it sends does not pass the handlers behind it. */
    ChannelHandlerContext context() {
        ChannelHandlerContext ctx = context;
        if (ctx == null) {
            throw new IllegalStateException("not in a pipeline");
        }
        return ctx;
    }

    // ---- writing ----

    /** Writes what nobody waits for; a failure reaches the connection as an exception. */
    void write(ByteBuf bytes) {
        ChannelHandlerContext ctx = context();
        var _ = ctx.write(bytes, ctx.voidPromise());
    }

    /** Writes bytes whose memory somebody wants back once the socket has taken them or the connection has ended. */
    void write(ByteBuf bytes, Runnable afterwards) {
        borrowed++;
        var _ = context().write(bytes).addListener(_ -> {
            borrowed--;
            afterwards.run();
        });
    }

    /** Writes and flushes. */
    ChannelFuture send(ByteBuf bytes) {
        ChannelFuture written = context().write(bytes);
        flushNow();
        return written;
    }

    // ---- flushing ----

    /** The socket is being read: what is written meanwhile is flushed once, at the end. */
    void beginReadRound() {
        inReadRound = true;
    }

    void endReadRound() {
        inReadRound = false;
        if (unflushed) {
            flushNow();
        }
    }

    /** Flushes now, or at the end of the round of reads or the loop's batch. */
    void flush(Loop loop) {
        if (inReadRound) {
            unflushed = true;
        } else {
            loop.flush(this);
        }
    }

    /** Remembers that a flush is due; false when that was known. */
    boolean markUnflushed() {
        boolean first = !unflushed;
        unflushed = true;
        return first;
    }

    void flushNow() {
        unflushed = false;
        context().flush(); // not by way of the handlers of a WebSocket, which have no part in it
    }

    // ---- what the socket has not taken ----

    /** Whether the socket has not taken all of it yet. */
    boolean isPending() {
        ChannelOutboundBuffer outbound = channel.unsafe().outboundBuffer();
        return outbound != null && outbound.totalPendingWriteBytes() > 0;
    }

    /** Whether the socket has taken nothing for too long: sooner when others need the memory that waits for it. */
    boolean isStuck(long now) {
        long stalledNanos = watch.stalledNanos(channel.unsafe().outboundBuffer(), now);
        return stalledNanos >= server.limits.writeStallNanos
                || (borrowed > 0
                        && stalledNanos >= server.limits.writeStallWhenShortNanos
                        && server.isShortOfPageMemory());
    }
}
