package dev.varve.engine.events;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.varve.api.AggregateId;
import dev.varve.api.EventData;
import dev.varve.api.Snapshot;
import dev.varve.engine.state.Binary;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.CRC32C;

/** One snapshot in binary, the same in frames and in the state. Its aggregate and version are where it stands, and not in it. */
final class SnapshotFormat {

    private static final byte VERSION = 1;
    private static final int HEADER_BYTES = 1 + Integer.BYTES;

    private SnapshotFormat() {}

    static byte[] encode(Snapshot snapshot) {
        byte[] schema = snapshot.schema().getBytes(UTF_8);
        byte[] contentType = snapshot.state().contentType().getBytes(UTF_8);
        int size = HEADER_BYTES + 5 * Short.BYTES + schema.length + contentType.length + Long.BYTES + Integer.BYTES;
        for (Map.Entry<String, String> text : snapshot.metadata().entrySet()) {
            size += Binary.sizeOf(text.getKey()) + Binary.sizeOf(text.getValue());
        }
        ByteBuffer out = ByteBuffer.allocate(size + snapshot.state().size());
        out.put(VERSION).putInt(0);
        Binary.putString(out, schema);
        Binary.putString(out, contentType);
        Instant time = snapshot.time();
        out.putLong(time.getEpochSecond()).putInt(time.getNano());
        out.putShort((short) snapshot.metadata().size());
        for (Map.Entry<String, String> text : snapshot.metadata().entrySet()) {
            Binary.putString(out, text.getKey());
            Binary.putString(out, text.getValue());
        }
        out.put(snapshot.state().buffer());
        byte[] encoded = Arrays.copyOf(out.array(), out.position());
        ByteBuffer.wrap(encoded).putInt(1, checksum(encoded));
        return encoded;
    }

    private static int checksum(byte[] encoded) {
        CRC32C crc = new CRC32C();
        crc.update(encoded, HEADER_BYTES, encoded.length - HEADER_BYTES);
        return (int) crc.getValue();
    }

    static Snapshot decode(AggregateId aggregate, long version, byte[] encoded) {
        ByteBuffer in = ByteBuffer.wrap(encoded);
        byte format = in.get();
        if (format != VERSION) {
            throw new IllegalArgumentException("a snapshot of version " + format + ", this Varve reads " + VERSION);
        }
        if (in.getInt() != checksum(encoded)) {
            throw new IllegalArgumentException("a snapshot that fails its checksum");
        }
        String schema = Binary.getString(in);
        String contentType = Binary.getString(in);
        long seconds = in.getLong();
        Instant time = Instant.ofEpochSecond(seconds, in.getInt());
        int texts = Short.toUnsignedInt(in.getShort());
        Map<String, String> metadata = LinkedHashMap.newLinkedHashMap(texts);
        for (int i = 0; i < texts; i++) {
            String name = Binary.getString(in);
            metadata.put(name, Binary.getString(in));
        }
        byte[] state = new byte[in.remaining()];
        in.get(state);
        return new Snapshot(aggregate, version, schema, EventData.wrap(contentType, state), metadata, time);
    }
}
