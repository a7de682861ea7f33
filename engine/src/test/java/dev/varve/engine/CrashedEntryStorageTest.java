package dev.varve.engine;

import static java.util.Objects.requireNonNull;

import dev.varve.api.EntryStorage;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;

/**
 * The engine keeps the contract of entries when it comes back from a crash: from a copy of its files, taken while it runs and
 * after every other crash also right after a checkpoint, so that all or a part of it comes from the journal.
 */
final class CrashedEntryStorageTest extends DiskEntryStorageTest {

    @TempDir
    private Path copies;

    private int lives;

    @Override
    protected EntryStorage reopen() throws Exception {
        Engine running = requireNonNull(engine);
        if (++lives % 2 == 0) {
            running.checkpoint().join();
        }
        Path next = copies.resolve(Integer.toString(lives));
        copy(directory, next);
        running.close();
        delete(directory);
        directory = next;
        return open();
    }

    private static void copy(Path from, Path to) throws IOException {
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

    private static void delete(Path directory) throws IOException {
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
