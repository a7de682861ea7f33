package dev.varve.server;

import dev.varve.api.ErrorKind;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * Reads a stream's path out of a URL. What two parties on the way could understand differently is refused: empty, dot
 * and dot-dot segments, encoded slashes, backslashes, control characters. Stateless.
 */
final class StreamPath {

    /** Where streams live. */
    static final String ROOT = "/v1/stream/";

    /** The feed of creations and deletions, readable only. */
    static final String REGISTRY = "__registry__";

    private StreamPath() {}

    /**
     * Decodes and checks.
     *
     * @param raw what follows {@link #ROOT} in the URL
     * @throws HttpProblem when it is no path of a stream
     */
    static String of(String raw, Limits limits) {
        if (raw.indexOf('%') >= 0 && raw.toLowerCase(Locale.ROOT).contains("%2f")) {
            throw HttpProblem.invalid("a stream path must not have an encoded slash");
        }
        String path = PercentDecoder.decode(raw, false);
        if (path == null) {
            throw HttpProblem.invalid("the stream path is not percent-encoded UTF-8");
        }
        check(path, limits);
        return path;
    }

    /** Checks a decoded path, such as one from a JSON body. */
    static void check(String path, Limits limits) {
        int length = path.length();
        int bytes = length > limits.pathBytes ? length : path.getBytes(StandardCharsets.UTF_8).length;
        if (bytes > limits.pathBytes) {
            throw HttpProblem.invalid("a stream path has at most " + limits.pathBytes + " bytes");
        }
        int segments = 0;
        int start = 0;
        for (int i = 0; i <= length; i++) {
            char c = i < length ? path.charAt(i) : '/';
            if (c == '/') {
                checkSegment(path, start, i);
                start = i + 1;
                segments++;
            } else if (c < 0x20 || c == 0x7f || c == '\\' || (c >= 0x80 && c < 0xa0) || Character.isSurrogate(c)) {
                i += checkSpecial(path, i);
            }
        }
        if (segments > limits.pathSegments) {
            throw HttpProblem.invalid("a stream path has at most " + limits.pathSegments + " segments");
        }
    }

    private static void checkSegment(String path, int start, int end) {
        int length = end - start;
        boolean dots = (length == 1 && path.charAt(start) == '.')
                || (length == 2 && path.charAt(start) == '.' && path.charAt(start + 1) == '.');
        if (length == 0 || dots) {
            throw HttpProblem.invalid("a stream path has no empty, \".\" or \"..\" segments");
        }
    }

    /** How many more characters the one at a place takes. */
    private static int checkSpecial(String path, int i) {
        boolean pair = Character.isHighSurrogate(path.charAt(i))
                && i + 1 < path.length()
                && Character.isLowSurrogate(path.charAt(i + 1));
        if (!pair) {
            throw HttpProblem.invalid("a stream path has no control characters and no backslashes");
        }
        return 1;
    }

    /** Whether the first segment is the server's own. */
    static boolean isReserved(String path) {
        return path.startsWith("__");
    }

    /**
     * Refuses what users may not write.
     *
     * @throws HttpProblem when the path is reserved
     */
    static void checkWritable(String path) {
        if (isReserved(path)) {
            throw HttpProblem.of(ErrorKind.NOT_FOUND, "paths that start with __ are the server's own");
        }
    }
}
