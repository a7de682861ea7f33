package dev.varve.server.subscriptions;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** What stream paths in requests look like: relative to the stream root, segments between single slashes. */
final class StreamPaths {

    static final int MAX_PATH_BYTES = 1_024;
    static final int MAX_SEGMENTS = 32;

    private StreamPaths() {}

    /** Whether a stream is the server's own: no subscription ever links to it. */
    static boolean isReserved(String path) {
        return path.startsWith("__");
    }

    /**
     * The path without slashes around it.
     *
     * @param what names the field in the refusal
     * @param text the path as it came, or null when it was no string
     */
    static String normalize(String what, @Nullable String text) {
        if (text == null) {
            throw ControlException.invalid(what + " must be a string");
        }
        int start = 0;
        int end = text.length();
        while (start < end && text.charAt(start) == '/') {
            start++;
        }
        while (end > start && text.charAt(end - 1) == '/') {
            end--;
        }
        String path = text.substring(start, end);
        if (path.isEmpty()) {
            throw ControlException.invalid(what + " must not be empty");
        }
        if (path.getBytes(StandardCharsets.UTF_8).length > MAX_PATH_BYTES) {
            throw ControlException.invalid(what + " must not be longer than " + MAX_PATH_BYTES + " bytes");
        }
        String[] segments = path.split("/", -1);
        if (segments.length > MAX_SEGMENTS) {
            throw ControlException.invalid(what + " must not have more than " + MAX_SEGMENTS + " segments");
        }
        for (String segment : segments) {
            if (segment.isEmpty() || segment.equals(".") || segment.equals("..")) {
                throw ControlException.invalid(what + " must not have empty, . or .. segments");
            }
        }
        if (path.chars().anyMatch(c -> c < ' ' || c == 0x7f)) {
            throw ControlException.invalid(what + " must not contain control characters");
        }
        if (isReserved(path)) {
            throw ControlException.invalid(what + " must not be below a reserved first segment (__)");
        }
        return path;
    }
}
