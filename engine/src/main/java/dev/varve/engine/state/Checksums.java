package dev.varve.engine.state;

import dev.varve.engine.io.DiskErrors;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HexFormat;
import java.util.zip.CRC32C;

/** CRC32C of whole files. */
final class Checksums {

    private static final int BUFFER_BYTES = 256 * 1024;

    private Checksums() {}

    static int ofFile(Path file) throws IOException {
        CRC32C crc = new CRC32C();
        ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            while (channel.read(buffer) >= 0) {
                buffer.flip();
                crc.update(buffer);
                buffer.clear();
            }
        } catch (IOException e) {
            throw DiskErrors.named(file, e);
        }
        return (int) crc.getValue();
    }

    static String hex(int checksum) {
        return HexFormat.of().toHexDigits(checksum);
    }
}
