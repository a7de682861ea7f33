package dev.varve.engine.journal;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * The remains of a frame's header, and how far the frame reaches all the same. The length in a header that fails its
 * checksum proves nothing, but where a body ends its checksum holds. Stateless.
 */
final class DamagedHeader {

    /** No frame is longer, whatever its header says. */
    static final long MAX_FRAME_BYTES = FrameFormat.frameBytes(Group.MAX_BODY_BYTES);

    private static final int READ_BYTES = 256 << 10;

    private DamagedHeader() {}

    /**
     * Where the frame that is expected at an offset ends, if these are the remains of its header. When its body is whole
     * that is exact. When neither length nor body can be trusted it is behind the last byte in reach that is not zero:
     * rather too far, into what an earlier life of the file has left, than not far enough.
     *
     * @param expected what the frame must say to follow the one before
     * @return the end, at most {@link #MAX_FRAME_BYTES} on and within the segment; the offset itself when nothing says that
     *     this frame was ever begun
     */
    static long frameEnd(Segment segment, long offset, Continuity expected) throws IOException {
        ByteBuffer header = ByteBuffer.allocate(FrameFormat.HEADER_BYTES);
        if (segment.file().read(offset, header) < FrameFormat.HEADER_BYTES || !resembles(header, expected)) {
            return offset;
        }
        long bodyStart = offset + FrameFormat.HEADER_BYTES;
        long limit = Math.min(segment.sizeBytes(), offset + MAX_FRAME_BYTES);
        int bodyCrc = header.getInt(FrameFormat.BODY_CRC_AT);
        SaltedCrc crc = new SaltedCrc(segment.header().salt());
        crc.begin();
        long written = bodyStart;
        long at = bodyStart;
        ByteBuffer bytes = ByteBuffer.allocate(READ_BYTES);
        while (crc.value() != bodyCrc) {
            if (at == limit) {
                return Math.max(written, toldEnd(header, offset, limit));
            }
            int in = (int) ((at - bodyStart) % READ_BYTES);
            if (in == 0) {
                bytes.clear().limit((int) Math.min(READ_BYTES, limit - at));
                if (segment.file().read(at, bytes) < bytes.limit()) {
                    throw segment.corrupt(at, "the file became shorter while it was read");
                }
            }
            crc.add(bytes, in, in + Group.ALIGNMENT);
            at += Group.ALIGNMENT;
            written = bytes.getLong(in) == 0 ? written : at;
        }
        return at;
    }

    /**
     * Where a frame ends at most of which no header is left: behind the last byte in reach that is not zero, be it of this
     * frame or of an earlier life of the file.
     *
     * @return the end, at most {@link #MAX_FRAME_BYTES} on and within the segment; the offset itself when all is zero
     */
    static long writtenEnd(Segment segment, long offset) throws IOException {
        long limit = Math.min(segment.sizeBytes(), offset + MAX_FRAME_BYTES);
        long written = offset;
        ByteBuffer bytes = ByteBuffer.allocate(READ_BYTES);
        for (long at = offset; at < limit; at += bytes.limit()) {
            bytes.clear().limit((int) Math.min(READ_BYTES, limit - at));
            if (segment.file().read(at, bytes) < bytes.limit()) {
                throw segment.corrupt(at, "the file became shorter while it was read");
            }
            for (int in = 0; in < bytes.limit(); in += Group.ALIGNMENT) {
                written = bytes.getLong(in) == 0 ? written : at + in + Group.ALIGNMENT;
            }
        }
        return written;
    }

    /** Noise of a recycled file has neither the expected sequence nor the expected chain. */
    private static boolean resembles(ByteBuffer header, Continuity expected) {
        long sequence = expected.sequence();
        int chain = expected.chain();
        return (sequence != 0 && header.getLong(FrameFormat.SEQUENCE_AT) == sequence)
                || (chain != 0 && header.getInt(FrameFormat.CHAIN_AT) == chain);
    }

    /** What the header says itself, when that is possible. */
    private static long toldEnd(ByteBuffer header, long offset, long limit) {
        int bodyLength = header.getInt(FrameFormat.BODY_LENGTH_AT);
        long end = bodyLength < 0 ? limit + 1 : offset + FrameFormat.frameBytes(bodyLength);
        return end > limit ? offset + FrameFormat.HEADER_BYTES : end;
    }
}
