package dev.varve.engine;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;

/** The files of a store as a crash would leave them. */
final class CrashCopy {

    private CrashCopy() {}

    private static final int TRIES = 100;

    /** Copies what is there while an engine writes to it; begins anew when a segment is taken into use again meanwhile. */
    static void copy(Path from, Path to) throws IOException {
        for (int tries = 1; ; tries++) {
            try {
                copyOnce(from, to);
                return;
            } catch (NoSuchFileException e) {
                if (tries == TRIES) {
                    throw e;
                }
                delete(to);
            }
        }
    }

    private static void copyOnce(Path from, Path to) throws IOException {
        for (Path path : everything(from)) {
            // What is under way, and what opening makes anew: of no account after a crash, and changing even now.
            Path inside = from.relativize(path);
            boolean passing =
                    inside.startsWith("state/live") || inside.toString().contains(".tmp");
            if (!passing) {
                Files.copy(path, to.resolve(inside));
            }
        }
    }

    /**
     * Crashes an engine: gives what it leaves, copied while it runs, and every other time right after a checkpoint, so that all or a part of its
     * changes comes from the journal. The engine is closed and its own directory deleted.
     *
     * @param lives counts the crashes of one test, from 1
     * @param copies where the copy is made
     */
    static Path crash(Engine running, Path directory, Path copies, int lives) {
        if (lives % 2 == 0) {
            running.checkpoint().join();
        }
        Path next = copies.resolve(Integer.toString(lives));
        try {
            copy(directory, next);
            running.close();
            delete(directory);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return next;
    }

    /** Deletes a directory with all it holds. */
    static void delete(Path directory) throws IOException {
        for (Path path : everything(directory).reversed()) {
            Files.delete(path);
        }
    }

    private static List<Path> everything(Path directory) throws IOException {
        List<Path> found = new ArrayList<>();
        Files.walkFileTree(directory, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path path, BasicFileAttributes attributes) {
                found.add(path);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path path, BasicFileAttributes attributes) {
                found.add(path);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path path, IOException e) throws IOException {
                if (e instanceof NoSuchFileException) {
                    return FileVisitResult.CONTINUE;
                }
                throw e;
            }
        });
        return found;
    }
}
