package dev.varve.engine.streams;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.BitSet;
import java.util.zip.CRC32C;

/**
 * A run of a stream's messages as it stands in the state (docs/formats/frames.md): whole messages, with where each ends.
 * The checksum covers everything after it, the stream's incarnation included, so that a chunk that ended up under
 * another key is noticed. Immutable.
 *
 * @param incarnation the stream
 * @param start the position of its first byte
 * @param messagesBefore how many messages precede it
 * @param firstMillis when its first message was appended
 * @param lastMillis when its last message was appended
 * @param payload the messages
 */
record Chunk(long incarnation, long start, long messagesBefore, long firstMillis, long lastMillis, Payload payload) {

    /** A chunk is written when it has grown to this many bytes; a single larger message makes a larger chunk. */
    static final int TARGET_BYTES = 256 << 10;

    private static final byte VERSION = 1;
    private static final int CHECKED_FROM = 1 + Integer.BYTES;
    /** Set in a message's end when the message is the last one of its append. */
    private static final int APPEND_END = 1 << 31;

    private static final int FIXED_BYTES = CHECKED_FROM + 5 * Long.BYTES;

    byte[] encode() {
        int count = payload.messages();
        int length = payload.length();
        byte[] encoded = new byte[FIXED_BYTES + (2 + count) * Integer.BYTES + length];
        ByteBuffer out = ByteBuffer.wrap(encoded);
        out.put(VERSION).putInt(0);
        out.putLong(incarnation)
                .putLong(start)
                .putLong(messagesBefore)
                .putLong(firstMillis)
                .putLong(lastMillis);
        out.putInt(count).putInt(length);
        for (int i = 0; i < count; i++) {
            out.putInt(payload.end(i) | (payload.endsAppend(i) ? APPEND_END : 0));
        }
        payload.copyTo(0, length, encoded, out.position());
        out.putInt(1, checksum(out.slice(CHECKED_FROM, encoded.length - CHECKED_FROM)));
        return encoded;
    }

    /**
     * Reads a chunk. The payload shares the memory.
     *
     * @param encoded the value as the state gives it. One that lies outside the heap was read from a value file and checked
     *     together with its key just now; others are checked here.
     */
    static Chunk decode(ByteBuffer encoded, long incarnation, long start) throws IOException {
        if (encoded.remaining() < FIXED_BYTES + 2 * Integer.BYTES) {
            throw damaged(incarnation, start, "it is too short");
        }
        ByteBuffer in = encoded.slice();
        byte version = in.get();
        if (version != VERSION) {
            throw damaged(incarnation, start, "its version is " + version + ", this Varve reads version " + VERSION);
        }
        int checksum = in.getInt();
        if (!encoded.isDirect() && checksum != checksum(in.slice())) {
            throw damaged(incarnation, start, "its checksum does not match");
        }
        long storedIncarnation = in.getLong();
        long storedStart = in.getLong();
        if (storedIncarnation != incarnation || storedStart != start) {
            throw damaged(
                    incarnation, start, "it belongs to stream " + storedIncarnation + " at position " + storedStart);
        }
        long messagesBefore = in.getLong();
        long firstMillis = in.getLong();
        long lastMillis = in.getLong();
        int count = in.getInt();
        int length = in.getInt();
        if (count < 0 || length < 0 || (long) count * Integer.BYTES + length != in.remaining()) {
            throw damaged(incarnation, start, "it is not as long as it says");
        }
        int[] ends = new int[count];
        BitSet appendEnds = new BitSet(count);
        for (int i = 0; i < count; i++) {
            int end = in.getInt();
            ends[i] = end & ~APPEND_END;
            appendEnds.set(i, (end & APPEND_END) != 0);
        }
        return new Chunk(
                incarnation,
                start,
                messagesBefore,
                firstMillis,
                lastMillis,
                Payload.stored(in, in.position(), length, ends, appendEnds));
    }

    private static int checksum(ByteBuffer checked) {
        CRC32C crc = new CRC32C();
        crc.update(checked);
        return (int) crc.getValue();
    }

    private static IOException damaged(long incarnation, long start, String what) {
        return new IOException(
                "stored data of stream " + incarnation + " at position " + start + " is damaged: " + what);
    }
}
