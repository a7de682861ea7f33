package dev.varve.engine.state;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Where a value lies that is too large for its table. A row of a table with value files is a byte that tells the kind,
 * then either the value itself or such a reference. Immutable.
 *
 * @param file the number of the value file
 * @param offset where in it the record begins
 * @param length how long the value is
 * @param crc32c the checksum of key and value
 */
record ValueRef(long file, long offset, int length, int crc32c) {

    private static final byte INLINE = 0;
    private static final byte REFERENCE = 1;
    private static final int ROW_BYTES = 1 + 2 * Long.BYTES + 2 * Integer.BYTES;

    /** The row that holds a value itself. */
    static byte[] inlineRow(byte[] value) {
        byte[] row = new byte[1 + value.length];
        row[0] = INLINE;
        System.arraycopy(value, 0, row, 1, value.length);
        return row;
    }

    /** Whether a row holds the value itself. */
    static boolean isInline(byte[] row) {
        return row.length > 0 && row[0] == INLINE;
    }

    /** The value that such a row holds. */
    static byte[] inlineValue(byte[] row) {
        return Arrays.copyOfRange(row, 1, row.length);
    }

    /** The reference that a row holds; null when it holds the value itself or something unknown. */
    static @Nullable ValueRef of(byte[] row) {
        if (row.length != ROW_BYTES || row[0] != REFERENCE) {
            return null;
        }
        ByteBuffer in = ByteBuffer.wrap(row, 1, ROW_BYTES - 1);
        return new ValueRef(in.getLong(), in.getLong(), in.getInt(), in.getInt());
    }

    byte[] row() {
        return ByteBuffer.allocate(ROW_BYTES)
                .put(REFERENCE)
                .putLong(file)
                .putLong(offset)
                .putInt(length)
                .putInt(crc32c)
                .array();
    }

    /** How much of the value file the record takes. */
    long recordBytes(int keyBytes) {
        return ValueFile.RECORD_HEADER_BYTES + keyBytes + (long) length;
    }

    static int checksum(byte[] key, byte[] value) {
        return checksum(key, ByteBuffer.wrap(value));
    }

    /** Of the value's remaining bytes, which stay so. */
    static int checksum(byte[] key, ByteBuffer value) {
        CRC32C crc = new CRC32C();
        crc.update(key);
        crc.update(value.duplicate());
        return (int) crc.getValue();
    }
}
