package dev.varve.client;

import dev.varve.api.ErrorKind;
import dev.varve.api.Offset;
import dev.varve.api.Refusal;
import dev.varve.api.RefusedException;
import dev.varve.api.VarveException;
import java.net.http.HttpHeaders;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Names and text forms of the Durable Streams protocol. Thread-safe. */
final class Wire {
    static final String NEXT_OFFSET = "Stream-Next-Offset";
    static final String EARLIEST_OFFSET = "Stream-Earliest-Offset";
    static final String UP_TO_DATE = "Stream-Up-To-Date";
    static final String CLOSED = "Stream-Closed";
    static final String CURSOR = "Stream-Cursor";
    static final String SEQUENCE = "Stream-Seq";
    static final String TTL = "Stream-TTL";
    static final String EXPIRES_AT = "Stream-Expires-At";
    static final String RETENTION_AGE = "Stream-Retention-Age";
    static final String RETENTION_BYTES = "Stream-Retention-Bytes";
    static final String RETENTION_MESSAGES = "Stream-Retention-Messages";
    static final String FORKED_FROM = "Stream-Forked-From";
    static final String FORK_OFFSET = "Stream-Fork-Offset";
    static final String FORK_SUB_OFFSET = "Stream-Fork-Sub-Offset";
    static final String PRODUCER_ID = "Producer-Id";
    static final String PRODUCER_EPOCH = "Producer-Epoch";
    static final String PRODUCER_SEQUENCE = "Producer-Seq";
    static final String EXPECTED_SEQUENCE = "Producer-Expected-Seq";
    static final String RECEIVED_SEQUENCE = "Producer-Received-Seq";

    private static final String UNRESERVED = "-._~!$&'()*+,;=:@";

    private Wire() {}

    /** A stream's path as it stands in a URL: every byte that is not plain there percent-encoded, slashes kept. */
    static String encodePath(String path) {
        return encode(path, UNRESERVED + "/");
    }

    /** An offset as it stands in a URL. */
    static String query(Offset offset) {
        return encodeQuery(offset.toString());
    }

    /** A query value, percent-encoded. */
    static String encodeQuery(String value) {
        return encode(value, "-._~");
    }

    private static String encode(String text, String plain) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        StringBuilder encoded = new StringBuilder(bytes.length + 16);
        for (byte b : bytes) {
            char c = (char) (b & 0xff);
            boolean alphanumeric = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
            if (alphanumeric || plain.indexOf(c) >= 0) {
                encoded.append(c);
            } else {
                encoded.append('%').append(hex(c >> 4)).append(hex(c & 15));
            }
        }
        return encoded.toString();
    }

    private static char hex(int digit) {
        return "0123456789ABCDEF".charAt(digit);
    }

    /** A value that goes into a header. Anything but visible ASCII and inner spaces would arrive changed. */
    static String headerValue(String name, String value) {
        boolean plain = value.chars().allMatch(c -> c >= ' ' && c <= '~');
        if (!plain || !value.equals(value.strip())) {
            throw new RefusedException(Refusal.of(
                    ErrorKind.INVALID_PARAMS,
                    name + " must be printable ASCII without spaces around it to travel in an HTTP header"));
        }
        return value;
    }

    static boolean isTrue(HttpHeaders headers, String name) {
        return headers.firstValue(name)
                .filter(value -> value.equalsIgnoreCase("true"))
                .isPresent();
    }

    /** A header with a decimal number, or null when it is absent or something else. */
    static @Nullable Long number(HttpHeaders headers, String name) {
        Optional<String> value = headers.firstValue(name);
        if (value.isEmpty() || !value.get().matches("[0-9]{1,18}")) {
            return null;
        }
        return Long.valueOf(value.get());
    }

    /** The offset that every answer about a stream must carry. */
    static Offset nextOffset(HttpHeaders headers, String where) {
        String text = headers.firstValue(NEXT_OFFSET)
                .orElseThrow(() -> new VarveException(
                        ErrorKind.HTTP,
                        "the answer to " + where + " has no " + NEXT_OFFSET
                                + "; is this the address of a Durable Streams server?"));
        return offset(text, where);
    }

    /** An offset header that may be absent or, on other servers, of another form. */
    static @Nullable Offset optionalOffset(HttpHeaders headers, String name) {
        Optional<String> text = headers.firstValue(name);
        if (text.isEmpty()) {
            return null;
        }
        try {
            return Offset.of(text.get());
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    static Offset offset(String text, String where) {
        Offset offset;
        try {
            offset = Offset.of(text);
        } catch (IllegalArgumentException e) {
            throw new VarveException(
                    ErrorKind.HTTP,
                    "the server's offset \"" + shorten(text) + "\" in the answer to " + where
                            + " is none that the protocol allows",
                    e);
        }
        if (offset.isSentinel()) {
            throw new VarveException(
                    ErrorKind.HTTP, "the server sent the reading sentinel \"" + text + "\" as an offset");
        }
        return offset;
    }

    static String shorten(String text) {
        return text.length() <= 80 ? text : text.substring(0, 80) + "…";
    }
}
