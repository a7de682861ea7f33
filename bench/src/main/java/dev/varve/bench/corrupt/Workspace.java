package dev.varve.bench.corrupt;

import dev.varve.bench.Directories;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A data directory on disk that is brought to what an image says, again and again: only what differs is written. Confined
 * to one thread.
 */
final class Workspace {

    private static final String LIVE = "state/live";

    final Path root;
    private final Image.Pool pool;
    private @Nullable Image last;

    Workspace(Path root, Image.Pool pool) {
        this.root = root;
        this.pool = pool;
    }

    /** Makes the directory hold an image, whatever became of it since the last time. */
    void bringTo(Image target) throws IOException {
        Image before = last;
        last = target;
        if (before == null || before.isOdd() || target.isOdd()) {
            if (Files.exists(root)) {
                makeReadable(before);
                Directories.delete(root);
            }
            target.write(root, pool);
            return;
        }
        if (Files.isDirectory(root.resolve(LIVE))) {
            Directories.delete(root.resolve(LIVE));
        }
        Set<String> right = new HashSet<>();
        Files.walkFileTree(root, new Compare(target, right));
        target.write(root, pool, right);
    }

    private void makeReadable(@Nullable Image before) throws IOException {
        if (before != null) {
            for (String file : before.unreadable) {
                Image.makeReadable(root.resolve(file));
            }
        }
    }

    /** Deletes what does not belong there, and notes what is right as it is. */
    private final class Compare extends SimpleFileVisitor<Path> {
        private final Image target;
        private final Set<String> right;

        Compare(Image target, Set<String> right) {
            this.target = target;
            this.right = right;
        }

        @Override
        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
            String name = root.relativize(file).toString();
            byte[] wanted = target.files.get(name);
            boolean same = wanted != null
                    && attributes.isRegularFile()
                    && (Image.isWrittenInPlace(name)
                            ? attributes.size() == wanted.length && Arrays.equals(Files.readAllBytes(file), wanted)
                            : attributes.fileKey() != null
                                    && attributes.fileKey().equals(pool.key(wanted)));
            if (same) {
                right.add(name);
            } else {
                Files.delete(file);
            }
            return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException failure) throws IOException {
            if (failure != null && !(failure instanceof NoSuchFileException)) {
                throw failure;
            }
            String name = root.relativize(directory).toString();
            if (!name.isEmpty() && !target.directories.contains(name)) {
                Files.delete(directory);
            }
            return FileVisitResult.CONTINUE;
        }
    }
}
