package dev.varve.engine.transactions;

import dev.varve.api.AggregateId;
import dev.varve.api.AppendRequest;
import dev.varve.api.AppendResult;
import dev.varve.api.EntryOp;
import dev.varve.api.EntryValue;
import dev.varve.api.EntryWriteResult;
import dev.varve.api.EntryWriteResult.Applied;
import dev.varve.api.EventAppendResult;
import dev.varve.api.EventStore;
import dev.varve.api.Offset;
import dev.varve.api.Producer;
import dev.varve.api.Refusal;
import dev.varve.api.TransactionResult.Committed;
import dev.varve.engine.entries.ValueCodec;
import dev.varve.engine.state.Binary;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An answer in binary, to be given again to the same transaction (docs/formats/frames.md). What the transaction says itself is not in it:
 * paths, aggregates, names of producers, values that were set. Stateless.
 */
final class AnswerFormat {

    /** Of an entry: a number, two flags; of an aggregate: two numbers; of an append: an offset, flags, a producer's epoch and sequence. */
    private static final int PART_BYTES = 2 + 3 * Long.BYTES;

    /** How far the store of entries is, and where the events are. */
    private static final int FIXED_BYTES = 1 + 4 * Long.BYTES;

    /** Stands before what was said of events where none were written: no flags of an append to a stream are these. */
    private static final byte NO_EVENTS = 8;

    private AnswerFormat() {}

    static byte[] encode(Committed answer, Split split) {
        int size = FIXED_BYTES
                + PART_BYTES
                        * (split.ops.parts.size()
                                + split.toldAggregates().size()
                                + answer.streams().size());
        EntryWriteResult.Written entries = answer.entries();
        if (entries != null) {
            for (int i = 0; i < entries.ops().size(); i++) {
                EntryValue value =
                        keptValue(split.ops.parts.get(i), entries.ops().get(i));
                size += value == null ? 0 : ValueCodec.sizeOf(value);
            }
        }
        for (AggregateId aggregate : split.toldAggregates()) {
            size += Binary.sizeOf(aggregate.type()) + Binary.sizeOf(aggregate.id());
        }
        ByteBuffer out = ByteBuffer.allocate(size);
        if (entries != null) {
            put(out, entries, split);
        }
        EventAppendResult.Appended events = answer.events();
        if (events != null && split.events.isEmpty()) {
            putOfNoEvents(out, events);
        } else if (events != null) {
            put(out, events);
        }
        answer.streams().forEach(result -> put(out, result));
        byte[] encoded = new byte[out.position()];
        out.flip().get(encoded);
        return encoded;
    }

    static Committed decode(byte[] encoded, Split split, long number) {
        ByteBuffer in = ByteBuffer.wrap(encoded);
        EntryWriteResult.Written entries = split.ops.isEmpty() ? null : entries(in, split);
        EventAppendResult.Appended events = split.events.isEmpty() ? ofNoEvents(in) : events(in, split);
        List<AppendResult> streams = new ArrayList<>();
        for (AppendRequest request : split.appends.parts) {
            streams.add(stream(in, request));
        }
        return new Committed(number, entries, events, streams, true);
    }

    // ---- entries

    /** What came of a change, unless the change itself says it. */
    private static @Nullable EntryValue keptValue(EntryOp op, Applied applied) {
        return switch (op.kind()) {
            case SET, MERGE, PUT_FILE -> null;
            default -> applied.value();
        };
    }

    private static void put(ByteBuffer out, EntryWriteResult.Written entries, Split split) {
        out.putLong(entries.storeSeq());
        for (int i = 0; i < entries.ops().size(); i++) {
            Applied applied = entries.ops().get(i);
            EntryValue value = keptValue(split.ops.parts.get(i), applied);
            out.putLong(applied.storeSeq()).put(flag(applied.made())).put(flag(value != null));
            if (value != null) {
                ValueCodec.put(out, value);
            }
        }
    }

