package dev.varve.engine.files;

import java.io.IOException;
import java.nio.file.Path;

/** A file of a blob is damaged. */
public final class CorruptBlobException extends IOException {

    private static final long serialVersionUID = 1L;

    /**
     * Says where and what.
     *
     * @param file the file
     * @param what what is wrong with it, to follow its name
     */
    CorruptBlobException(Path file, String what) {
        super(file + " " + what + "; store the file again, or restore it from a backup");
    }
}
