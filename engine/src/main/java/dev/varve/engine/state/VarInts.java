package dev.varve.engine.state;

import java.nio.ByteBuffer;

/** Numbers from 0 on in as few bytes as they need: seven bits each, the lowest first, the top bit set on all but the last. */
public final class VarInts {

    /** The most bytes that a number takes. */
    public static final int MAX_BYTES = 9;

    private VarInts() {}

    /**
     * How many bytes a number takes.
     *
     * @param value from 0 on
     * @return bytes
     */
    public static int sizeOf(long value) {
        int bytes = 1;
        for (long rest = value >>> 7; rest != 0; rest >>>= 7) {
            bytes++;
        }
        return bytes;
    }

    /**
     * Writes a number.
     *
     * @param out where to
     * @param value from 0 on
     */
    public static void put(ByteBuffer out, long value) {
        long rest = value;
        while (rest >>> 7 != 0) {
            out.put((byte) (rest | 0x80));
            rest >>>= 7;
        }
        out.put((byte) rest);
    }

    /**
     * Reads a number.
     *
     * @param in where from
     * @return the number
     */
    public static long get(ByteBuffer in) {
        long value = 0;
        for (int shift = 0; shift < Long.SIZE; shift += 7) {
            byte next = in.get();
            value |= (long) (next & 0x7F) << shift;
            if (next >= 0) {
                return value;
            }
        }
        throw new IllegalArgumentException("a number of more than " + MAX_BYTES + " bytes");
    }
}
