package dev.varve.engine.events;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.varve.api.AggregateId;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Keys of the events' tables (docs/formats/frames.md). No type and no id of an aggregate holds a zero byte. */
final class Keys {

    private Keys() {}

    /** A store and an aggregate; in the order of {@link AggregateId}. */
    static byte[] aggregate(long store, AggregateId aggregate) {
        byte[] type = aggregate.type().getBytes(UTF_8);
        byte[] id = aggregate.id().getBytes(UTF_8);
        return ByteBuffer.allocate(Long.BYTES + type.length + 1 + id.length)
                .putLong(store)
                .put(type)
                .put((byte) 0)
                .put(id)
                .array();
    }

    /** Before all aggregates of a type, or of all types. */
    static byte[] aggregatesFrom(long store, @Nullable String category) {
        byte[] type = category == null ? new byte[0] : category.getBytes(UTF_8);
        ByteBuffer out = ByteBuffer.allocate(Long.BYTES + type.length + (category == null ? 0 : 1));
        out.putLong(store).put(type);
        return out.array();
    }

    /** After all aggregates of a type, or of all types. */
    static byte[] aggregatesTo(long store, @Nullable String category) {
        if (category == null) {
            return ByteBuffer.allocate(Long.BYTES).putLong(store + 1).array();
        }
        byte[] from = aggregatesFrom(store, category);
        from[from.length - 1] = 1;
        return from;
    }

    static AggregateId aggregateOf(byte[] key) {
        int end = Long.BYTES;
        while (key[end] != 0) {
            end++;
        }
        return new AggregateId(
                new String(key, Long.BYTES, end - Long.BYTES, UTF_8),
                new String(key, end + 1, key.length - end - 1, UTF_8));
    }

    /** What the index rows of one life of an aggregate begin with; the first version of each follows. */
    static byte[] aggregateRows(long store, AggregateId aggregate, long incarnation) {
        byte[] key = aggregate(store, aggregate);
        return ByteBuffer.allocate(key.length + 2 + Long.BYTES)
                .putLong(store)
                .put(Term.AGGREGATE_CODE)
                .put(key, Long.BYTES, key.length - Long.BYTES)
                .put((byte) 0)
                .putLong(incarnation)
                .array();
    }

    /** A row of an index. */
    static byte[] row(byte[] prefix, long first) {
        return ByteBuffer.allocate(prefix.length + Long.BYTES)
                .put(prefix)
                .putLong(first)
                .array();
    }

    /** After all rows of an index. */
    static byte[] rowsTo(byte[] prefix) {
        return ByteBuffer.allocate(prefix.length + Long.BYTES + 1)
                .put(prefix)
                .putLong(-1)
                .put((byte) 0)
                .array();
    }

    static long firstOfRow(byte[] key) {
        return ByteBuffer.wrap(key, key.length - Long.BYTES, Long.BYTES).getLong();
    }

    /** The key of a snapshot. */
    static byte[] snapshot(byte[] aggregateKey, long version) {
        return ByteBuffer.allocate(aggregateKey.length + 1 + Long.BYTES)
                .put(aggregateKey)
                .put((byte) 0)
                .putLong(version)
                .array();
    }
}
