package dev.varve.engine.journal;

import java.nio.ByteBuffer;
import java.util.concurrent.ArrayBlockingQueue;
import org.jspecify.annotations.Nullable;

/** Direct buffers for reads, a bounded number of which is kept. Thread-safe. */
final class BufferPool {

    private final int bufferBytes;
    private final ArrayBlockingQueue<ByteBuffer> kept;

    BufferPool(int bufferBytes, int keptBuffers) {
        this.bufferBytes = bufferBytes;
        this.kept = new ArrayBlockingQueue<>(keptBuffers);
    }

    ByteBuffer take() {
        @Nullable ByteBuffer buffer = kept.poll();
        return buffer == null ? ByteBuffer.allocateDirect(bufferBytes) : buffer;
    }

    /** Takes a buffer back; one of another size, or one too many, is left to the collector. */
    void giveBack(ByteBuffer buffer) {
        if (buffer.capacity() == bufferBytes) {
            kept.offer(buffer);
        }
    }
}
