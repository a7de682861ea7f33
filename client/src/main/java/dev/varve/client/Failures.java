package dev.varve.client;

import dev.varve.api.ErrorKind;
import dev.varve.api.Offset;
import dev.varve.api.Refusal;
import dev.varve.api.RefusedException;
import dev.varve.api.UnexpectedAnswerException;
import dev.varve.api.VarveException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.URI;
import java.net.UnknownHostException;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLHandshakeException;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Turns what went wrong on the wire into {@link ErrorKind}s. Thread-safe. */
final class Failures {

    /** Kinds that are no answer to the request itself: thrown as {@link VarveException}, never given as a refusal. */
    private static final Set<ErrorKind> FAILURES = Set.of(
            ErrorKind.NOT_SUPPORTED,
            ErrorKind.NOT_IMPLEMENTED,
            ErrorKind.RATE_LIMITED,
            ErrorKind.OVERLOADED,
            ErrorKind.OUT_OF_SPACE,
            ErrorKind.UNAVAILABLE,
            ErrorKind.OUTCOME_UNKNOWN,
            ErrorKind.CORRUPT,
            ErrorKind.NETWORK,
            ErrorKind.TIMEOUT,
            ErrorKind.HTTP,
            ErrorKind.INTERNAL);

    /** A hundred years, so that what is counted in nanoseconds does not overflow. */
    private static final long MAX_SECONDS = 3_155_760_000L;

    private static final JsonMapper JSON = JsonMapper.shared();

    private Failures() {}

    /**
     * What an answer other than the expected ones means. Varve says it in the body's {@code kind}; other servers of the
     * protocol say it in the status and the headers.
     */
    static VarveException of(HttpRequest request, Answer answer) {
        HttpHeaders headers = answer.headers();
        JsonNode problem = problem(answer);
        ErrorKind kind = kind(problem).orElseGet(() -> byStatus(request, answer));
        String detail = detail(problem)
                .orElseGet(() -> request.method() + " " + request.uri().getRawPath() + " was answered with "
                        + answer.status() + " " + Wire.shorten(firstLine(answer)));
        if (kind == ErrorKind.HTTP || kind == ErrorKind.NOT_IMPLEMENTED) {
            return unexpected(kind, detail, request, answer);
        }
        if (FAILURES.contains(kind)) {
            return new VarveException(kind, detail, null, retryAfter(headers));
        }
        @Nullable Offset offset =
                Wire.optionalOffset(headers, kind == ErrorKind.COMPACTED ? Wire.EARLIEST_OFFSET : Wire.NEXT_OFFSET);
        return new RefusedException(new Refusal(
                kind,
                detail,
                offset,
                kind == ErrorKind.PRODUCER_FENCED ? Wire.number(headers, Wire.PRODUCER_EPOCH) : null,
                kind == ErrorKind.PRODUCER_GAP ? Wire.number(headers, Wire.EXPECTED_SEQUENCE) : null,
                kind == ErrorKind.PRODUCER_GAP ? Wire.number(headers, Wire.RECEIVED_SEQUENCE) : null));
    }

    /** The failure of an answer that says nothing known, or that there is no such route. */
    static VarveException unexpected(ErrorKind kind, String detail, HttpRequest request, Answer answer) {
        byte[] body = answer.body();
        int most = Math.min(body.length, 4 * UnexpectedAnswerException.MAX_BODY);
        return new UnexpectedAnswerException(
                kind,
                detail,
                answer.status(),
                new String(body, 0, most, StandardCharsets.UTF_8),
                isRead(request),
                retryAfter(answer.headers()));
    }

    /** Whether an answer says in Varve's way what is wrong. */
    static boolean isProblem(Answer answer) {
        return problem(answer).path("kind").isString();
    }

    /** What an exchange without an answer means. */
    static VarveException of(HttpRequest request, Throwable thrown) {
        Throwable cause = thrown;
        while ((cause instanceof CompletionException || cause instanceof ExecutionException)
                && cause.getCause() != null) {
            cause = cause.getCause();
        }
        if (cause instanceof VarveException known) {
            return known;
        }
        String server = server(request.uri());
        if (neverLeft(cause)) {
            return new VarveException(ErrorKind.NETWORK, "cannot reach " + server + ": " + reason(cause), cause);
        }
        String what = request.method() + " " + request.uri().getRawPath();
        if (cause instanceof BoundedBody.TooLarge) {
            return new VarveException(ErrorKind.HTTP, what + ": " + cause.getMessage(), cause);
        }
        boolean late = cause instanceof HttpTimeoutException || cause instanceof TimeoutException;
        if (isRead(request)) {
            return late
                    ? new VarveException(ErrorKind.TIMEOUT, server + " did not answer " + what + " in time", cause)
                    : new VarveException(
                            ErrorKind.NETWORK, "the connection to " + server + " broke: " + reason(cause), cause);
        }
        return new VarveException(
                ErrorKind.TIMEOUT,
                (late
                                ? server + " did not answer " + what + " in time"
                                : "the connection to " + server + " broke before the answer to " + what + " came ("
                                        + reason(cause) + ")")
                        + "; it may have been applied",
                cause);
    }

    /** Requests that change nothing, so that losing their answer loses nothing. */
    static boolean isRead(HttpRequest request) {
        return request.method().equals("GET") || request.method().equals("HEAD") || EntryUrls.isReading(request);
    }

