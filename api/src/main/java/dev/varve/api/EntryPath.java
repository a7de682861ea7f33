package dev.varve.api;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where an entry stands in its store: a list of segments, none of them empty. Written with slashes between the segments and
 * with the escapes of JSON Pointer (RFC 6901) inside them: {@code ~0} for a tilde, {@code ~1} for a slash. Every other
 * character stands for itself, dots and stars too.
 *
 * <pre>{@code
 * EntryPath link = EntryPath.parse("links/dust");
 * EntryPath source = link.child("example.org/dust"); // links/dust/example.org~1dust
 * System.out.println(link.isAncestorOf(source) + ", below " + source.parent());
 * }</pre>
 *
 * <p>Paths are ordered as the bytes of their written form in UTF-8. Immutable; thread-safe.
 */
public final class EntryPath implements Comparable<EntryPath> {

    /** The longest written form, in bytes of UTF-8, inclusive. */
    public static final int MAX_BYTES = 4096;

    /** The most segments, inclusive. */
    public static final int MAX_SEGMENTS = 128;

    private final List<String> segments;
    private final String written;

    private EntryPath(List<String> segments, String written) {
        this.segments = segments;
        this.written = written;
    }

    /**
     * Reads the written form.
     *
     * @param written for example {@code links/dust/title}
     * @return the path
     * @throws InvalidEntryPathException when it is empty, has an empty segment, a tilde without 0 or 1, the character
     *     U+0000 or half of a surrogate pair, or is longer than {@link #MAX_BYTES} or {@link #MAX_SEGMENTS}
     */
    public static EntryPath parse(String written) {
        if (written.isEmpty()) {
            throw new InvalidEntryPathException(InvalidEntryPathException.EMPTY_PATH, "the path is empty");
        }
        List<String> segments = new ArrayList<>();
        int start = 0;
        while (start <= written.length()) {
            int slash = written.indexOf('/', start);
            int end = slash < 0 ? written.length() : slash;
            segments.add(unescape(written.substring(start, end)));
            start = end + 1;
        }
        return checked(List.copyOf(segments), written);
    }

    /**
     * Makes a path of segments as they are, without escapes.
     *
     * @param segments at least one, none empty
     * @return the path
     * @throws InvalidEntryPathException as {@link #parse}, except for escapes
     */
    public static EntryPath of(List<String> segments) {
        if (segments.isEmpty()) {
            throw new InvalidEntryPathException(InvalidEntryPathException.EMPTY_PATH, "the path has no segments");
        }
        StringBuilder written = new StringBuilder();
        for (String segment : segments) {
            if (!written.isEmpty()) {
                written.append('/');
            }
            appendEscaped(written, requireSegment(segment));
        }
        return checked(List.copyOf(segments), written.toString());
    }

    /**
     * Makes a path of segments as they are, without escapes.
     *
     * @param segments at least one, none empty
     * @return the path
     * @throws InvalidEntryPathException as {@link #parse}, except for escapes
     */
    public static EntryPath of(String... segments) {
        return of(Arrays.asList(segments));
    }

    private static EntryPath checked(List<String> segments, String written) {
        boolean mayBeLong = written.length() > MAX_BYTES / 3; // no char takes more bytes
        if (segments.size() > MAX_SEGMENTS || (mayBeLong && utf8Bytes(written) > MAX_BYTES)) {
            throw new InvalidEntryPathException(
                    InvalidEntryPathException.PATH_TOO_LONG,
                    "a path has at most " + MAX_SEGMENTS + " segments and " + MAX_BYTES + " bytes");
        }
        return new EntryPath(segments, written);
    }

    static int utf8Bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length;
    }

    static String requireSegment(String segment) {
        if (segment.isEmpty()) {
            throw new InvalidEntryPathException(
                    InvalidEntryPathException.EMPTY_SEGMENT, "a path cannot contain empty segments");
        }
        for (int i = 0; i < segment.length(); i++) {
            char c = segment.charAt(i);
            boolean paired = Character.isHighSurrogate(c)
                    && i + 1 < segment.length()
                    && Character.isLowSurrogate(segment.charAt(i + 1));
            if (paired) {
                i++;
            } else if (c == 0 || Character.isSurrogate(c)) {
                throw new InvalidEntryPathException(
                        InvalidEntryPathException.INVALID_CHARACTER,
                        "a path is Unicode text without the character U+0000");
            }
        }
        return segment;
    }

    static String unescape(String piece) {
        requireSegment(piece);
        if (piece.indexOf('~') < 0) {
            return piece;
        }
        StringBuilder segment = new StringBuilder(piece.length());
        int start = 0;
        for (int tilde = piece.indexOf('~'); tilde >= 0; tilde = piece.indexOf('~', start)) {
            char next = tilde + 1 < piece.length() ? piece.charAt(tilde + 1) : ' ';
            if (next != '0' && next != '1') {
                throw new InvalidEntryPathException(
                        InvalidEntryPathException.INVALID_ESCAPE, "a tilde in a path is written ~0, a slash ~1");
            }
            segment.append(piece, start, tilde).append(next == '0' ? '~' : '/');
            start = tilde + 2;
        }
        return segment.append(piece, start, piece.length()).toString();
    }

    static void appendEscaped(StringBuilder written, String segment) {
        for (int i = 0; i < segment.length(); i++) {
            char c = segment.charAt(i);
            switch (c) {
                case '~' -> written.append("~0");
                case '/' -> written.append("~1");
                default -> written.append(c);
            }
        }
    }

    /**
     * The segments, without escapes.
     *
     * @return at least one, none empty; unmodifiable
     */
    public List<String> segments() {
        return segments;
    }

    /**
     * The path below this one.
     *
     * @param segment not empty, without escapes
     * @return this path with one more segment
     * @throws InvalidEntryPathException as {@link #of(List)}
     */
    public EntryPath child(String segment) {
        List<String> longer = new ArrayList<>(segments);
        longer.add(segment);
        StringBuilder text = new StringBuilder(written).append('/');
        appendEscaped(text, requireSegment(segment));
        return checked(List.copyOf(longer), text.toString());
    }

    /**
     * The path above this one.
     *
     * @return all segments but the last, or null when there is only one
     */
    public @Nullable EntryPath parent() {
        return segments.size() == 1
                ? null
                : new EntryPath(
                        segments.subList(0, segments.size() - 1), written.substring(0, written.lastIndexOf('/')));
    }

    /**
     * Whether another path lies below this one.
     *
     * @param other any path
     * @return true when this one's segments are the first of the other's, and the other has more
     */
    public boolean isAncestorOf(EntryPath other) {
        return other.written.length() > written.length()
                && other.written.charAt(written.length()) == '/'
                && other.written.startsWith(written);
    }

    @Override
    public int compareTo(EntryPath other) {
        return compareWritten(written, other.written);
    }

    /** Compares as the bytes of UTF-8 would, which is the order of code points. */
    static int compareWritten(String a, String b) {
        int length = Math.min(a.length(), b.length());
        for (int i = 0; i < length; i++) {
            char x = a.charAt(i);
            char y = b.charAt(i);
            if (x != y) {
                boolean sameKind = Character.isSurrogate(x) == Character.isSurrogate(y);
                return sameKind ? Character.compare(x, y) : Character.isSurrogate(x) ? 1 : -1;
            }
        }
        return Integer.compare(a.length(), b.length());
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof EntryPath that && written.equals(that.written);
    }

    @Override
    public int hashCode() {
        return written.hashCode();
    }

    /** The written form, as {@link #parse} reads it. */
    @Override
    public String toString() {
        return written;
    }
}
