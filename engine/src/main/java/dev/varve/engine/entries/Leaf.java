package dev.varve.engine.entries;

import dev.varve.api.EntryType;
import dev.varve.api.EntryValue;
import java.nio.ByteBuffer;

/**
 * What stands at exactly one path, in the encoding of memory and state: flags, type, revision, value.
 *
 * <p>In memory there are also marks for what does not stand there: that the entry was removed, and that everything below
 * the path was, so that what the state says of it does not count. Stateless.
 */
final class Leaf {

    private static final byte PRESENT = 1;
    /** What the state holds at this path and below does not count. */
    private static final byte CLEARS = 2;

    private static final int VALUE_OFFSET = 2 + Long.BYTES;
    private static final byte[] REMOVED = {0};
    private static final byte[] CLEARED = {CLEARS};

    private Leaf() {}

    /** An entry. */
    static byte[] present(boolean clears, EntryType type, long revision, EntryValue value) {
        ByteBuffer out = ByteBuffer.allocate(VALUE_OFFSET + ValueCodec.sizeOf(value));
        out.put(clears ? (byte) (PRESENT | CLEARS) : PRESENT)
                .put(Codes.of(type))
                .putLong(revision);
        ValueCodec.put(out, value);
        return out.array();
    }

    /** That no entry stands there any more; and, if it clears, nothing below either. */
    static byte[] absent(boolean clears) {
        // A new array each time: what a checkpoint has written is recognised by identity.
        return (clears ? CLEARED : REMOVED).clone();
    }

    /** The same entry, with a mark that nothing else counts. */
    static byte[] clearing(byte[] leaf) {
        byte[] marked = leaf.clone();
        marked[0] |= CLEARS;
        return marked;
    }

    /** An entry as the state keeps it. */
    static byte[] stored(byte[] leaf) {
        byte[] plain = leaf.clone();
        plain[0] = PRESENT;
        return plain;
    }

    static boolean isPresent(byte[] leaf) {
        return (leaf[0] & PRESENT) != 0;
    }

    static boolean clears(byte[] leaf) {
        return (leaf[0] & CLEARS) != 0;
    }

    static EntryType type(byte[] leaf) {
        return Codes.type(leaf[1]);
    }

    static long revision(byte[] leaf) {
        return ByteBuffer.wrap(leaf).getLong(2);
    }

    static EntryValue value(byte[] leaf) {
        return ValueCodec.decode(leaf, VALUE_OFFSET);
    }
}
