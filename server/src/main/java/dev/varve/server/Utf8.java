package dev.varve.server;

import java.nio.ByteBuffer;

/** Where text can be cut. Stateless. */
final class Utf8 {

    private Utf8() {}

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
