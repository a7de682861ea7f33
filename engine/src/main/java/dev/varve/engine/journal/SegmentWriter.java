package dev.varve.engine.journal;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Writes frames to one segment, each write durable when it returns. Data plane: no allocation per group. Confined to the
 * journal's owner.
 */
final class SegmentWriter {

    private final Segment segment;
    private final SaltedCrc crc;
    private final long firstSequence;
    private long offset;
    private int chain;
    private boolean sealed;

    private SegmentWriter(Segment segment, long firstSequence, long offset, int chain, boolean sealed) {
        this.segment = segment;
        this.crc = new SaltedCrc(segment.header().salt());
        this.firstSequence = firstSequence;
        this.offset = offset;
        this.chain = chain;
        this.sealed = sealed;
    }

    /**
     * Starts a prepared segment.
     *
     * @param sequence the sequence of its first frame
     * @param chain the header checksum of the seal of the segment before, 0 for the first of all
     */
    static SegmentWriter start(Segment segment, long sequence, int chain) throws IOException {
        SegmentWriter writer = new SegmentWriter(segment, sequence, ControlBlock.BYTES, chain, false);
        writer.frame(FrameFormat.START, sequence, ByteBuffer.allocateDirect(FrameFormat.START_BYTES));
        return writer;
    }

    /**
     * Goes on in a segment after opening.
     *
     * @param chain the header checksum of the last frame, the seal's when there is one
     */
    static SegmentWriter resume(Segment segment, Tail tail, int chain, boolean sealed) throws IOException {
        FrameReader reader = new FrameReader(
                segment.file(),
                segment.sizeBytes(),
                segment.header().salt(),
                ByteBuffer.allocateDirect(FrameFormat.START_BYTES));
        String problem = reader.read(ControlBlock.BYTES, 0);
        if (problem == null && reader.type != FrameFormat.START) {
            problem = "the first frame of a segment must be its start";
        }
        if (problem != null) {
            throw segment.corrupt(ControlBlock.BYTES, problem);
        }
        return new SegmentWriter(segment, reader.sequence, tail.position() - segment.base(), chain, sealed);
    }

    /** Whether a group has room here, with the seal after it. */
    boolean fits(int bytes) {
        return !sealed && roomBytes() >= bytes;
    }

    /** The largest group that has room here. */
    long roomBytes() {
        return segment.sizeBytes() - offset - FrameFormat.SEAL_BYTES;
    }

    /** Writes a group whose first frame has the given sequence. */
    void write(Group group, long sequence) throws IOException {
        chain = FrameFormat.fillHeaders(group, crc, sequence, chain);
        int bytes = group.sizeBytes();
        ByteBuffer buffer = group.buffer();
        int limit = buffer.limit();
        int position = buffer.position();
        try {
            segment.file().writeDurably(offset, buffer.position(0).limit(bytes));
        } finally {
            buffer.limit(limit).position(position);
        }
        offset += bytes;
    }

    /** Ends the segment, unless that has been done; the next frame has the given sequence. */
    void seal(long sequence) throws IOException {
        if (!sealed) {
            ByteBuffer seal = ByteBuffer.allocateDirect(FrameFormat.SEAL_BYTES);
            seal.position(FrameFormat.HEADER_BYTES);
            seal.putLong(sequence - firstSequence).putLong(sequence == firstSequence ? -1 : sequence - 1);
            frame(FrameFormat.SEAL, sequence, seal);
            sealed = true;
        }
    }

    private void frame(byte type, long sequence, ByteBuffer frame) throws IOException {
        int bodyLength = frame.capacity() - FrameFormat.HEADER_BYTES;
        chain = FrameFormat.fillHeader(frame, crc, 0, type, FrameFormat.COMMIT, bodyLength, sequence, 0, chain);
        segment.file().writeDurably(offset, frame.clear());
        offset += frame.capacity();
    }

    /** The position after the last frame. */
    long position() {
        return segment.base() + offset;
    }

    /** The header checksum of the last frame. */
    int chain() {
        return chain;
    }
}
