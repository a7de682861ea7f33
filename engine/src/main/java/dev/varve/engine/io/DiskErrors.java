package dev.varve.engine.io;

import dev.varve.api.ErrorKind;
import dev.varve.api.VarveException;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/** Tells an operating system that refused an operation from data that fails its checks, and names the file. */
public final class DiskErrors {

    private DiskErrors() {}

    /**
     * What to say when the threads that may block on the disk take no task.
     *
     * @param refused what they threw; with a {@link ClosedException} as its cause when they have ended
     * @return the failure of whatever wanted to read; nothing was applied
     */
    public static VarveException notTaken(RejectedExecutionException refused) {
        return isDiskError(refused)
                ? new VarveException(ErrorKind.UNAVAILABLE, "Varve is closed", refused)
                : new VarveException(
                        ErrorKind.OVERLOADED,
                        "more reads are waiting than the disk takes in time; nothing was applied",
                        refused);
    }

    /**
     * The same failure with the name of the file, which channels leave out.
     *
     * @param file the file
     * @param failure what reading or writing it threw
     * @return the failure to throw
     */
    public static IOException named(Path file, IOException failure) {
        if (failure.getClass() != IOException.class) {
            return failure;
        }
        FileSystemException named = new FileSystemException(file.toString(), null, failure.getMessage());
        named.initCause(failure);
        return named;
    }

    /**
     * Whether a failure is one of the disk, or of the rights to use it, or comes from what is closed: trying again may
     * succeed, and nothing says that stored data is damaged.
     *
     * @param failure a failure of reading or writing
     * @return false when data is missing or fails its checks
     */
    public static boolean isDiskError(Throwable failure) {
        for (@Nullable Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof NoSuchFileException || cause instanceof FileAlreadyExistsException) {
                return false;
            }
            if (cause instanceof FileSystemException
                    || cause instanceof ClosedChannelException
                    || cause instanceof ClosedException) {
                return true;
            }
        }
        return false;
    }
}
