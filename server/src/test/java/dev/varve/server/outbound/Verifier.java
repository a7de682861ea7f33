package dev.varve.server.outbound;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import java.util.HexFormat;

/** Verifies as a receiver would who knows nothing but the published key; the same as in docs/subscriptions.md. */
public final class Verifier {

    /** What DER puts before the 32 bytes of an Ed25519 public key (RFC 8410). */
    private static final byte[] PREFIX = HexFormat.of().parseHex("302a300506032b6570032100");

    private Verifier() {}

    public static boolean verifies(String x, String seconds, byte[] body, String signature) {
        try {
            ByteArrayOutputStream der = new ByteArrayOutputStream();
            der.writeBytes(PREFIX);
            der.writeBytes(Base64.getUrlDecoder().decode(x));
            PublicKey key = KeyFactory.getInstance("Ed25519").generatePublic(new X509EncodedKeySpec(der.toByteArray()));
            Signature verifier = Signature.getInstance("Ed25519");
            verifier.initVerify(key);
            verifier.update((seconds + ".").getBytes(StandardCharsets.US_ASCII));
            verifier.update(body);
            return verifier.verify(Base64.getUrlDecoder().decode(signature));
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }
}
