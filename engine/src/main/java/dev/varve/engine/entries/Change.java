package dev.varve.engine.entries;

import dev.varve.api.EntryEvent;
import dev.varve.api.EntryOp;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryValue;
import dev.varve.engine.state.Binary;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * One change as it was decided: everything that applying it needs, so that replay asks no state. Immutable.
 *
 * @param event what subscribers see
 * @param found whether a change that only takes away found something
 * @param fingerprint of the write's content, when it is to be recognised if it is sent again; 0 otherwise
 * @param opsOfWrite how many changes the write consists of, needed or not, if this one is the first that it made; 0 for
 *     those after the first
 * @param expiresAtMillis when it is to be taken back, in the engine's time; 0 for never
 */
record Change(EntryEvent event, boolean found, long fingerprint, int opsOfWrite, long expiresAtMillis) {

    private static final byte FOUND = 1;
    private static final byte VALUE = 2;

    /** The same as the first of a write. */
    Change firstOf(int ops) {
        EntryEvent first = new EntryEvent(
                event.storeSeq(),
                event.kind(),
                event.path(),
                event.value(),
                event.deviceId(),
                event.clientOpId(),
                true,
                event.timeMillis());
        return new Change(first, found, fingerprint, ops, expiresAtMillis);
    }

    long storeSeq() {
        return event.storeSeq();
    }

    int encodedBytes() {
        EntryValue value = event.value();
        return 2
                + 3 * Long.BYTES
                + Integer.BYTES
                + Binary.sizeOf(event.path().toString())
                + Binary.sizeOf(event.deviceId())
                + Binary.sizeOf(event.clientOpId())
                + (value == null ? 0 : ValueCodec.sizeOf(value));
    }

    void encode(ByteBuffer out) {
        EntryValue value = event.value();
        out.put(Codes.of(event.kind()))
                .put((byte) ((found ? FOUND : 0) | (value == null ? 0 : VALUE)))
                .putLong(event.storeSeq())
                .putLong(fingerprint)
                .putInt(opsOfWrite)
                .putLong(expiresAtMillis);
        Binary.putString(out, event.path().toString());
        Binary.putString(out, event.deviceId());
        Binary.putString(out, event.clientOpId());
        if (value != null) {
            ValueCodec.put(out, value);
        }
    }

    static Change decode(ByteBuffer in, long timeMillis) {
        EntryOp.Kind kind = Codes.kind(in.get());
        byte flags = in.get();
        long storeSeq = in.getLong();
        long fingerprint = in.getLong();
        int opsOfWrite = in.getInt();
        long expiresAtMillis = in.getLong();
        EntryPath path = EntryPath.parse(Binary.getString(in));
        String deviceId = Binary.getString(in);
        String clientOpId = Binary.getString(in);
        @Nullable EntryValue value = (flags & VALUE) == 0 ? null : ValueCodec.get(in);
        return new Change(
                new EntryEvent(storeSeq, kind, path, value, deviceId, clientOpId, opsOfWrite > 0, timeMillis),
                (flags & FOUND) != 0,
                fingerprint,
                opsOfWrite,
                expiresAtMillis);
    }

    /** As a row of the state. */
    byte[] stored() {
        ByteBuffer out = ByteBuffer.allocate(Long.BYTES + encodedBytes());
        out.putLong(event.timeMillis());
        encode(out);
        byte[] row = new byte[out.position()];
        out.flip().get(row);
        return row;
    }

    static Change ofStored(byte[] row) {
        ByteBuffer in = ByteBuffer.wrap(row);
        long timeMillis = in.getLong();
        return decode(in, timeMillis);
    }
}
