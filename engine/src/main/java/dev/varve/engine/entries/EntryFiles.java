package dev.varve.engine.entries;

import dev.varve.api.EntryOp;
import dev.varve.api.EntryValue;
import dev.varve.api.ErrorKind;
import dev.varve.api.FileContent;
import dev.varve.api.FileReference;
import dev.varve.api.FileUpload;
import dev.varve.api.StoreInfo;
import dev.varve.api.VarveException;
import dev.varve.engine.files.BlobId;
import dev.varve.engine.files.BlobSource;
import dev.varve.engine.files.BlobStore;
import dev.varve.engine.files.NoSpaceForBlobException;
import dev.varve.engine.shard.DiskReads;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The files that entries refer to. A write that names a file holds on to it from before it is submitted until it is answered, and so
 * does whoever stores one; what is held on to is never collected. Thread-safe.
 */
final class EntryFiles {

    /** How many references of one store are looked at to tell a file's type and name. */
    private static final int MAX_ROWS = 1_000;

    /** How long a file is that is not there. */
    static final long ABSENT = -1;

    private final EntriesFace face;
    private final FileIndex index;
    private final BlobStore blobs;
    private final DiskReads disk;

    /** How often files are held on to. Guarded by itself. */
    private final Map<BlobId, Integer> held = new HashMap<>();

    /** Files that may be deleted, unless somebody has held on to them meanwhile. Guarded by {@link #held}. */
    private final Set<BlobId> goingAway = new HashSet<>();

    EntryFiles(EntriesFace face, FileIndex index, BlobStore blobs, Executor pool) {
        this.face = face;
        this.index = index;
        this.blobs = blobs;
        this.disk = new DiskReads(pool, EntryFiles::failure);
    }

    FileIndex index() {
        return index;
    }

    BlobStore blobs() {
        return blobs;
    }

    static String organisation(String store) {
        return store.substring(0, Math.max(0, store.indexOf('/')));
    }

    // ---- holding on

    /** The files that changes name. */
    static Set<BlobId> named(String store, List<EntryOp> ops) {
        Set<BlobId> named = new HashSet<>();
        for (EntryOp op : ops) {
            if (op.value() != null && FileIndex.hasFile(op.value())) {
                Flattened.each(op.path(), op.value(), (path, leaf) -> {
                    BlobId id = id(store, leaf);
                    if (id != null) {
                        named.add(id);
                    }
                });
            }
        }
        return named;
    }

    /** The file that a value refers to, or null. */
    static @Nullable BlobId id(String store, @Nullable EntryValue value) {
        FileReference reference = value == null ? null : FileReference.of(value);
        return reference == null ? null : id(store, reference);
    }

    /** The file that an entry of a store refers to. */
    static BlobId id(String store, FileReference reference) {
        return new BlobId(organisation(store), FileIndex.hex(reference));
    }

    void hold(Set<BlobId> ids) {
        synchronized (held) {
            ids.forEach(id -> held.merge(id, 1, Integer::sum));
            goingAway.removeAll(ids);
        }
    }

    void release(Set<BlobId> ids) {
        synchronized (held) {
            ids.forEach(id -> held.computeIfPresent(id, (_, count) -> count == 1 ? null : count - 1));
        }
    }

    /**
     * Deletes a file unless somebody holds on to it, or it is needed after all. Reads the disk, but not while others wait for it.
     */
    boolean collect(BlobId id, Needed needed) throws IOException {
        synchronized (held) {
            if (held.containsKey(id)) {
                return false;
            }
            goingAway.add(id);
        }
        boolean unneeded = !needed.isNeeded(id);
        synchronized (held) {
            // Whoever held on to it meanwhile may have let go again, and left a reference.
            boolean untouched = goingAway.remove(id);
            if (unneeded && untouched) {
                blobs.delete(id);
            }
            return unneeded && untouched;
        }
    }

    /** Tells whether an entry, or history, refers to a file. */
    @FunctionalInterface
    interface Needed {
        boolean isNeeded(BlobId id) throws IOException;
    }

    /** How long a file is, or {@link #ABSENT}. Reads the disk. */
    long size(BlobId id) throws IOException {
        try (BlobSource source = blobs.open(id)) {
            return source == null ? ABSENT : source.size();
        }
    }

    // ---- storing

    FileUpload upload(String store, long maxBytes) {
        return new EngineFileUpload(this, organisation(store), maxBytes, face.time());
    }

    // ---- reading

    CompletableFuture<FileContent> open(String hash, Predicate<StoreInfo> reachable) {
        return FileReference.HASH.matcher(hash).matches()
                ? disk.forCaller(() -> find(hash, reachable))
                : CompletableFuture.failedFuture(unreachable());
    }

    private static VarveException unreachable() {
        return new VarveException(ErrorKind.FORBIDDEN, "no store that can be read here refers to such a file");
    }

    private FileContent find(String hash, Predicate<StoreInfo> reachable) throws IOException {
        String hex = hash.substring(hash.indexOf(':') + 1);
        byte[] from = FileIndex.from(hex, 0);
        boolean gone = false;
        while (true) {
            List<FileIndex.Row> rows = index.rows(from, 1);
            if (rows.isEmpty()) {
                throw gone
                        ? new VarveException(ErrorKind.NOT_FOUND, "the file is gone; only references to it are left")
                        : unreachable();
            }
            long number = rows.getFirst().store();
            StoreState store = face.byNumber(number);
            if (store != null && !store.gone && reachable.test(store.info())) {
                FileContent content = open(store, hex, index.rows(FileIndex.from(hex, number), MAX_ROWS));
                if (content != null) {
                    return content;
                }
                gone = true;
            }
            from = FileIndex.from(hex, number + 1);
        }
    }

    private @Nullable FileContent open(StoreState store, String hex, List<FileIndex.Row> rows) throws IOException {
        BlobSource source = blobs.open(new BlobId(organisation(store.name), hex));
        if (source == null) {
            return null;
        }
        FileReference newest = null;
        for (FileIndex.Row row : rows) {
            newest = row.store() == store.number ? row.reference() : newest;
        }
        return new Content(
                source,
                new FileReference(
                        "sha256:" + hex,
                        source.size(),
                        newest == null ? null : newest.contentType(),
                        newest == null ? null : newest.filename(),
                        newest == null ? null : newest.uploadedAt()));
    }

    private final class Content implements FileContent {
        private final BlobSource source;
        private final FileReference reference;

        Content(BlobSource source, FileReference reference) {
            this.source = source;
            this.reference = reference;
        }

        @Override
        public FileReference reference() {
            return reference;
        }

        @Override
        public CompletableFuture<ByteBuffer> read(long position, int maxBytes) {
            return disk.forCaller(() -> source.read(position, maxBytes));
        }

        @Override
        public void close() {
            var _ = disk.forCaller(() -> {
                source.close();
                return true;
            });
        }
    }

    // ---- threads

    /** For what reads and writes files. */
    DiskReads disk() {
        return disk;
    }

    private static VarveException failure(Exception e) {
        return e instanceof NoSpaceForBlobException
                ? new VarveException(ErrorKind.OUT_OF_SPACE, String.valueOf(e.getMessage()), e)
                : EntriesFace.failure(e);
    }
}
