package dev.varve.server;

import dev.varve.api.AppendRequest;
import dev.varve.api.ErrorKind;
import dev.varve.api.Refusal;
import dev.varve.api.RefusedException;
import dev.varve.api.VarveException;
import java.time.Duration;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * An answer that is not the one asked for: what becomes a status and a body of type
 * {@code application/problem+json}. Immutable.
 *
 * @param status the HTTP status
 * @param kind the stable name of the cause
 * @param detail one sentence for people
 * @param refusal the storage's answer whose fields go into headers, or null
 * @param index the refused item of a request of many, or null
 * @param retryAfter when to try again as the failing part said it, or null
 * @param closes whether the connection cannot be used any more
 */
record Problem(
        int status,
        ErrorKind kind,
        String detail,
        @Nullable Refusal refusal,
        @Nullable Integer index,
        @Nullable Duration retryAfter,
        boolean closes) {

    static Problem of(ErrorKind kind, String detail) {
        return new Problem(status(kind), kind, detail, null, null, null, false);
    }

    static Problem withStatus(int status, ErrorKind kind, String detail) {
        return new Problem(status, kind, detail, null, null, null, false);
    }

    static Problem of(Refusal refusal) {
        return new Problem(status(refusal.kind()), refusal.kind(), refusal.detail(), refusal, null, null, false);
    }

    /** Of a refused append: a content type that is missing is the request's fault, not a conflict. */
    static Problem of(Refusal refusal, AppendRequest request) {
        return refusal.kind() == ErrorKind.CONTENT_TYPE_MISMATCH && request.contentType() == null
                ? of(ErrorKind.INVALID_PARAMS, "an append with data needs a content type")
                : of(refusal);
    }

    /** Of a failed future or a throwing handler. */
    static Problem of(Throwable failure) {
        return switch (cause(failure)) {
            case HttpProblem problem -> problem.problem();
            case RefusedException refused -> of(refused.refusal());
            case VarveException varve ->
                new Problem(
                        status(varve.kind()),
                        varve.kind(),
                        String.valueOf(varve.getMessage()),
                        null,
                        null,
                        varve.retryAfter().orElse(null),
                        false);
            default -> of(ErrorKind.INTERNAL, "the server failed to answer; its log says more");
        };
    }

    /** What made a future fail. */
    static Throwable cause(Throwable failure) {
        Throwable cause = failure;
        while (cause instanceof CompletionException || cause instanceof ExecutionException) {
            Throwable inner = cause.getCause();
            if (inner == null) {
                break;
            }
            cause = inner;
        }
        return cause;
    }

    Problem at(int item) {
        return new Problem(status, kind, detail, refusal, item, retryAfter, closes);
    }

    Problem closing() {
        return new Problem(status, kind, detail, refusal, index, retryAfter, true);
    }

    /** The one place where kinds become statuses. */
    static int status(ErrorKind kind) {
        return switch (kind) {
            case INVALID_PARAMS,
                    INVALID_OFFSET,
                    INVALID_JSON,
                    EMPTY_BODY,
                    NOTHING_TO_WRITE,
                    PRODUCER_EPOCH_START,
                    FORK_DEPTH,
                    CROSS_SHARD -> 400;
            case UNAUTHORIZED -> 401;
            case LIMIT_EXCEEDED -> 402;
            case PRODUCER_FENCED, FORBIDDEN -> 403;
            case NOT_FOUND -> 404;
            case METHOD_NOT_ALLOWED -> 405;
            case ALREADY_EXISTS,
                    CONTENT_TYPE_MISMATCH,
                    CLOSED,
                    SEQUENCE_CONFLICT,
                    PRODUCER_GAP,
                    FORK_SOURCE_GONE,
                    EVENT_ID_REUSED -> 409;
            case GONE, COMPACTED -> 410;
            case PRECONDITION_FAILED, CONFLICT -> 412;
            case TOO_LARGE -> 413;
            case INVALID_RECORD -> 422;
            case PRODUCER_LIMIT, CONSUMER_LIMIT, RATE_LIMITED -> 429;
            case OUTCOME_UNKNOWN, CORRUPT, INTERNAL -> 500;
            case NOT_SUPPORTED, NOT_IMPLEMENTED -> 501;
            case NETWORK, HTTP -> 502;
            case OVERLOADED, UNAVAILABLE -> 503;
            case TIMEOUT -> 504;
            case OUT_OF_SPACE -> 507;
        };
    }
}
