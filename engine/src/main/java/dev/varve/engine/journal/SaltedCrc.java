package dev.varve.engine.journal;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * CRC32C over a segment's salt followed by bytes of a buffer, so that frames of another life of the same file do not
 * parse. Data plane: no allocation per checksum. Confined to one thread at a time.
 */
final class SaltedCrc {

    private final CRC32C crc = new CRC32C();
    private final byte[] salt;

    SaltedCrc(long salt) {
        this.salt = ByteBuffer.allocate(Long.BYTES).putLong(salt).array();
    }

    /** The checksum of the bytes from {@code from} (inclusive) to {@code to} (exclusive). Leaves the buffer as it was. */
    int of(ByteBuffer buffer, int from, int to) {
        begin();
        add(buffer, from, to);
        return value();
    }

    /** Starts a checksum over bytes that come in parts. */
    void begin() {
        crc.reset();
        crc.update(salt, 0, Long.BYTES);
    }

    /** Adds bytes. Leaves the buffer as it was. */
    void add(ByteBuffer buffer, int from, int to) {
        int position = buffer.position();
        int limit = buffer.limit();
        crc.update(buffer.limit(to).position(from));
        buffer.limit(limit).position(position);
    }

    /** The checksum of what was added so far. */
    int value() {
        return (int) crc.getValue();
    }
}
