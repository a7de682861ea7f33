package dev.varve.engine.journal;

import dev.varve.engine.io.ReadBuffers;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * The memory through which frames are read: one buffer over and over, or memory of somebody who keeps what was read.
 * Confined to one thread.
 */
final class FrameWindow {

    private final @Nullable ReadBuffers given;
    private ByteBuffer buffer;

    private FrameWindow(@Nullable ReadBuffers given, ByteBuffer buffer) {
        this.given = given;
        this.buffer = buffer;
    }

    /** One buffer, replaced by a larger one for a frame that does not fit. */
    static FrameWindow reusing(ByteBuffer buffer) {
        return new FrameWindow(null, buffer.order(ByteOrder.BIG_ENDIAN));
    }

    /** Other memory each time, as large as what is wanted. */
    static FrameWindow in(ReadBuffers buffers) {
        return new FrameWindow(buffers, ByteBuffer.allocate(0));
    }

    /**
     * Where to read next.
     *
     * @param least how many bytes it must hold
     * @param wanted how many would be good
     */
    ByteBuffer next(int least, long wanted) {
        if (given != null) {
            return given.take(Math.toIntExact(wanted));
        }
        if (least > buffer.capacity()) {
            buffer = ByteBuffer.allocateDirect(least).order(ByteOrder.BIG_ENDIAN);
        }
        return buffer.clear().limit((int) Math.min(wanted, buffer.capacity()));
    }

    /** The buffer in use, for giving it back. */
    ByteBuffer buffer() {
        return buffer;
    }
}
