package dev.varve.engine.streams;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.BitSet;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** A chunk of 256 KiB with 1,024 messages on its way to the state and back. Confined to one thread. */
@State(Scope.Thread)
public class ChunkBenchmark {

    private static final int MESSAGES = 1024;
    private static final int MESSAGE_BYTES = Chunk.TARGET_BYTES / MESSAGES;

    private final Chunk chunk = chunk();
    private final byte[] encoded = chunk.encode();

    private static Chunk chunk() {
        int[] ends = new int[MESSAGES];
        BitSet appendEnds = new BitSet(MESSAGES);
        for (int i = 0; i < MESSAGES; i++) {
            ends[i] = (i + 1) * MESSAGE_BYTES;
            appendEnds.set(i);
        }
        byte[] bytes = new byte[MESSAGES * MESSAGE_BYTES];
        return new Chunk(7, 0, 0, 1, 2, Payload.stored(ByteBuffer.wrap(bytes), 0, bytes.length, ends, appendEnds));
    }

    /** The bytes that are stored, with their checksum. */
    @Benchmark
    public byte[] encode() {
        return chunk.encode();
    }

    /** The chunk, its checksum checked. */
    @Benchmark
    public Object decode() throws IOException {
        return Chunk.decode(ByteBuffer.wrap(encoded), 7, 0);
    }
}
