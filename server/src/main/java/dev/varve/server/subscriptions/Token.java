package dev.varve.server.subscriptions;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.HexFormat;
import java.util.random.RandomGenerator;

/**
 * A callback or claim token as it is kept: its hash, never itself. It belongs to one subscription and one generation.
 * Immutable.
 *
 * @param hash SHA-256 of the token, unpadded base64url
 * @param generation the generation it is good for
 * @param expiresAtMillis the wall time of its end, for the log
 * @param expiryNanos its end on the elapsed clock
 */
record Token(String hash, long generation, long expiresAtMillis, long expiryNanos) {

    /** How long a token is good after it was minted or its lease extended. */
    static final long LIFETIME_MILLIS = 3_600_000;

    private static final int RANDOM_BYTES = 32;
    private static final int WAKE_ID_BYTES = 12;
    private static final Base64.Encoder BASE64 = Base64.getUrlEncoder().withoutPadding();

    static String mint(RandomGenerator random) {
        byte[] bytes = new byte[RANDOM_BYTES];
        random.nextBytes(bytes);
        return BASE64.encodeToString(bytes);
    }

    static String mintWakeId(RandomGenerator random) {
        byte[] bytes = new byte[WAKE_ID_BYTES];
        random.nextBytes(bytes);
        return "w_" + HexFormat.of().formatHex(bytes);
    }

    static String hash(String token) {
        return BASE64.encodeToString(sha256().digest(token.getBytes(StandardCharsets.UTF_8)));
    }

    /** Compares in a time that does not depend on where the hashes differ. */
    boolean hasHash(String other) {
        return MessageDigest.isEqual(
                hash.getBytes(StandardCharsets.US_ASCII), other.getBytes(StandardCharsets.US_ASCII));
    }

    Event.TokenRecord record() {
        return new Event.TokenRecord(hash, generation, expiresAtMillis);
    }

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
