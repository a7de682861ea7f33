package dev.varve.engine.events;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;

/** What an index finds events by. Immutable. */
record Term(Kind kind, String text) {

    enum Kind {
        /** The type of the aggregate. */
        CATEGORY(2),
        TYPE(3),
        TAG(4);

        final byte code;

        Kind(int code) {
            this.code = (byte) code;
        }
    }

    /** Whose index rows those of an aggregate are: its key and its life. */
    static final byte AGGREGATE_CODE = 1;

    /** What the index rows of this in the state begin with; the first position of each follows. */
    byte[] rowPrefix(long store) {
        byte[] bytes = text.getBytes(UTF_8);
        return ByteBuffer.allocate(Long.BYTES + 1 + Short.BYTES + bytes.length)
                .putLong(store)
                .put(kind.code)
                .putShort((short) bytes.length)
                .put(bytes)
                .array();
    }
}
