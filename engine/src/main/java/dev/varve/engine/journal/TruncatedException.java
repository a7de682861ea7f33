package dev.varve.engine.journal;

import java.io.IOException;

/** The asked frames were given up: what they held is in the state now. */
public final class TruncatedException extends IOException {

    private static final long serialVersionUID = 1L;

    /**
     * Says what was asked.
     *
     * @param position the asked position
     * @param start the first position that can be read
     */
    public TruncatedException(long position, long start) {
        super("journal position " + position + " was truncated, frames start at " + start);
    }
}
