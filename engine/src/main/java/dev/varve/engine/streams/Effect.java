package dev.varve.engine.streams;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.varve.api.Producer;
import dev.varve.engine.journal.Group;
import dev.varve.engine.state.Binary;
import java.nio.ByteBuffer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What a stream command changes, as it stands in a frame (docs/formats/frames.md). Effects hold results, not requests:
 * absolute positions and counts, so that replay decides nothing and needs no other state. Immutable.
 */
sealed interface Effect {

    /** What one command may write at most: a frame, less what surrounds the data. */
    int MAX_COMMAND_BYTES = Group.MAX_BODY_BYTES - (1 << 20);

    byte CREATED = 1;
    byte APPENDED = 2;
    byte REMOVED = 3;
    byte TOUCHED = 4;
    byte TRIMMED = 5;
    byte FORKS = 6;

    /** The incarnation of the stream that changes. */
    long incarnation();

    /** An upper bound of {@link #encode}'s output. */
    int encodedBytesAtMost();

    /** Writes the type byte and the fields. */
    void encode(ByteBuffer out);

    /**
     * Reads one effect's fields.
     *
     * @param type the type byte, already read
     * @param in positioned after the type byte; left after the effect
     */
    static Effect decode(byte type, ByteBuffer in) {
        return decode(type, in, false);
    }

    /**
     * As the other.
     *
     * @param type the type byte, already read
     * @param in positioned after the type byte
     * @param inPlace whether a payload may share the buffer's memory instead of having a copy; the buffer is then left at the
     *     payload's bytes and must not be changed
     */
    static Effect decode(byte type, ByteBuffer in, boolean inPlace) {
        return decode(type, in, from -> Payload.decode(from, inPlace));
    }

    /**
     * The same without the data of appends, which know its length then and nothing else of it.
     *
     * @param type the type byte, already read
     * @param in positioned after the type byte; left after the effect
     */
    static Effect decodeWithoutData(byte type, ByteBuffer in) {
        return decode(type, in, Payload::skip);
    }

    private static Effect decode(byte type, ByteBuffer in, Function<ByteBuffer, Payload> payloads) {
        return switch (type) {
            case CREATED -> new Created(StreamIdentity.decode(in), StreamHead.Kept.decode(in));
            case APPENDED -> Appended.decode(in, payloads);
            case REMOVED -> new Removed(in.getLong(), in.get() != 0);
            case TOUCHED -> new Touched(in.getLong(), in.getLong());
            case TRIMMED -> new Trimmed(in.getLong(), StreamHead.Kept.decode(in));
            case FORKS -> new Forks(in.getLong(), in.getInt());
            default -> throw new IllegalArgumentException("not an effect of a stream: type " + type);
        };
    }

    /**
     * A stream came to be, open and without data of its own.
     *
     * @param identity how it was created
     * @param kept where its data starts; after position 0 only for forks
     */
    record Created(StreamIdentity identity, StreamHead.Kept kept) implements Effect {
        @Override
        public long incarnation() {
            return identity.incarnation();
        }

        @Override
        public int encodedBytesAtMost() {
            return 1 + StreamHead.Kept.ENCODED_BYTES + identity.encodedBytesAtMost();
        }

        @Override
        public void encode(ByteBuffer out) {
            out.put(CREATED);
            identity.encode(out);
            kept.encode(out);
        }
    }

    /**
     * Data was appended, the stream was closed, or both.
     *
     * @param incarnation which stream
     * @param start the position of the first byte
     * @param messagesAfter the stream's count of messages afterwards
     * @param producersAfter the stream's count of producers afterwards
     * @param close whether the stream is closed now
     * @param producer the producer's accepted request, or null
     * @param sequence the {@code Stream-Seq}, or null
     * @param payload the data; in JSON mode each message is followed by a comma
     */
    record Appended(
            long incarnation,
            long start,
            long messagesAfter,
            int producersAfter,
            boolean close,
            @Nullable Producer producer,
            @Nullable String sequence,
            Payload payload)
            implements Effect {

        private static final int CLOSE_FLAG = 1;
        private static final int PRODUCER_FLAG = 2;
        private static final int SEQUENCE_FLAG = 4;

        long end() {
            return start + payload.length();
        }

        @Override
        public int encodedBytesAtMost() {
            int ends = payload.messages() > 1 ? Integer.BYTES * payload.messages() : 0;
            return 64
                    + (producer == null ? 0 : Binary.sizeOf(producer.id()) + 16)
                    + (sequence == null ? 0 : Binary.sizeOf(sequence))
                    + ends
                    + payload.length();
        }

        @Override
        public void encode(ByteBuffer out) {
            out.put(APPENDED)
                    .putLong(incarnation)
                    .putLong(start)
                    .putLong(messagesAfter)
                    .putInt(producersAfter);
            out.put((byte) ((close ? CLOSE_FLAG : 0)
                    | (producer == null ? 0 : PRODUCER_FLAG)
                    | (sequence == null ? 0 : SEQUENCE_FLAG)));
            if (producer != null) {
                byte[] id = producer.id().getBytes(UTF_8);
                out.putShort((short) id.length).put(id);
                out.putLong(producer.epoch()).putLong(producer.sequence());
            }
            if (sequence != null) {
                Binary.putString(out, sequence);
            }
            payload.encode(out);
        }

        private static Appended decode(ByteBuffer in, Function<ByteBuffer, Payload> payloads) {
            long incarnation = in.getLong();
            long start = in.getLong();
            long messagesAfter = in.getLong();
            int producersAfter = in.getInt();
            int flags = in.get();
            Producer producer = null;
            if ((flags & PRODUCER_FLAG) != 0) {
                producer = new Producer(Binary.getString(in), in.getLong(), in.getLong());
            }
            String sequence = (flags & SEQUENCE_FLAG) != 0 ? Binary.getString(in) : null;
            return new Appended(
                    incarnation,
                    start,
                    messagesAfter,
                    producersAfter,
                    (flags & CLOSE_FLAG) != 0,
                    producer,
                    sequence,
                    payloads.apply(in));
        }
    }

    /**
     * A stream was deleted or has expired.
     *
     * @param incarnation which stream
     * @param kept whether it is kept, unreachable, for its forks
     */
    record Removed(long incarnation, boolean kept) implements Effect {
        @Override
        public int encodedBytesAtMost() {
            return 16;
        }

        @Override
        public void encode(ByteBuffer out) {
            out.put(REMOVED).putLong(incarnation).put((byte) (kept ? 1 : 0));
        }
    }

    /** A stream with a sliding lifetime was accessed. */
    record Touched(long incarnation, long millis) implements Effect {
        @Override
        public int encodedBytesAtMost() {
            return 24;
        }

        @Override
        public void encode(ByteBuffer out) {
            out.put(TOUCHED).putLong(incarnation).putLong(millis);
        }
    }

    /** Data before a position was given up. */
    record Trimmed(long incarnation, StreamHead.Kept kept) implements Effect {
        @Override
        public int encodedBytesAtMost() {
            return 1 + Long.BYTES + StreamHead.Kept.ENCODED_BYTES;
        }

        @Override
        public void encode(ByteBuffer out) {
            out.put(TRIMMED).putLong(incarnation);
            kept.encode(out);
        }
    }

    /** The number of a stream's forks changed. */
    record Forks(long incarnation, int count) implements Effect {
        @Override
        public int encodedBytesAtMost() {
            return 16;
        }

        @Override
        public void encode(ByteBuffer out) {
            out.put(FORKS).putLong(incarnation).putInt(count);
        }
    }
}
