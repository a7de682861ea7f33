package dev.varve.engine.events;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.varve.api.AggregateId;
import dev.varve.api.EventData;
import dev.varve.api.EventStore;
import dev.varve.api.NewEvent;
import dev.varve.api.StoredEvent;
import dev.varve.engine.state.VarInts;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * One event in binary, the same in frames and in the state (docs/formats/frames.md). Its position is where it stands, and not in
 * it.
 */
final class EventFormat {

    private static final int AGGREGATE = 1;
    private static final int TIME = 2;
    private static final int REDACTED = 4;
    private static final int NOT_JSON = 8;
    private static final int GONE = 16;

    private static final byte[] NOTHING = {};

    private EventFormat() {}

    /** What stands where nothing is known of an event. */
    static final byte[] UNKNOWN = {};

    /** Whether an event was deleted by itself, or is not known at all. */
    static boolean isGone(byte[] event) {
        return event.length == 0 || (event[0] & GONE) != 0;
    }

    /** What is left of an event that is deleted: its id, which is not used again. */
    static byte[] deleted(byte[] event) {
        Head head = head(event);
        ByteBuffer out =
                ByteBuffer.allocate(1 + VarInts.sizeOf(head.index) + VarInts.sizeOf(head.count) + 3 * Long.BYTES + 3);
        out.put((byte) GONE);
        VarInts.put(out, head.index);
        VarInts.put(out, head.count);
        out.putLong(head.id.getMostSignificantBits())
                .putLong(head.id.getLeastSignificantBits())
                .putLong(head.recordedMillis);
        put(out, NOTHING);
        VarInts.put(out, 0);
        VarInts.put(out, 0);
        return out.array();
    }

    /** Where an event stands in its append. */
    record InAppend(int index, int count) {}

    /** An event in binary, with what {@link #head} would read of it. */
    record Encoded(byte[] bytes, Head head) {}

    static byte[] encode(
            NewEvent event, @Nullable AggregateId aggregate, long version, long recordedMillis, InAppend inAppend) {
        return encoded(event, aggregate, version, recordedMillis, inAppend).bytes;
    }

    static Encoded encoded(
            NewEvent event, @Nullable AggregateId aggregate, long version, long recordedMillis, InAppend inAppend) {
        byte[] type = event.type().getBytes(UTF_8);
        byte[][] tags = texts(event.tags());
        byte[][] metadata = texts(event.metadata());
        boolean notJson = !event.data().contentType().equals(EventData.JSON);
        byte[] contentType = notJson ? event.data().contentType().getBytes(UTF_8) : NOTHING;
        byte[] aggregateType = aggregate == null ? NOTHING : aggregate.type().getBytes(UTF_8);
        byte[] aggregateId = aggregate == null ? NOTHING : aggregate.id().getBytes(UTF_8);
        Instant time = event.time();
        int size = 1
                + VarInts.sizeOf(inAppend.index)
                + VarInts.sizeOf(inAppend.count)
                + 3 * Long.BYTES
                + sizeOf(type)
                + VarInts.sizeOf(tags.length)
                + sizeOf(tags)
                + (aggregate == null ? 0 : sizeOf(aggregateType) + sizeOf(aggregateId) + VarInts.sizeOf(version))
                + (time == null ? 0 : Long.BYTES + Integer.BYTES)
                + (notJson ? sizeOf(contentType) : 0)
                + VarInts.sizeOf(metadata.length)
                + sizeOf(metadata)
                + event.data().size();
        ByteBuffer out = ByteBuffer.allocate(size);
        int flags = (aggregate == null ? 0 : AGGREGATE) | (time == null ? 0 : TIME) | (notJson ? NOT_JSON : 0);
        out.put((byte) flags);
        VarInts.put(out, inAppend.index);
        VarInts.put(out, inAppend.count);
        out.putLong(event.id().getMostSignificantBits())
                .putLong(event.id().getLeastSignificantBits())
                .putLong(recordedMillis);
        put(out, type);
        VarInts.put(out, tags.length);
        put(out, tags);
        if (aggregate != null) {
            put(out, aggregateType);
            put(out, aggregateId);
            VarInts.put(out, version);
        }
        Head head = new Head(
                flags,
                inAppend.index,
                inAppend.count,
                event.id(),
                recordedMillis,
                event.type(),
                event.tags(),
                aggregate,
                aggregate == null ? EventStore.EMPTY : version,
                ByteBuffer.wrap(out.array()).position(out.position()));
        if (time != null) {
            out.putLong(time.getEpochSecond()).putInt(time.getNano());
        }
        if (notJson) {
            put(out, contentType);
        }
        VarInts.put(out, metadata.length);
        put(out, metadata);
        out.put(event.data().buffer());
        return new Encoded(out.array(), head);
    }

    private static byte[][] texts(Set<String> texts) {
        byte[][] encoded = new byte[texts.size()][];
        int next = 0;
        for (String text : texts) {
            encoded[next++] = text.getBytes(UTF_8);
        }
        return encoded;
    }

    private static byte[][] texts(Map<String, String> texts) {
        byte[][] encoded = new byte[2 * texts.size()][];
        int next = 0;
        for (Map.Entry<String, String> text : texts.entrySet()) {
            encoded[next++] = text.getKey().getBytes(UTF_8);
            encoded[next++] = text.getValue().getBytes(UTF_8);
        }
        return encoded;
    }

    private static int sizeOf(byte[] text) {
        return VarInts.sizeOf(text.length) + text.length;
    }