    private static EntryWriteResult.Written entries(ByteBuffer in, Split split) {
        long storeSeq = in.getLong();
        List<Applied> applied = new ArrayList<>();
        for (EntryOp op : split.ops.parts) {
            long seq = in.getLong();
            boolean made = in.get() != 0;
            EntryValue kept = in.get() != 0 ? ValueCodec.get(in) : null;
            EntryValue own = switch (op.kind()) {
                case SET, MERGE, PUT_FILE -> op.value();
                default -> kept;
            };
            applied.add(new Applied(op.path(), seq, made, own));
        }
        return new EntryWriteResult.Written(applied, storeSeq);
    }

    // ---- events

    private static void put(ByteBuffer out, EventAppendResult.Appended events) {
        out.putLong(events.firstPosition()).putLong(events.lastPosition());
        events.aggregates()
                .forEach(written -> out.putLong(written.versionBefore()).putLong(written.version()));
    }

    private static EventAppendResult.Appended events(ByteBuffer in, Split split) {
        long first = in.getLong();
        long last = in.getLong();
        List<EventAppendResult.Written> aggregates = new ArrayList<>();
        for (AggregateId aggregate : split.toldAggregates()) {
            aggregates.add(new EventAppendResult.Written(aggregate, in.getLong(), in.getLong()));
        }
        return new EventAppendResult.Appended(first, last, aggregates, false);
    }

    /**
     * What checks alone, or a tracking, were told. With the names, and to be told from what follows: what must hold for a transaction may
     * be something else when it comes again.
     */
    private static void putOfNoEvents(ByteBuffer out, EventAppendResult.Appended told) {
        out.put(NO_EVENTS).put((byte) told.aggregates().size());
        told.aggregates().forEach(written -> {
            Binary.putString(out, written.aggregate().type());
            Binary.putString(out, written.aggregate().id());
            out.putLong(written.versionBefore()).putLong(written.version());
        });
    }

    private static EventAppendResult.@Nullable Appended ofNoEvents(ByteBuffer in) {
        if (!in.hasRemaining() || in.get(in.position()) != NO_EVENTS) {
            return null;
        }
        in.get();
        List<EventAppendResult.Written> aggregates = new ArrayList<>();
        for (int left = in.get(); left > 0; left--) {
            AggregateId aggregate = new AggregateId(Binary.getString(in), Binary.getString(in));
            aggregates.add(new EventAppendResult.Written(aggregate, in.getLong(), in.getLong()));
        }
        return new EventAppendResult.Appended(EventStore.EMPTY, EventStore.EMPTY, aggregates, false);
    }

    // ---- streams

    private static final int DUPLICATE = 1;
    private static final int CLOSED = 2;
    private static final int PRODUCER = 4;

    private static void put(ByteBuffer out, AppendResult result) {
        switch (result) {
            case AppendResult.Appended(Offset next, boolean closed, @Nullable Producer producer) ->
                put(out, 0, next, closed, producer);
            case AppendResult.Duplicate(Offset next, boolean closed, @Nullable Producer producer) ->
                put(out, DUPLICATE, next, closed, producer);
            case Refusal refusal -> throw new IllegalStateException("was refused: " + refusal);
        }
    }

    private static void put(ByteBuffer out, int kind, Offset next, boolean closed, @Nullable Producer producer) {
        out.put((byte) (kind | (closed ? CLOSED : 0) | (producer == null ? 0 : PRODUCER)));
        out.putLong(next.position());
        if (producer != null) {
            out.putLong(producer.epoch()).putLong(producer.sequence());
        }
    }

    private static AppendResult stream(ByteBuffer in, AppendRequest request) {
        int flags = in.get();
        Offset next = Offset.at(in.getLong());
        Producer asking = request.producer();
        Producer producer = null;
        if ((flags & PRODUCER) != 0) {
            long epoch = in.getLong();
            long sequence = in.getLong();
            producer = asking == null ? null : new Producer(asking.id(), epoch, sequence);
        }
        boolean closed = (flags & CLOSED) != 0;
        return (flags & DUPLICATE) == 0
                ? new AppendResult.Appended(next, closed, producer)
                : new AppendResult.Duplicate(next, closed, producer);
    }

    private static byte flag(boolean value) {
        return (byte) (value ? 1 : 0);
    }
}
