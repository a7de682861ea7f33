package dev.varve.engine.events;

import dev.varve.api.AggregateId;
import dev.varve.engine.state.Binary;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The events' effects in a frame (docs/formats/frames.md). */
sealed interface Effect {

    byte APPENDED = (byte) 128;
    byte CHECKPOINT = (byte) 129;
    byte AGGREGATE = (byte) 130;
    byte REPLACED = (byte) 131;
    byte SNAPSHOTS = (byte) 132;

    long store();

    int encodedBytesAtMost();

    /** Writes the type byte and the fields. */
    void encode(ByteBuffer out);

    static boolean isOne(byte type) {
        return switch (type) {
            case APPENDED, CHECKPOINT, AGGREGATE, REPLACED, SNAPSHOTS -> true;
            default -> false;
        };
    }

    /** Reads the fields. */
    static Effect decode(byte type, ByteBuffer in) {
        long store = in.getLong();
        return switch (type) {
            case APPENDED -> {
                long first = in.getLong();
                int count = in.getInt();
                List<byte[]> events = new ArrayList<>(count);
                for (int i = 0; i < count; i++) {
                    events.add(bytes(in));
                }
                yield new Appended(store, first, events);
            }
            case CHECKPOINT -> {
                String name = Binary.getString(in);
                yield new Checkpoint(store, name, in.get() == 0 ? null : in.getLong());
            }
            case AGGREGATE -> {
                AggregateId aggregate = aggregate(in);
                boolean ended = in.get() != 0;
                yield new Aggregate(store, aggregate, AggregateHead.decode(in), ended);
            }
            case REPLACED -> {
                long position = in.getLong();
                yield new Replaced(store, position, bytes(in));
            }
            case SNAPSHOTS -> {
                AggregateId aggregate = aggregate(in);
                int count = in.getInt();
                List<Long> versions = new ArrayList<>(count);
                for (int i = 0; i < count; i++) {
                    versions.add(in.getLong());
                }
                long saved = in.getLong();
                yield new Snapshots(store, aggregate, versions, saved, bytes(in));
            }
            default -> throw new IllegalArgumentException("effect " + type + " is none of events");
        };
    }

    private static byte[] bytes(ByteBuffer in) {
        byte[] bytes = new byte[in.getInt()];
        in.get(bytes);
        return bytes;
    }

    private static AggregateId aggregate(ByteBuffer in) {
        String type = Binary.getString(in);
        return new AggregateId(type, Binary.getString(in));
    }

    private static int sizeOf(AggregateId aggregate) {
        return Binary.sizeOf(aggregate.type()) + Binary.sizeOf(aggregate.id());
    }

    private static void put(ByteBuffer out, AggregateId aggregate) {
        Binary.putString(out, aggregate.type());
        Binary.putString(out, aggregate.id());
    }

    /** Events came to the log, side by side, in order; see {@link EventFormat}. */
    record Appended(long store, long first, List<byte[]> events) implements Effect {
        @Override
        public int encodedBytesAtMost() {
            int size = 1 + 2 * Long.BYTES + Integer.BYTES;
            for (byte[] event : events) {
                size = Math.addExact(size, Integer.BYTES + event.length);
            }
            return size;
        }

        @Override
        public void encode(ByteBuffer out) {
            out.put(APPENDED).putLong(store).putLong(first).putInt(events.size());
            for (byte[] event : events) {
                out.putInt(event.length).put(event);
            }
        }
    }

    /** A reader of the log has come somewhere, or is forgotten. */
    record Checkpoint(long store, String name, @Nullable Long position) implements Effect {
        @Override
        public int encodedBytesAtMost() {
            return 2 + 2 * Long.BYTES + Binary.sizeOf(name);
        }

        @Override
        public void encode(ByteBuffer out) {
            out.put(CHECKPOINT).putLong(store);
            Binary.putString(out, name);
            if (position == null) {
                out.put((byte) 0);
            } else {
                out.put((byte) 1).putLong(position);
            }
        }
    }

    /**
     * An aggregate is something else now, but for its events.
     *
     * @param ended whether a life of it ended, and with it its snapshots
     */
    record Aggregate(long store, AggregateId aggregate, AggregateHead head, boolean ended) implements Effect {
        @Override
        public int encodedBytesAtMost() {
            return 2 + Long.BYTES + sizeOf(aggregate) + head.encode().length;
        }

        @Override
        public void encode(ByteBuffer out) {
            out.put(AGGREGATE).putLong(store);
            put(out, aggregate);
            out.put((byte) (ended ? 1 : 0)).put(head.encode());
        }
    }

    /** What stands at a position is something else now: the event with other data, or what is left of a deleted one. */
    record Replaced(long store, long position, byte[] event) implements Effect {
        @Override
        public int encodedBytesAtMost() {
            return 1 + 2 * Long.BYTES + Integer.BYTES + event.length;
        }

        @Override
        public void encode(ByteBuffer out) {
            out.put(REPLACED)
                    .putLong(store)
                    .putLong(position)
                    .putInt(event.length)
                    .put(event);
        }
    }

    /**
     * An aggregate has these snapshots now, and no others.
     *
     * @param saved the version of the one that is new; -1 when none is
     * @param snapshot that one, see {@link SnapshotFormat}; empty when none is
     */
    record Snapshots(long store, AggregateId aggregate, List<Long> versions, long saved, byte[] snapshot)
            implements Effect {
        @Override
        public int encodedBytesAtMost() {
            return 1 + (2 + versions.size()) * Long.BYTES + 2 * Integer.BYTES + sizeOf(aggregate) + snapshot.length;
        }

        @Override
        public void encode(ByteBuffer out) {
            out.put(SNAPSHOTS).putLong(store);
            put(out, aggregate);
            out.putInt(versions.size());
            versions.forEach(out::putLong);
            out.putLong(saved).putInt(snapshot.length).put(snapshot);
        }
    }
}
