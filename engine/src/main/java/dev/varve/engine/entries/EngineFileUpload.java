package dev.varve.engine.entries;

import dev.varve.api.ErrorKind;
import dev.varve.api.FileReference;
import dev.varve.api.FileUpload;
import dev.varve.api.VarveException;
import dev.varve.engine.files.BlobId;
import dev.varve.engine.files.BlobSink;
import dev.varve.engine.shard.EngineTime;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A file on its way to the disk, by the disk's threads. What they share is guarded by this. */
final class EngineFileUpload implements FileUpload {

    private final EntryFiles files;
    private final String organisation;
    private final long maxBytes;
    private final EngineTime time;

    private @Nullable BlobSink sink;
    private Set<BlobId> held = Set.of();
    private boolean closed;

    EngineFileUpload(EntryFiles files, String organisation, long maxBytes, EngineTime time) {
        this.files = files;
        this.organisation = organisation;
        this.maxBytes = maxBytes;
        this.time = time;
    }

    private synchronized BlobSink sink() throws IOException {
        BlobSink open = sink;
        if (closed) {
            throw new VarveException(ErrorKind.INVALID_PARAMS, "the upload was closed");
        }
        if (open == null) {
            open = files.blobs().create();
            sink = open;
        }
        return open;
    }

    @Override
    public CompletableFuture<Long> append(ByteBuffer bytes) {
        return files.disk().forCaller(() -> write(bytes));
    }

    private synchronized long write(ByteBuffer bytes) throws IOException {
        BlobSink open = sink();
        if (bytes.remaining() > maxBytes - open.size()) {
            throw new VarveException(ErrorKind.TOO_LARGE, "the file is larger than " + maxBytes + " bytes");
        }
        open.write(bytes);
        return open.size();
    }

    @Override
    public CompletableFuture<FileReference> finish(@Nullable String contentType, @Nullable String filename) {
        return files.disk().forCaller(() -> keep(contentType, filename));
    }

    private synchronized FileReference keep(@Nullable String contentType, @Nullable String filename)
            throws IOException {
        BlobSink open = sink();
        String hex = open.seal();
        // Before it can be found, so that nobody collects it.
        held = Set.of(new BlobId(organisation, hex));
        files.hold(held);
        open.keep(organisation);
        return new FileReference(
                "sha256:" + hex, open.size(), contentType, filename, Instant.ofEpochMilli(time.millis()));
    }

    @Override
    public void close() {
        var _ = files.disk().forCaller(() -> {
            end();
            return true;
        });
    }

    private synchronized void end() {
        closed = true;
        files.release(held);
        held = Set.of();
        BlobSink open = sink;
        sink = null;
        if (open != null) {
            open.close();
        }
    }
}
