package dev.varve.server;

import java.nio.ByteBuffer;

/** Where text can be cut. Stateless. */
final class Utf8 {

    private Utf8() {}

    /** Whether bytes are UTF-8 (RFC 3629) without the character zero. */
    static boolean isText(byte[] bytes) {
        int i = 0;
        while (i < bytes.length) {
            int first = bytes[i];
            if (first > 0) {
                i++;
                continue;
            }
            int length = length(first & 0xff);
            if (length == 0 || i + length > bytes.length || !isCharacter(bytes, i, length)) {
                return false;
            }
            i += length;
        }
        return true;
    }

    /** How many bytes a character has that is none of ASCII and begins so; 0 when none does. */
    private static int length(int first) {
        if (first < 0xc2 || first > 0xf4) {
            return 0;
        }
        return first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    }

    private static boolean isCharacter(byte[] bytes, int at, int length) {
        for (int i = at + 1; i < at + length; i++) {
            if ((bytes[i] & 0xc0) != 0x80) {
                return false;
            }
        }
        int second = bytes[at + 1] & 0xff;
        return switch (bytes[at] & 0xff) {
            case 0xe0 -> second >= 0xa0; // shorter ones have fewer bytes
            case 0xed -> second < 0xa0; // halves of surrogate pairs
            case 0xf0 -> second >= 0x90;
            case 0xf4 -> second < 0x90; // beyond the last one
            default -> true;
        };
    }

    /**
     * How many bytes at the end begin a code point without ending it: 0 to 3. Bytes that are no UTF-8 at all count as
     * ended.
     *
     * @param data the text from its position
     * @param length how many bytes of it to look at
     */
    static int unfinished(ByteBuffer data, int length) {
        int end = data.position() + length;
        for (int back = 1; back <= Math.min(3, length); back++) {
            int b = data.get(end - back) & 0xff;
            if (b < 0x80) {
                return 0;
            }
            if (b >= 0xc0) {
                int needed = b >= 0xf0 ? 4 : b >= 0xe0 ? 3 : 2;
                return needed > back ? back : 0;
            }
        }
        return 0;
    }
}
