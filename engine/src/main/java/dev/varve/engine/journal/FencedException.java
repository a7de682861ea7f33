package dev.varve.engine.journal;

import java.io.IOException;

/** A newer owner has claimed the journal. Nothing was written. */
public final class FencedException extends IOException {

    private static final long serialVersionUID = 1L;

    /**
     * Says which epochs.
     *
     * @param epoch the epoch of the refused call
     * @param current the epoch in force
     */
    public FencedException(long epoch, long current) {
        super("epoch " + epoch + " is fenced, the journal was claimed with epoch " + current);
    }
}
