package dev.varve.engine.shard;

import dev.varve.engine.journal.Group;
import java.nio.ByteBuffer;

/**
 * Where a command writes its effects: one frame of the group that is being filled. A frame's body is a version byte, the
 * group's time in milliseconds, and effects up to its end, each with a type byte in front (docs/formats/frames.md).
 * Confined to the shard's owner.
 */
public final class FrameWriter {

    /** The version of the frame body's layout. */
    public static final byte VERSION = 2;

    /** Bytes before the first effect. */
    public static final int PREFIX_BYTES = 1 + Long.BYTES;

    private final Group group;
    private long timeMillis;
    private int bodyStart;
    private int frame = -1;

    FrameWriter(Group group) {
        this.group = group;
    }

    void reset(long nowMillis) {
        timeMillis = nowMillis;
        frame = -1;
    }

    /**
     * Starts the command's frame.
     *
     * @param effectBytesAtMost an upper bound of all effects' length
     * @return where to write effects
     */
    public ByteBuffer begin(int effectBytesAtMost) {
        ByteBuffer buffer = group.beginFrame(PREFIX_BYTES + effectBytesAtMost);
        bodyStart = buffer.position();
        buffer.put(VERSION).putLong(timeMillis);
        return buffer;
    }

    /**
     * Where the next effect will stand in the frame's body.
     *
     * @param buffer the buffer that {@link #begin} gave
     * @return bytes from the start of the body
     */
    public int effectOffset(ByteBuffer buffer) {
        return buffer.position() - bodyStart;
    }

    /** Ends the frame. */
    public void end() {
        frame = group.endFrame();
    }

    int takeFrame() {
        int taken = frame;
        frame = -1;
        return taken;
    }
}
