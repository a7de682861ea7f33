package dev.varve.server;

import dev.varve.api.ErrorKind;
import dev.varve.api.FileContent;
import dev.varve.api.VarveException;
import dev.varve.engine.spi.PartedReads.Part;
import dev.varve.engine.spi.PartedReads.Parts;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A file as the body of an answer. Each part was checked before it is sent; the first one before the answer begins, so that a file that
 * cannot be read at all is answered as such. Confined to one thread at a time.
 */
final class FilePage implements Parts {

    private static final int PART_BYTES = 256 * 1024;

    private final FileContent content;
    private final long length;
    private @Nullable ByteBuffer first;
    private long position;
    private boolean begun;

    private FilePage(FileContent content, ByteBuffer first) {
        this.content = content;
        this.length = content.reference().size();
        this.first = first;
    }

    /** Reads the first part. Takes over the content unless that fails. */
    static CompletableFuture<FilePage> of(FileContent content) {
        return content.read(0, PART_BYTES).thenApply(first -> new FilePage(content, first));
    }

    @Override
    public long length() {
        return length;
    }

    @Override
    public boolean hasPart() {
        return !begun || position < length;
    }

    @Override
    public CompletableFuture<Part> nextPart() {
        begun = true;
        ByteBuffer read = first;
        first = null;
        return (read != null ? CompletableFuture.completedFuture(read) : content.read(position, PART_BYTES))
                .thenApply(this::part);
    }

    private Part part(ByteBuffer bytes) {
        position += bytes.remaining();
        if (position == length) {
            content.close();
        } else if (!bytes.hasRemaining()) {
            throw new VarveException(ErrorKind.CORRUPT, "a file ended before its end");
        }
        return new HeapPart(bytes);
    }

    @Override
    public void close() {
        content.close();
    }
}
