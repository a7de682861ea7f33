package dev.varve.server;

import dev.varve.api.ErrorKind;
import dev.varve.engine.spi.PartedReads.Parts;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client's connection: takes requests one after the other, answers them in order, watches its deadlines. What the
 * client sends ahead waits undecoded and is no more than one read, because reading stops meanwhile. Confined to its
 * event loop, which may change between requests; {@link #onLoop} and {@link #loop} may be called by any thread.
 */
final class Connection extends ChannelInboundHandlerAdapter {

    /** Where the connection stands. */
    private enum Phase {
        /** Waits for the head of a request. */
        HEAD,
        /** Collects the body of a request. */
        BODY,
        /** Has a whole request and waits for its answer. */
        BUSY,
        /** Has answered early and skips the rest of the body. */
        SKIP,
        /** Sends events until they end. */
        EVENTS,
        /** Is a WebSocket: the handlers behind this one read what comes. */
        SOCKET,
        /** Has answered for the last time and waits until the socket has taken that, then for the client to close. */
        LINGER,
        CLOSED
    }

    /** Something that goes on for longer than a request: a reader that waits or an event stream. */
    interface Attachment {

        /** The socket takes bytes again. */
        void writable();

        /** The time set with {@link Connection#deadline} has come. */
        void expired();

        /** The server is closing: finish soon. */
        void drain();

        /** The client's token is of no effect any more: say so if that is possible, and finish at once. */
        default void revoked() {
            drain();
        }

        /** Whether it is over when the client ends its side, as for what waits or never ends; else it goes on to its end. */
        default boolean endsWithInput() {
            return true;
        }

        /** The client has gone; nothing can be sent any more. */
        void gone();
    }

    /** How much a refused client may send before its connection is cut. */
    private static final long MAX_LINGER_BYTES = 64L * 1024 * 1024;

    private static final byte[] CONTINUE = "HTTP/1.1 100 Continue\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final Logger LOG = LoggerFactory.getLogger(Connection.class);

    /** The place in the list of the loop; -1 when in none. Written by the loop. */
    int loopIndex = -1;

    private final ServerContext server;
    private final DuplexChannel channel;
    private final HeadReader heads;
    private final IncomingBody body;
    private final Outgoing out;
    private final Loop home;
    private final Loop writeLoop;
    private volatile Loop loop;
    private volatile Phase phase = Phase.HEAD;

    /** What has come and was not looked at; never empty. */
    private @Nullable ByteBuf unread;

    private @Nullable Exchange current;
    private @Nullable Attachment attachment;
    private @Nullable PageSender sender;
    /** With which token the request came that is being answered, or what goes on for longer began. */
    private Access access = Access.ANYONE;

    private boolean closesAfterPage;
    private boolean advancing;
    private boolean headDeadlineSet;
    private boolean inputClosed;
    private long deadline;
    /** What has come since the last answer. */
    private long discarded;

    Connection(ServerContext server, DuplexChannel channel, int number) {
        this.server = server;
        this.channel = channel;
        this.heads = new HeadReader(server.limits);
        this.body = new IncomingBody(server.limits);
        this.out = new Outgoing(server, channel);
        this.home = server.loops.of(channel.eventLoop());
        this.writeLoop = server.loops.pick(Loop.Kind.WRITE, number);
        this.loop = home;
    }

    // ---- what others may ask ----

    Loop loop() {
        return loop;
    }

    Loop home() {
        return home;
    }

    Loop writeLoop() {
        return writeLoop;
    }

    boolean isClosed() {
        return phase == Phase.CLOSED;
    }

    boolean isWritable() {
        return channel.isWritable();
    }

    /** Runs a task on the connection's loop: at once when this is it, else with the loop's next batch. */
    void onLoop(Runnable task) {
        Loop target = loop;
        if (target.eventLoop.inEventLoop()) {
            target.beginBatch();
            try {
                task.run();
            } finally {
                target.endBatch();
            }
        } else {
            target.deliver(() -> {
                if (loop == target) {
                    task.run();
                } else {
                    onLoop(task);
                }
            });
        }
    }

    // ---- life of the channel ----

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        out.from(ctx);
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        deadline = server.clock.elapsedNanos() + server.limits.headerTimeoutNanos;
        headDeadlineSet = true;
        loop.add(this);
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        closed();
        ctx.fireChannelInactive(); // the decoders of a WebSocket give their memory back
    }

    private void closed() {
        if (phase == Phase.CLOSED) {
            return;
        }
        phase = Phase.CLOSED;
        loop.remove(this);
        releaseUnread();
        body.drop();
        Exchange exchange = current;
        current = null;
        if (exchange != null) {
            exchange.abandoned();
        }
        Attachment attached = attachment;
        attachment = null;
        if (attached != null) {
            attached.gone();
        }
        PageSender sending = sender;
        sender = null;
        if (sending != null) {
            sending.gone();
        }
    }

    private void releaseUnread() {
        ByteBuf bytes = unread;
        unread = null;
        if (bytes != null) {
            bytes.release();
        }
    }

    /** Cuts the connection. */
    void abort() {
        var _ = channel.close();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (cause instanceof IOException) {
            LOG.debug("connection lost", cause);
        } else {
            LOG.error("a connection failed", cause);
        }
        abort();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event == ChannelInputShutdownEvent.INSTANCE) {
            inputClosed = true;
            // Whole requests are still answered, and answers sent to their end; who waits or follows has gone.
            switch (phase) {
                case HEAD, BODY, SKIP -> advance();
                case BUSY, EVENTS -> endFollowing();
                case LINGER -> {
                    if (channel.isOutputShutdown()) {
                        abort();
                    }
                }
                case SOCKET, CLOSED -> abort();
            }
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        if (!channel.isWritable()) {
            return;
        }
        Attachment attached = attachment;
        PageSender sending = sender;
        if (attached != null) {
            attached.writable();
        } else if (sending != null) {
            sending.writable();
        } else {
            advance();
        }
    }

    // ---- requests ----

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        out.beginReadRound();
        if (!(message instanceof ByteBuf bytes)) {
            ReferenceCountUtil.release(message);
            return;
        }
        switch (phase) {
            case SOCKET -> ctx.fireChannelRead(bytes);
            case EVENTS, LINGER, CLOSED -> discard(bytes);
            default -> {
                ByteBuf waiting = unread;
                unread = waiting == null ? bytes : joined(waiting, bytes);
                advance();
            }
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        ctx.fireChannelReadComplete();
        out.endReadRound();
        if (phase == Phase.HEAD && !headDeadlineSet && unread != null) {
            headDeadlineSet = true;
            deadline = server.clock.elapsedNanos() + server.limits.headerTimeoutNanos;
        }
    }

    private ByteBuf joined(ByteBuf waiting, ByteBuf bytes) {
        // Nobody else lets go of what was read of it: without this it grows for as long as reads end inside of heads.
        if (waiting.readerIndex() > waiting.readableBytes()) {
            waiting.discardReadBytes();
        }
        return ByteToMessageDecoder.MERGE_CUMULATOR.cumulate(channel.alloc(), waiting, bytes);
    }

    private void discard(ByteBuf bytes) {
        discarded += bytes.readableBytes();
        bytes.release();
        if (discarded > MAX_LINGER_BYTES) {
            abort();
        }
    }

    /**
     * Goes on with what has come, as far as the phase allows; reading stops while something waits. When the client has ended its
     * side and nothing can be gone on with, the connection ends after what it was answered.
     */
    private void advance() {
        if (advancing) {
            return;
        }
        advancing = true;
        try {
            while (unread != null && canAccept() && step(unread)) {
                ByteBuf bytes = unread;
                if (bytes != null && !bytes.isReadable()) {
                    releaseUnread();
                }
            }
        } finally {
            advancing = false;
        }
        if (inputClosed && canAccept()) {
            inputEnded();
            return;
        }
        reading(unread == null || canAccept());
    }

    private boolean canAccept() {
        return switch (phase) {
            case HEAD -> channel.isWritable();
            case BODY -> body.isReady();
            case SKIP -> true;
            case BUSY, EVENTS, SOCKET, LINGER, CLOSED -> false;
        };
    }

    /** Ends what has no end of its own, once the client has ended its side; what was sent before still reaches it. */
    private void endFollowing() {
        Attachment attached = attachment;
        if (attached != null && attached.endsWithInput()) {
            attachment = null;
            attached.gone();
            inputEnded();
        }
    }

    /** Nothing whole is left of what the client has sent, and it sends no more: what it was answered is the last. */
    private void inputEnded() {
        Exchange unfinished = current;
        current = null;
        body.drop();
        if (unfinished != null) {
            unfinished.abandoned();
        }
        sendAndLinger(Unpooled.EMPTY_BUFFER);
    }

    /** Takes the next part of a request out of the bytes; false when more must come first. */
    private boolean step(ByteBuf bytes) {
        try {
            if (phase == Phase.HEAD) {
                Request request = heads.read(bytes);
                if (request == null) {
                    return false;
                }
                onHead(request);
                return true;
            }
            return onBody(bytes);
        } catch (HttpProblem e) {
            if (phase == Phase.SKIP) {
                abort(); // this request is answered already
            } else {
                sendFinal(e.problem());
            }
            return false;
        }
    }

    private void onHead(Request request) {
        long now = server.clock.elapsedNanos();
        body.begin(request, now);
        Destination destination = request.destination(server);
        Route route = destination.route();
        Exchange exchange =
                new Exchange(this, server, request, route == null ? Exchange.UNROUTED : route, destination.rest(), now);
        current = exchange;
        phase = Phase.BODY;
        Response early = EarlyAnswer.to(exchange, destination);
        if (early != null) {
            exchange.respond(early);
            return;
        }
        try {
            body.keep(exchange);
        } catch (RuntimeException e) {
            exchange.fail(e);
            return;
        }
        if (body.ended()) {
            wholeRequest(exchange);
            return;
        }
        if (request.expectsContinue) {
            out.write(Unpooled.wrappedBuffer(CONTINUE));
            flush();
        }
    }

    /** Takes some of the body; false when more must come first. */
    private boolean onBody(ByteBuf bytes) {
        boolean taken = body.take(bytes);
        if (body.ended()) {
            Exchange exchange = current;
            if (phase == Phase.SKIP) {
                awaitHead(server.clock.elapsedNanos()); // it was answered before
            } else if (exchange != null) { // else what takes the body has just refused its end
                loop.tally.received(body.length());
                body.handOver(exchange);
                wholeRequest(exchange);
            }
        }
        return taken;
    }

    /** The sink of the body takes bytes again. */
    void sinkReady() {
        if (phase == Phase.BODY) {
            advance();
        }
    }

    /** What has taken the body of the request that is being answered. */
    @Nullable BodySink sink() {
        return body.sink();
    }

    private void wholeRequest(Exchange exchange) {
        phase = Phase.BUSY;
        dispatch(exchange);
    }

    private void dispatch(Exchange exchange) {
        Loop.Kind here = loop.kind;
        switch (exchange.route.place()) {
            case WRITE_LOOP -> {
                if (here != Loop.Kind.WRITE) {
                    if (writeLoop.mayHang()) {
                        exchange.respond(
                                Problem.of(
                                        ErrorKind.OVERLOADED,
                                        "a durable write has been hanging for too long; nothing was applied, try again shortly"));
                    } else {
                        moveTo(writeLoop, exchange::dispatch);
                    }
                    return;
                }
            }
            case LIVE_LOOP -> {
                if (here != Loop.Kind.LIVE) {
                    moveTo(home, exchange::dispatch);
                    return;
                }
            }
            case ANY -> {}
        }
        exchange.dispatch();
    }

    /** Moves the connection to another loop and goes on there. Only while busy: nothing is read meanwhile. */
    void moveTo(Loop target, Runnable then) {
        out.flushNow();
        Loop source = loop;
        source.remove(this);
        var _ = channel.deregister().addListener(_ -> {
            // From here on letters that reach the old loop are sent on.
            loop = target;
            EventLoop eventLoop = target.eventLoop;
            var _ = eventLoop.register(channel).addListener(registered -> {
                if (phase == Phase.CLOSED || !registered.isSuccess()) {
                    abort();
                    closed();
                    return;
                }
                target.add(this);
                target.beginBatch();
                try {
                    then.run();
                } finally {
                    target.endBatch();
                }
            });
        });
    }

    private void awaitHead(long now) {
        phase = Phase.HEAD;
        current = null;
        access = Access.ANYONE;
        ByteBuf bytes = unread;
        boolean started = bytes != null && bytes.isReadable();
        headDeadlineSet = started;
        deadline = now + (started ? server.limits.headerTimeoutNanos : server.limits.idleNanos);
        advance();
    }

    // ---- answers ----

    /** Sends the answer of the current exchange. */
    void send(Exchange exchange, Response response) {
        Parts page = response.page();
        if (phase == Phase.CLOSED || exchange != current) {
            if (page != null) {
                page.close();
            }
            return;
        }
        Request request = exchange.request;
        boolean close = !request.keepAlive || response.closes() || server.draining() || isLast();
        long now = exchange.answeredNanos();
        ByteBuf bytes = response.encode(channel.alloc(), !request.isHead(), close, server.date.line(now));
        loop.tally.sent(bytes.readableBytes());
        attachment = null;
        current = null;
        body.drop();
        if (page != null) {
            out.write(bytes);
            closesAfterPage = close;
            PageSender sending = new PageSender(this, out, page);
            sender = sending;
            sending.start();
        } else if (close) {
            sendAndLinger(bytes);
        } else {
            out.write(bytes);
            flush();
            awaitNext(now);
        }
    }

    /** Whether the client has ended its side and nothing that it sent is left. */
    private boolean isLast() {
        return inputClosed && body.ended() && (unread == null || !unread.isReadable());
    }

    /** All of a page was written. */
    void pageSent() {
        sender = null;
        if (closesAfterPage) {
            sendAndLinger(Unpooled.EMPTY_BUFFER);
        } else {
            flush();
            awaitNext(server.clock.elapsedNanos());
        }
    }

    private void awaitNext(long now) {
        if (body.ended()) {
            awaitHead(now);
        } else {
            phase = Phase.SKIP;
            advance();
        }
    }

    /** Answers what is not even a request, and closes. */
    private void sendFinal(Problem problem) {
        Exchange exchange = current;
        if (exchange != null && phase == Phase.BODY) {
            exchange.respond(problem.closing());
            return;
        }
        loop.tally.answered(Exchange.UNROUTED, problem.status(), 0);
        Response response = Exchange.problemResponse(server, problem);
        sendAndLinger(response.encode(channel.alloc(), true, true, dateLine()));
    }

    /**
     * Sends the last bytes, then ends this direction and waits for the client to end the other: closing while the
     * client still sends would reset the connection and could destroy the answer. When it has ended its side already, the
     * connection is closed once the socket has taken the bytes.
     */
    private void sendAndLinger(ByteBuf bytes) {
        phase = Phase.LINGER;
        discarded = 0;
        releaseUnread();
        ChannelFuture written = out.send(bytes);
        var _ = written.addListener(_ -> {
            if (inputClosed || !written.isSuccess()) {
                abort();
            } else {
                deadline = server.clock.elapsedNanos() + server.limits.lingerNanos;
                var _ = channel.shutdownOutput().addListener(ended -> {
                    if (!ended.isSuccess()) {
                        abort();
                    }
                });
            }
        });
        reading(true);
    }

    private byte[] dateLine() {
        return server.date.line(server.clock.elapsedNanos());
    }

    void countSent(int bytes) {
        loop.tally.sent(bytes);
    }

    ByteBufAllocator alloc() {
        return channel.alloc();
    }

    void flush() {
        out.flush(loop);
    }

    // ---- events and waiting readers ----

    /** Whom to tell about the connection's fate while the current answer takes long. */
    void attach(Attachment task) {
        attachment = task;
    }

    /** With which token the current request came. */
    void access(Access found) {
        access = found;
    }

    /** Ends what goes on for longer when its token has expired or was revoked. */
    void checkAccess() {
        Attachment attached = attachment;
        if (attached != null && !access.isLive()) {
            attached.revoked();
        }
    }

    /** When to tell the attachment that its time is over. */
    void deadline(long nanos) {
        deadline = nanos;
    }

    /** Starts an answer without an end. No further request is read on this connection. */
    void beginEvents(Response head) {
        current = null;
        phase = Phase.EVENTS;
        heads.forget();
        releaseUnread();
        reading(true);
        out.write(head.encode(channel.alloc(), false, true, dateLine()));
    }

    /**
     * Accepts that the client goes on with another protocol. Handlers behind this one get what comes; the attachment hears of
     * all else, and {@link #sendEvents} and {@link #endEvents} send.
     */
    void upgrade(Response head, Attachment task, List<ChannelHandler> handlers) {
        current = null;
        phase = Phase.SOCKET;
        heads.forget();
        attachment = task;
        out.write(head.encode(channel.alloc(), false, false, dateLine()));
        flush();
        channel.pipeline().addLast(handlers.toArray(ChannelHandler[]::new));
        ByteBuf early = unread;
        unread = null;
        if (early != null) {
            out.context().fireChannelRead(early);
        }
    }

    /** Has the socket read, or leave to the client's own buffers what it sends. */
    void reading(boolean wanted) {
        if (channel.config().isAutoRead() != wanted) {
            channel.config().setAutoRead(wanted);
        }
    }

    private boolean sendsFreely() {
        return phase == Phase.EVENTS || phase == Phase.SOCKET;
    }

    /** Sends more of it. Takes over the buffer. */
    void sendEvents(ByteBuf bytes) {
        if (!sendsFreely()) {
            bytes.release();
            return;
        }
        loop.tally.sent(bytes.readableBytes());
        out.write(bytes);
        flush();
    }

    /** Sends the last of it and closes. Takes over the buffer. */
    void endEvents(ByteBuf last) {
        if (!sendsFreely()) {
            last.release();
            return;
        }
        attachment = null;
        sendAndLinger(last);
    }

    // ---- time ----

    /** Looks at the deadlines. */
    void tick(long now) {
        if (out.isStuck(now)) {
            loop.tally.evicted();
            abort();
            return;
        }
        checkAccess();
        if (inputClosed) {
            endFollowing(); // what began only after the client had ended its side
        }
        switch (phase) {
            case HEAD -> {
                if (now - deadline >= 0) {
                    headTimedOut(now);
                }
            }
            case BODY, SKIP -> {
                if (body.isTooSlow(now)) {
                    bodyTimedOut();
                }
            }
            case EVENTS, SOCKET -> {
                Attachment attached = attachment;
                if (attached != null && now - deadline >= 0) {
                    attached.expired();
                }
            }
            case LINGER -> {
                // Until the socket has taken all, the watch on it decides.
                if (channel.isOutputShutdown() && now - deadline >= 0) {
                    abort();
                }
            }
            case BUSY, CLOSED -> {}
        }
    }

    private void headTimedOut(long now) {
        if (unread == null && out.isPending()) {
            // It is not idle while it reads; how slowly it may, the watch on the socket decides.
            deadline = now + server.limits.idleNanos;
            return;
        }
        if (unread != null && !channel.isWritable()) {
            // The client reads too slowly to get to its next request; the watch on the socket decides.
            return;
        }
        if (unread != null) {
            sendFinal(Problem.withStatus(408, ErrorKind.TIMEOUT, "the request took too long to arrive"));
        } else {
            abort();
        }
    }

    private void bodyTimedOut() {
        Exchange exchange = current;
        if (phase == Phase.BODY && exchange != null) {
            exchange.respond(Problem.withStatus(408, ErrorKind.TIMEOUT, "the body arrived too slowly")
                    .closing());
        } else {
            abort();
        }
    }

    /** The server closes: idle connections end now, others with their answer. */
    void drain() {
        Attachment attached = attachment;
        if (attached != null) {
            attached.drain();
        } else if (isIdle()) {
            // What the client sent before it could know may have come and not be read yet. A scheduled task runs in a
            // later turn of the loop, which reads first.
            Loop met = loop;
            var _ = met.eventLoop.schedule(
                    () -> {
                        if (loop == met && isIdle()) {
                            if (out.isPending()) {
                                sendAndLinger(Unpooled.EMPTY_BUFFER);
                            } else {
                                abort();
                            }
                        }
                    },
                    1,
                    TimeUnit.MILLISECONDS);
        }
    }

    private boolean isIdle() {
        return phase == Phase.HEAD && unread == null && attachment == null;
    }
}
