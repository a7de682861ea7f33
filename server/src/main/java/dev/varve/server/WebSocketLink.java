package dev.varve.server;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.TooLongFrameException;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CorruptedWebSocketFrameException;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.Utf8FrameValidator;
import io.netty.handler.codec.http.websocketx.WebSocket13FrameDecoder;
import io.netty.handler.codec.http.websocketx.WebSocketDecoderConfig;
import io.netty.handler.codec.http.websocketx.WebSocketFrameAggregator;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A connection after its upgrade to a WebSocket (RFC 6455): puts messages together, answers pings, finds peers that are
 * gone, closes with a code. Reading stops while the socket takes nothing or the receiver has enough to do. Confined to the
 * connection's loop.
 */
final class WebSocketLink extends ChannelInboundHandlerAdapter implements Connection.Attachment {

    static final int GOING_AWAY = 1001;
    static final int PROTOCOL_ERROR = 1002;
    static final int UNSUPPORTED = 1003;
    static final int INVALID_PAYLOAD = 1007;
    static final int POLICY_VIOLATION = 1008;
    static final int TOO_BIG = 1009;
    static final int INTERNAL_ERROR = 1011;
    static final int TRY_AGAIN_LATER = 1013;

    /** Who gets the messages. Called on the connection's loop. */
    interface Receiver {

        /**
         * A whole message.
         *
         * @param payload to be read before the method returns
         * @param text whether it is text, then valid UTF-8; else binary
         */
        void message(ByteBuf payload, boolean text);

        /** Whether more messages may come now; when that becomes true, the receiver calls {@link #regulate}. */
        boolean ready();

        /** The socket takes bytes again. */
        void writable();

        /** About a second has gone. */
        void second();

        /** Whether all that is under way has been answered. Asked again and again while the server closes. */
        boolean finished();

        /** The token that the socket was opened with is of no effect any more: the last moment to say something. */
        default void revoked() {}

        /** Nothing can be sent any more. Called once. */
        void gone();
    }

    private static final int MAX_CLOSE_CODE = 4999;

    /** Bytes of a message that are not counted against the server's bound. */
    private static final int FREE_BYTES = 64 * 1024;

    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
    private static final Logger LOG = LoggerFactory.getLogger(WebSocketLink.class);

    private final ServerContext server;
    private final Connection connection;
    private Receiver receiver = NOBODY;
    private boolean closing;
    private boolean draining;
    private boolean paused;
    private long lastHeard;
    private boolean pinged;
    private long pingedAt;
    /** What has come of a message that is not whole. */
    private long partialBytes;

    private long partialSince;
    private long chargedBytes;

    private WebSocketLink(Exchange exchange) {
        this.server = exchange.server;
        this.connection = exchange.connection();
    }

    /** Upgrades the connection of a request that passed {@link WebSocketHandshake#refusal}. */
    static WebSocketLink open(Exchange exchange) {
        WebSocketLink link = new WebSocketLink(exchange);
        link.lastHeard = link.now();
        return link;
    }

    /** Answers the handshake and starts to read. */
    void start(Exchange exchange, Receiver messages) {
        receiver = messages;
        int maxBytes = server.limits.socketMessageBytes;
        WebSocketDecoderConfig config = WebSocketDecoderConfig.newBuilder()
                .maxFramePayloadLength(maxBytes)
                .expectMaskedFrames(true)
                .allowExtensions(false)
                .closeOnProtocolViolation(false)
                .build();
        connection.deadline(now() + SECOND);
        exchange.upgrade(
                WebSocketHandshake.acceptance(exchange.request),
                this,
                List.of(
                        new Meter(),
                        new WebSocket13FrameDecoder(config),
                        new Utf8FrameValidator(false),
                        new WebSocketFrameAggregator(maxBytes),
                        this));
        regulate();
    }

    private long now() {
        return server.clock.elapsedNanos();
    }

    // ---- what comes ----

