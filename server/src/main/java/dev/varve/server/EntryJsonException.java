package dev.varve.server;

import dev.varve.api.ErrorKind;

/** Text that is no JSON, or says what entries cannot hold. Has no stack trace: it is an answer, not a fault. Immutable. */
final class EntryJsonException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /** The names of the causes. */
    private final ErrorKind kind;

    EntryJsonException(ErrorKind kind, String detail) {
        super(detail, null, false, false);
        this.kind = kind;
    }

    static EntryJsonException refused(String detail) {
        return new EntryJsonException(ErrorKind.INVALID_PARAMS, detail);
    }

    /** What was wrong. */
    String detail() {
        return String.valueOf(getMessage());
    }

    /**
     * Why: {@link ErrorKind#INVALID_JSON} when it is no JSON, {@link ErrorKind#TOO_LARGE} when it is too much of it, else
     * {@link ErrorKind#INVALID_PARAMS}.
     */
    ErrorKind kind() {
        return kind;
    }
}
