package dev.varve.server;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.nio.charset.StandardCharsets;

/** Writes the frames that a server sends (RFC 6455, section 5.2): whole messages, unmasked. Stateless. */
final class WebSocketFrames {

    /** The longest head of a frame. */
    static final int MAX_HEAD_BYTES = 10;

    static final int TEXT = 0x1;
    static final int BINARY = 0x2;
    static final int CLOSE = 0x8;
    static final int PING = 0x9;
    static final int PONG = 0xa;

    private static final int FINAL = 0x80;
    private static final int SHORT_BYTES = 125;
    private static final int MEDIUM = 126;
    private static final int LONG = 127;
    private static final int MAX_REASON_BYTES = 123;

    private WebSocketFrames() {}

    /** Writes the head of a frame that is a whole message. */
    static void writeHead(ByteBuf out, int opcode, long payloadBytes) {
        out.writeByte(FINAL | opcode);
        if (payloadBytes <= SHORT_BYTES) {
            out.writeByte((int) payloadBytes);
        } else if (payloadBytes <= 0xffff) {
            out.writeByte(MEDIUM).writeShort((int) payloadBytes);
        } else {
            out.writeByte(LONG).writeLong(payloadBytes);
        }
    }

    /** A frame whose payload is copied. */
    static ByteBuf frame(ByteBufAllocator allocator, int opcode, ByteBuf payload) {
        int bytes = payload.readableBytes();
        ByteBuf out = allocator.ioBuffer(MAX_HEAD_BYTES + bytes);
        writeHead(out, opcode, bytes);
        return out.writeBytes(payload, payload.readerIndex(), bytes);
    }

    /** A close frame; a reason that is too long for one is cut. */
    static ByteBuf close(ByteBufAllocator allocator, int code, String reason) {
        byte[] text = reason.getBytes(StandardCharsets.UTF_8);
        int length = Math.min(text.length, MAX_REASON_BYTES);
        while (length < text.length && (text[length] & 0xc0) == 0x80) {
            length--; // not inside a character
        }
        ByteBuf out = allocator.ioBuffer(MAX_HEAD_BYTES + 2 + length);
        writeHead(out, CLOSE, 2L + length);
        return out.writeShort(code).writeBytes(text, 0, length);
    }

    /** A close frame without a code, the answer to one without. */
    static ByteBuf close(ByteBufAllocator allocator) {
        ByteBuf out = allocator.ioBuffer(2);
        writeHead(out, CLOSE, 0);
        return out;
    }
}
