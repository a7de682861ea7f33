package dev.varve.server.outbound;

/**
 * An Ed25519 key that signs webhooks. Immutable.
 *
 * @param kid its id, by which receivers find the public half
 * @param publicKey the 32 bytes of RFC 8032, unpadded base64url
 * @param privateKey PKCS #8, unpadded base64url
 */
public record SigningKey(String kid, String publicKey, String privateKey) {

    /** Without the private half. */
    @Override
    public String toString() {
        return "SigningKey[" + kid + "]";
    }
}
