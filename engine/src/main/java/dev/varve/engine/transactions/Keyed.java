package dev.varve.engine.transactions;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.varve.engine.state.Binary;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** A transaction that was made under a key, and what it was answered (docs/formats/frames.md). Belongs to the shard's owner. */
final class Keyed {

    /** The type of the effect. */
    static final byte EFFECT = (byte) 192;

    private static final byte ROW_VERSION = 1;

    /** What one takes in memory beside its key and its answer. */
    private static final int OVERHEAD_BYTES = 300;

    final long store;

    /** Its place among those of its store, from 0. */
    final long ordinal;

    final String key;
    private final byte[] fingerprint;
    final byte[] answer;

    /** The number of its commit; known when that is durable. */
    long commit;

    Keyed(long store, long ordinal, String key, byte[] fingerprint, byte[] answer, long commit) {
        this.store = store;
        this.ordinal = ordinal;
        this.key = key;
        this.fingerprint = fingerprint;
        this.answer = answer;
        this.commit = commit;
    }

    /** The same of the store, now that its number is known. */
    Keyed ofStore(long number) {
        return new Keyed(number, ordinal, key, fingerprint, answer, commit);
    }

    boolean isOf(byte[] otherFingerprint) {
        return Arrays.equals(fingerprint, otherFingerprint);
    }

    int bytes() {
        return OVERHEAD_BYTES + 2 * key.length() + answer.length;
    }

    // ---- in a frame

    int encodedBytesAtMost() {
        return 1 + 2 * Long.BYTES + Binary.sizeOf(key) + Fingerprint.BYTES + Integer.BYTES + answer.length;
    }

    void encode(ByteBuffer out) {
        out.put(EFFECT).putLong(store).putLong(ordinal);
        Binary.putString(out, key);
        out.put(fingerprint).putInt(answer.length).put(answer);
    }

    static Keyed decode(ByteBuffer in, long commit) {
        long store = in.getLong();
        long ordinal = in.getLong();
        String key = Binary.getString(in);
        byte[] fingerprint = bytes(in, Fingerprint.BYTES);
        return new Keyed(store, ordinal, key, fingerprint, bytes(in, in.getInt()), commit);
    }

    // ---- in the state

    byte[] toRow() {
        return ByteBuffer.allocate(1 + 2 * Long.BYTES + Fingerprint.BYTES + answer.length)
                .put(ROW_VERSION)
                .putLong(ordinal)
                .putLong(commit)
                .put(fingerprint)
                .put(answer)
                .array();
    }

    static Keyed ofRow(long store, String key, byte[] row) {
        ByteBuffer in = ByteBuffer.wrap(row);
        byte version = in.get();
        if (version != ROW_VERSION) {
            throw new IllegalArgumentException("a key of version " + version + ", this Varve reads " + ROW_VERSION);
        }
        long ordinal = in.getLong();
        long commit = in.getLong();
        byte[] fingerprint = bytes(in, Fingerprint.BYTES);
        return new Keyed(store, ordinal, key, fingerprint, bytes(in, in.remaining()), commit);
    }

    private static byte[] bytes(ByteBuffer in, int length) {
        byte[] bytes = new byte[length];
        in.get(bytes);
        return bytes;
    }

    // ---- keys of rows: how many a store has had, which key has a place, what is known of a key

    private static final byte COUNT = 0;
    private static final byte PLACE = 1;
    private static final byte KEY = 2;

    static byte[] countRow(long store) {
        return ByteBuffer.allocate(1 + Long.BYTES).put(COUNT).putLong(store).array();
    }

    /** Where the rows of all stores that say how many they had begin and end. */
    static byte[][] countRows() {
        return new byte[][] {{COUNT}, {PLACE}};
    }

    static byte[] placeRow(long store, long ordinal) {
        return ByteBuffer.allocate(1 + 2 * Long.BYTES)
                .put(PLACE)
                .putLong(store)
                .putLong(ordinal)
                .array();
    }

    static byte[] keyRow(long store, String key) {
        byte[] name = key.getBytes(UTF_8);
        return ByteBuffer.allocate(1 + Long.BYTES + name.length)
                .put(KEY)
                .putLong(store)
                .put(name)
                .array();
    }
}
