package dev.varve.bench.corrupt;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A data directory in memory. Names of one file (hard links) share one array. The live directory of the state is left out:
 * it is deleted at each opening. Confined to one thread.
 */
final class Image {

    private static final String LIVE = "state/live";

    /** Contents by path, relative to the directory. */
    final SortedMap<String, byte[]> files = new TreeMap<>();

    final SortedSet<String> directories = new TreeSet<>();

    /** Symbolic links that lead to themselves: names that cannot be opened, by root neither. */
    final SortedSet<String> loops = new TreeSet<>();

    /** Files that their owner may not read. */
    final SortedSet<String> unreadable = new TreeSet<>();

    static Image load(Path root) throws IOException {
        Image image = new Image();
        Map<Object, byte[]> known = new HashMap<>();
        Files.walkFileTree(root, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
                String name = root.relativize(directory).toString();
                if (name.equals(LIVE)) {
                    return FileVisitResult.SKIP_SUBTREE;
                }
                if (!name.isEmpty()) {
                    image.directories.add(name);
                }
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Object key = attributes.fileKey();
                byte[] bytes = key == null ? null : known.get(key);
                if (bytes == null) {
                    bytes = Files.readAllBytes(file);
                }
                if (key != null) {
                    known.put(key, bytes);
                }
                image.files.put(root.relativize(file).toString(), bytes);
                return FileVisitResult.CONTINUE;
            }
        });
        return image;
    }

    Image copy() {
        Image copy = new Image();
        copy.files.putAll(files);
        copy.directories.addAll(directories);
        copy.loops.addAll(loops);
        copy.unreadable.addAll(unreadable);
        return copy;
    }

    byte[] bytes(String path) {
        byte[] bytes = files.get(path);
        if (bytes == null) {
            throw new IllegalArgumentException("there is no file " + path);
        }
        return bytes;
    }

    /** Gives a file other content, under all its names. */
    void change(String path, byte[] content) {
        byte[] before = bytes(path);
        files.replaceAll((name, bytes) -> isSame(bytes, before) ? content : bytes);
    }

    /** Whether two names are those of one file. */
    @SuppressWarnings("ReferenceEquality") // which file it is counts, not what is in it
    private static boolean isSame(byte[] first, byte[] second) {
        return first == second;
    }

    /** Removes a file or a directory with all in it. */
    void remove(String path) {
        files.keySet().removeIf(name -> within(name, path));
        directories.removeIf(name -> within(name, path));
    }

    /** Whether a path is another or lies in it. */
    static boolean within(String name, String directory) {
        return name.equals(directory) || name.startsWith(directory + "/");
    }

    /** Copies a file or a directory with all in it out of another image. */
    void put(String path, Image from, String source) {
        from.directories.stream()
                .filter(name -> within(name, source))
                .forEach(name -> directories.add(path + name.substring(source.length())));
        from.files.forEach((name, bytes) -> {
            if (within(name, source)) {
                files.put(path + name.substring(source.length()), bytes);
            }
        });
    }

    /** Whether a file is ever written under its name; all others are replaced by a rename, or never changed. */
    static boolean isWrittenInPlace(String path) {
        return path.endsWith(".segment") || path.endsWith("/MARK") || path.endsWith("LOCK");
    }

    /** Whether there are names in it that are no ordinary files. */
    boolean isOdd() {
        return !loops.isEmpty() || !unreadable.isEmpty();
    }

    /**
     * Writes the directory.
     *
     * @param pool where files that are never written in place are kept to be linked, or null
     */
    void write(Path root, @Nullable Pool pool) throws IOException {
        write(root, pool, Set.of());
    }

    /** As the other, but leaves alone what is right already. */
    void write(Path root, @Nullable Pool pool, Set<String> right) throws IOException {
        Files.createDirectories(root);
        for (String directory : directories) {
            Files.createDirectories(root.resolve(directory));
        }
        IdentityHashMap<byte[], Path> written = new IdentityHashMap<>();
        for (Map.Entry<String, byte[]> file : files.entrySet()) {
            if (right.contains(file.getKey())) {
                continue;
            }
            Path path = root.resolve(file.getKey());
            boolean linked = !isWrittenInPlace(file.getKey());
            Path same = linked ? written.get(file.getValue()) : null;
            if (same == null && linked && pool != null) {
                same = pool.find(file.getValue());
            }
            if (same != null) {
                Files.createLink(path, same);
                continue;
            }
            Files.write(path, file.getValue());
            if (linked) {
                written.put(file.getValue(), path);
            }
        }
        for (String loop : loops) {
            Path path = root.resolve(loop);
            Files.createSymbolicLink(path, path.getFileName());
        }
        for (String file : unreadable) {
            Files.setPosixFilePermissions(root.resolve(file), EnumSet.noneOf(PosixFilePermission.class));
        }
    }

    static void makeReadable(Path file) throws IOException {
        Files.setPosixFilePermissions(
                file, EnumSet.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE));
    }

    /** Files of sound images, on disk. */
    static final class Pool {
        private final Path directory;
        private final IdentityHashMap<byte[], Path> known = new IdentityHashMap<>();
        private final IdentityHashMap<byte[], Object> keys = new IdentityHashMap<>();

        Pool(Path directory) {
            this.directory = directory;
        }

        void add(Image image) throws IOException {
            Files.createDirectories(directory);
            for (Map.Entry<String, byte[]> file : image.files.entrySet()) {
                if (!isWrittenInPlace(file.getKey()) && !known.containsKey(file.getValue())) {
                    Path path = directory.resolve(Integer.toString(known.size()));
                    Files.write(path, file.getValue());
                    known.put(file.getValue(), path);
                    Object key = Files.readAttributes(path, BasicFileAttributes.class)
                            .fileKey();
                    if (key != null) {
                        keys.put(file.getValue(), key);
                    }
                }
            }
        }

        @Nullable Path find(byte[] bytes) {
            return known.get(bytes);
        }

        /** What the file system knows the file by, or null. */
        @Nullable Object key(byte[] bytes) {
            return keys.get(bytes);
        }
    }
}
