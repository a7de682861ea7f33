package dev.varve.engine.journal;

import java.io.IOException;
import java.nio.file.Path;

/** Another opener has the data directory. Nothing was changed. */
public final class StoreInUseException extends IOException {

    private static final long serialVersionUID = 1L;

    /**
     * Says which directory and who has it.
     *
     * @param directory the data directory
     * @param owner what the owner wrote about itself
     */
    public StoreInUseException(Path directory, String owner) {
        super(directory + " is in use by " + owner + ". Stop it first, or use another directory");
    }
}
