package dev.varve.api;

import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A position in a stream. Offsets of one stream are totally ordered, strictly increasing with every append and stay
 * valid for the life of the stream. Only offsets handed out by a storage or a server mean anything: do not compute them.
 *
 * <pre>{@code
 * Offset seen = streams.append("log", "hello\n".getBytes(UTF_8));
 * String kept = seen.toString(); // in a file, in a database, in a link
 * ReadResult.Page since = streams.read("log", Offset.of(kept));
 * }</pre>
 *
 * <p>Varve's text form is sixteen zeros, an underscore and sixteen decimal digits, so that byte order of the text equals
 * stream order (Durable Streams protocol, section 8). The position counts bytes of the stream; in JSON mode each
 * message counts its bytes plus one. Other servers have forms of their own, which are kept as they are: see {@link #of}.
 *
 * <p>Two sentinels exist for reading: {@link #BEGINNING} and {@link #NOW}. Immutable.
 */
public final class Offset implements Comparable<Offset> {

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

    /** As long as an offset of the protocol may be. */
    private static final int MAX_LENGTH = 255;

    private final long position;
    private final @Nullable String foreign;

    /**
     * The offset at a position, or a sentinel.
     *
     * @param position bytes before the offset, 0 to {@value #MAX_POSITION} inclusive, or one of the sentinels' values
     * @throws IllegalArgumentException when the position is neither in range nor a sentinel's
     */
    public Offset(long position) {
        if (position < -2 || position > MAX_POSITION) {
            throw new IllegalArgumentException("offset position out of range: " + position);
        }
        this.position = position;
        this.foreign = null;
    }

    private Offset(String foreign) {
        this.position = Long.MAX_VALUE;
        this.foreign = foreign;
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
     * Reads an offset of any server, sentinels included: one that does not have Varve's form is kept as it is.
     *
     * @param text the text form, exactly as handed out
     * @return the offset
     * @throws IllegalArgumentException when no server of the protocol hands out such a text: when it is empty, longer than 255
     *     characters, or holds something else than visible ASCII without {@code , & = ? /}
     */
    public static Offset of(String text) {
        boolean plain = text.chars().allMatch(c -> c > ' ' && c <= '~' && ",&=?/".indexOf(c) < 0);
        if (text.isEmpty() || text.length() > MAX_LENGTH || !plain) {
            throw malformed("not an offset: \"", text);
        }
        boolean own = text.equals("-1") || text.equals("now") || hasOwnForm(text);
        return own ? parse(text) : new Offset(text);
    }

    private static boolean hasOwnForm(String text) {
        return text.length() == PREFIX.length() + DIGITS
                && text.startsWith(PREFIX)
                && text.chars().skip(PREFIX.length()).allMatch(c -> c >= '0' && c <= '9');
    }

    /**
     * Reads Varve's text form, including the sentinels {@code -1} and {@code now}.
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
            throw malformed("not an offset of this server: \"", text);
        }
        long position = 0;
        for (int i = PREFIX.length(); i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < '0' || c > '9') {
                throw malformed("not an offset of this server: \"", text);
            }
            position = position * 10 + (c - '0');
        }
        return at(position);
    }

    private static IllegalArgumentException malformed(String what, String text) {
        String shown = text.length() > 64 ? text.substring(0, 64) + "…" : text;
        return new IllegalArgumentException(what + shown + "\"");
    }

    /**
     * The position in bytes.
     *
     * @return 0 or more, a sentinel's value below 0, or {@link Long#MAX_VALUE} for an offset that does not have Varve's form
     */
    public long position() {
        return position;
    }

    /**
     * Whether this offset does not have Varve's form: it has a text and an order, and no position.
     *
     * @return true for an offset of another server
     */
    public boolean isOpaque() {
        return foreign != null;
    }

    /**
     * Whether this is {@link #BEGINNING} or {@link #NOW} rather than a position.
     *
     * @return true for a sentinel
     */
    public boolean isSentinel() {
        return position < 0;
    }

    /** Stream order, for offsets of one stream. Sentinels come before every position. */
    @Override
    public int compareTo(Offset other) {
        boolean byText = foreign != null || other.foreign != null;
        return byText && !isSentinel() && !other.isSentinel()
                ? toString().compareTo(other.toString())
                : Long.compare(position, other.position);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Offset offset && position == offset.position && Objects.equals(foreign, offset.foreign);
    }

    @Override
    public int hashCode() {
        return foreign == null ? Long.hashCode(position) : foreign.hashCode();
    }

    /** The text form, as it travels in {@code Stream-Next-Offset} and {@code offset=}. */
    @Override
    public String toString() {
        if (foreign != null) {
            return foreign;
        }
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
