package dev.varve.api;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which paths of entries are meant. Written as an {@link EntryPath}, with {@code *} for exactly one segment and, at the end
 * only, {@code **} for one segment or more; {@code \*} and {@code \**} are the segments {@code *} and {@code **}
 * themselves. A star inside a segment is a star. Immutable; thread-safe.
 *
 * <pre>{@code
 * EntryPattern below = EntryPattern.parse("links/**");
 * System.out.println(below.matches(EntryPath.of("links", "dust", "title"))); // true
 * System.out.println(below.matches(EntryPath.of("links"))); // false
 * entries.list(below).forEach(entry -> System.out.println(entry.path()));
 * }</pre>
 */
public final class EntryPattern {

    private static final String ONE = "*";
    private static final String MANY = "**";

    /** Every path. */
    public static final EntryPattern ALL = parse(MANY);

    /** Null stands for one segment of any text. */
    private final List<@Nullable String> segments;

    private final boolean many;
    private final String written;

    private EntryPattern(List<@Nullable String> segments, boolean many, String written) {
        this.segments = segments;
        this.many = many;
        this.written = written;
    }

    /**
     * Reads a pattern.
     *
     * @param written for example {@code links/*}
     * @return the pattern
     * @throws InvalidEntryPathException as {@link EntryPath#parse}, and when {@code **} is not the last segment
     */
    public static EntryPattern parse(String written) {
        if (written.isEmpty()) {
            throw new InvalidEntryPathException(InvalidEntryPathException.EMPTY_PATH, "the pattern is empty");
        }
        String[] pieces = written.split("/", -1);
        List<@Nullable String> segments = new ArrayList<>(pieces.length);
        boolean many = false;
        for (int i = 0; i < pieces.length; i++) {
            String piece = pieces[i];
            if (piece.equals(MANY)) {
                if (i < pieces.length - 1) {
                    throw new InvalidEntryPathException(
                            InvalidEntryPathException.WILDCARD_MANY_NOT_TAIL,
                            "** can only be the last segment of a pattern");
                }
                many = true;
            } else if (piece.equals(ONE)) {
                segments.add(null);
            } else {
                boolean escaped = piece.equals("\\*") || piece.equals("\\**");
                segments.add(escaped ? piece.substring(1) : EntryPath.unescape(piece));
            }
        }
        checkLength(segments);
        return new EntryPattern(segments, many, written);
    }

    /** As for paths, so that what every match begins with is one. */
    private static void checkLength(List<@Nullable String> segments) {
        int bytes = -1;
        for (String segment : segments) {
            StringBuilder text = new StringBuilder();
            EntryPath.appendEscaped(text, segment == null ? ONE : segment);
            bytes += 1 + EntryPath.utf8Bytes(text.toString());
        }
        if (segments.size() > EntryPath.MAX_SEGMENTS || bytes > EntryPath.MAX_BYTES) {
            throw new InvalidEntryPathException(
                    InvalidEntryPathException.PATH_TOO_LONG,
                    "a pattern has at most " + EntryPath.MAX_SEGMENTS + " segments and " + EntryPath.MAX_BYTES
                            + " bytes before a **");
        }
    }

    /**
     * The pattern of one path and nothing else.
     *
     * @param path the path
     * @return the pattern; stars in the path are taken literally
     */
    public static EntryPattern exactly(EntryPath path) {
        return literal(path, false);
    }

    private static EntryPattern literal(EntryPath path, boolean many) {
        StringBuilder text = new StringBuilder();
        for (String segment : path.segments()) {
            if (!text.isEmpty()) {
                text.append('/');
            }
            appendLiteral(text, segment);
        }
        return new EntryPattern(
                new ArrayList<>(path.segments()),
                many,
                many ? text.append("/**").toString() : text.toString());
    }

    /**
     * The pattern of everything below a path.
     *
     * @param path the path, which is not meant itself
     * @return the pattern; stars in the path are taken literally
     */
    public static EntryPattern below(EntryPath path) {
        return literal(path, true);
    }

    private static void appendLiteral(StringBuilder text, String segment) {
        if (segment.equals(ONE) || segment.equals(MANY)) {
            text.append('\\');
        }
        EntryPath.appendEscaped(text, segment);
    }

    /**
     * Whether a path is meant.
     *
     * @param path any path
     * @return true when it matches
     */
    public boolean matches(EntryPath path) {
        List<String> given = path.segments();
        if (many ? given.size() <= segments.size() : given.size() != segments.size()) {
            return false;
        }
        for (int i = 0; i < segments.size(); i++) {
            String wanted = segments.get(i);
            if (wanted != null && !wanted.equals(given.get(i))) {
                return false;
            }
        }
        return true;
    }

    /**
     * Whether a change at a path can change what is meant: at a path that is meant, or above one.
     *
     * @param path any path
     * @return true when it matches, or a match may begin with all its segments and have more
     */
    public boolean concerns(EntryPath path) {
        List<String> given = path.segments();
        if (!many && given.size() > segments.size()) {
            return false;
        }
        for (int i = 0; i < Math.min(segments.size(), given.size()); i++) {
            String wanted = segments.get(i);
            if (wanted != null && !wanted.equals(given.get(i))) {
                return false;
            }
        }
        return true;
    }

    /**
     * The path that every match begins with.
     *
     * @return the segments before the first star as a path: an ancestor of every match, or the only match; null when the
     *     pattern begins with a star
     */
    public @Nullable EntryPath base() {
        List<String> literal = new ArrayList<>();
        for (String segment : segments) {
            if (segment == null) {
                break;
            }
            literal.add(segment);
        }
        return literal.isEmpty() ? null : EntryPath.of(literal);
    }

    /**
     * Whether it means one path only.
     *
     * @return true without stars
     */
    public boolean isLiteral() {
        return !many && segments.stream().noneMatch(segment -> segment == null);
    }

    /**
     * Whether it means everything below a path, or everything.
     *
     * @return true for {@code **} and for {@code a/b/**}
     */
    public boolean isSubtree() {
        return many && segments.stream().noneMatch(segment -> segment == null);
    }

    /**
     * How many segments stand before a {@code **}, or in all.
     *
     * @return the count, stars included
     */
    public int depth() {
        return segments.size();
    }

    /**
     * The text that a segment must have.
     *
     * @param index which, from 0 to {@link #depth} exclusive
     * @return the text, or null for a star
     */
    public @Nullable String segment(int index) {
        return segments.get(index);
    }

    /**
     * Whether it ends in {@code **}, so that a match has further segments, one at least.
     *
     * @return false when a match has {@link #depth} segments
     */
    public boolean isOpenEnded() {
        return many;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof EntryPattern that && many == that.many && segments.equals(that.segments);
    }

    @Override
    public int hashCode() {
        return segments.hashCode();
    }

    /**
     * The written form, as {@link #parse} reads it. Only segments that read {@code \*} or {@code \**} themselves have none: a
     * pattern made of such a path is written as the one with stars.
     */
    @Override
    public String toString() {
        return written;
    }
}
