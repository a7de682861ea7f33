package dev.varve.api;

import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A call that could not be carried out. {@link #kind()} is stable and safe to branch on; the message is for people and
 * says what happened, where, and what to do.
 *
 * <pre>{@code
 * byte[] line = "hello\n".getBytes(UTF_8);
 * try {
 *     streams.append("log", line);
 * } catch (VarveException e) {
 *     if (!e.retryable()) {
 *         throw e;
 *     }
 *     Thread.sleep(e.retryAfter().orElse(Duration.ofSeconds(1)).toMillis());
 *     streams.append("log", line); // nothing was appended before
 * }
 * }</pre>
 */
public sealed class VarveException extends RuntimeException
        permits RefusedException,
                EntryRefusedException,
                EventsRefusedException,
                TransactionRefusedException,
                LimitExceededException,
                InvalidRecordException,
                UnexpectedAnswerException {

    private static final long serialVersionUID = 1L;

    private final ErrorKind kind;
    private final @Nullable Duration retryAfter;

    /**
     * A failure.
     *
     * @param kind why
     * @param message for people
     * @param cause what led to it, or null
     */
    public VarveException(ErrorKind kind, String message, @Nullable Throwable cause) {
        this(kind, message, cause, null);
    }

    /**
     * A failure.
     *
     * @param kind why
     * @param message for people
     */
    public VarveException(ErrorKind kind, String message) {
        this(kind, message, null, null);
    }

    /**
     * A failure that says when to try again.
     *
     * @param kind why
     * @param message for people
     * @param cause what led to it, or null
     * @param retryAfter when to try again, or null
     */
    public VarveException(ErrorKind kind, String message, @Nullable Throwable cause, @Nullable Duration retryAfter) {
        super(message, cause);
        this.kind = kind;
        this.retryAfter = retryAfter;
    }

    /**
     * The failure of an operation that a storage does not offer.
     *
     * @param what the operation, as it would stand in a sentence
     * @return the exception
     */
    public static VarveException notSupported(String what) {
        return new VarveException(ErrorKind.NOT_SUPPORTED, "this storage does not offer " + what);
    }

    /**
     * Why.
     *
     * @return the kind
     */
    public ErrorKind kind() {
        return kind;
    }

    /**
     * Whether the same call may succeed later; for writes true only when nothing can have been applied.
     *
     * @return true when trying again makes sense
     */
    public boolean retryable() {
        return kind.retryable();
    }

    /**
     * Whether a write may have been applied although it failed.
     *
     * @return true when nobody knows, false when nothing was applied
     */
    public boolean outcomeUnknown() {
        return kind.outcomeUnknown();
    }

    /**
     * How long to wait before trying again, when the other side said so.
     *
     * @return the wait
     */
    public Optional<Duration> retryAfter() {
        return Optional.ofNullable(retryAfter);
    }
}
