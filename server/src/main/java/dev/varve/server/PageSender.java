package dev.varve.server;

import dev.varve.engine.spi.PartedReads.Part;
import dev.varve.engine.spi.PartedReads.Parts;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends a page part by part. While one part is on its way the next one is read, so at most two are in memory, and the next but one
 * is not asked for before the socket has taken the first. A part's memory goes back when the socket has taken its bytes, or
 * the connection has ended. When a part cannot be read the connection is cut: the client sees a body shorter than announced and
 * never wrong bytes. Confined to the connection's loop.
 */
final class PageSender {

    /** Parts up to this size are copied, so that they leave in one piece with the head and their memory goes back at once. */
    private static final int COPIED_BYTES = 16 * 1024;

    private static final Logger LOG = LoggerFactory.getLogger(PageSender.class);

    private final Connection connection;
    private final Outgoing out;
    private final Parts page;
    private @Nullable Part ready;
    private boolean asked;
    private boolean over;

    PageSender(Connection connection, Outgoing out, Parts page) {
        this.connection = connection;
        this.out = out;
        this.page = page;
    }

    /** Begins. The first part goes out whether or not the socket takes it now. */
    void start() {
        ask(true);
    }

    /** The socket takes bytes again. */
    void writable() {
        send(false);
    }

    /** The connection has ended. */
    void gone() {
        over = true;
        page.close();
        Part unsent = ready;
        ready = null;
        if (unsent != null) {
            unsent.close();
        }
    }

    private void ask(boolean anyway) {
        if (asked || !page.hasPart()) {
            return;
        }
        asked = true;
        var _ = page.nextPart()
                .whenComplete((part, failure) -> connection.onLoop(() -> {
                    asked = false;
                    if (over) {
                        if (part != null) {
                            part.close();
                        }
                    } else if (part == null) {
                        LOG.error("a page could not be sent to its end", failure);
                        connection.abort();
                    } else {
                        ready = part;
                        send(anyway);
                    }
                }));
    }

    private void send(boolean anyway) {
        Part part = ready;
        if (over || part == null || !(anyway || connection.isWritable())) {
            return;
        }
        ready = null;
        write(part);
        if (page.hasPart()) {
            connection.flush();
            ask(false);
        } else {
            over = true;
            connection.pageSent();
        }
    }

    private void write(Part part) {
        connection.countSent(part.length());
        List<ByteBuffer> buffers = part.buffers();
        if (part.length() <= COPIED_BYTES) {
            ByteBuf copy = connection.alloc().ioBuffer(part.length());
            buffers.forEach(copy::writeBytes);
            part.close();
            out.write(copy);
            return;
        }
        for (int i = 0; i < buffers.size() - 1; i++) {
            out.write(Unpooled.wrappedBuffer(buffers.get(i)));
        }
        out.write(Unpooled.wrappedBuffer(buffers.getLast()), part::close);
    }
}
