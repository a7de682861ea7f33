package dev.varve.engine.io;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileStore;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The machine's files. An interrupt closes the channel that the interrupted thread is using, so files are used by
 * threads of the engine only, which nobody interrupts. Thread-safe.
 */
public final class SystemDisk implements Disk {

    /** Real paths of the lock files held by this process: the file system's own locks do not tell openers in one process apart. */
    private static final Set<Path> HELD = new HashSet<>();

    /** Creates the disk. */
    public SystemDisk() {}

    @Override
    public DiskFile open(Path file, Open how) throws IOException {
        return switch (how) {
            case READ -> new SystemFile(file, FileChannel.open(file, StandardOpenOption.READ), null);
            case WRITE -> openBoth(FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE), file);
            case CREATE ->
                openBoth(
                        FileChannel.open(
                                file, StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW),
                        file);
        };
    }

    /** Both channels are opened now, because the file may have another name by the time of the first durable write. */
    private static DiskFile openBoth(FileChannel plain, Path file) throws IOException {
        try {
            return new SystemFile(
                    file, plain, FileChannel.open(file, StandardOpenOption.WRITE, StandardOpenOption.DSYNC));
        } catch (IOException | RuntimeException e) {
            try (plain) {
                throw e;
            }
        }
    }

    @Override
    public boolean exists(Path path) {
        return Files.exists(path, LinkOption.NOFOLLOW_LINKS);
    }

    @Override
    public List<Path> list(Path directory) throws IOException {
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.sorted().toList();
        } catch (UncheckedIOException e) {
            throw e.getCause(); // of the disk, in the middle of the list
        }
    }

    @Override
    public void createDirectories(Path directory) throws IOException {
        Files.createDirectories(directory);
    }

    @Override
    public void rename(Path from, Path to) throws IOException {
        Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    @Override
    public void delete(Path file) throws IOException {
        Files.deleteIfExists(file);
    }

    @Override
    public void syncDirectory(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        } catch (IOException e) {
            throw DiskErrors.named(directory, e);
        }
    }

    @Override
    public int linkCount(Path file) throws IOException {
        try {
            return (Integer) Files.getAttribute(file, "unix:nlink", LinkOption.NOFOLLOW_LINKS);
        } catch (UnsupportedOperationException | IllegalArgumentException e) {
            throw new FileSystemException(file.toString(), null, "this file system does not tell the number of links");
        }
    }

    @Override
    public @Nullable Closeable lock(Path file) throws IOException {
        Path key = realPath(file);
        synchronized (HELD) {
            // Asked before the file is opened: closing any channel on a locked file drops the process's lock on it.
            if (!HELD.add(key)) {
                return null;
            }
        }
        FileChannel channel = null;
        try {
            channel = FileChannel.open(file, StandardOpenOption.WRITE, StandardOpenOption.CREATE);
            if (channel.tryLock() != null) {
                return release(channel, key);
            }
        } catch (OverlappingFileLockException e) {
            // Somebody in this process locked it by other means.
        } catch (IOException | RuntimeException e) {
            forget(key, channel);
            throw e;
        }
        forget(key, channel);
        return null;
    }

    /** The lock file itself may not exist yet. */
    private static Path realPath(Path file) throws IOException {
        Path absolute = file.toAbsolutePath();
        @Nullable Path parent = absolute.getParent();
        return parent == null ? absolute : parent.toRealPath().resolve(file.getFileName());
    }

    private static Closeable release(FileChannel channel, Path key) {
        AtomicBoolean released = new AtomicBoolean();
        return () -> {
            if (released.compareAndSet(false, true)) {
                forget(key, channel);
            }
        };
    }

    private static void forget(Path key, @Nullable FileChannel channel) throws IOException {
        try {
            if (channel != null) {
                channel.close();
            }
        } finally {
            synchronized (HELD) {
                HELD.remove(key);
            }
        }
    }

    @Override
    public long usableBytes(Path directory) throws IOException {
        FileStore store = Files.getFileStore(directory);
        return store.getUsableSpace();
    }

    /** An open file: a channel for reads and plain writes, another whose every write is durable when it returns. */
    private static final class SystemFile implements DiskFile {
        private final FileChannel plain;
        private final @Nullable FileChannel durable;
        private volatile Path path;

        SystemFile(Path path, FileChannel plain, @Nullable FileChannel durable) {
            this.path = path;
            this.plain = plain;
            this.durable = durable;
        }

        @Override
        public void renamed(Path to) {
            path = to;
        }

        @Override
        public long size() throws IOException {
            try {
                return plain.size();
            } catch (IOException e) {
                throw DiskErrors.named(path, e);
            }
        }

        @Override
        public int read(long position, ByteBuffer target) throws IOException {
            int total = 0;
            try {
                while (target.hasRemaining()) {
                    int read = plain.read(target, position + total);
                    if (read < 0) {
                        break;
                    }
                    total += read;
                }
            } catch (IOException e) {
                throw DiskErrors.named(path, e);
            }
            return total;
        }

        @Override
        public void write(long position, ByteBuffer source) throws IOException {
            writeFully(plain, position, source);
        }

        @Override
        public void writeDurably(long position, ByteBuffer source) throws IOException {
            if (durable == null) {
                throw new IOException(path + " was opened for reading only");
            }
            writeFully(durable, position, source);
        }

        private void writeFully(FileChannel channel, long position, ByteBuffer source) throws IOException {
            long at = position;
            try {
                while (source.hasRemaining()) {
                    at += channel.write(source, at);
                }
            } catch (IOException e) {
                throw DiskErrors.named(path, e);
            }
        }

        @Override
        public void sync() throws IOException {
            try {
                plain.force(true);
            } catch (IOException e) {
                throw DiskErrors.named(path, e);
            }
        }

        @Override
        public void close() throws IOException {
            try (durable) {
                plain.close();
            }
        }
    }
}
