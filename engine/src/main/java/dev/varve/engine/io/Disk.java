package dev.varve.engine.io;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The file operations of the engine, so that a simulated disk can lose, tear and refuse what a real one may.
 * Thread-safe.
 */
public interface Disk {

    /** How a file is opened. */
    enum Open {
        /** An existing file, for reading. */
        READ,
        /** An existing file, for reading and writing. */
        WRITE,
        /** A file that must not exist yet, for reading and writing. */
        CREATE
    }

    /**
     * Opens a file.
     *
     * @param file the path
     * @param how for what
     * @return the open file
     * @throws IOException when it cannot be opened
     */
    DiskFile open(Path file, Open how) throws IOException;

    /**
     * Whether a file or directory exists.
     *
     * @param path the path
     * @return true when it does
     */
    boolean exists(Path path);

    /**
     * The files and directories in a directory.
     *
     * @param directory the directory
     * @return their paths, sorted by name
     * @throws IOException when it cannot be read
     */
    List<Path> list(Path directory) throws IOException;

    /**
     * Creates a directory and the missing ones above it. Durable after {@link #syncDirectory} of each parent.
     *
     * @param directory the directory
     * @throws IOException when it cannot be created
     */
    void createDirectories(Path directory) throws IOException;

    /**
     * Creates a directory and the missing ones above it, and makes their names durable.
     *
     * @param directory the directory
     * @throws IOException when it failed; some of them may be there
     */
    default void createDirectoriesDurably(Path directory) throws IOException {
        Path parent = directory.toAbsolutePath().getParent();
        if (parent == null) {
            return;
        }
        if (!exists(parent)) {
            createDirectoriesDurably(parent);
        }
        createDirectories(directory);
        syncDirectory(parent);
    }

    /**
     * Renames a file, atomically replacing the target. Durable after {@link #syncDirectory} of the parent.
     *
     * @param from the file
     * @param to its new path, in the same file system
     * @throws IOException when it cannot be renamed
     */
    void rename(Path from, Path to) throws IOException;

    /**
     * Deletes a file if it exists. Durable after {@link #syncDirectory} of the parent.
     *
     * @param file the file
     * @throws IOException when it cannot be deleted
     */
    void delete(Path file) throws IOException;

    /**
     * Makes the names in a directory durable.
     *
     * @param directory the directory
     * @throws IOException when the sync failed; what is on disk is unknown then
     */
    void syncDirectory(Path directory) throws IOException;

    /**
     * How many names a file has. More than one means that somebody, a backup for example, counts on its content.
     *
     * @param file the file
     * @return the number of hard links
     * @throws IOException when it cannot be told
     */
    int linkCount(Path file) throws IOException;

    /**
     * Takes an exclusive lock that lasts until it is closed or the process ends.
     *
     * @param file the lock file, created when absent
     * @return the lock, or null when another process, or another opener in this one, holds it
     * @throws IOException when the file cannot be locked at all
     */
    @Nullable Closeable lock(Path file) throws IOException;

    /**
     * The space left for files in a directory.
     *
     * @param directory the directory
     * @return bytes
     * @throws IOException when it cannot be told
     */
    long usableBytes(Path directory) throws IOException;
}
