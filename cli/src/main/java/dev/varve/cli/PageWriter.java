package dev.varve.cli;

import dev.varve.api.ErrorKind;
import dev.varve.api.MessagesResult.Message;
import dev.varve.api.ReadResult;
import dev.varve.api.VarveException;
import dev.varve.api.spi.JsonArrays;
import dev.varve.api.spi.JsonPages;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;

/** Writes the pages of one stream in a chosen form. Confined to one thread. */
final class PageWriter {

    /** The forms. */
    enum Format {
        /** JSON streams as {@link #ndjson}, others as {@link #raw}. */
        auto,
        /** The bytes of the pages as they came; of a JSON stream one array per page. */
        raw,
        /** One array of all messages. JSON streams only. */
        json,
        /** One message per line. JSON streams only. */
        ndjson
    }

    private final Output output;
    private final Format format;
    private final boolean showOffsets;
    private boolean began;

    PageWriter(Output output, Format format, boolean showOffsets) {
        this.output = output;
        this.format = format;
        this.showOffsets = showOffsets;
    }

    /** Writes a page; the caller flushes. */
    void write(ReadResult.Page page) throws IOException {
        boolean isJson = JsonPages.isJson(page.contentType());
        if (!isJson && (format == Format.json || format == Format.ndjson)) {
            throw new UsageException(
                    "-o " + format + " is for streams of JSON and this one is " + page.contentType() + ": use -o raw");
        }
        if (!isJson) {
            writeBytes(page);
        } else if (format == Format.raw) {
            if (!page.next().equals(page.start())) {
                offset(page.next().toString());
                output.bytes(page.data());
                output.text("\n");
            }
        } else {
            writeMessages(page);
        }
    }

    private void writeBytes(ReadResult.Page page) throws IOException {
        ByteBuffer data = page.data();
        if (!data.hasRemaining()) {
            return;
        }
        offset(page.next().toString());
        output.bytes(data);
        // An offset starts its own line, so the line before must have ended.
        if (showOffsets && data.get(data.limit() - 1) != '\n') {
            output.text("\n");
        }
    }

    private void writeMessages(ReadResult.Page page) throws IOException {
        try {
            Optional<List<Message>> messages = showOffsets ? JsonPages.messages(page) : Optional.empty();
            if (messages.isPresent()) {
                for (Message message : messages.get()) {
                    offset(message.next().toString());
                    writeMessage(message.data());
                }
                return;
            }
            // The offset after the page belongs to its last message; those within are not known here.
            List<ByteBuffer> elements = JsonArrays.elements(page.data());
            for (int i = 0; i < elements.size(); i++) {
                offset(i == elements.size() - 1 ? page.next().toString() : "-");
                writeMessage(elements.get(i));
            }
        } catch (IllegalArgumentException e) {
            throw new VarveException(ErrorKind.HTTP, "the server sent a page that is broken: " + e.getMessage(), e);
        }
    }

    private void writeMessage(ByteBuffer message) throws IOException {
        if (format == Format.json) {
            output.text(began ? ",\n" : "[");
            began = true;
            output.bytes(message);
            return;
        }
        output.bytes(onOneLine(message));
        output.text("\n");
    }

    /** Ends what {@link Format#json} began. */
    void end() throws IOException {
        if (format == Format.json) {
            output.text(began ? "]\n" : "[]\n");
        }
    }

    private void offset(String offset) throws IOException {
        if (showOffsets) {
            output.text(offset + "\t");
        }
    }

    /** A JSON value without line ends: within strings they are escaped, so all others are white space. */
    private static ByteBuffer onOneLine(ByteBuffer value) {
        for (int i = value.position(); i < value.limit(); i++) {
            if (isLineEnd(value.get(i))) {
                byte[] copy = new byte[value.remaining()];
                value.duplicate().get(copy);
                for (int j = i - value.position(); j < copy.length; j++) {
                    copy[j] = isLineEnd(copy[j]) ? (byte) ' ' : copy[j];
                }
                return ByteBuffer.wrap(copy);
            }
        }
        return value;
    }

    private static boolean isLineEnd(byte b) {
        return b == '\n' || b == '\r';
    }
}
