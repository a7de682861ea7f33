package dev.varve.server.outbound;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.interfaces.EdECPublicKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;

/** Ed25519 keys and signatures of webhooks. Thread-safe. */
public final class SigningKeys {

    private static final String ALGORITHM = "Ed25519";
    private static final int PUBLIC_KEY_BYTES = 32;
    private static final Base64.Encoder ENCODER = Base64.getUrlEncoder().withoutPadding();
    private static final Base64.Decoder DECODER = Base64.getUrlDecoder();

    private SigningKeys() {}

    /**
     * Makes a new key.
     *
     * @return the key
     */
    public static SigningKey generate() {
        try {
            KeyPair pair = KeyPairGenerator.getInstance(ALGORITHM).generateKeyPair();
            String publicKey = ENCODER.encodeToString(rawPublicKey((EdECPublicKey) pair.getPublic()));
            String privateKey = ENCODER.encodeToString(pair.getPrivate().getEncoded());
            return new SigningKey(thumbprint(publicKey), publicKey, privateKey);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has Ed25519", e);
        }
    }

    /** The 32 bytes of RFC 8032: y in little-endian order, the lowest bit of x on top. */
    private static byte[] rawPublicKey(EdECPublicKey key) {
        byte[] bigEndian = key.getPoint().getY().toByteArray();
        byte[] raw = new byte[PUBLIC_KEY_BYTES];
        int length = Math.min(bigEndian.length, PUBLIC_KEY_BYTES);
        for (int i = 0; i < length; i++) {
            raw[i] = bigEndian[bigEndian.length - 1 - i];
        }
        if (key.getPoint().isXOdd()) {
            raw[PUBLIC_KEY_BYTES - 1] |= (byte) 0x80;
        }
        return raw;
    }

    /** The key id: {@code ds_} and the JWK thumbprint of RFC 7638. */
    static String thumbprint(String publicKey) {
        String canonical = "{\"crv\":\"Ed25519\",\"kty\":\"OKP\",\"x\":\"" + publicKey + "\"}";
        return "ds_" + ENCODER.encodeToString(sha256(canonical.getBytes(StandardCharsets.UTF_8)));
    }

    /**
     * The value of the {@code Webhook-Signature} header.
     *
     * @param key the signing key
     * @param atSeconds the time of signing, which receivers hold against their clock
     * @param body the bytes that are sent
     * @return {@code t=…,kid=…,ed25519=…}
     */
    public static String sign(SigningKey key, long atSeconds, byte[] body) {
        byte[] encoded = DECODER.decode(key.privateKey());
        try {
            PrivateKey privateKey = KeyFactory.getInstance(ALGORITHM).generatePrivate(new PKCS8EncodedKeySpec(encoded));
            Signature signature = Signature.getInstance(ALGORITHM);
            signature.initSign(privateKey);
            signature.update((atSeconds + ".").getBytes(StandardCharsets.US_ASCII));
            signature.update(body);
            return "t=" + atSeconds + ",kid=" + key.kid() + ",ed25519=" + ENCODER.encodeToString(signature.sign());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("the signing key " + key.kid() + " is not usable", e);
        } finally {
            Arrays.fill(encoded, (byte) 0);
        }
    }

    private static byte[] sha256(byte[] bytes) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(bytes);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
