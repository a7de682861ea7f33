package dev.varve.engine.files;

import java.util.regex.Pattern;

/**
 * What a blob is found by. Organisations share nothing: the same bytes are kept once in each. Immutable.
 *
 * @param organisation whose it is
 * @param hex the SHA-256 of the content as 64 hexadecimal digits in lower case
 */
public record BlobId(String organisation, String hex) implements Comparable<BlobId> {

    private static final Pattern HEX = Pattern.compile("[0-9a-f]{64}");

    /** Checks the digits: they become the name of a file. */
    public BlobId {
        if (!isHex(hex)) {
            throw new IllegalArgumentException("\"" + hex + "\" is no SHA-256 in hexadecimal digits");
        }
    }

    /** Whether a text is 64 hexadecimal digits in lower case. */
    static boolean isHex(String text) {
        return HEX.matcher(text).matches();
    }

    @Override
    public int compareTo(BlobId other) {
        int byOrganisation = organisation.compareTo(other.organisation);
        return byOrganisation != 0 ? byOrganisation : hex.compareTo(other.hex);
    }
}
