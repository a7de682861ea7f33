package dev.varve.engine.files;

import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.zip.CRC32C;

/**
 * How a blob lies in its file (docs/formats/files.md): the content as it is, the checksum of each block, and a trailer that says
 * which blob it is. Stateless.
 */
final class BlobFormat {

    /** What one checksum is of. */
    static final int BLOCK_BYTES = 64 * 1024;

    static final int TRAILER_BYTES = 64;

    /** "VARVEBLO". */
    private static final long MAGIC = 0x5641525645424C4FL;

    private static final int VERSION = 1;

    private BlobFormat() {}

    static long blocks(long size) {
        return (size + BLOCK_BYTES - 1) / BLOCK_BYTES;
    }

    /** How long the file of a blob is. */
    static long fileBytes(long size) {
        return size + blocks(size) * Integer.BYTES + TRAILER_BYTES;
    }

    static ByteBuffer trailer(String hex, long size, int tableCrc) {
        ByteBuffer trailer = ByteBuffer.allocate(TRAILER_BYTES)
                .putLong(MAGIC)
                .putInt(VERSION)
                .putInt(BLOCK_BYTES)
                .putLong(size)
                .put(HexFormat.of().parseHex(hex))
                .putInt(tableCrc);
        return trailer.putInt(crc(trailer.duplicate().flip())).flip();
    }

    /** Why these bytes are not the trailer of a blob, or an empty text. */
    static String flaw(ByteBuffer trailer, String hex, long fileBytes) {
        ByteBuffer in = trailer.duplicate();
        ByteBuffer checked = trailer.duplicate().limit(TRAILER_BYTES - Integer.BYTES);
        if (in.getLong() != MAGIC || trailer.getInt(TRAILER_BYTES - Integer.BYTES) != crc(checked)) {
            return "has a damaged end";
        }
        int version = in.getInt();
        if (version != VERSION || in.getInt() != BLOCK_BYTES) {
            return "has format " + version + ", this Varve reads " + VERSION;
        }
        if (fileBytes(in.getLong()) != fileBytes) {
            return "has " + fileBytes + " bytes, which is not what its end says";
        }
        byte[] hash = new byte[hex.length() / 2];
        in.get(hash);
        return HexFormat.of().formatHex(hash).equals(hex) ? "" : "holds another blob than its name says";
    }

    static long size(ByteBuffer trailer) {
        return trailer.getLong(Long.BYTES + 2 * Integer.BYTES);
    }

    static int tableCrc(ByteBuffer trailer) {
        return trailer.getInt(TRAILER_BYTES - 2 * Integer.BYTES);
    }

    static int crc(ByteBuffer bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes);
        return (int) crc.getValue();
    }
}