    static String server(URI uri) {
        return uri.getScheme() + "://" + uri.getRawAuthority();
    }

    private static boolean neverLeft(Throwable cause) {
        return cause instanceof ConnectException
                || cause instanceof HttpConnectTimeoutException
                || cause instanceof NoRouteToHostException
                || cause instanceof UnknownHostException
                || cause instanceof UnresolvedAddressException
                || cause instanceof SSLHandshakeException;
    }

    private static String reason(Throwable cause) {
        if (cause instanceof UnresolvedAddressException || cause.getCause() instanceof UnresolvedAddressException) {
            return "the host name is not known";
        }
        String message = cause.getMessage();
        if (message != null && !message.isBlank()) {
            return message;
        }
        return cause instanceof ConnectException
                ? "connection refused"
                : cause.getClass().getSimpleName();
    }

    private static ErrorKind byStatus(HttpRequest request, Answer answer) {
        HttpHeaders headers = answer.headers();
        boolean put = request.method().equals("PUT");
        return switch (answer.status()) {
            case 400, 422, 426 -> ErrorKind.INVALID_PARAMS;
            case 401 -> ErrorKind.UNAUTHORIZED;
            case 402 -> ErrorKind.LIMIT_EXCEEDED;
            case 403 ->
                headers.firstValue(Wire.PRODUCER_EPOCH).isPresent() ? ErrorKind.PRODUCER_FENCED : ErrorKind.FORBIDDEN;
            case 404 -> ErrorKind.NOT_FOUND;
            case 405 -> ErrorKind.METHOD_NOT_ALLOWED;
            case 409 -> {
                if (Wire.isTrue(headers, Wire.CLOSED) && !put) {
                    yield ErrorKind.CLOSED;
                }
                if (headers.firstValue(Wire.EXPECTED_SEQUENCE).isPresent()) {
                    yield ErrorKind.PRODUCER_GAP;
                }
                if (put) {
                    yield ErrorKind.ALREADY_EXISTS;
                }
                yield request.headers().firstValue(Wire.SEQUENCE).isPresent()
                        ? ErrorKind.SEQUENCE_CONFLICT
                        : ErrorKind.CONTENT_TYPE_MISMATCH;
            }
            case 410 -> headers.firstValue(Wire.EARLIEST_OFFSET).isPresent() ? ErrorKind.COMPACTED : ErrorKind.GONE;
            case 412 -> ErrorKind.PRECONDITION_FAILED;
            case 413 -> ErrorKind.TOO_LARGE;
            case 429 -> ErrorKind.RATE_LIMITED;
            case 501 -> ErrorKind.NOT_IMPLEMENTED;
            // A gateway lost the server: whether the request had arrived there nobody knows.
            case 502, 504 -> isRead(request) ? ErrorKind.UNAVAILABLE : ErrorKind.TIMEOUT;
            case 503 -> ErrorKind.UNAVAILABLE;
            case 507 -> ErrorKind.OUT_OF_SPACE;
            default -> ErrorKind.HTTP;
        };
    }

    /** The problem+json body, or a node without fields when the answer has none that can be read. */
    private static JsonNode problem(Answer answer) {
        String type = answer.headers().firstValue("Content-Type").orElse("").toLowerCase(Locale.ROOT);
        if (type.startsWith("application/problem+json") || type.startsWith("application/json")) {
            try {
                return JSON.readTree(answer.body());
            } catch (JacksonException e) {
                return JSON.createObjectNode();
            }
        }
        return JSON.createObjectNode();
    }

    private static Optional<ErrorKind> kind(JsonNode problem) {
        return problem.path("kind").stringValueOpt().flatMap(Failures::kindNamed);
    }

    /** The kind with a wire name, or nothing when a newer server uses one that this client does not know. */
    static Optional<ErrorKind> kindNamed(String wireName) {
        for (ErrorKind kind : ErrorKind.values()) {
            if (kind.wireName().equals(wireName)) {
                return Optional.of(kind);
            }
        }
        return Optional.empty();
    }

    private static Optional<String> detail(JsonNode problem) {
        return problem.path("detail").stringValueOpt().filter(text -> !text.isBlank());
    }

    private static String firstLine(Answer answer) {
        String text = new String(answer.body(), 0, Math.min(answer.body().length, 400), StandardCharsets.UTF_8);
        return text.lines().findFirst().orElse("").strip();
    }

    /** What {@code Retry-After} says, in seconds or as a date; null when it says neither. */
    static @Nullable Duration retryAfter(HttpHeaders headers) {
        String text = headers.firstValue("Retry-After").orElse("").strip();
        if (text.matches("[0-9]{1,18}")) {
            return Duration.ofSeconds(Math.min(Long.parseLong(text), MAX_SECONDS));
        }
        Instant until = date(text);
        if (until == null) {
            return null;
        }
        // By the server's clock, where it tells it: this one may go otherwise.
        Instant now = headers.firstValue("Date").map(Failures::date).orElseGet(Instant::now);
        return now.isBefore(until) ? Duration.between(now, until) : Duration.ZERO;
    }

    private static @Nullable Instant date(String text) {
        try {
            return DateTimeFormatter.RFC_1123_DATE_TIME.parse(text, Instant::from);
        } catch (DateTimeParseException e) {
            return null;
        }
    }
}
