package dev.varve.client;

import dev.varve.api.ErrorKind;
import dev.varve.api.Offset;
import dev.varve.api.VarveException;
import dev.varve.api.spi.JsonArrays;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Queue;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Takes server-sent events of a stream apart (Durable Streams protocol, section 5.8). Data counts once the control event after it has
 * come, which says where reading goes on; several data events before one control event are one run of data. Comments, unknown events
 * and unknown fields are passed over. Lines end with LF, CR LF or CR.
 *
 * <p>Whether a blank after {@code data:} belongs to the data, the protocol's examples and its tests see differently. A server writes
 * all its events alike, and the data of a control event begins with a brace: so that event tells. Confined to one thread.
 */
final class EventParser {

    /**
     * What a control event confirms.
     *
     * @param data the bytes since the control event before, none if there was no data; in JSON mode one array
     */
    record Run(byte[] data, Offset next, @Nullable String cursor, boolean upToDate, boolean closed) {}

    private static final JsonMapper JSON = JsonMapper.shared();
    private static final byte[] EMPTY_ARRAY = {'[', ']'};

    private final boolean json;
    private final boolean base64;
    private final int maxBytes;
    private final Queue<Run> runs = new ArrayDeque<>();

    /** The lines of data events that no control event has confirmed. */
    private final List<List<byte[]>> unconfirmed = new ArrayList<>();

    private final ByteArrayOutputStream line = new ByteArrayOutputStream();
    private List<byte[]> eventLines = new ArrayList<>();
    private String eventType = "";
    private long heldBytes;
    private boolean afterReturn;

    /**
     * A parser of one answer.
     *
     * @param json whether the stream is of JSON
     * @param base64 whether the answer says that data is encoded so
     * @param maxBytes how much data may come before a control event
     */
    EventParser(boolean json, boolean base64, int maxBytes) {
        this.json = json;
        this.base64 = base64;
        this.maxBytes = maxBytes;
    }

    /** The next run, or null when more is needed. */
    @Nullable Run poll() {
        return runs.poll();
    }

    /** Takes bytes as the network brought them. */
    void take(ByteBuffer bytes) {
        while (bytes.hasRemaining()) {
            byte b = bytes.get();
            boolean second = b == '\n' && afterReturn;
            afterReturn = b == '\r';
            if (b == '\n' || b == '\r') {
                if (!second) {
                    endLine(line.toByteArray());
                    line.reset();
                }
            } else {
                line.write(b);
                if (heldBytes + line.size() > maxBytes) {
                    throw broken("more than " + maxBytes + " bytes came without a control event", null);
                }
            }
        }
    }

    private void endLine(byte[] text) {
        if (text.length == 0) {
            endEvent();
            return;
        }
        int colon = 0;
        while (colon < text.length && text[colon] != ':') {
            colon++;
        }
        String field = new String(text, 0, colon, StandardCharsets.UTF_8);
        int start = Math.min(colon + 1, text.length);
        if (field.equals("data")) {
            byte[] value = new byte[text.length - start];
            System.arraycopy(text, start, value, 0, value.length);
            eventLines.add(value);
            heldBytes += value.length;
        } else if (field.equals("event")) {
            eventType = new String(text, start, text.length - start, StandardCharsets.UTF_8).strip();
        } // else a comment, or a field that means nothing here
    }

    private void endEvent() {
        List<byte[]> lines = eventLines;
        String type = eventType;
        eventLines = new ArrayList<>();
        eventType = "";
        if (type.equals("data")) {
            unconfirmed.add(lines);
        } else if (type.equals("control")) {
            control(lines);
            unconfirmed.clear();
            heldBytes = 0;
        } else {
            lines.forEach(value -> heldBytes -= value.length);
        }
    }

    private void control(List<byte[]> lines) {
        boolean blanks = !lines.isEmpty() && startsWithBlank(lines.get(0));
        try {
            JsonNode control = JSON.readTree(joined(lines, blanks));
            Offset next = Wire.offset(control.path("streamNextOffset").stringValue(""), "a control event");
            boolean closed = control.path("streamClosed").asBoolean(false);
            runs.add(new Run(
                    data(blanks),
                    next,
                    control.path("streamCursor").stringValueOpt().orElse(null),
                    closed || control.path("upToDate").asBoolean(false),
                    closed));
        } catch (JacksonException | IllegalArgumentException e) {
            throw broken(String.valueOf(e.getMessage()), e);
        }
    }

    private byte[] data(boolean blanks) {
        List<byte[]> parts = new ArrayList<>();
        for (List<byte[]> lines : unconfirmed) {
            byte[] text = joined(lines, blanks);
            parts.add(base64 ? Base64.getMimeDecoder().decode(text) : text);
        }
        if (parts.size() == 1) {
            return parts.get(0);
        }
        return json ? oneArray(parts) : joined(parts, (byte) -1, false);
    }

    private static byte[] oneArray(List<byte[]> arrays) {
        List<byte[]> elements = new ArrayList<>();
        for (byte[] array : arrays) {
            for (ByteBuffer element : JsonArrays.elements(ByteBuffer.wrap(array))) {
                byte[] copy = new byte[element.remaining()];
                element.get(copy);
                elements.add(copy);
            }
        }
        if (elements.isEmpty()) {
            return arrays.isEmpty() ? new byte[0] : EMPTY_ARRAY.clone();
        }
        ByteArrayOutputStream array = new ByteArrayOutputStream();
        array.write('[');
        array.writeBytes(joined(elements, (byte) ',', false));
        array.write(']');
        return array.toByteArray();
    }

    private static byte[] joined(List<byte[]> lines, boolean blanks) {
        return joined(lines, (byte) '\n', blanks);
    }

    /** The parts one after the other, with a byte between them unless it is negative; without their first blank if they have one. */
    private static byte[] joined(List<byte[]> parts, byte between, boolean blanks) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (int i = 0; i < parts.size(); i++) {
            if (i > 0 && between >= 0) {
                all.write(between);
            }
            byte[] part = parts.get(i);
            int from = blanks && startsWithBlank(part) ? 1 : 0;
            all.write(part, from, part.length - from);
        }
        return all.toByteArray();
    }

    private static boolean startsWithBlank(byte[] text) {
        return text.length > 0 && text[0] == ' ';
    }

    private static VarveException broken(String what, @Nullable Exception cause) {
        return new VarveException(ErrorKind.HTTP, "the server's events cannot be understood: " + what, cause);
    }
}
