package dev.varve.server;

import io.netty.channel.ChannelOutboundBuffer;
import org.jspecify.annotations.Nullable;

/** Notices a socket that takes nothing of what waits for it. Confined to its connection. */
final class SocketWatch {

    private boolean waiting;
    private long since;
    private int message;
    private long progress;

    /**
     * Looks at what waits for the socket.
     *
     * @param outbound what waits, or null when the channel has closed
     * @param now in nanoseconds
     * @return for how long the socket has taken nothing, in nanoseconds; 0 when nothing waits
     */
    long stalledNanos(@Nullable ChannelOutboundBuffer outbound, long now) {
        Object current = outbound == null ? null : outbound.current();
        if (outbound == null || current == null) {
            waiting = false;
            return 0;
        }
        // The identity is enough: holding on to the message itself could keep its memory.
        int identity = System.identityHashCode(current);
        long sent = outbound.currentProgress();
        if (!waiting || identity != message || sent != progress) {
            waiting = true;
            message = identity;
            progress = sent;
            since = now;
        }
        return now - since;
    }
}
