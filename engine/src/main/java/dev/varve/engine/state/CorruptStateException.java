package dev.varve.engine.state;

import java.io.IOException;
import java.nio.file.Path;

/** The state on disk fails its checks in a way that no crash explains. The message names the file. */
public final class CorruptStateException extends IOException {

    private static final long serialVersionUID = 1L;

    private final String file;
    private final String what;

    /**
     * Says where and what.
     *
     * @param file the damaged or missing file or directory
     * @param what what is wrong and what it should be
     */
    public CorruptStateException(Path file, String what) {
        super(file + ": " + what);
        this.file = file.toString();
        this.what = what;
    }

    /**
     * Says where and what, as RocksDB found it.
     *
     * @param file the damaged file or the directory that holds it
     * @param what what is wrong
     * @param cause how it was found
     */
    public CorruptStateException(Path file, String what, Throwable cause) {
        super(file + ": " + what, cause);
        this.file = file.toString();
        this.what = what;
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
     * What is wrong with it, without its name.
     *
     * @return the words
     */
    public String what() {
        return what;
    }
}
