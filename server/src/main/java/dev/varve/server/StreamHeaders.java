package dev.varve.server;

import dev.varve.api.ErrorKind;
import dev.varve.api.Fork;
import dev.varve.api.Offset;
import dev.varve.api.Producer;
import dev.varve.api.Retention;
import dev.varve.api.StreamConfig;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads the protocol's request headers, strictly. Stateless. */
final class StreamHeaders {

    /** Characters of a producer's id. */
    static final int MAX_PRODUCER_ID = 256;

    /** Characters of a {@code Stream-Seq}. */
    static final int MAX_SEQUENCE = 1024;

    /** Characters of a content type. */
    static final int MAX_CONTENT_TYPE = 256;

    /** The longest lifetime and retention age, about 31,000 years: sums of times stay in range. */
    static final long MAX_SECONDS = 999_999_999_999L;

    private static final int MAX_DIGITS = 16;
    private static final Pattern RFC_3339 =
            Pattern.compile("\\d{4}-\\d{2}-\\d{2}[Tt]\\d{2}:\\d{2}:\\d{2}(\\.\\d{1,9})?([Zz]|[+-]\\d{2}:\\d{2})");

    private StreamHeaders() {}

    /** Whether {@code Stream-Closed} asks to close: only the value true does. */
    static boolean asksToClose(Request request) {
        String value = request.header(HeaderName.STREAM_CLOSED);
        return value != null && value.equalsIgnoreCase("true");
    }

    /** The content type, byte for byte; null when there is none. */
    static @Nullable String contentType(Request request) {
        String value = request.single(HeaderName.CONTENT_TYPE);
        if (value == null || value.isBlank()) {
            return null;
        }
        if (value.length() > MAX_CONTENT_TYPE) {
            throw HttpProblem.invalid("Content-Type has at most " + MAX_CONTENT_TYPE + " characters");
        }
        return value;
    }

    static @Nullable String sequence(Request request) {
        String value = request.single(HeaderName.STREAM_SEQ);
        if (value != null && (value.isEmpty() || value.length() > MAX_SEQUENCE)) {
            throw HttpProblem.invalid("Stream-Seq has 1 to " + MAX_SEQUENCE + " characters");
        }
        return value;
    }

    static @Nullable Producer producer(Request request) {
        String id = request.single(HeaderName.PRODUCER_ID);
        String epoch = request.single(HeaderName.PRODUCER_EPOCH);
        String sequence = request.single(HeaderName.PRODUCER_SEQ);
        if (id == null && epoch == null && sequence == null) {
            return null;
        }
        if (id == null || epoch == null || sequence == null) {
            throw HttpProblem.invalid("Producer-Id, Producer-Epoch and Producer-Seq come together or not at all");
        }
        return producer(id, number(HeaderName.PRODUCER_EPOCH, epoch), number(HeaderName.PRODUCER_SEQ, sequence));
    }

    static Producer producer(String id, long epoch, long sequence) {
        if (id.isEmpty() || id.length() > MAX_PRODUCER_ID) {
            throw HttpProblem.invalid("a producer's id has 1 to " + MAX_PRODUCER_ID + " characters");
        }
        if (epoch < 0 || epoch > Producer.MAX_NUMBER || sequence < 0 || sequence > Producer.MAX_NUMBER) {
            throw HttpProblem.invalid("a producer's numbers go from 0 to " + Producer.MAX_NUMBER);
        }
        return new Producer(id, epoch, sequence);
    }

    static @Nullable Offset ifMatch(Request request) {
        String value = request.single(HeaderName.IF_MATCH);
        if (value == null) {
            return null;
        }
        if (value.length() < 2 || !value.startsWith("\"") || !value.endsWith("\"")) {
            throw HttpProblem.invalid("If-Match takes one offset in double quotes");
        }
        return offset(value.substring(1, value.length() - 1));
    }

    /** An offset that is a position, not a sentinel. */
    static Offset offset(String text) {
        Offset offset = readOffset(text);
        if (offset.isSentinel()) {
            throw new HttpProblem(Problem.of(ErrorKind.INVALID_OFFSET, "-1 and now are for reading only"));
        }
        return offset;
    }

    /** An offset to read from. */
    static Offset readOffset(String text) {
        try {
            return Offset.parse(text);
        } catch (IllegalArgumentException e) {
            throw new HttpProblem(Problem.of(ErrorKind.INVALID_OFFSET, "an offset is what this server handed out"));
        }
    }

