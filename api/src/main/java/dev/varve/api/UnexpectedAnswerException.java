package dev.varve.api;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * An answer over HTTP that the called operation does not have, in a form that is not Varve's: of kind {@link ErrorKind#HTTP},
 * or {@link ErrorKind#NOT_IMPLEMENTED} when it says that the server has no such route. Something else than a Varve may have
 * answered, as a proxy or an older server.
 *
 * <pre>{@code
 * try (Varve varve = Varve.connect(url)) {
 *     varve.store("acme/reading").entries().set(EntryPath.of("greeting"), EntryValue.of("hello"));
 * } catch (UnexpectedAnswerException e) {
 *     System.out.println("no Varve is at " + url + ", the answer was " + e.status() + ": " + e.body());
 * }
 * }</pre>
 */
public final class UnexpectedAnswerException extends VarveException {

    private static final long serialVersionUID = 1L;

    /** The most characters of a body that are kept, inclusive. */
    public static final int MAX_BODY = 1_000;

    private final int status;
    private final String body;
    private final boolean read;

    /**
     * An answer.
     *
     * @param kind {@link ErrorKind#HTTP} or {@link ErrorKind#NOT_IMPLEMENTED}
     * @param message for people
     * @param status the HTTP status
     * @param body what the answer said, cut at {@link #MAX_BODY}
     * @param read whether the request changes nothing
     * @param retryAfter when to try again, or null
     */
    public UnexpectedAnswerException(
            ErrorKind kind, String message, int status, String body, boolean read, @Nullable Duration retryAfter) {
        super(kind, message, null, retryAfter);
        this.status = status;
        this.body = body.length() <= MAX_BODY ? body : body.substring(0, MAX_BODY);
        this.read = read;
    }

    /**
     * The HTTP status.
     *
     * @return three digits
     */
    public int status() {
        return status;
    }

    /**
     * What the answer said.
     *
     * @return the beginning of its body; may be empty
     */
    public String body() {
        return body;
    }

    private boolean isFault() {
        return kind() == ErrorKind.HTTP && status >= 500;
    }

    /** True for a read that met a fault of the server. */
    @Override
    public boolean retryable() {
        return isFault() && read;
    }

    /** True for a write that met a fault of the server; other answers say that nothing was done. */
    @Override
    public boolean outcomeUnknown() {
        return isFault() && !read;
    }
}
