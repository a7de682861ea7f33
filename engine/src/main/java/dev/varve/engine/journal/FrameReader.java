package dev.varve.engine.journal;

import dev.varve.engine.io.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Reads frames of one segment through a window of its bytes and checks each by itself: magic, header checksum, length,
 * body checksum. How frames follow each other is the caller's to check. Data plane: no allocation per frame unless a
 * frame is larger than the window. Confined to one thread.
 */
final class FrameReader {

    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final DiskFile file;
    private final long fileBytes;
    private final SaltedCrc crc;

    private final FrameWindow window;
    private ByteBuffer buffer = NOTHING;
    private ByteBuffer view = NOTHING;
    private long windowStart;
    private long windowEnd;

    /* The frame last read; valid only when the header was. */
    byte type;
    byte flags;
    int bodyLength;
    long sequence;
    int index;
    int chain;
    int headerCrc;

    /** Whether the header last looked at was whole; the body may still not be. */
    boolean headerValid;

    private int at;

    FrameReader(DiskFile file, long fileBytes, long salt, ByteBuffer buffer) {
        this(file, fileBytes, salt, FrameWindow.reusing(buffer));
    }

    FrameReader(DiskFile file, long fileBytes, long salt, FrameWindow window) {
        this.file = file;
        this.fileBytes = fileBytes;
        this.crc = new SaltedCrc(salt);
        this.window = window;
    }

    /**
     * Reads and checks the frame at an offset.
     *
     * @param offset where it starts in the file
     * @param wantedEnd bytes up to here will be wanted next; never read beyond it but for the rest of the frame
     * @return null when the frame is whole, else what is wrong
     */
    @Nullable String read(long offset, long wantedEnd) throws IOException {
        headerValid = false;
        if (offset + FrameFormat.HEADER_BYTES > fileBytes) {
            return "no room for a frame before the end of the file";
        }
        if (!load(offset, FrameFormat.HEADER_BYTES, wantedEnd)) {
            return "the file ends inside a frame header";
        }
        decodeHeader();
        if (buffer.getShort(at) != FrameFormat.MAGIC) {
            return "no frame starts here";
        }
        headerValid = headerChecks();
        if (!headerValid) {
            return "the header of this frame fails its checksum";
        }
        if (bodyLength < 0 || offset + frameBytes() > fileBytes) {
            return "the frame's length of " + bodyLength + " bytes reaches beyond the end of the file";
        }
        int bytes = (int) frameBytes();
        if (!load(offset, bytes, wantedEnd)) {
            return "the file ends inside this frame";
        }
        if (crc.of(buffer, at + FrameFormat.HEADER_BYTES, at + bytes) != buffer.getInt(at + FrameFormat.BODY_CRC_AT)) {
            return "the body of this frame fails its checksum";
        }
        return null;
    }

    /**
     * The next place at or after an offset where a frame header of this segment is whole.
     *
     * @return its offset, or -1 when there is none up to the end of the file
     */
    long findHeader(long from) throws IOException {
        for (long offset = from; offset + FrameFormat.HEADER_BYTES <= fileBytes; offset += Group.ALIGNMENT) {
            if (!inWindow(offset, FrameFormat.HEADER_BYTES) && !load(offset, FrameFormat.HEADER_BYTES, fileBytes)) {
                return -1;
            }
            at = (int) (offset - windowStart);
            if (buffer.getShort(at) == FrameFormat.MAGIC && headerChecks()) {
                decodeHeader();
                headerValid = true;
                return offset;
            }
        }
        return -1;
    }

    /** Length of the frame whose header was last decoded, with header and padding. */
    long frameBytes() {
        return FrameFormat.frameBytes(bodyLength);
    }

    /** Whether nothing of its group follows the frame whose header was last decoded. */
    boolean endsGroup() {
        return type != FrameFormat.DATA || (flags & FrameFormat.COMMIT) != 0;
    }

    /** The body of the frame last read: read only, big endian, valid until the next call, its bytes as long as the window's. */
    ByteBuffer body() {
        int start = at + FrameFormat.HEADER_BYTES;
        return view.limit(start + bodyLength).position(start);
    }

    /** The buffer in use, for giving it back. */
    ByteBuffer buffer() {
        return window.buffer();
    }

    private boolean headerChecks() {
        return crc.of(buffer, at, at + FrameFormat.HEADER_CRC_AT) == buffer.getInt(at + FrameFormat.HEADER_CRC_AT);
    }

    private void decodeHeader() {
        type = buffer.get(at + FrameFormat.TYPE_AT);
        flags = buffer.get(at + FrameFormat.FLAGS_AT);
        bodyLength = buffer.getInt(at + FrameFormat.BODY_LENGTH_AT);
        sequence = buffer.getLong(at + FrameFormat.SEQUENCE_AT);
        index = buffer.getInt(at + FrameFormat.INDEX_AT);
        chain = buffer.getInt(at + FrameFormat.CHAIN_AT);
        headerCrc = buffer.getInt(at + FrameFormat.HEADER_CRC_AT);
    }

    private boolean inWindow(long offset, int bytes) {
        return offset >= windowStart && offset + bytes <= windowEnd;
    }

    /** Brings bytes into the window. Returns false when the file ends before them. */
    private boolean load(long offset, int bytes, long wantedEnd) throws IOException {
        if (!inWindow(offset, bytes)) {
            buffer = window.next(bytes, Math.max(bytes, Math.min(wantedEnd, fileBytes) - offset));
            windowStart = offset;
            windowEnd = offset;
            windowEnd = offset + file.read(offset, buffer);
            buffer.clear();
            view = buffer.asReadOnlyBuffer();
            if (!inWindow(offset, bytes)) {
                return false;
            }
        }
        at = (int) (offset - windowStart);
        return true;
    }
}