    static StreamConfig config(Request request) {
        String ttl = request.single(HeaderName.STREAM_TTL);
        String expires = request.single(HeaderName.STREAM_EXPIRES_AT);
        if (ttl != null && expires != null) {
            throw HttpProblem.invalid("a stream has Stream-TTL or Stream-Expires-At, not both");
        }
        return new StreamConfig(
                contentType(request),
                ttl == null ? null : (Long) seconds(HeaderName.STREAM_TTL, ttl),
                expires == null ? null : time(expires),
                retention(request));
    }

    private static Retention retention(Request request) {
        Long age = bound(request, HeaderName.STREAM_RETENTION_AGE);
        if (age != null && age > MAX_SECONDS) {
            throw HttpProblem.invalid("Stream-Retention-Age is at most " + MAX_SECONDS);
        }
        Long bytes = bound(request, HeaderName.STREAM_RETENTION_BYTES);
        Long messages = bound(request, HeaderName.STREAM_RETENTION_MESSAGES);
        return age == null && bytes == null && messages == null ? Retention.NONE : new Retention(age, bytes, messages);
    }

    private static @Nullable Long bound(Request request, HeaderName name) {
        String value = request.single(name);
        if (value == null) {
            return null;
        }
        long bound = number(name, value);
        if (bound < 1) {
            throw HttpProblem.invalid(name + " must be at least 1");
        }
        return bound;
    }

    static @Nullable Fork fork(Request request, Limits limits) {
        String source = request.single(HeaderName.STREAM_FORKED_FROM);
        String offset = request.single(HeaderName.STREAM_FORK_OFFSET);
        String sub = request.single(HeaderName.STREAM_FORK_SUB_OFFSET);
        if (source == null) {
            if (offset != null || sub != null) {
                throw HttpProblem.invalid("Stream-Fork-Offset and Stream-Fork-Sub-Offset need Stream-Forked-From");
            }
            return null;
        }
        if (!source.startsWith(StreamPath.ROOT)) {
            throw HttpProblem.invalid(
                    "Stream-Forked-From is a path on this server that starts with " + StreamPath.ROOT);
        }
        String path = StreamPath.of(source.substring(StreamPath.ROOT.length()), limits);
        if (EntryView.isView(path) || EventsView.isView(path)) {
            throw HttpProblem.of(ErrorKind.METHOD_NOT_ALLOWED, "views of entries and events cannot be forked");
        }
        StreamPath.checkWritable(path); // or the fork would show what is the server's own
        Long subOffset = sub == null ? null : (Long) number(HeaderName.STREAM_FORK_SUB_OFFSET, sub);
        return new Fork(path, offset == null ? null : offset(offset), subOffset);
    }

    /** A decimal number in its one canonical form: no sign, no leading zeros, no fraction. */
    private static long number(HeaderName name, String text) {
        boolean canonical =
                Request.isDigits(text) && text.length() <= MAX_DIGITS && (text.length() == 1 || text.charAt(0) != '0');
        if (!canonical) {
            throw HttpProblem.invalid(name + " must be a whole number without sign or leading zeros");
        }
        return Long.parseLong(text);
    }

    private static long seconds(HeaderName name, String text) {
        long seconds = number(name, text);
        if (seconds > MAX_SECONDS) {
            throw HttpProblem.invalid(name + " is at most " + MAX_SECONDS);
        }
        return seconds;
    }

    /** A time with the letter Z and up to nine digits behind the second; null when it is none. */
    static @Nullable Instant utc(String text) {
        if (!text.endsWith("Z") || !RFC_3339.matcher(text).matches()) {
            return null;
        }
        try {
            return Instant.parse(text);
        } catch (DateTimeException e) {
            return null;
        }
    }

    private static Instant time(String text) {
        if (!RFC_3339.matcher(text).matches()) {
            throw notATime();
        }
        try {
            return OffsetDateTime.parse(text.toUpperCase(Locale.ROOT)).toInstant();
        } catch (DateTimeException e) {
            throw notATime();
        }
    }

    private static HttpProblem notATime() {
        return HttpProblem.invalid("Stream-Expires-At must be an RFC 3339 time such as 2030-01-31T12:00:00Z");
    }
}
