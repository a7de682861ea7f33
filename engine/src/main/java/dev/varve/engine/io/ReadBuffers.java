package dev.varve.engine.io;

import java.nio.ByteBuffer;

/** Where memory to read into comes from; whoever gives it says for how long it is valid. Confined to one thread. */
public interface ReadBuffers {

    /**
     * Gives a buffer.
     *
     * @param bytes how many it must hold
     * @return a big-endian buffer outside the heap: position 0, the given limit, any content
     */
    ByteBuffer take(int bytes);
}
