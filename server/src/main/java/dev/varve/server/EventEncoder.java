package dev.varve.server;

import dev.varve.api.Offset;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/**
 * Server-sent events as the protocol wants them (section 5.8): a data event and its control event, as one chunk of a
 * chunked body. Stateless.
 */
final class EventEncoder {

    /** No cursor is sent. */
    static final long NO_CURSOR = -1;

    private static final byte[] DATA_EVENT = ascii("event: data\n");
    private static final byte[] DATA_LINE = ascii("data:");
    private static final byte[] CONTROL_EVENT = ascii("event: control\ndata:{\"streamNextOffset\":\"");
    private static final byte[] LAST_CHUNK = ascii("0\r\n\r\n");

    /** Room for a chunk's size in front of it: eight digits and CR LF. */
    private static final int SIZE_ROOM = 10;

    private static final int CONTROL_ROOM = 192;

    private EventEncoder() {}

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /** The event of a page, with its control event; only the latter when the page has nothing to send. */
    static ByteBuf encode(ByteBufAllocator allocator, LivePage page, long cursor) {
        boolean text = MediaTypes.isText(page.raw().contentType());
        int size = page.data().remaining();
        int room = SIZE_ROOM + CONTROL_ROOM + (text ? size + size / 8 : size / 3 * 4 + 8) + DATA_EVENT.length;
        ByteBuf out = allocator.ioBuffer(room).writeZero(SIZE_ROOM);
        if (page.hasEvent()) {
            out.writeBytes(DATA_EVENT);
            byte[] bytes = new byte[size];
            page.data().duplicate().get(bytes);
            if (text) {
                writeLines(out, bytes);
            } else {
                out.writeBytes(DATA_LINE)
                        .writeBytes(Base64.getEncoder().encode(bytes))
                        .writeByte('\n');
            }
            out.writeByte('\n');
        }
        writeControl(out, page.next(), cursor, page.upToDate(), page.closed());
        return asChunk(out);
    }

    /** A control event alone. */
    static ByteBuf control(ByteBufAllocator allocator, Offset next, long cursor) {
        ByteBuf out = allocator.ioBuffer(SIZE_ROOM + CONTROL_ROOM).writeZero(SIZE_ROOM);
        writeControl(out, next, cursor, false, false);
        return asChunk(out);
    }

    /** The end of the body. */
    static ByteBuf end() {
        return Unpooled.wrappedBuffer(LAST_CHUNK);
    }

    /** A line per line of the payload, whatever ends them, so that no payload forges an event. */
    private static void writeLines(ByteBuf out, byte[] text) {
        int start = 0;
        for (int i = 0; i < text.length; i++) {
            byte b = text[i];
            if (b == '\n' || b == '\r') {
                out.writeBytes(DATA_LINE).writeBytes(text, start, i - start).writeByte('\n');
                if (b == '\r' && i + 1 < text.length && text[i + 1] == '\n') {
                    i++;
                }
                start = i + 1;
            }
        }
        out.writeBytes(DATA_LINE).writeBytes(text, start, text.length - start).writeByte('\n');
    }

    private static void writeControl(ByteBuf out, Offset next, long cursor, boolean upToDate, boolean closed) {
        out.writeBytes(CONTROL_EVENT);
        StringBuilder json = new StringBuilder(96).append(next).append('"');
        if (!closed && cursor != NO_CURSOR) {
            json.append(",\"streamCursor\":\"").append(cursor).append('"');
        }
        if (upToDate || closed) {
            json.append(",\"upToDate\":true");
        }
        if (closed) {
            json.append(",\"streamClosed\":true");
        }
        ByteBufUtil.writeAscii(out, json.append("}\n\n"));
    }

    /** Writes the size into the room in front and ends the chunk. */
    private static ByteBuf asChunk(ByteBuf out) {
        String size = Integer.toHexString(out.readableBytes() - SIZE_ROOM);
        int start = SIZE_ROOM - 2 - size.length();
        for (int i = 0; i < size.length(); i++) {
            out.setByte(start + i, size.charAt(i));
        }
        out.setByte(SIZE_ROOM - 2, '\r').setByte(SIZE_ROOM - 1, '\n');
        return out.writeByte('\r').writeByte('\n').readerIndex(start);
    }
}
