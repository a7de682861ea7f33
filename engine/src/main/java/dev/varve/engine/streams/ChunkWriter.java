package dev.varve.engine.streams;

import dev.varve.engine.state.Binary;
import dev.varve.engine.state.StateStore;
import dev.varve.engine.state.Table;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/**
 * Joins a stream's appends into chunks of about {@link Chunk#TARGET_BYTES}, and never holds more than one of them. Confined
 * to a checkpoint's thread.
 */
final class ChunkWriter implements StreamData.PieceVisitor {

    private static final byte[] NOTHING = {};
    private static final int[] NO_ENDS = {};

    private final StateStore.Checkpoint checkpoint;
    private final long incarnation;
    private final long from;
    private final long to;
    private final long maxSpanMillis;
    private final int firstBytes;

    private byte[] bytes = NOTHING;
    private int length;
    private int[] ends = NO_ENDS;
    /** Which messages end an append; null while the one message that there is does. */
    private @Nullable BitSet appendEnds;

    private int messages;
    private long start;
    private long messagesBefore;
    private long firstMillis;
    private long lastMillis;

    /**
     * Starts at a position.
     *
     * @param checkpoint where chunks go
     * @param incarnation the stream
     * @param from data before this position is in the state already
     * @param to where the data ends
     * @param maxSpanMillis the longest time between the first and the last message of a chunk
     */
    ChunkWriter(StateStore.Checkpoint checkpoint, long incarnation, long from, long to, long maxSpanMillis) {
        this.maxSpanMillis = maxSpanMillis;
        this.firstBytes = (int) Math.min(Chunk.TARGET_BYTES, to - from);
        this.checkpoint = checkpoint;
        this.incarnation = incarnation;
        this.from = from;
        this.to = to;
    }

    @Override
    public boolean piece(Piece piece) throws IOException {
        if (piece.end() <= from) {
            return true;
        }
        boolean full = length + piece.payload().length() > Chunk.TARGET_BYTES
                || piece.lastMillis() - firstMillis > maxSpanMillis;
        if (length > 0 && full) {
            flush();
        }
        if (length == 0) {
            start = piece.start();
            messagesBefore = piece.messagesBefore();
            firstMillis = piece.firstMillis();
        }
        lastMillis = piece.lastMillis();
        Payload payload = piece.payload();
        grow(length + payload.length(), messages + payload.messages());
        payload.copyTo(0, payload.length(), bytes, length);
        BitSet lastOfAppends = appendEnds;
        if (lastOfAppends == null && messages + payload.messages() > 1) {
            lastOfAppends = new BitSet();
            lastOfAppends.set(0, messages);
            appendEnds = lastOfAppends;
        }
        for (int i = 0; i < payload.messages(); i++) {
            ends[messages] = length + payload.end(i);
            if (lastOfAppends != null && payload.endsAppend(i)) {
                lastOfAppends.set(messages);
            }
            messages++;
        }
        length += payload.length();
        if (piece.end() >= to) {
            // Nothing more will come: of many small streams no more waits in memory than must.
            flush();
            bytes = NOTHING;
            ends = NO_ENDS;
        } else if (length >= Chunk.TARGET_BYTES) {
            flush();
        }
        return true;
    }

    private void grow(int neededBytes, int neededMessages) {
        if (neededBytes > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(neededBytes, Math.max(firstBytes, bytes.length * 2)));
        }
        // From nothing: in a sweep as many writers wait as there are streams.
        if (neededMessages > ends.length) {
            ends = Arrays.copyOf(ends, Math.max(neededMessages, ends.length * 2));
        }
    }

    long incarnation() {
        return incarnation;
    }

    void flush() throws IOException {
        if (length == 0) {
            return;
        }
        Payload payload = Payload.stored(ByteBuffer.wrap(bytes), 0, length, Arrays.copyOf(ends, messages), appendEnds);
        Chunk chunk = new Chunk(incarnation, start, messagesBefore, firstMillis, lastMillis, payload);
        checkpoint.putNew(Table.STREAM_CHUNKS, Binary.key(incarnation, start), chunk.encode());
        if (length > Chunk.TARGET_BYTES) {
            bytes = NOTHING; // a single large message
        }
        length = 0;
        messages = 0;
        appendEnds = null;
    }
}
