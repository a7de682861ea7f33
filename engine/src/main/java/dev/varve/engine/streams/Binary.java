package dev.varve.engine.streams;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Strings, optional numbers and keys in binary. Everything is big endian, so that keys sort as numbers do. */
final class Binary {

    /** The longest string, in bytes of UTF-8. */
    static final int MAX_STRING_BYTES = 0xFFFF;

    private Binary() {}

    /** An upper bound of a string's encoded size. */
    static int sizeOf(String text) {
        return Short.BYTES + text.length() * 3;
    }

    static void putString(ByteBuffer out, String text) {
        byte[] bytes = text.getBytes(UTF_8);
        if (bytes.length > MAX_STRING_BYTES) {
            throw new IllegalArgumentException("text of " + bytes.length + " bytes is too long to store");
        }
        out.putShort((short) bytes.length).put(bytes);
    }

    static String getString(ByteBuffer in) {
        byte[] bytes = new byte[Short.toUnsignedInt(in.getShort())];
        in.get(bytes);
        return new String(bytes, UTF_8);
    }

    /** A positive number or nothing. */
    static void putOptional(ByteBuffer out, @Nullable Long value) {
        out.putLong(value == null ? 0 : value);
    }

    static @Nullable Long getOptional(ByteBuffer in) {
        long value = in.getLong();
        return value == 0 ? null : value;
    }

    static byte[] key(long first) {
        return ByteBuffer.allocate(Long.BYTES).putLong(first).array();
    }

    static byte[] key(long first, long second) {
        return ByteBuffer.allocate(2 * Long.BYTES)
                .putLong(first)
                .putLong(second)
                .array();
    }

    static byte[] key(long first, String second) {
        byte[] text = second.getBytes(UTF_8);
        return ByteBuffer.allocate(Long.BYTES + text.length)
                .putLong(first)
                .put(text)
                .array();
    }

    static byte[] key(String text) {
        return text.getBytes(UTF_8);
    }
}