    /** Counts the bytes before they are decoded. Confined to its connection. */
    private final class Meter extends ChannelInboundHandlerAdapter {

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            lastHeard = now();
            pinged = false;
            if (message instanceof ByteBuf bytes) {
                if (closing) {
                    bytes.release();
                    return;
                }
                if (partialBytes == 0) {
                    partialSince = lastHeard;
                }
                partialBytes += bytes.readableBytes();
            }
            ctx.fireChannelRead(message);
            chargePartial();
        }
    }

    /** What has come of an unfinished message takes memory, which is bounded for all connections together. */
    private void chargePartial() {
        long due = closing || partialBytes <= FREE_BYTES ? 0 : partialBytes;
        if (due <= chargedBytes) {
            server.admission.release(chargedBytes - due);
            chargedBytes = due;
        } else if (server.admission.tryAcquire(due - chargedBytes)) {
            chargedBytes = due;
        } else {
            close(TRY_AGAIN_LATER, "the server has no memory for this message now");
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        try {
            partialBytes = 0;
            if (closing) {
                return;
            }
            switch (message) {
                case TextWebSocketFrame text -> receiver.message(text.content(), true);
                case BinaryWebSocketFrame binary -> receiver.message(binary.content(), false);
                case PingWebSocketFrame ping -> {
                    // Whoever reads no answers gets none.
                    if (connection.isWritable()) {
                        send(WebSocketFrames.frame(connection.alloc(), WebSocketFrames.PONG, ping.content()));
                    }
                }
                case CloseWebSocketFrame close -> answerClose(close.statusCode());
                default -> {}
            }
            regulate();
        } finally {
            ReferenceCountUtil.release(message);
        }
    }

    private void answerClose(int code) {
        if (code > MAX_CLOSE_CODE) {
            close(PROTOCOL_ERROR, "there is no close code " + code);
            return;
        }
        // A close frame without a code is answered by one without.
        end(code < 0 ? WebSocketFrames.close(connection.alloc()) : WebSocketFrames.close(connection.alloc(), code, ""));
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (closing) {
            LOG.debug("a WebSocket that is closing failed", cause);
            return;
        }
        switch (cause) {
            case CorruptedWebSocketFrameException broken ->
                close(broken.closeStatus().code(), String.valueOf(broken.getMessage()));
            case TooLongFrameException _ -> close(TOO_BIG, tooBig());
            case IOException lost -> {
                LOG.debug("connection lost", lost);
                connection.abort();
            }
            default -> {
                LOG.error("a WebSocket failed", cause);
                close(INTERNAL_ERROR, "the server failed; its log says more");
            }
        }
    }

    private String tooBig() {
        return "a message has at most " + server.limits.socketMessageBytes + " bytes";
    }

    // ---- what goes ----

    /** Whether the socket takes more. */
    boolean isWritable() {
        return !closing && connection.isWritable();
    }

    boolean isOpen() {
        return !closing;
    }

    Connection connection() {
        return connection;
    }

    /** Sends a frame. Takes over the buffer. */
    void send(ByteBuf frame) {
        if (closing) {
            frame.release();
        } else {
            connection.sendEvents(frame);
        }
    }

    /** Sends a close frame and ends the connection. */
    void close(int code, String reason) {
        if (!closing) {
            end(WebSocketFrames.close(connection.alloc(), code, reason));
        }
    }

    private void end(ByteBuf last) {
        closing = true;
        chargePartial();
        connection.endEvents(last);
        leave();
    }

    private void leave() {
        Receiver left = receiver;
        receiver = NOBODY;
        left.gone();
    }

    /** Lets messages come, or has them wait in the client's buffers. */
    void regulate() {
        if (closing) {
            return;
        }
        paused = draining || !connection.isWritable() || !receiver.ready();
        if (paused) {
            partialSince = now();
        }
        connection.reading(!paused);
    }

    // ---- time and fate ----

    @Override
    public void writable() {
        receiver.writable();
        regulate();
    }

    @Override
    public void expired() {
        long now = now();
        connection.deadline(now + SECOND);
        long half = server.limits.socketIdleNanos / 2;
        if (paused) {
            // Nobody listens; the watch on the socket finds who takes nothing.
            lastHeard = now;
            pinged = false;
        } else if (pinged) {
            if (now - pingedAt >= half) {
                connection.abort();
                return;
            }
        } else if (now - lastHeard >= half) {
            pinged = true;
            pingedAt = now;
            ByteBuf ping = connection.alloc().ioBuffer(2);
            WebSocketFrames.writeHead(ping, WebSocketFrames.PING, 0);
            send(ping);
        }
        if (!paused && partialBytes > 0 && isTooSlow(now)) {
            close(POLICY_VIOLATION, "a message arrived too slowly");
            return;
        }
        receiver.second();
    }

    private boolean isTooSlow(long now) {
        long over = now - partialSince - server.limits.bodyGraceNanos;
        return over > 0 && partialBytes < over / 1e9 * server.limits.bodyBytesPerSecond;
    }

    @Override
    public void drain() {
        if (closing) {
            return;
        }
        draining = true;
        regulate();
        if (receiver.finished()) {
            close(GOING_AWAY, "the server is closing");
        }
    }

    @Override
    public void revoked() {
        if (!closing) {
            receiver.revoked();
            close(POLICY_VIOLATION, "the token was revoked or has expired");
        }
    }

    @Override
    public void gone() {
        closing = true;
        chargePartial();
        leave();
    }

    private static final Receiver NOBODY = new Receiver() {
        @Override
        public void message(ByteBuf payload, boolean text) {}

        @Override
        public boolean ready() {
            return true;
        }

        @Override
        public void writable() {}

        @Override
        public void second() {}

        @Override
        public boolean finished() {
            return true;
        }

        @Override
        public void gone() {}
    };
}
