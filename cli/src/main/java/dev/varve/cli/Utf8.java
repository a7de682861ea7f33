package dev.varve.cli;

/** Where UTF-8 may be cut. Thread-safe. */
final class Utf8 {
    private Utf8() {}

    /** How many of the bytes come before a character that is cut off at their end; all of them when none is. */
    static int wholeCharacters(byte[] bytes) {
        int end = bytes.length;
        for (int back = 1; back <= Math.min(3, end); back++) {
            int b = bytes[end - back] & 0xff;
            if (b < 0x80) {
                return end;
            }
            if (b >= 0xc0) {
                int needed = b >= 0xf0 ? 4 : b >= 0xe0 ? 3 : 2;
                return needed > back ? end - back : end;
            }
        }
        return end;
    }
}