    private static int sizeOf(byte[][] texts) {
        int size = 0;
        for (byte[] text : texts) {
            size += sizeOf(text);
        }
        return size;
    }

    private static void put(ByteBuffer out, byte[] text) {
        VarInts.put(out, text.length);
        out.put(text);
    }

    private static void put(ByteBuffer out, byte[][] texts) {
        for (byte[] text : texts) {
            put(out, text);
        }
    }

    private static String text(ByteBuffer in) {
        byte[] bytes = new byte[Math.toIntExact(VarInts.get(in))];
        in.get(bytes);
        return new String(bytes, UTF_8);
    }

    /** Whether one of several says itself when it happened. */
    static boolean anyOwnTime(Iterable<byte[]> events) {
        for (byte[] event : events) {
            if ((event[0] & TIME) != 0) {
                return true;
            }
        }
        return false;
    }

    /** The same event with other data. */
    static byte[] redacted(byte[] event, long position, EventData replacement) {
        StoredEvent old = decode(event, position);
        NewEvent with = new NewEvent(
                old.id(),
                old.type(),
                replacement,
                old.tags(),
                old.metadata(),
                (event[0] & TIME) == 0 ? null : old.time());
        byte[] encoded = encode(
                with,
                old.aggregate(),
                old.version(),
                old.recordedAt().toEpochMilli(),
                new InAppend((int) (position - old.appendFirst()), (int) (old.appendLast() - old.appendFirst() + 1)));
        encoded[0] |= REDACTED;
        return encoded;
    }

    /** Reads when an event happened, where it says so itself. */
    private static Instant timeOf(int flags, long recordedMillis, ByteBuffer in) {
        if ((flags & TIME) == 0) {
            return Instant.ofEpochMilli(recordedMillis);
        }
        long seconds = in.getLong();
        return Instant.ofEpochSecond(seconds, in.getInt());
    }

    static StoredEvent decode(byte[] event, long position) {
        Head head = head(event);
        ByteBuffer in = head.rest;
        Instant recordedAt = Instant.ofEpochMilli(head.recordedMillis);
        Instant time = timeOf(head.flags, head.recordedMillis, in);
        String contentType = (head.flags & NOT_JSON) == 0 ? EventData.JSON : text(in);
        int texts = Math.toIntExact(VarInts.get(in));
        Map<String, String> metadata = texts == 0 ? Map.of() : LinkedHashMap.newLinkedHashMap(texts / 2);
        for (int i = 0; i < texts; i += 2) {
            String name = text(in);
            metadata.put(name, text(in));
        }
        byte[] data = new byte[in.remaining()];
        in.get(data);
        return new StoredEvent(
                position,
                head.aggregate,
                head.version,
                head.id,
                head.type,
                EventData.wrap(contentType, data),
                head.tags,
                Collections.unmodifiableMap(metadata),
                time,
                recordedAt,
                position - head.index,
                position - head.index + head.count - 1,
                (head.flags & REDACTED) != 0);
    }

    /**
     * What an event is found and recognised by.
     *
     * @param index its place in its append
     * @param count how many events its append has
     */
    record Head(
            int flags,
            int index,
            int count,
            UUID id,
            long recordedMillis,
            String type,
            Set<String> tags,
            @Nullable AggregateId aggregate,
            long version,
            ByteBuffer rest) {

        boolean isGone() {
            return (flags & GONE) != 0;
        }

        /** When it happened. */
        Instant time() {
            return timeOf(flags, recordedMillis, rest.duplicate());
        }

        /** Whether the data is not that which was appended. */
        boolean isRedacted() {
            return (flags & REDACTED) != 0;
        }

        /** What its type and its data come to, to tell whether an event is the same; its type alone when it is redacted. */
        int contentHash() {
            if ((flags & (REDACTED | GONE)) != 0) {
                return type.hashCode();
            }
            ByteBuffer in = rest.duplicate();
            if ((flags & TIME) != 0) {
                in.position(in.position() + Long.BYTES + Integer.BYTES);
            }
            String contentType = (flags & NOT_JSON) == 0 ? EventData.JSON : text(in);
            int texts = Math.toIntExact(VarInts.get(in));
            for (int i = 0; i < texts; i++) {
                int length = Math.toIntExact(VarInts.get(in));
                in.position(in.position() + length);
            }
            return EventFormat.contentHash(type, contentType, in);
        }
    }

    static int contentHash(String type, String contentType, ByteBuffer data) {
        CRC32C crc = new CRC32C();
        crc.update(data.duplicate());
        return (31 * type.hashCode() + contentType.hashCode()) * 31 + (int) crc.getValue();
    }

    static Head head(byte[] event) {
        ByteBuffer in = ByteBuffer.wrap(event);
        int flags = in.get();
        int index = Math.toIntExact(VarInts.get(in));
        int count = Math.toIntExact(VarInts.get(in));
        UUID id = new UUID(in.getLong(), in.getLong());
        long recordedMillis = in.getLong();
        String type = text(in);
        int tagCount = Math.toIntExact(VarInts.get(in));
        Set<String> tags = tagCount == 0 ? Set.of() : LinkedHashSet.newLinkedHashSet(tagCount);
        for (int i = 0; i < tagCount; i++) {
            tags.add(text(in));
        }
        AggregateId aggregate = null;
        long version = EventStore.EMPTY;
        if ((flags & AGGREGATE) != 0) {
            String aggregateType = text(in);
            aggregate = new AggregateId(aggregateType, text(in));
            version = VarInts.get(in);
        }
        return new Head(flags, index, count, id, recordedMillis, type, tags, aggregate, version, in);
    }
}
