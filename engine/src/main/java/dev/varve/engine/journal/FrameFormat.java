package dev.varve.engine.journal;

import java.nio.ByteBuffer;

/** The layout of a frame, big endian; the tables are in {@code docs/formats/journal.md}. Data plane: no allocation. */
final class FrameFormat {

    static final int HEADER_BYTES = Group.HEADER_BYTES;

    /** "VF". Not zero, so that zeros are never a frame. */
    static final short MAGIC = 0x5646;

    /** A frame of the user of the journal. */
    static final byte DATA = 1;

    /** The last frame of a segment that is followed by another. */
    static final byte SEAL = 2;

    /** The first frame of a segment: carries the sequence and the chain over from the one before. */
    static final byte START = 3;

    /** Flag of the last frame of a group. */
    static final byte COMMIT = 1;

    static final int MAGIC_AT = 0;
    static final int TYPE_AT = 2;
    static final int FLAGS_AT = 3;
    static final int BODY_LENGTH_AT = 4;
    static final int SEQUENCE_AT = 8;
    static final int INDEX_AT = 16;
    static final int CHAIN_AT = 20;
    static final int BODY_CRC_AT = 24;
    static final int HEADER_CRC_AT = 28;

    /** Body of a seal: frames in the segment u64, sequence of the last one u64, -1 when there is none. */
    static final int SEAL_BODY_BYTES = 16;

    static final int SEAL_BYTES = HEADER_BYTES + SEAL_BODY_BYTES;
    static final int START_BYTES = HEADER_BYTES;

    private FrameFormat() {}

    /** The length of a frame with header and padding. */
    static long frameBytes(int bodyLength) {
        return HEADER_BYTES + padded(bodyLength);
    }

    private static long padded(int bodyLength) {
        return ((long) bodyLength + Group.ALIGNMENT - 1) & -Group.ALIGNMENT;
    }

    /**
     * Fills the headers of a group.
     *
     * @param sequence the sequence of its first frame
     * @param chain the header checksum of the frame before
     * @return the header checksum of its last frame
     */
    static int fillHeaders(Group group, SaltedCrc crc, long sequence, int chain) {
        ByteBuffer buffer = group.buffer();
        int frames = group.frames();
        int last = chain;
        for (int i = 0; i < frames; i++) {
            byte flags = i == frames - 1 ? COMMIT : 0;
            last = fillHeader(
                    buffer, crc, group.frameStart(i), DATA, flags, group.bodyLength(i), sequence + i, i, last);
        }
        return last;
    }

    /**
     * Fills one header in front of a body that is there with its padding.
     *
     * @return the header's checksum
     */
    static int fillHeader(
            ByteBuffer buffer,
            SaltedCrc crc,
            int start,
            byte type,
            byte flags,
            int bodyLength,
            long sequence,
            int index,
            int chain) {
        int bodyStart = start + HEADER_BYTES;
        buffer.putShort(start + MAGIC_AT, MAGIC);
        buffer.put(start + TYPE_AT, type);
        buffer.put(start + FLAGS_AT, flags);
        buffer.putInt(start + BODY_LENGTH_AT, bodyLength);
        buffer.putLong(start + SEQUENCE_AT, sequence);
        buffer.putInt(start + INDEX_AT, index);
        buffer.putInt(start + CHAIN_AT, chain);
        buffer.putInt(start + BODY_CRC_AT, crc.of(buffer, bodyStart, bodyStart + (int) padded(bodyLength)));
        int headerCrc = crc.of(buffer, start, start + HEADER_CRC_AT);
        buffer.putInt(start + HEADER_CRC_AT, headerCrc);
        return headerCrc;
    }
}
