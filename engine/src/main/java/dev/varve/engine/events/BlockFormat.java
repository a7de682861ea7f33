package dev.varve.engine.events;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.zip.CRC32C;

/** A run of events as a row of the state: the first position is in the key. */
final class BlockFormat {

    /** Rows end where they have so many bytes, so that one event costs no more to read than the disk reads anyway. */
    static final int TARGET_BYTES = 8 << 10;

    static final int MAX_EVENTS = 128;

    private static final byte VERSION = 1;
    private static final int HEADER_BYTES = 1 + Integer.BYTES;

    private BlockFormat() {}

    static byte[] encode(long first, List<byte[]> events) {
        int size = HEADER_BYTES + Long.BYTES + Integer.BYTES;
        for (byte[] event : events) {
            size += Integer.BYTES + event.length;
        }
        ByteBuffer out = ByteBuffer.allocate(size);
        out.put(VERSION).putInt(0).putLong(first).putInt(events.size());
        for (byte[] event : events) {
            out.putInt(event.length).put(event);
        }
        out.putInt(1, checksum(out.array()));
        return out.array();
    }

    private static int checksum(byte[] block) {
        CRC32C crc = new CRC32C();
        crc.update(block, HEADER_BYTES, block.length - HEADER_BYTES);
        return (int) crc.getValue();
    }

    static byte[][] decode(long first, byte[] block) throws IOException {
        ByteBuffer in = ByteBuffer.wrap(block);
        byte version = in.get();
        if (version != VERSION) {
            throw new IOException("the events from position " + first + " on are stored in version " + version
                    + ", this Varve reads " + VERSION);
        }
        if (in.getInt() != checksum(block) || in.getLong() != first) {
            throw new IOException("the events from position " + first + " on fail their checksum");
        }
        byte[][] events = new byte[in.getInt()][];
        for (int i = 0; i < events.length; i++) {
            events[i] = new byte[in.getInt()];
            in.get(events[i]);
        }
        return events;
    }
}
