package dev.varve.engine.entries;

import dev.varve.api.EntryPath;
import dev.varve.engine.state.Binary;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Keys of entries: the number of the store, then the path as it is written. All that lies below a path stands between its
 * key with a slash and its key with the character after the slash. Stateless.
 */
final class Keys {

    private static final byte SLASH = '/';
    private static final byte AFTER_SLASH = SLASH + 1;

    private Keys() {}

    static byte[] key(long store, EntryPath path) {
        return Binary.key(store, path.toString());
    }

    static EntryPath path(byte[] key) {
        return EntryPath.parse(new String(key, Long.BYTES, key.length - Long.BYTES, StandardCharsets.UTF_8));
    }

    static long store(byte[] key) {
        return ByteBuffer.wrap(key).getLong();
    }

    /** The first key that something below could have. */
    static byte[] belowFrom(byte[] key) {
        return with(key, SLASH);
    }

    /** The first key after everything below. */
    static byte[] belowTo(byte[] key) {
        return with(key, AFTER_SLASH);
    }

    private static byte[] with(byte[] key, byte last) {
        byte[] longer = Arrays.copyOf(key, key.length + 1);
        longer[key.length] = last;
        return longer;
    }

    /** Right after everything of this path: no path holds a zero, and history is kept behind one. */
    static byte[] after(byte[] key) {
        return with(key, (byte) 1);
    }

    /** The keys of the paths above, the shortest first. */
    static List<byte[]> ancestors(byte[] key) {
        List<byte[]> ancestors = new ArrayList<>(4);
        for (int i = Long.BYTES; i < key.length; i++) {
            if (key[i] == SLASH) {
                ancestors.add(Arrays.copyOf(key, i));
            }
        }
        return ancestors;
    }

    /** Whether one key is that of a path above another's, or the same. */
    static boolean isAtOrAbove(byte[] above, byte[] key) {
        return key.length >= above.length
                && Arrays.equals(above, 0, above.length, key, 0, above.length)
                && (key.length == above.length || key[above.length] == SLASH);
    }

    // ---- times to live: the store, the time, the path

    static byte[] deadline(long store, long millis, EntryPath path) {
        byte[] text = path.toString().getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(2 * Long.BYTES + text.length)
                .putLong(store)
                .putLong(millis)
                .put(text)
                .array();
    }

    static long millisOfDeadline(byte[] key) {
        return ByteBuffer.wrap(key).getLong(Long.BYTES);
    }

    static EntryPath pathOfDeadline(byte[] key) {
        return EntryPath.parse(new String(key, 2 * Long.BYTES, key.length - 2 * Long.BYTES, StandardCharsets.UTF_8));
    }

    // ---- history: the path's key, a zero, which no path holds, what the row is about, and the sequence number

    private static final byte VERSION = 1;
    private static final byte CLEARING = 2;
    private static final int HISTORY_SUFFIX_BYTES = 2 + Long.BYTES;

    /** Where it stands what was at exactly this path from a change on. */
    static byte[] version(byte[] key, long storeSeq) {
        return history(key, VERSION, storeSeq);
    }

    /** Where it stands that a change took away all below this path. */
    static byte[] clearing(byte[] key, long storeSeq) {
        return history(key, CLEARING, storeSeq);
    }

    private static byte[] history(byte[] key, byte about, long storeSeq) {
        return ByteBuffer.allocate(key.length + HISTORY_SUFFIX_BYTES)
                .put(key)
                .put((byte) 0)
                .put(about)
                .putLong(storeSeq)
                .array();
    }

    static byte[] keyOfHistory(byte[] row) {
        return Arrays.copyOf(row, row.length - HISTORY_SUFFIX_BYTES);
    }

    static boolean isClearing(byte[] row) {
        return row[row.length - Long.BYTES - 1] == CLEARING;
    }

    static long storeSeqOfHistory(byte[] row) {
        return ByteBuffer.wrap(row).getLong(row.length - Long.BYTES);
    }

    /** Whether a row is about this path, and about the same as another row of it. */
    static boolean isSameHistory(byte[] row, byte[] other) {
        int length = other.length - Long.BYTES;
        return row.length == other.length && Arrays.equals(row, 0, length, other, 0, length);
    }
}
