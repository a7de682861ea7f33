package dev.varve.engine.entries;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.varve.api.EntryEvent;
import dev.varve.api.EntryOp;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryType;
import dev.varve.api.EntryValue;
import dev.varve.engine.state.Binary;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * One change as it was decided: everything that applying it needs, so that replay asks no state. Encoded once, for the journal,
 * for memory and for the state. Immutable.
 */
final class Change {

    private static final byte FOUND = 1;
    private static final byte VALUE = 2;
    private static final byte COUNTER = 4;
    private static final byte SET = 8;
    private static final int FIXED_BYTES = 2 + 5 * Long.BYTES + Integer.BYTES + 3 * Short.BYTES;

    private final EntryEvent event;
    private final boolean found;
    private final long fingerprint;
    private final int opsOfWrite;
    private final long expiresAtMillis;
    private final Totals totals;
    private final byte[] encoded;
    /** The value comes last. */
    private final int valueOffset;

    /**
     * A change.
     *
     * @param event what subscribers see
     * @param found whether a change that only takes away found something
     * @param fingerprint of the write's content, when it is to be recognised if it is sent again; 0 otherwise
     * @param opsOfWrite how many changes the write consists of, needed or not, if this one is the first that it made; 0 for
     *     those after the first
     * @param expiresAtMillis when it is to be taken back, in the engine's time; 0 for never
     * @param totals how much the store holds after it
     */
    Change(EntryEvent event, boolean found, long fingerprint, int opsOfWrite, long expiresAtMillis, Totals totals) {
        this.event = event;
        this.found = found;
        this.fingerprint = fingerprint;
        this.opsOfWrite = opsOfWrite;
        this.expiresAtMillis = expiresAtMillis;
        this.totals = totals;
        EntryValue value = event.value();
        byte[] path = event.path().toString().getBytes(UTF_8);
        byte[] deviceId = event.deviceId().getBytes(UTF_8);
        byte[] clientOpId = event.clientOpId().getBytes(UTF_8);
        this.valueOffset = FIXED_BYTES + path.length + deviceId.length + clientOpId.length;
        this.encoded = value == null ? new byte[valueOffset] : ValueCodec.encode(valueOffset, value);
        ByteBuffer out = ByteBuffer.wrap(encoded);
        out.put(Codes.of(event.kind()))
                .put((byte) ((found ? FOUND : 0) | (value == null ? 0 : VALUE) | flag(event.label())))
                .putLong(event.storeSeq())
                .putLong(fingerprint)
                .putInt(opsOfWrite)
                .putLong(expiresAtMillis)
                .putLong(totals.entries())
                .putLong(totals.fileBytes());
        Binary.putString(out, path);
        Binary.putString(out, deviceId);
        Binary.putString(out, clientOpId);
    }

    /** Reads what {@link #encode} wrote. */
    private Change(ByteBuffer in, long timeMillis) {
        int start = in.position();
        EntryOp.Kind kind = Codes.kind(in.get());
        byte flags = in.get();
        long storeSeq = in.getLong();
        this.found = (flags & FOUND) != 0;
        this.fingerprint = in.getLong();
        this.opsOfWrite = in.getInt();
        this.expiresAtMillis = in.getLong();
        this.totals = new Totals(in.getLong(), in.getLong());
        @Nullable EntryType label = (flags & COUNTER) != 0 ? EntryType.COUNTER : (flags & SET) != 0 ? EntryType.SET : null;
        EntryPath path = EntryPath.parse(Binary.getString(in));
        String deviceId = Binary.getString(in);
        String clientOpId = Binary.getString(in);
        this.valueOffset = in.position() - start;
        @Nullable EntryValue value = (flags & VALUE) == 0 ? null : ValueCodec.get(in);
        this.event =
                new EntryEvent(storeSeq, kind, path, value, label, deviceId, clientOpId, opsOfWrite > 0, timeMillis);
        this.encoded = new byte[in.position() - start];
        in.get(start, encoded);
    }

    private static byte flag(@Nullable EntryType label) {
        return label == null ? 0 : label == EntryType.COUNTER ? COUNTER : SET;
    }

    /** What an entry is called that this puts. */
    EntryType typeOf(EntryValue leaf) {
        EntryType given = event.label();
        return switch (event.kind()) {
            case INCREMENT -> EntryType.COUNTER;
            case ADD, REMOVE -> EntryType.SET;
            case LEASE, RENEW -> EntryType.LEASE;
            default -> given != null ? given : EntryType.of(leaf);
        };
    }

    EntryEvent event() {
        return event;
    }

    boolean found() {
        return found;
    }

    long fingerprint() {
        return fingerprint;
    }

    int opsOfWrite() {
        return opsOfWrite;
    }

    long expiresAtMillis() {
        return expiresAtMillis;
    }

    /** How much the store holds after it. */
    Totals totals() {
        return totals;
    }

    long storeSeq() {
        return event.storeSeq();
    }

    /** The value as an entry that stands in place of everything that was at and below its path. */
    byte[] leafInPlace(EntryValue value) {
        return Leaf.inPlace(typeOf(value), event.storeSeq(), encoded, valueOffset);
    }

    int encodedBytes() {
        return encoded.length;
    }

    void encode(ByteBuffer out) {
        out.put(encoded);
    }

    static Change decode(ByteBuffer in, long timeMillis) {
        return new Change(in, timeMillis);
    }

    /** As a row of the state. */
    byte[] stored() {
        return ByteBuffer.allocate(Long.BYTES + encoded.length)
                .putLong(event.timeMillis())
                .put(encoded)
                .array();
    }

    static Change ofStored(byte[] row) {
        ByteBuffer in = ByteBuffer.wrap(row);
        long timeMillis = in.getLong();
        return decode(in, timeMillis);
    }
}
