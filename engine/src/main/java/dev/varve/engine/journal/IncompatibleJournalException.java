package dev.varve.engine.journal;

import java.io.IOException;
import java.nio.file.Path;

/** A file is whole but not for this program or this store: another store's, a newer format's, or out of its place. */
public final class IncompatibleJournalException extends IOException {

    private static final long serialVersionUID = 1L;

    /**
     * Says which file and why.
     *
     * @param file the file
     * @param why what it is instead, and what to do
     */
    public IncompatibleJournalException(Path file, String why) {
        super(file + " " + why);
    }
}
