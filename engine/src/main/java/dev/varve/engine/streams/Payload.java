package dev.varve.engine.streams;

import java.nio.ByteBuffer;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/**
 * The data of one append or chunk in the form in which it is stored: one message after the other, in JSON mode each followed
 * by a comma, so that a run of messages is a JSON array but for its brackets and positions are byte counts. Immutable; the
 * bytes are shared, and valid for as long as the memory they lie in.
 */
final class Payload {

    /** No data. */
    static final Payload EMPTY = new Payload(ByteBuffer.allocate(0), 0, 0, null, null, null);

    /** Used with absolute indices only. */
    private final ByteBuffer bytes;

    private final int offset;
    private final int length;
    private final int @Nullable [] ends;
    /** Which messages end an append, when the payload holds several; null when it holds one. */
    private final @Nullable BitSet appendEnds;

    private final @Nullable String error;

    private Payload(
            ByteBuffer bytes,
            int offset,
            int length,
            int @Nullable [] ends,
            @Nullable BitSet appendEnds,
            @Nullable String error) {
        this.bytes = bytes;
        this.offset = offset;
        this.length = length;
        this.ends = ends;
        this.appendEnds = appendEnds;
        this.error = error;
    }

    /** Splits a body into messages. An invalid one gives a payload with an {@link #error}. */
    static Payload of(byte[] body, boolean json) {
        if (body.length == 0) {
            return EMPTY;
        }
        if (!json) {
            return new Payload(ByteBuffer.wrap(body), 0, body.length, null, null, null);
        }
        return switch (JsonMessages.split(body)) {
            case JsonMessages.Invalid invalid -> invalid(invalid.message());
            case JsonMessages.Messages messages
            when messages.ends().length == 0 -> invalid("an empty array holds no message to append");
            case JsonMessages.Messages messages -> ofMessages(messages.payload(), messages.ends());
        };
    }

    private static Payload invalid(String why) {
        return new Payload(EMPTY.bytes, 0, 0, null, null, why);
    }

    /** An empty array is the empty content of a new stream; everything else is as for {@link #of}. */
    static Payload ofFirstContent(byte[] body, boolean json) {
        if (json && JsonMessages.split(body) instanceof JsonMessages.Messages messages && messages.ends().length == 0) {
            return EMPTY;
        }
        return of(body, json);
    }

    private static Payload ofMessages(byte[] bytes, int[] ends) {
        return new Payload(ByteBuffer.wrap(bytes), 0, bytes.length, ends.length == 1 ? null : ends, null, null);
    }

    /** What is wrong with the body, or null. */
    @Nullable String error() {
        return error;
    }

    int length() {
        return length;
    }

    int messages() {
        return ends == null ? (length == 0 ? 0 : 1) : ends.length;
    }

    /** How long {@link #encode}'s output is. */
    long encodedBytes() {
        return 2 * Integer.BYTES + (messages() > 1 ? (long) Integer.BYTES * messages() : 0) + length;
    }

    /** Where a message ends, in bytes from the payload's start, exclusive. */
    int end(int message) {
        return ends == null ? length : ends[message];
    }

    /** The bytes that stand between two places. */
    void copyTo(int from, int to, byte[] target, int targetOffset) {
        bytes.get(offset + from, target, targetOffset, to - from);
    }

    /** The bytes that stand between two places, put where the target's position is. */
    void copyTo(int from, int to, ByteBuffer target) {
        target.put(target.position(), bytes, offset + from, to - from).position(target.position() + to - from);
    }

    /** The bytes that stand between two places, as they lie in memory. */
    ByteBuffer slice(int from, int to) {
        return bytes.slice(offset + from, to - from).asReadOnlyBuffer();
    }

    /** Whether the bytes lie outside the heap, in somebody's memory. */
    boolean isDirect() {
        return bytes.isDirect();
    }

    void encode(ByteBuffer out) {
        int count = messages();
        out.putInt(count).putInt(length);
        if (ends != null) {
            for (int end : ends) {
                out.putInt(end);
            }
        }
        copyTo(0, length, out);
    }

    /** Passes over the data: what is left only tells its length. For replay, which has no use for more. */
    static Payload skip(ByteBuffer in) {
        int count = in.getInt();
        int length = in.getInt();
        int ends = count > 1 ? count * Integer.BYTES : 0;
        in.position(in.position() + ends + length);
        return new Payload(EMPTY.bytes, 0, length, null, null, null);
    }

    /**
     * Reads what {@link #encode} wrote.
     *
     * @param inPlace whether the payload may share the buffer's memory; else it has a copy
     */
    static Payload decode(ByteBuffer in, boolean inPlace) {
        int count = in.getInt();
        int length = in.getInt();
        int[] ends = null;
        if (count > 1) {
            ends = new int[count];
            for (int i = 0; i < count; i++) {
                ends[i] = in.getInt();
            }
        }
        if (inPlace) {
            return new Payload(in, in.position(), length, ends, null, null);
        }
        byte[] bytes = new byte[length];
        in.get(bytes);
        return new Payload(ByteBuffer.wrap(bytes), 0, length, ends, null, null);
    }

    /** A part of stored bytes, with several appends in it. */
    static Payload stored(
            ByteBuffer bytes, int offset, int length, int @Nullable [] ends, @Nullable BitSet appendEnds) {
        return new Payload(bytes, offset, length, ends, appendEnds, null);
    }

    /** Whether a message is the last one of its append. */
    boolean endsAppend(int message) {
        return appendEnds == null ? message == messages() - 1 : appendEnds.get(message);
    }
}
