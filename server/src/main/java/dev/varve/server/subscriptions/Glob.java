package dev.varve.server.subscriptions;

import java.util.List;

/**
 * A pattern over stream paths: {@code *} stands for one segment, {@code **} for any number of segments including none,
 * {@code %2A} inside a segment for a literal asterisk. Immutable.
 */
final class Glob {

    private static final String ONE = "*";
    private static final String ANY = "**";

    private final String text;
    private final List<String> segments;

    private Glob(String text, List<String> segments) {
        this.text = text;
        this.segments = segments;
    }

    /**
     * Reads a pattern.
     *
     * @param text a well-formed relative path whose segments may be wildcards
     * @return the pattern
     * @throws IllegalArgumentException when an asterisk shares a segment with other characters
     */
    static Glob parse(String text) {
        List<String> segments = List.of(text.split("/", -1));
        for (String segment : segments) {
            if (!isWildcard(segment) && segment.contains("*")) {
                throw new IllegalArgumentException("a wildcard stands for whole segments: write * or ** alone between"
                        + " slashes, or %2A for an asterisk, instead of \"" + segment + "\"");
            }
        }
        return new Glob(text, segments);
    }

    private static boolean isWildcard(String segment) {
        return segment.equals(ONE) || segment.equals(ANY);
    }

    private static String literal(String segment) {
        return segment.indexOf('%') < 0 ? segment : segment.replace("%2A", "*").replace("%2a", "*");
    }

    /** What every matching path starts with; empty when the pattern begins with a wildcard. */
    String literalPrefix() {
        StringBuilder prefix = new StringBuilder();
        for (int i = 0; i < segments.size(); i++) {
            String segment = segments.get(i);
            if (segment.equals(ANY)) {
                break; // the slash before it is no part of the prefix: a/** matches a
            }
            if (i > 0) {
                prefix.append('/');
            }
            if (segment.equals(ONE)) {
                break;
            }
            prefix.append(literal(segment));
        }
        return prefix.toString();
    }

    /**
     * Whether a path matches. Takes time proportional to the product of the numbers of segments, whatever the pattern:
     * after a mismatch only the last {@code **} needs to be tried again, one segment further on.
     */
    boolean matches(String path) {
        String[] parts = path.split("/", -1);
        int at = 0;
        int pattern = 0;
        int retryAt = -1;
        int retryPattern = -1;
        while (at < parts.length) {
            if (pattern < segments.size() && segments.get(pattern).equals(ANY)) {
                retryPattern = ++pattern;
                retryAt = at;
            } else if (pattern < segments.size() && matchesOne(segments.get(pattern), parts[at])) {
                pattern++;
                at++;
            } else if (retryPattern >= 0) {
                pattern = retryPattern;
                at = ++retryAt;
            } else {
                return false;
            }
        }
        while (pattern < segments.size() && segments.get(pattern).equals(ANY)) {
            pattern++;
        }
        return pattern == segments.size();
    }

    private static boolean matchesOne(String segment, String part) {
        return segment.equals(ONE) || literal(segment).equals(part);
    }

    /** The pattern as it was written. */
    @Override
    public String toString() {
        return text;
    }
}
