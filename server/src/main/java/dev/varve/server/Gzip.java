package dev.varve.server;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Locale;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;

/** Compression of pages. Stateless. */
final class Gzip {

    /** Below this size the gain is less than one packet. */
    static final int MIN_BYTES = 1_400;

    private static final int BUFFER_BYTES = 8 * 1024;

    private Gzip() {}

    /** Whether the client takes gzip. */
    static boolean accepted(List<String> acceptEncoding) {
        boolean any = false;
        for (String line : acceptEncoding) {
            for (String part : line.split(",")) {
                String[] pieces = part.strip().toLowerCase(Locale.ROOT).split(";");
                String coding = pieces[0].strip();
                boolean refused = pieces.length > 1 && isZero(pieces[1]);
                if (coding.equals("gzip") || coding.equals("x-gzip")) {
                    return !refused;
                }
                any |= coding.equals("*") && !refused;
            }
        }
        return any;
    }

    private static boolean isZero(String parameter) {
        String weight = parameter.strip();
        return weight.startsWith("q=0") && weight.substring(3).chars().allMatch(c -> c == '.' || c == '0');
    }

    static byte[] compress(ByteBuffer data) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(data.remaining() / 3 + 64);
        try (OutputStream gzip = new FastGzip(out)) {
            byte[] buffer = new byte[BUFFER_BYTES];
            ByteBuffer source = data.duplicate();
            while (source.hasRemaining()) {
                int length = Math.min(buffer.length, source.remaining());
                source.get(buffer, 0, length);
                gzip.write(buffer, 0, length);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }

    /** Speed before size: the bytes are compressed once per answer. */
    private static final class FastGzip extends GZIPOutputStream {
        FastGzip(OutputStream out) throws IOException {
            super(out, BUFFER_BYTES);
            def.setLevel(Deflater.BEST_SPEED);
        }
    }
}
