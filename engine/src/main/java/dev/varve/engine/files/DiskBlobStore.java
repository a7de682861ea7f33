package dev.varve.engine.files;

import dev.varve.engine.io.Disk;
import java.io.IOException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Blobs as files: {@code <organisation>/<two digits>/<64 digits>}, written elsewhere, synced and renamed, so that whatever has such a
 * name is whole. Thread-safe.
 */
public final class DiskBlobStore implements BlobStore {

    /** No organisation is called like that. */
    private static final String UNFINISHED = "_unfinished";

    private final Disk disk;
    private final Path root;
    private final Path unfinished;
    private final long minFreeBytes;
    private final AtomicLong numbers = new AtomicLong();

    /** Directories whose names are durable; they are few: 256 for each organisation. */
    private final Set<Path> durable = new HashSet<>();

    private DiskBlobStore(Disk disk, Path root, long minFreeBytes) {
        this.disk = disk;
        this.root = root;
        this.unfinished = root.resolve(UNFINISHED);
        this.minFreeBytes = minFreeBytes;
    }

    /**
     * Opens a directory, which need not be there, and deletes what was never finished.
     *
     * @param disk the disk
     * @param root the directory
     * @param minFreeBytes how much space is left for others
     * @return the blobs in it
     * @throws IOException when the directory cannot be read
     */
    public static DiskBlobStore open(Disk disk, Path root, long minFreeBytes) throws IOException {
        DiskBlobStore store = new DiskBlobStore(disk, root, minFreeBytes);
        if (disk.exists(store.unfinished)) {
            for (Path file : disk.list(store.unfinished)) {
                disk.delete(file);
            }
        }
        return store;
    }

    /** The blobs of a directory that is only looked at. */
    static DiskBlobStore looking(Disk disk, Path root) {
        return new DiskBlobStore(disk, root, 0);
    }

    @Override
    public BlobSink create() throws IOException {
        makeDurably(root);
        makeDurably(unfinished);
        checkSpace(0);
        Path file = unfinished.resolve(numbers.getAndIncrement() + ".tmp");
        return new DiskBlobSink(this, disk.open(file, Disk.Open.CREATE), file);
    }

    /** Fails when more bytes would leave too little space. */
    void checkSpace(long bytes) throws IOException {
        long usable = disk.usableBytes(root);
        if (usable - bytes < minFreeBytes) {
            throw new NoSpaceForBlobException(root + ": no space for files; " + usable + " bytes are free and "
                    + minFreeBytes + " are kept free");
        }
    }

    /**
     * Makes a directory whose parent is durable. The names that another process left may not be: it may have ended before it
     * synced them.
     */
    private void makeDurably(Path directory) throws IOException {
        synchronized (durable) {
            if (!durable.contains(directory)) {
                disk.createDirectoriesDurably(directory);
                durable.add(directory);
            }
        }
    }

    void keep(Path sealed, BlobId id) throws IOException {
        Path file = file(id);
        Path directory = directory(id);
        makeDurably(root.resolve(id.organisation()));
        makeDurably(directory);
        // Over one of the same content, if there is one: that one may be damaged.
        disk.rename(sealed, file);
        disk.syncDirectory(directory);
    }

    void discard(Path file) throws IOException {
        disk.delete(file);
    }

    private Path directory(BlobId id) {
        return root.resolve(id.organisation()).resolve(id.hex().substring(0, 2));
    }

    Path file(BlobId id) {
        return directory(id).resolve(id.hex());
    }

    @Override
    public @Nullable BlobSource open(BlobId id) throws IOException {
        Path file = file(id);
        return disk.exists(file) ? DiskBlobSource.open(disk.open(file, Disk.Open.READ), file, id.hex()) : null;
    }

    @Override
    public void delete(BlobId id) throws IOException {
        // Whether that is durable is of no account: a blob that comes back is deleted again.
        disk.delete(file(id));
    }

    @Override
    public List<BlobId> list(@Nullable BlobId after, int limit) throws IOException {
        List<BlobId> found = new ArrayList<>();
        if (!disk.exists(root)) {
            return found;
        }
        for (Path organisation : disk.list(root)) {
            String name = name(organisation);
            if (name.equals(UNFINISHED) || (after != null && name.compareTo(after.organisation()) < 0)) {
                continue;
            }
            String from = after != null && name.equals(after.organisation()) ? after.hex() : "";
            for (Path directory : namesIn(organisation)) {
                if (name(directory).compareTo(from.substring(0, Math.min(from.length(), 2))) < 0) {
                    continue;
                }
                for (Path file : namesIn(directory)) {
                    if (name(file).compareTo(from) > 0 && BlobId.isHex(name(file))) {
                        found.add(new BlobId(name, name(file)));
                        if (found.size() == limit) {
                            return found;
                        }
                    }
                }
            }
        }
        return found;
    }

    /** What lies in a directory; nothing when somebody has put a file where one should be. */
    private List<Path> namesIn(Path directory) throws IOException {
        try {
            return disk.list(directory);
        } catch (NotDirectoryException e) {
            return List.of();
        }
    }

    private static String name(Path file) {
        return String.valueOf(file.getFileName());
    }
}
