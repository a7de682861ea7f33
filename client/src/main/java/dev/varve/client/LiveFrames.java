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

        /** Whether frames of a kind are forced to the disk, and all before them, before anything depends on them. */
        boolean isForced(char kind);
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
     * @return where the last whole one ends; what is behind it may have been lost by a crash
     * @throws VarveException {@link ErrorKind#CORRUPT} when a frame is damaged that was on the disk once: one that was forced and that
     *     others follow, or any before one that was forced
     */
    static long read(Path file, Taker taker) throws IOException {
        long size = Files.size(file);
        long at = 0;
        try (InputStream in = Files.newInputStream(file);
                DataInputStream data = new DataInputStream(new BufferedInputStream(in, 1 << 16))) {
            while (at < size) {
                byte[] body = next(data, size - at);
                if (body == null) {
                    requireLost(file, at, taker);
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

    /**
     * What a crash loses is not forced. It may be any of the pages at the end, not just the last, so frames that are not forced may be
     * whole behind it.
     */
    private static void requireLost(Path file, long at, Taker taker) throws IOException {
        byte[] rest;
        try (InputStream in = Files.newInputStream(file)) {
            in.skipNBytes(at);
            rest = in.readAllBytes();
        }
        ByteBuffer behind = ByteBuffer.wrap(rest);
        boolean forced = rest.length > HEAD_BYTES && taker.isForced((char) rest[HEAD_BYTES]);
        for (int i = 1; i < rest.length - HEAD_BYTES; i++) {
            if ((forced || taker.isForced((char) rest[i + HEAD_BYTES])) && isWhole(behind, i)) {
                throw new VarveException(
                        ErrorKind.CORRUPT,
                        file + " is damaged at byte " + at
                                + ", before what is whole; nothing was changed. Moved away, it is filled"
                                + " anew, without the writes that waited in it");
            }
        }
    }

    private static boolean isWhole(ByteBuffer bytes, int at) {
        int length = bytes.getInt(at);
        if (length < 1 || length > bytes.capacity() - at - HEAD_BYTES) {
            return false;
        }
        CRC32C sum = new CRC32C();
        sum.update(bytes.slice(at + HEAD_BYTES, length));
        return (int) sum.getValue() == bytes.getInt(at + Integer.BYTES);
    }
}
