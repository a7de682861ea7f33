package dev.varve.api;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Files for programs that wait. Stateless. */
final class FileStreams {

    private static final int PIECE_BYTES = 256 * 1024;

    private FileStreams() {}

    /** Stores all bytes of a stream; the caller closes the upload. */
    static FileReference store(
            FileUpload upload, InputStream content, @Nullable String contentType, @Nullable String filename)
            throws IOException {
        byte[] piece = new byte[PIECE_BYTES];
        for (int length = content.readNBytes(piece, 0, piece.length);
                length > 0;
                length = content.readNBytes(piece, 0, piece.length)) {
            StorageStreams.await(upload.append(ByteBuffer.wrap(piece, 0, length)));
        }
        return StorageStreams.await(upload.finish(contentType, filename));
    }

    /** Reads a file from its beginning to its end. Confined to one thread. */
    static final class Reading extends InputStream {
        private final FileContent content;
        private ByteBuffer piece = ByteBuffer.allocate(0);
        private long position;

        Reading(FileContent content) {
            this.content = content;
        }

        private boolean fill() {
            if (!piece.hasRemaining()) {
                piece = StorageStreams.await(content.read(position, PIECE_BYTES));
                position += piece.remaining();
            }
            return piece.hasRemaining();
        }

        @Override
        public int read() {
            return fill() ? piece.get() & 0xFF : -1;
        }

        @Override
        public int read(byte[] target, int offset, int length) {
            if (length == 0) {
                return 0;
            }
            if (!fill()) {
                return -1;
            }
            int taken = Math.min(length, piece.remaining());
            piece.get(target, offset, taken);
            return taken;
        }

        @Override
        public void close() {
            content.close();
        }
    }
}
