package dev.varve.engine.journal;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * The frames of one durable write, laid out as they will stand in the journal. The owner of a shard fills one, hands it
 * to {@link Journal#append} and may fill it again after {@link #clear()} once the append has completed.
 *
 * <p>Each frame has {@value #HEADER_BYTES} bytes reserved for the journal's header, its body, and zeros up to a multiple
 * of {@value #ALIGNMENT}. Data plane: no allocation per frame. Confined to one thread at a time.
 */
public final class Group {

    /** Bytes before each body that belong to the journal. */
    public static final int HEADER_BYTES = 32;

    /** Frames start at multiples of this many bytes. */
    public static final int ALIGNMENT = 8;

    /** The largest body, inclusive, in bytes: a request of 16 MiB with room for what surrounds it. */
    public static final int MAX_BODY_BYTES = 20 << 20;

    private static final int INITIAL_BYTES = 256 << 10;
    private static final int KEPT_BYTES = 4 << 20;

    private ByteBuffer buffer = allocate(INITIAL_BYTES);
    private int[] starts = new int[64];
    private int[] bodyLengths = new int[64];
    private int frames;
    private boolean inFrame;

    /** Creates an empty group. */
    public Group() {}

    private static ByteBuffer allocate(int bytes) {
        return ByteBuffer.allocateDirect(bytes).order(ByteOrder.BIG_ENDIAN);
    }

    /**
     * Starts a frame.
     *
     * @param bodyBytesAtMost an upper bound of the body's length
     * @return the buffer, positioned where the body starts, with at least that much room; write the body and call
     *     {@link #endFrame()}
     */
    public ByteBuffer beginFrame(int bodyBytesAtMost) {
        if (inFrame) {
            throw new IllegalStateException("the last frame was not ended");
        }
        if (bodyBytesAtMost > MAX_BODY_BYTES) {
            throw new IllegalArgumentException("frame body of up to " + bodyBytesAtMost + " bytes is too large");
        }
        reserve(HEADER_BYTES + bodyBytesAtMost + ALIGNMENT);
        if (frames == starts.length) {
            starts = Arrays.copyOf(starts, frames * 2);
            bodyLengths = Arrays.copyOf(bodyLengths, frames * 2);
        }
        starts[frames] = buffer.position();
        buffer.position(buffer.position() + HEADER_BYTES);
        inFrame = true;
        return buffer;
    }

    /**
     * Ends the frame at the buffer's position.
     *
     * @return the frame's index in this group, from 0
     */
    public int endFrame() {
        if (!inFrame) {
            throw new IllegalStateException("no frame was begun");
        }
        inFrame = false;
        bodyLengths[frames] = buffer.position() - starts[frames] - HEADER_BYTES;
        while (buffer.position() % ALIGNMENT != 0) {
            buffer.put((byte) 0);
        }
        return frames++;
    }

    private void reserve(int bytes) {
        if (buffer.remaining() >= bytes) {
            return;
        }
        long wanted = Math.max((long) buffer.capacity() * 2, (long) buffer.position() + bytes);
        ByteBuffer larger = allocate(Math.toIntExact(wanted));
        buffer.flip();
        larger.put(buffer);
        buffer = larger;
    }

    /** Forgets all frames. Gives memory back after an unusually large group. */
    public void clear() {
        if (buffer.capacity() > KEPT_BYTES) {
            buffer = allocate(INITIAL_BYTES);
        }
        buffer.clear();
        frames = 0;
        inFrame = false;
    }

    /**
     * How many frames were ended.
     *
     * @return the count
     */
    public int frames() {
        return frames;
    }

    /**
     * The length of all frames with headers and padding.
     *
     * @return bytes
     */
    public int sizeBytes() {
        return inFrame ? starts[frames] : buffer.position();
    }

    /**
     * Where a frame's header starts.
     *
     * @param frame the frame's index
     * @return bytes from the start of the group
     */
    public int frameStart(int frame) {
        return starts[frame];
    }

    /**
     * The length of a frame's body.
     *
     * @param frame the frame's index
     * @return bytes, without header and padding
     */
    public int bodyLength(int frame) {
        return bodyLengths[frame];
    }

    /**
     * The bytes of the group, for the journal to fill in headers and write.
     *
     * @return a buffer over the whole group with absolute indexes from 0; its position is at the end of the last frame
     */
    public ByteBuffer buffer() {
        return buffer;
    }
}
