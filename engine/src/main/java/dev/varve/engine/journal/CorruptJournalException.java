package dev.varve.engine.journal;

import java.io.IOException;

/** Stored bytes fail their checks in a way that no crash explains. The message names the file and the offset. */
public final class CorruptJournalException extends IOException {

    private static final long serialVersionUID = 1L;

    private final String file;
    private final long offset;

    /**
     * Says where and what.
     *
     * @param file the damaged file
     * @param offset where in it, in bytes
     * @param what what is wrong and what it should be
     */
    public CorruptJournalException(String file, long offset, String what) {
        super(file + " at offset " + offset + ": " + what);
        this.file = file;
        this.offset = offset;
    }

    /**
     * The damaged file.
     *
     * @return its path
     */
    public String file() {
        return file;
    }

    /**
     * Where the damage was found.
     *
     * @return bytes from the start of the file
     */
    public long offset() {
        return offset;
    }
}
