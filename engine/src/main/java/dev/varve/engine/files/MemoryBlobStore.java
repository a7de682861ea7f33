package dev.varve.engine.files;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.List;
import java.util.NavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import org.jspecify.annotations.Nullable;

/** Blobs in memory, for an engine that keeps nothing. Thread-safe. */
public final class MemoryBlobStore implements BlobStore {

    private final ConcurrentSkipListMap<BlobId, byte[]> blobs = new ConcurrentSkipListMap<>();

    /** Creates a store without blobs. */
    public MemoryBlobStore() {}

    @Override
    public BlobSink create() {
        return new Sink();
    }

    private final class Sink implements BlobSink {
        private final ByteArrayOutputStream content = new ByteArrayOutputStream();
        private String hex = "";

        @Override
        public void write(ByteBuffer bytes) {
            byte[] copy = new byte[bytes.remaining()];
            bytes.get(copy);
            content.writeBytes(copy);
        }

        @Override
        public long size() {
            return content.size();
        }

        @Override
        public String seal() {
            hex = HexFormat.of().formatHex(ContentHash.begin().digest(content.toByteArray()));
            return hex;
        }

        @Override
        public void keep(String organisation) {
            blobs.put(new BlobId(organisation, hex), content.toByteArray());
        }

        @Override
        public void close() {
            content.reset();
        }
    }

    @Override
    public @Nullable BlobSource open(BlobId id) {
        byte[] blob = blobs.get(id);
        return blob == null ? null : new Source(blob);
    }

    private record Source(byte[] blob) implements BlobSource {
        @Override
        public long size() {
            return blob.length;
        }

        @Override
        public ByteBuffer read(long position, int maxBytes) {
            int from = (int) Math.min(position, blob.length);
            return ByteBuffer.wrap(blob, from, Math.min(maxBytes, blob.length - from))
                    .slice()
                    .asReadOnlyBuffer();
        }

        @Override
        public void close() {
            // The memory goes when nobody knows it any more.
        }
    }

    @Override
    public void delete(BlobId id) {
        blobs.remove(id);
    }

    @Override
    public List<BlobId> list(@Nullable BlobId after, int limit) {
        NavigableMap<BlobId, byte[]> rest = after == null ? blobs : blobs.tailMap(after, false);
        return rest.keySet().stream().limit(limit).toList();
    }
}
