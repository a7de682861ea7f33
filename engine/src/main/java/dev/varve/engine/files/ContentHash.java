package dev.varve.engine.files;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** SHA-256. Stateless. */
final class ContentHash {

    private ContentHash() {}

    static MessageDigest begin() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
