package dev.varve.api;

import java.util.Locale;

/**
 * Why something was refused or failed. The names are stable and spelled alike in Java ({@link #wireName()} in lower
 * case), in HTTP error bodies ({@code kind}) and on the command line.
 *
 * <pre>{@code
 * byte[] line = "hello\n".getBytes(UTF_8);
 * try {
 *     streams.append("log", line);
 * } catch (VarveException e) {
 *     switch (e.kind()) {
 *         case NOT_FOUND -> streams.create(CreateRequest.of("log", StreamConfig.of("text/plain")).withBody(line));
 *         case CLOSED, GONE -> System.out.println("nobody listens any more");
 *         default -> throw e;
 *     }
 * }
 * }</pre>
 */
public enum ErrorKind {
    /** The request is malformed: a header, parameter, path or body that no state of the server would accept. */
    INVALID_PARAMS,
    /** An offset that this server did not hand out for this stream. */
    INVALID_OFFSET,
    /** A body that is not valid JSON, or an empty array where at least one message is needed. */
    INVALID_JSON,
    /** An append without data that does not close the stream. */
    EMPTY_BODY,
    /** There is no such stream, or it has expired. */
    NOT_FOUND,
    /** The stream was deleted but forks still need its data. */
    GONE,
    /** The asked data was removed by retention; the refusal carries the earliest offset. */
    COMPACTED,
    /** The path is taken by a stream with another configuration, or by a soft-deleted one. */
    ALREADY_EXISTS,
    /** The body's content type is not the stream's. */
    CONTENT_TYPE_MISMATCH,
    /** The stream is closed; the refusal carries the final offset. */
    CLOSED,
    /** The {@code Stream-Seq} is not greater than the last one. */
    SEQUENCE_CONFLICT,
    /** The producer's epoch is older than the stream's; the refusal carries the current one. */
    PRODUCER_FENCED,
    /** The producer skipped a sequence; the refusal carries the expected and the received one. */
    PRODUCER_GAP,
    /** A new epoch of a producer must start at sequence 0. */
    PRODUCER_EPOCH_START,
    /** The stream knows as many producers as it may. */
    PRODUCER_LIMIT,
    /** The subscription has as many consumers as it may. */
    CONSUMER_LIMIT,
    /**
     * A condition of a change of entries does not hold; the refusal carries the revision that stands there. See {@link
     * EntryRefusedException#currentRevision}.
     */
    CONFLICT,
    /** An event's id is taken by an event of another type or with other data. Nothing was applied. */
    EVENT_ID_REUSED,
    /** The tail is not where {@code If-Match} wants it; the refusal carries the current tail. */
    PRECONDITION_FAILED,
    /** The source of a fork was deleted. */
    FORK_SOURCE_GONE,
    /** A chain of forks may not get longer. */
    FORK_DEPTH,
    /** The parts of an atomic request do not belong to one store or first path segment. */
    CROSS_SHARD,
    /** A store or an organisation would hold more than it may. Nothing was applied. */
    LIMIT_EXCEEDED,
    /** Larger than a named bound allows. */
    TOO_LARGE,
    /** No or no valid credentials. */
    UNAUTHORIZED,
    /** The credentials do not allow this. */
    FORBIDDEN,
    /** The resource does not take this method. */
    METHOD_NOT_ALLOWED,
    /** This storage or transport does not offer the operation. */
    NOT_SUPPORTED,
    /** The server has no such route, being older than the client or no Varve. Nothing was applied. */
    NOT_IMPLEMENTED,
    /** A record that is to be written lacks something or breaks a rule, or one that was found cannot be read. Nothing was sent. */
    INVALID_RECORD,
    /** Nothing would be left in a store of a record that is to be written. Nothing was sent. */
    NOTHING_TO_WRITE,
    /** The caller's quota is used up. Nothing was applied. */
    RATE_LIMITED,
    /** The server has more work than it can finish in time. Nothing was applied. */
    OVERLOADED,
    /** There is no space for more data; reads, deletes and closes go on. Nothing was applied. */
    OUT_OF_SPACE,
    /** The server is starting, draining, has stopped after a failed write, or its disk failed a read. Nothing was applied. */
    UNAVAILABLE,
    /** A write was under way when the log failed: it may or may not be found after recovery. */
    OUTCOME_UNKNOWN,
    /** Stored data did not pass its checksum; the message names file and offset. */
    CORRUPT,
    /** The server could not be reached, or the connection broke before the request left. */
    NETWORK,
    /** No answer in time; a write may have been applied. */
    TIMEOUT,
    /**
     * An answer over HTTP that says nothing known: a redirect, a status that no operation has, a body that cannot be read. See {@link
     * UnexpectedAnswerException}.
     */
    HTTP,
    /** A fault of the server itself. */
    INTERNAL;

    private final String wireName = name().toLowerCase(Locale.ROOT);

    /**
     * The name in HTTP bodies and on the command line, for example {@code not_found}.
     *
     * @return lower case letters and underscores
     */
    public String wireName() {
        return wireName;
    }

    /**
     * Whether the same call may succeed later with nothing changed by the caller. True only for kinds with which
     * nothing was applied.
     *
     * @return true when trying again makes sense
     */
    public boolean retryable() {
        return switch (this) {
            case RATE_LIMITED, OVERLOADED, OUT_OF_SPACE, UNAVAILABLE, NETWORK -> true;
            default -> false;
        };
    }

    /**
     * Whether a write that ended with this kind may nevertheless have been applied.
     *
     * @return true when the outcome is unknown, false when nothing was applied
     */
    public boolean outcomeUnknown() {
        return switch (this) {
            case OUTCOME_UNKNOWN, TIMEOUT, INTERNAL, HTTP -> true;
            default -> false;
        };
    }
}
