package dev.varve.engine.io;

import java.io.IOException;
import java.io.Serial;

/** What was to be read or written was closed in good order. Nothing is wrong with it. */
public final class ClosedException extends IOException {

    @Serial
    private static final long serialVersionUID = 1;

    /**
     * A failure.
     *
     * @param message what is closed
     */
    public ClosedException(String message) {
        super(message);
    }
}
