package dev.varve.engine.events;

import dev.varve.engine.state.VarInts;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** Ascending positions as a row of the state: each as its distance from the one before, the first from 0. */
final class IndexRow {

    static final int MAX_POSITIONS = 2048;

    private IndexRow() {}

    static byte[] encode(PositionList positions, int from, int to) {
        ByteBuffer out = ByteBuffer.allocate((to - from) * VarInts.MAX_BYTES);
        long before = 0;
        for (int i = from; i < to; i++) {
            VarInts.put(out, positions.get(i) - before);
            before = positions.get(i);
        }
        return Arrays.copyOf(out.array(), out.position());
    }

    static long[] decode(byte[] row) {
        ByteBuffer in = ByteBuffer.wrap(row);
        long[] positions = new long[row.length];
        int count = 0;
        long before = 0;
        while (in.hasRemaining()) {
            before += VarInts.get(in);
            positions[count++] = before;
        }
        return Arrays.copyOf(positions, count);
    }
}
