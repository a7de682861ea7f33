package dev.varve.api;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The payload of an event or a snapshot: bytes, and what they are. Kept and given back byte for byte, but for white space
 * around JSON, which is left out; of JSON only its grammar and its depth are looked at. Immutable.
 *
 * <pre>{@code
 * EventData data = EventData.json("{\"seat\": 12}");
 * System.out.println(data.contentType() + ", " + data.size() + " bytes: " + data.text());
 * }</pre>
 */
public final class EventData {

    /** The content type of JSON. */
    public static final String JSON = "application/json";

    /** The largest payload in bytes, inclusive. */
    public static final int MAX_BYTES = 8 << 20;

    /** The longest content type in bytes of UTF-8, inclusive. */
    public static final int MAX_CONTENT_TYPE_BYTES = 256;

    /** So many arrays and objects may stand within each other in JSON, inclusive. */
    public static final int MAX_DEPTH = 512;

    private static final byte[] NULL = "null".getBytes(UTF_8);

    private final String contentType;
    private final byte[] bytes;

    /** Whether this was found to be what it says. Written by any thread, always to the same value. */
    private boolean checked;

    private EventData(String contentType, byte[] bytes) {
        EventTexts.check("the content type of an event", contentType, MAX_CONTENT_TYPE_BYTES);
        if (bytes.length > MAX_BYTES) {
            throw new VarveException(
                    ErrorKind.TOO_LARGE, "the data of an event has " + bytes.length + " bytes, at most " + MAX_BYTES);
        }
        this.contentType = contentType;
        this.bytes = bytes.length > 0 && (isSpace(bytes[0]) || isSpace(bytes[bytes.length - 1])) && isJson()
                ? withoutSpaceAround(bytes)
                : bytes;
    }

    private static boolean isSpace(byte b) {
        return b == ' ' || b == '\t' || b == '\n' || b == '\r';
    }

    private static byte[] withoutSpaceAround(byte[] json) {
        int from = 0;
        int to = json.length;
        while (from < to && isSpace(json[from])) {
            from++;
        }
        while (to > from && isSpace(json[to - 1])) {
            to--;
        }
        return Arrays.copyOfRange(json, from, to);
    }

    /**
     * Bytes of some type, which are not {@linkplain #check checked} here.
     *
     * @param contentType a media type
     * @param bytes copied
     * @return the data
     * @throws VarveException {@link ErrorKind#TOO_LARGE} when there are more than {@link #MAX_BYTES}, {@link
     *     ErrorKind#INVALID_PARAMS} when the content type is empty or too long
     */
    public static EventData of(String contentType, byte[] bytes) {
        return new EventData(contentType, bytes.clone());
    }

    /**
     * Bytes that nobody else has or will change: they are not copied.
     *
     * @param contentType a media type
     * @param bytes handed over
     * @return the data
     * @throws VarveException as {@link #of}
     */
    public static EventData wrap(String contentType, byte[] bytes) {
        return new EventData(contentType, bytes);
    }

    /**
     * A JSON value as text.
     *
     * @param json the text
     * @return the data
     * @throws VarveException {@link ErrorKind#INVALID_JSON} when that is none, or is nested more than {@link #MAX_DEPTH} deep, {@link
     *     ErrorKind#TOO_LARGE} when it is longer than {@link #MAX_BYTES}
     */
    public static EventData json(String json) {
        EventData data = new EventData(JSON, json.getBytes(UTF_8));
        data.check();
        return data;
    }

    /**
     * Refuses what says that it {@linkplain #isJson is JSON} and is none, or is nested more than {@link #MAX_DEPTH} deep. Events that are to be appended and snapshots are checked when they are made, and
     * storages check whatever else they are to keep; what they give back is not looked at again.
     *
     * @throws VarveException {@link ErrorKind#INVALID_JSON}
     */
    public void check() {
        if (!checked) {
            if (isJson() && !JsonSyntax.isValue(bytes, MAX_DEPTH)) {
                throw new VarveException(
                        ErrorKind.INVALID_JSON,
                        "data of the type " + contentType + " is not one JSON value in UTF-8, nested at most "
                                + MAX_DEPTH + " deep");
            }
            checked = true;
        }
    }

    /**
     * What the bytes are.
     *
     * @return a media type
     */
    public String contentType() {
        return contentType;
    }

    /**
     * Whether this is JSON.
     *
     * @return true for {@code application/json}, with parameters or without, and for types that end with {@code +json}
     */
    public boolean isJson() {
        if (contentType.equals(JSON)) {
            return true;
        }
        int end = contentType.indexOf(';');
        String type =
                (end < 0 ? contentType : contentType.substring(0, end)).trim().toLowerCase(java.util.Locale.ROOT);
        return type.equals(JSON) || type.endsWith("+json");
    }

    /** Whether this is the JSON value that says nothing, which no event is appended with. */
    boolean isNull() {
        return bytes.length == NULL.length && Arrays.equals(bytes, NULL) && isJson();
    }

    /**
     * How long it is.
     *
     * @return bytes
     */
    public int size() {
        return bytes.length;
    }

    /**
     * The bytes.
     *
     * @return a copy
     */
    public byte[] bytes() {
        return bytes.clone();
    }

    /**
     * The bytes without a copy.
     *
     * @return a read-only buffer of its own
     */
    public ByteBuffer buffer() {
        return ByteBuffer.wrap(bytes).asReadOnlyBuffer();
    }

    /**
     * The bytes as text.
     *
     * @return the text, where it is no UTF-8 with replacement characters
     */
    public String text() {
        return new String(bytes, UTF_8);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof EventData that
                && contentType.equals(that.contentType)
                && Arrays.equals(bytes, that.bytes);
    }

    @Override
    public int hashCode() {
        return 31 * contentType.hashCode() + Arrays.hashCode(bytes);
    }

    @Override
    public String toString() {
        return contentType + ", " + bytes.length + " bytes";
    }
}
