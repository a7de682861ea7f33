package dev.varve.engine.streams;

import dev.varve.api.Offset;
import dev.varve.api.Producer;
import dev.varve.api.StreamMetadata;
import dev.varve.engine.state.Binary;
import java.nio.ByteBuffer;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A stream's state at one point of the journal, without its data and producers. Immutable.
 *
 * @param identity how it was created
 * @param tail the position after its last byte
 * @param messages how many messages lie before the tail, inherited and trimmed ones included
 * @param kept where the data that can be read starts
 * @param closed whether nothing can be appended any more
 * @param closedBy the producer's request that closed it, or null
 * @param sequence the last {@code Stream-Seq}, or null
 * @param forks how many streams branch off from it
 * @param removed whether it was deleted and is kept for its forks only
 * @param producers how many producers it knows
 * @param touchedMillis the last access that was written down
 */
record StreamHead(
        StreamIdentity identity,
        long tail,
        long messages,
        Kept kept,
        boolean closed,
        @Nullable Producer closedBy,
        @Nullable String sequence,
        int forks,
        boolean removed,
        int producers,
        long touchedMillis) {

    private static final byte VERSION = 1;
    private static final int CLOSED = 1;
    private static final int CLOSED_BY = 2;
    private static final int SEQUENCE = 4;
    private static final int REMOVED = 8;

    /**
     * Where the data of a stream that can be read starts. Immutable.
     *
     * @param earliest the position of the first byte
     * @param trimmedMessages how many messages lie before it
     * @param oldestMillis no message from there on was appended before this time
     */
    record Kept(long earliest, long trimmedMessages, long oldestMillis) {

        static final int ENCODED_BYTES = 3 * Long.BYTES;

        Kept from(long millis) {
            return new Kept(earliest, trimmedMessages, millis);
        }

        void encode(ByteBuffer out) {
            out.putLong(earliest).putLong(trimmedMessages).putLong(oldestMillis);
        }

        static Kept decode(ByteBuffer in) {
            return new Kept(in.getLong(), in.getLong(), in.getLong());
        }
    }

    long earliest() {
        return kept.earliest();
    }

    static StreamHead created(StreamIdentity identity) {
        return created(identity, new Kept(0, 0, identity.createdMillis()));
    }

    static StreamHead created(StreamIdentity identity, Kept kept) {
        return new StreamHead(
                identity,
                identity.bornAt(),
                identity.messagesAtBirth(),
                kept,
                false,
                null,
                null,
                0,
                false,
                0,
                identity.createdMillis());
    }

    StreamHead after(Effect.Appended effect, long nowMillis) {
        boolean nowClosed = closed || effect.close();
        return new StreamHead(
                identity,
                effect.end(),
                effect.messagesAfter(),
                // The first message of an empty stream is the oldest one.
                tail == kept.earliest() ? kept.from(nowMillis) : kept,
                nowClosed,
                effect.close() ? effect.producer() : closedBy,
                effect.sequence() == null ? sequence : effect.sequence(),
                forks,
                removed,
                effect.producersAfter(),
                Math.max(touchedMillis, nowMillis));
    }

    StreamHead withForks(int count) {
        return new StreamHead(
                identity, tail, messages, kept, closed, closedBy, sequence, count, removed, producers, touchedMillis);
    }

    StreamHead asRemoved() {
        return new StreamHead(
                identity, tail, messages, kept, closed, closedBy, sequence, forks, true, producers, touchedMillis);
    }

    StreamHead touched(long millis) {
        return new StreamHead(
                identity,
                tail,
                messages,
                kept,
                closed,
                closedBy,
                sequence,
                forks,
                removed,
                producers,
                Math.max(touchedMillis, millis));
    }

    StreamHead trimmed(Kept left) {
        return new StreamHead(
                identity, tail, messages, left, closed, closedBy, sequence, forks, removed, producers, touchedMillis);
    }

    StreamMetadata metadata() {
        return new StreamMetadata(
                identity.path(),
                identity.contentType(),
                identity.ttlSeconds(),
                identity.expiresAt(),
                identity.retention(),
                Offset.at(earliest()),
                Offset.at(tail),
                closed,
                Instant.ofEpochMilli(identity.createdMillis()),
                identity.incarnation());
    }

    /** The head as it stands in the state, with the journal position that it reflects. */
    byte[] encode(long position) {
        int size = 160
                + identity.encodedBytesAtMost()
                + (closedBy == null ? 0 : Binary.sizeOf(closedBy.id()))
                + (sequence == null ? 0 : Binary.sizeOf(sequence));
        ByteBuffer out = ByteBuffer.allocate(size);
        out.put(VERSION);
        out.putLong(position);
        identity.encode(out);
        out.putLong(tail).putLong(messages);
        kept.encode(out);
        out.put((byte) ((closed ? CLOSED : 0)
                | (closedBy == null ? 0 : CLOSED_BY)
                | (sequence == null ? 0 : SEQUENCE)
                | (removed ? REMOVED : 0)));
        if (closedBy != null) {
            Binary.putString(out, closedBy.id());
            out.putLong(closedBy.epoch()).putLong(closedBy.sequence());
        }
        if (sequence != null) {
            Binary.putString(out, sequence);
        }
        out.putInt(forks).putInt(producers).putLong(touchedMillis);
        byte[] encoded = new byte[out.position()];
        out.flip().get(encoded);
        return encoded;
    }

    /** A head as read from the state, and the journal position that it reflects. */
    record Stored(StreamHead head, long position) {}

    static Stored decode(byte[] encoded) {
        ByteBuffer in = ByteBuffer.wrap(encoded);
        byte version = in.get();
        if (version != VERSION) {
            throw new IllegalStateException("a stream head of version " + version + " was written by a newer Varve");
        }
        long position = in.getLong();
        StreamIdentity identity = StreamIdentity.decode(in);
        long tail = in.getLong();
        long messages = in.getLong();
        Kept kept = Kept.decode(in);
        int flags = in.get();
        Producer closedBy = null;
        if ((flags & CLOSED_BY) != 0) {
            closedBy = new Producer(Binary.getString(in), in.getLong(), in.getLong());
        }
        String sequence = (flags & SEQUENCE) != 0 ? Binary.getString(in) : null;
        StreamHead head = new StreamHead(
                identity,
                tail,
                messages,
                kept,
                (flags & CLOSED) != 0,
                closedBy,
                sequence,
                in.getInt(),
                (flags & REMOVED) != 0,
                in.getInt(),
                in.getLong());
        return new Stored(head, position);
    }
}
