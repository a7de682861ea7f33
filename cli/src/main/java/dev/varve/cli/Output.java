package dev.varve.cli;

import dev.varve.api.Offset;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** Standard output of one command. Confined to one thread. */
final class Output {
    private final Io io;

    Output(Io io) {
        this.io = io;
    }

    /** Writes a line at once. */
    void line(String text) throws IOException {
        io.out().write((text + "\n").getBytes(StandardCharsets.UTF_8));
        io.out().flush();
    }

    /** The result of a write: for a person a sentence, for a pipe the offset alone. */
    void offset(String sentence, Offset offset) throws IOException {
        line(io.outIsTerminal().getAsBoolean() ? sentence + ", next offset " + offset : offset.toString());
    }

    void bytes(ByteBuffer data) throws IOException {
        OutputStream out = io.out();
        if (data.hasArray()) {
            out.write(data.array(), data.arrayOffset() + data.position(), data.remaining());
            return;
        }
        ByteBuffer rest = data.duplicate();
        byte[] copy = new byte[Math.min(rest.remaining(), 64 << 10)];
        while (rest.hasRemaining()) {
            int length = Math.min(copy.length, rest.remaining());
            rest.get(copy, 0, length);
            out.write(copy, 0, length);
        }
    }

    void text(String text) throws IOException {
        io.out().write(text.getBytes(StandardCharsets.UTF_8));
    }

    void flush() throws IOException {
        io.out().flush();
    }

    /** Whether writing failed because whoever read the pipe has ended. */
    static boolean readerHasGone(IOException failure) {
        return "Broken pipe".equals(failure.getMessage());
    }
}
