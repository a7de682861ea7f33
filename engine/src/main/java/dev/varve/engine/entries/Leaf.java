package dev.varve.engine.entries;

import dev.varve.api.EntryType;
import dev.varve.api.EntryValue;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * What stands at exactly one path, in the encoding of memory and state: flags, type, revision, value.
 *
 * <p>In memory there are also marks for what does not stand there: that the entry was removed, and that everything at and
 * below the path was, so that what the state says of it does not count. Such a mark ends with the sequence number of the
 * change that cleared, and is handed on when an entry is put there later. Stateless.
 */
final class Leaf {

    private static final byte PRESENT = 1;
    /** What the state holds at this path and below does not count. */
    private static final byte CLEARS = 2;

    private static final int VALUE_OFFSET = 2 + Long.BYTES;

    private Leaf() {}

    /** An entry. */
    static byte[] present(EntryType type, long revision, EntryValue value) {
        byte[] leaf = ValueCodec.encode(VALUE_OFFSET, value);
        ByteBuffer.wrap(leaf).put(PRESENT).put(Codes.of(type)).putLong(revision);
        return leaf;
    }

    /**
     * An entry that was put in place of all at and below its path, with the mark of the change that did it.
     *
     * @param encoded ends with the value
     * @param offset where the value begins
     */
    static byte[] inPlace(EntryType type, long revision, byte[] encoded, int offset) {
        int valueBytes = encoded.length - offset;
        return ByteBuffer.allocate(VALUE_OFFSET + valueBytes + Long.BYTES)
                .put((byte) (PRESENT | CLEARS))
                .put(Codes.of(type))
                .putLong(revision)
                .put(encoded, offset, valueBytes)
                .putLong(revision)
                .array();
    }

    /**
     * That no entry stands there any more. A new array each time: what a checkpoint has written is recognised by identity.
     *
     * @param clearedBy the change that cleared the path, 0 for none
     */
    static byte[] absent(long clearedBy) {
        return marked((byte) 0, clearedBy, 1);
    }

    /** The same entry, with the mark of a change that cleared the path. */
    static byte[] clearing(byte[] leaf, long clearedBy) {
        byte[] marked = marked(PRESENT, clearedBy, leaf.length);
        System.arraycopy(leaf, 1, marked, 1, leaf.length - 1);
        return marked;
    }

    private static byte[] marked(byte flags, long clearedBy, int bytes) {
        byte[] leaf = new byte[clearedBy == 0 ? bytes : bytes + Long.BYTES];
        leaf[0] = clearedBy == 0 ? flags : (byte) (flags | CLEARS);
        if (clearedBy != 0) {
            ByteBuffer.wrap(leaf).putLong(bytes, clearedBy);
        }
        return leaf;
    }

    /** The same without a mark; for an entry, as the state keeps it. */
    static byte[] plain(byte[] leaf) {
        byte[] plain = Arrays.copyOf(leaf, clears(leaf) ? leaf.length - Long.BYTES : leaf.length);
        plain[0] = (byte) (plain[0] & ~CLEARS);
        return plain;
    }

    static boolean isPresent(byte[] leaf) {
        return (leaf[0] & PRESENT) != 0;
    }

    static boolean clears(byte[] leaf) {
        return (leaf[0] & CLEARS) != 0;
    }

    /** The change that cleared the path, 0 for none. */
    static long clearedBy(byte[] leaf) {
        return clears(leaf) ? ByteBuffer.wrap(leaf).getLong(leaf.length - Long.BYTES) : 0;
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
