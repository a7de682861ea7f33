package dev.varve.engine.files;

import java.io.IOException;

/** There is no space for more blobs; nothing was kept. */
public final class NoSpaceForBlobException extends IOException {

    private static final long serialVersionUID = 1L;

    /**
     * Says what is missing.
     *
     * @param message where, and how much
     */
    NoSpaceForBlobException(String message) {
        super(message);
    }
}
