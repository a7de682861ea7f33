package dev.varve.engine.state;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Strings, optional numbers and keys in binary. Everything is big endian, so that keys sort as numbers do. */
public final class Binary {

    /** The longest string, in bytes of UTF-8. */
    public static final int MAX_STRING_BYTES = 0xFFFF;

    private Binary() {}

    /**
     * An upper bound of a string's encoded size.
     *
     * @param text the string
     * @return bytes
     */
    public static int sizeOf(String text) {
        return Short.BYTES + text.length() * 3;
    }

    /**
     * Writes a string.
     *
     * @param out where to
     * @param text at most {@link #MAX_STRING_BYTES} of UTF-8
     */
    public static void putString(ByteBuffer out, String text) {
        putString(out, text.getBytes(UTF_8));
    }

    /**
     * Writes a string that is encoded already.
     *
     * @param out where to
     * @param bytes at most {@link #MAX_STRING_BYTES} of UTF-8
     */
    public static void putString(ByteBuffer out, byte[] bytes) {
        if (bytes.length > MAX_STRING_BYTES) {
            throw new IllegalArgumentException("text of " + bytes.length + " bytes is too long to store");
        }
        out.putShort((short) bytes.length).put(bytes);
    }

    /**
     * Reads a string.
     *
     * @param in where from
     * @return the string
     */
    public static String getString(ByteBuffer in) {
        byte[] bytes = new byte[Short.toUnsignedInt(in.getShort())];
        in.get(bytes);
        return new String(bytes, UTF_8);
    }

    /**
     * Writes a positive number or nothing.
     *
     * @param out where to
     * @param value the number, or null
     */
    public static void putOptional(ByteBuffer out, @Nullable Long value) {
        out.putLong(value == null ? 0 : value);
    }

    /**
     * Reads a positive number or nothing.
     *
     * @param in where from
     * @return the number, or null
     */
    public static @Nullable Long getOptional(ByteBuffer in) {
        long value = in.getLong();
        return value == 0 ? null : value;
    }

    /**
     * A number as a key.
     *
     * @param first the number
     * @return its bytes
     */
    public static byte[] key(long first) {
        return ByteBuffer.allocate(Long.BYTES).putLong(first).array();
    }

    /**
     * Two numbers as a key.
     *
     * @param first sorted by first
     * @param second sorted by next
     * @return their bytes
     */
    public static byte[] key(long first, long second) {
        return ByteBuffer.allocate(2 * Long.BYTES)
                .putLong(first)
                .putLong(second)
                .array();
    }

    /**
     * A number and a text as a key.
     *
     * @param first sorted by first
     * @param second sorted by next, as bytes of UTF-8
     * @return their bytes
     */
    public static byte[] key(long first, String second) {
        byte[] text = second.getBytes(UTF_8);
        return ByteBuffer.allocate(Long.BYTES + text.length)
                .putLong(first)
                .put(text)
                .array();
    }

    /**
     * A text as a key.
     *
     * @param text sorted as bytes of UTF-8
     * @return its bytes
     */
    public static byte[] key(String text) {
        return text.getBytes(UTF_8);
    }
}
