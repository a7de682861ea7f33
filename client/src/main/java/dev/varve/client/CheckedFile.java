package dev.varve.client;

import dev.varve.api.ErrorKind;
import dev.varve.api.FileReference;
import dev.varve.api.VarveException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * The bytes of a file on their way from a server, which checks each part before it sends it. Here it is checked that they are
 * all there and the ones that the hash names, so that the end is never reached of other bytes. Confined to one thread.
 */
final class CheckedFile extends InputStream {

    private static final String SHA_256 = "sha256:";

    private final BodyStream body;
    private final FileReference reference;
    private final MessageDigest digest = sha256();
    private long length;
    private boolean checked;

    CheckedFile(BodyStream body, FileReference reference) {
        this.body = body;
        this.reference = reference;
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    @Override
    public int read() {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] target, int offset, int wanted) {
        int taken = body.read(target, offset, wanted);
        if (taken > 0) {
            digest.update(target, offset, taken);
            length += taken;
        } else if (taken < 0 && !checked) {
            check();
        }
        return taken;
    }

    private void check() {
        String hash = SHA_256 + HexFormat.of().formatHex(digest.digest());
        if (!hash.equals(reference.hash())) {
            throw new VarveException(
                    ErrorKind.CORRUPT,
                    "what came are " + length + " bytes with the hash " + hash + " instead of " + reference.hash());
        }
        checked = true;
    }

    @Override
    public void close() {
        body.close();
    }
}
