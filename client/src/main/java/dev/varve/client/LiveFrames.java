package dev.varve.client;

import dev.varve.api.ErrorKind;
import dev.varve.api.VarveException;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Frames of the file of a live sync: the length of what follows the checksum, its CRC-32C, a byte that says what it is, and JSON. What a
 * crash leaves of the last ones is no frame. Stateless.
 */
final class LiveFrames {

    /** What takes frames, in order. */
    interface Taker {
        void take(char kind, byte[] json);
    }

    private static final int HEAD_BYTES = 8;
    private static final int MAX_FRAME_BYTES = 1 << 30;

    private LiveFrames() {}

    static byte[] frame(char kind, byte[] json) {
        ByteBuffer frame = ByteBuffer.allocate(HEAD_BYTES + 1 + json.length);
        frame.position(HEAD_BYTES).put((byte) kind).put(json);
        frame.putInt(0, 1 + json.length).putInt(4, checksum(frame.array(), HEAD_BYTES));
        return frame.array();
    }

    private static int checksum(byte[] bytes, int from) {
        CRC32C sum = new CRC32C();
        sum.update(bytes, from, bytes.length - from);
        return (int) sum.getValue();
    }

    /**
     * Reads the frames of a file.
     *
     * @return where the last whole one ends; what is behind it was never whole
     * @throws VarveException {@link ErrorKind#CORRUPT} when a frame is damaged that others follow
     */
    static long read(Path file, Taker taker) throws IOException {
        long size = Files.size(file);
        long at = 0;
        try (InputStream in = Files.newInputStream(file);
                DataInputStream data = new DataInputStream(new BufferedInputStream(in, 1 << 16))) {
            while (at < size) {
                byte[] body = next(data, size - at);
                if (body == null) {
                    requireEnd(file, at, size);
                    return at;
                }
                taker.take((char) body[0], Arrays.copyOfRange(body, 1, body.length));
                at += HEAD_BYTES + body.length;
            }
        }
        return at;
    }

    private static byte @Nullable [] next(DataInputStream data, long left) throws IOException {
        if (left < HEAD_BYTES + 1) {
            return null;
        }
        int length = data.readInt();
        int checksum = data.readInt();
        if (length < 1 || length > MAX_FRAME_BYTES || length > left - HEAD_BYTES) {
            return null;
        }
        byte[] body = data.readNBytes(length);
        return body.length == length && checksum(body, 0) == checksum ? body : null;
    }

    /** What a crash leaves has nothing whole behind it. */
    private static void requireEnd(Path file, long at, long size) throws IOException {
        try (InputStream in = Files.newInputStream(file);
                DataInputStream data = new DataInputStream(new BufferedInputStream(in, 1 << 16))) {
            in.skipNBytes(at);
            if (size - at < HEAD_BYTES + 1) {
                return;
            }
            int length = data.readInt();
            data.readInt();
            long behind = size - at - HEAD_BYTES - length;
            if (length < 1 || behind < HEAD_BYTES + 1) {
                return;
            }
            data.skipNBytes(length);
            if (next(data, behind) != null) {
                throw new VarveException(
                        ErrorKind.CORRUPT,
                        file + " is damaged at byte " + at
                                + ", before what is whole; nothing was changed. Moved away, it is filled"
                                + " anew, without the writes that waited in it");
            }
        }
    }
}
