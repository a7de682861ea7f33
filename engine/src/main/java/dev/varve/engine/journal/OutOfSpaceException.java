package dev.varve.engine.journal;

import java.io.IOException;

/** No room for more journal. Nothing was written. */
public final class OutOfSpaceException extends IOException {

    private static final long serialVersionUID = 1L;

    /**
     * Says what is missing.
     *
     * @param message where, and how much
     */
    public OutOfSpaceException(String message) {
        super(message);
    }
}
