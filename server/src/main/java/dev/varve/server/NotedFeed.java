package dev.varve.server;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A feed as server-sent events or as lines, in which notes tell how far it has got, and why that is told. Confined to the connection's
 * loop.
 */
abstract class NotedFeed extends PagedFeed {

    private static final String CAUGHT_UP = "caught_up";
    private static final String FELL_BEHIND = "fell_behind";
    private static final String CHECKPOINT = "checkpoint";
    private static final String CLOSED = "closed";
    private static final byte[] EVENTS_HEAD = head(EntryWatch.CONTENT_TYPE);
    private static final byte[] LINES_HEAD = head(LinesBody.CONTENT_TYPE);
    private static final Logger LOG = LoggerFactory.getLogger(NotedFeed.class);

    final String store;
    final boolean lines;

    /** What a place is called. */
    private final String place;

    NotedFeed(Exchange exchange, String store, boolean lines, String place, long after) {
        super(exchange, after);
        this.store = store;
        this.lines = lines;
        this.place = place;
    }

    private static byte[] head(String contentType) {
        return HeaderLines.of("Content-Type: " + contentType, "Cache-Control: no-cache", "Transfer-Encoding: chunked");
    }

    /** The place that a client remembers of an earlier answer, which wins over what it asks for; null when it remembers none. */
    static @Nullable Long remembered(Request request) {
        if (!request.http11) {
            throw HttpProblem.invalid("to follow needs HTTP/1.1");
        }
        String last = request.single(HeaderName.LAST_EVENT_ID);
        return last == null || last.isEmpty() ? null : (Long) EventsRead.number("Last-Event-ID", last);
    }

    /** Begins on a loop of live readers, unless nobody wants to know more than that it would. */
    final void open() {
        Connection connection = exchange.connection();
        if (exchange.request.isHead()) {
            exchange.respond(Response.of(200)
                    .header(HeaderName.CONTENT_TYPE, lines ? LinesBody.CONTENT_TYPE : EntryWatch.CONTENT_TYPE));
        } else if (connection.loop().kind == Loop.Kind.LIVE) {
            start();
        } else {
            connection.moveTo(connection.home(), this::start);
        }
    }

    private void start() {
        if (subscribe()) {
            begin(lines ? LINES_HEAD : EVENTS_HEAD);
        }
    }

    /** Has the storage wake this. False when that fails, which is answered. */
    abstract boolean subscribe();

    @Override
    void failed(Throwable failure) {
        Problem problem = Problem.of(failure);
        LOG.error("{} could not be followed any more", store, failure);
        ByteBuf out = Unpooled.buffer();
        JsonText why = new JsonText().field("kind", problem.kind().wireName()).field("detail", problem.detail());
        if (lines) {
            ByteBufUtil.writeUtf8(out, new JsonText().raw("failed", why.toString()) + "\n");
        } else {
            ByteBufUtil.writeUtf8(out, "event: failed\ndata: " + why + "\n\n");
        }
        send(out);
        end();
    }

    // ---- notes

    /** Tells whether the client has all there was, when that is another answer than the last. Says whether it was told. */
    final boolean noteWhetherCaughtUp(ByteBuf out, boolean all) {
        if (all == caughtUp) {
            return false;
        }
        caughtUp = all;
        note(out, all ? CAUGHT_UP : FELL_BEHIND);
        return true;
    }

    final void noteCheckpoint(ByteBuf out) {
        note(out, CHECKPOINT);
    }

    private void note(ByteBuf out, String what) {
        told = position;
        ByteBufUtil.writeAscii(
                out,
                lines
                        ? "{\"" + what + "\":" + position + "}\n"
                        : "event: " + what + "\nid: " + position + "\ndata: {\"" + place + "\":" + position + "}\n\n");
    }

    final void send(ByteBuf out) {
        if (out.isReadable()) {
            connection.sendEvents(ServerEvents.chunk(out));
            putOffPing();
        }
    }

    /** Nothing can come any more. */
    final void close() {
        ByteBuf out = Unpooled.buffer();
        note(out, CLOSED);
        send(out);
        end();
    }

    @Override
    void ping() {
        ByteBuf out = Unpooled.buffer();
        if (position > told) {
            noteCheckpoint(out);
        } else {
            ByteBufUtil.writeAscii(out, lines ? "{\"ping\":true}\n" : ": ping\n\n");
        }
        send(out);
    }
}
