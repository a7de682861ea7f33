package dev.varve.server.subscriptions;

import dev.varve.api.VarveException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletionException;

/** A control request that is declined: the protocol's error code, its status, and a sentence for people. */
final class ControlException extends RuntimeException {

    /** The codes of error bodies and the statuses that go with them. */
    enum Code {
        INVALID_REQUEST(400),
        WEBHOOK_URL_REJECTED(400),
        TOKEN_INVALID(401),
        TOKEN_EXPIRED(401),
        SUBSCRIPTION_NOT_FOUND(404),
        METHOD_NOT_ALLOWED(405),
        SUBSCRIPTION_ALREADY_EXISTS(409),
        FENCED(409),
        ALREADY_CLAIMED(409),
        NO_PENDING_WORK(409),
        INVALID_OFFSET(409),
        TOO_LARGE(413),
        LIMIT_REACHED(429),
        INTERNAL(500),
        OUTCOME_UNKNOWN(500),
        OVERLOADED(503),
        UNAVAILABLE(503),
        OUT_OF_SPACE(507);

        final int status;

        Code(int status) {
            this.status = status;
        }
    }

    private final Code code;
    private final transient Map<String, Object> details;

    ControlException(Code code, String message) {
        this(code, message, Map.of());
    }

    private ControlException(Code code, String message, Map<String, Object> details) {
        super(message, null, false, false); // an answer, not a fault: no stack trace
        this.code = code;
        this.details = details;
    }

    /** The refusal of a second worker. */
    static ControlException alreadyClaimed(String holder, long generation) {
        Map<String, Object> details = new LinkedHashMap<>();
        details.put("current_holder", holder);
        details.put("generation", generation);
        return new ControlException(
                Code.ALREADY_CLAIMED, "another worker holds the lease; try again when it ends", details);
    }

    /** The refusal of a method that a path does not take. */
    static ControlException methodNotAllowed(String method, String allowed) {
        return new ControlException(
                Code.METHOD_NOT_ALLOWED, method + " is not allowed here, but " + allowed, Map.of("allowed", allowed));
    }

    static ControlException invalid(String message) {
        return new ControlException(Code.INVALID_REQUEST, message);
    }

    static ControlException notFound(String id) {
        return new ControlException(Code.SUBSCRIPTION_NOT_FOUND, "there is no subscription " + id);
    }

    /** What a caller is told when the storage failed. */
    static ControlException ofFailure(Throwable error) {
        Throwable cause = error;
        while (cause instanceof CompletionException && cause.getCause() != null) {
            cause = cause.getCause();
        }
        if (cause instanceof ControlException e) {
            return e;
        }
        if (!(cause instanceof VarveException e)) {
            return new ControlException(Code.INTERNAL, "the server failed: " + cause);
        }
        Code code = switch (e.kind()) {
            case OUT_OF_SPACE -> Code.OUT_OF_SPACE;
            case OVERLOADED, RATE_LIMITED -> Code.OVERLOADED;
            case UNAVAILABLE -> Code.UNAVAILABLE;
            case OUTCOME_UNKNOWN, TIMEOUT -> Code.OUTCOME_UNKNOWN;
            default -> Code.INTERNAL;
        };
        return new ControlException(code, String.valueOf(e.getMessage()));
    }

    Code code() {
        return code;
    }

    int status() {
        return code.status;
    }

    /** The methods that a path does take, for {@link Code#METHOD_NOT_ALLOWED}. */
    String allowedMethods() {
        return String.valueOf(details.getOrDefault("allowed", ""));
    }

    /** Further fields of the error object, in order. */
    Map<String, Object> details() {
        return details;
    }
}
