package dev.varve.cli;

/** What was typed or configured cannot be meant; the message says what and how to mend it. Nothing was tried. */
final class UsageException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    UsageException(String message) {
        super(message);
    }
}
