package dev.varve.server;

import dev.varve.engine.spi.PartedReads.Part;
import java.nio.ByteBuffer;
import java.util.List;

/** A part of a body that lies on the heap. Confined to one thread at a time. */
record HeapPart(ByteBuffer bytes) implements Part {

    @Override
    public List<ByteBuffer> buffers() {
        return List.of(bytes);
    }

    @Override
    public int length() {
        return bytes.remaining();
    }

    @Override
    public void close() {
        // The memory goes when nobody knows it any more.
    }
}
