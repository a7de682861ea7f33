package dev.varve.server;

import dev.varve.api.FileReference;
import dev.varve.api.FileUpload;
import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Hands the body of a request to a storage of files, in pieces: while one is being written the next one is collected, and then the
 * socket is not read. Confined to the connection's loop.
 */
final class FileSink implements BodySink {

    private static final int PIECE_BYTES = 256 * 1024;

    /** What one upload takes: the piece that is written and the one that is collected, with what one read may add to it. */
    static final int MEMORY_BYTES = 3 * PIECE_BYTES;

    private final Exchange exchange;
    private final FileUpload upload;
    private final int maxBytes;
    private byte[] piece = new byte[PIECE_BYTES];
    private int inPiece;
    private long length;
    private CompletableFuture<Long> writing = CompletableFuture.completedFuture(0L);
    private boolean failed;

    FileSink(Exchange exchange, FileUpload upload, int maxBytes) {
        this.exchange = exchange;
        this.upload = upload;
        this.maxBytes = maxBytes;
    }

    @Override
    public void add(ByteBuf in, int more) {
        if (more > maxBytes - length) {
            throw new HttpProblem(RequestBody.tooLarge(maxBytes).closing());
        }
        if (more > piece.length - inPiece) {
            piece = Arrays.copyOf(piece, inPiece + more);
        }
        in.readBytes(piece, inPiece, more);
        inPiece += more;
        length += more;
        writeIfFull();
    }

    private void writeIfFull() {
        if (inPiece >= PIECE_BYTES && writing.isDone() && !failed) {
            writing = upload.append(takePiece());
            var _ = writing.whenComplete((_, failure) -> exchange.connection().onLoop(() -> written(failure)));
        }
    }

    private ByteBuffer takePiece() {
        ByteBuffer full = ByteBuffer.wrap(piece, 0, inPiece);
        piece = new byte[PIECE_BYTES];
        inPiece = 0;
        return full;
    }

    private void written(@Nullable Throwable failure) {
        if (failure == null) {
            writeIfFull();
        } else {
            failed = true;
            if (!exchange.over()) {
                exchange.fail(failure);
                return;
            }
        }
        exchange.connection().sinkReady();
    }

    @Override
    public boolean isReady() {
        return inPiece < PIECE_BYTES;
    }

    @Override
    public long length() {
        return length;
    }

    /** All of the body has come: keeps the file. */
    CompletableFuture<FileReference> finish(@Nullable String contentType, @Nullable String filename) {
        return writing.thenCompose(
                        before -> inPiece == 0 ? CompletableFuture.completedFuture(before) : upload.append(takePiece()))
                .thenCompose(_ -> upload.finish(contentType, filename));
    }

    @Override
    public void abandon() {
        upload.close();
    }
}
