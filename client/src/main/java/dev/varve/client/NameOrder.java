package dev.varve.client;

/**
 * In which order names stand that follow the same path: as the bytes of written paths do. A name by which a path ends is compared as
 * it is, one that is followed by others with the slash behind it. Names are written, with their escapes. Stateless.
 */
final class NameOrder {

    private static final char SLASH = '/';

    private NameOrder() {}

    /** Whether a name can be compared with any other char by char, because none of its chars takes part in a surrogate pair or stands behind those. */
    static boolean isPlain(String name) {
        for (int i = 0; i < name.length(); i++) {
            if (name.charAt(i) >= Character.MIN_SURROGATE) {
                return false;
            }
        }
        return true;
    }

    /**
     * Compares two names that both end a path, or are both followed by others.
     *
     * @param plain whether one of them is known to be {@linkplain #isPlain plain}
     * @param followed whether others follow
     */
    static int compare(String a, String b, boolean plain, boolean followed) {
        int order = plain ? a.compareTo(b) : compareCodePoints(a, b);
        if (followed && order != 0) {
            int longer = a.length() - b.length();
            if (longer < 0 && b.startsWith(a)) {
                return b.charAt(a.length()) < SLASH ? 1 : -1;
            }
            if (longer > 0 && a.startsWith(b)) {
                return a.charAt(b.length()) < SLASH ? -1 : 1;
            }
        }
        return order;
    }

    /** Compares a name that ends a path with one that is followed by others. */
    static int compareEndWithFollowed(String end, String followed) {
        if (end.length() > followed.length() && end.startsWith(followed)) {
            return end.charAt(followed.length()) < SLASH ? -1 : 1;
        }
        // The one that ends comes first where both are the same, or it begins the other.
        return compareCodePoints(end, followed) <= 0 ? -1 : 1;
    }

    private static int compareCodePoints(String a, String b) {
        int length = Math.min(a.length(), b.length());
        for (int i = 0; i < length; i++) {
            char x = a.charAt(i);
            char y = b.charAt(i);
            if (x != y) {
                boolean sameKind = Character.isSurrogate(x) == Character.isSurrogate(y);
                return sameKind ? Character.compare(x, y) : Character.isSurrogate(x) ? 1 : -1;
            }
        }
        return Integer.compare(a.length(), b.length());
    }
}
