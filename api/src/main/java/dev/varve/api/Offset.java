package dev.varve.api;

import java.nio.charset.StandardCharsets;

/**
 * A position in a stream. Offsets of one stream are totally ordered, strictly increasing with every append and stay
 * valid for the life of the stream.
 *
 * <p>The text form is sixteen zeros, an underscore and sixteen decimal digits, so that byte order of the text equals
 * stream order (Durable Streams protocol, section 8). The position counts bytes of the stream; in JSON mode each
 * message counts its bytes plus one. Only offsets handed out by a storage mean anything: do not compute them.
 *
 * <p>Two sentinels exist for reading: {@link #BEGINNING} and {@link #NOW}. Immutable.
 *
 * @param position bytes before this offset, 0 to {@value #MAX_POSITION} inclusive, or one of the sentinels' values
 */
public record Offset(long position) implements Comparable<Offset> {

    /** The largest position that the text form can carry, inclusive. */
    public static final long MAX_POSITION = 9_999_999_999_999_999L;

    /** The offset before any data; also the tail of an empty stream. */
    public static final Offset ZERO = new Offset(0);

    /** Reading sentinel {@code -1}: from the earliest data the stream still holds. */
    public static final Offset BEGINNING = new Offset(-1);

    /** Reading sentinel {@code now}: from the current tail. */
    public static final Offset NOW = new Offset(-2);

    private static final String PREFIX = "0000000000000000_";
    private static final int DIGITS = 16;
    private static final byte[] ZERO_TEXT = (PREFIX + "0".repeat(DIGITS)).getBytes(StandardCharsets.ISO_8859_1);

    /**
     * Checks the range.
     *
     * @throws IllegalArgumentException when the position is neither in range nor a sentinel's
     */
    public Offset {
        if (position < -2 || position > MAX_POSITION) {
            throw new IllegalArgumentException("offset position out of range: " + position);
        }
    }

    /**
     * The offset at a position.
     *
     * @param position 0 to {@value #MAX_POSITION} inclusive
     * @return the offset
     */
    public static Offset at(long position) {
        if (position < 0) {
            throw new IllegalArgumentException("offset position out of range: " + position);
        }
        return position == 0 ? ZERO : new Offset(position);
    }

    /**
     * Reads the text form, including the sentinels {@code -1} and {@code now}.
     *
     * @param text the text form, exactly as handed out
     * @return the offset
     * @throws IllegalArgumentException when the text is not the canonical form of an offset
     */
    public static Offset parse(String text) {
        if (text.equals("-1")) {
            return BEGINNING;
        }
        if (text.equals("now")) {
            return NOW;
        }
        if (text.length() != PREFIX.length() + DIGITS || !text.startsWith(PREFIX)) {
            throw malformed(text);
        }
        long position = 0;
        for (int i = PREFIX.length(); i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < '0' || c > '9') {
                throw malformed(text);
            }
            position = position * 10 + (c - '0');
        }
        return at(position);
    }

    private static IllegalArgumentException malformed(String text) {
        String shown = text.length() > 64 ? text.substring(0, 64) + "…" : text;
        return new IllegalArgumentException("not an offset of this server: \"" + shown + "\"");
    }

    /**
     * Whether this is {@link #BEGINNING} or {@link #NOW} rather than a position.
     *
     * @return true for a sentinel
     */
    public boolean isSentinel() {
        return position < 0;
    }

    /** Stream order. Sentinels come before every position. */
    @Override
    public int compareTo(Offset other) {
        return Long.compare(position, other.position);
    }

    /** The text form, as it travels in {@code Stream-Next-Offset} and {@code offset=}. */
    @Override
    public String toString() {
        if (position == -1) {
            return "-1";
        }
        if (position == -2) {
            return "now";
        }
        byte[] text = ZERO_TEXT.clone();
        int at = text.length;
        for (long rest = position; rest > 0; rest /= 10) {
            text[--at] = (byte) ('0' + rest % 10);
        }
        return new String(text, StandardCharsets.ISO_8859_1);
    }
}
