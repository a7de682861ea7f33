package dev.varve.engine.entries;

import dev.varve.api.EntryPath;
import dev.varve.engine.state.Binary;
import java.nio.ByteBuffer;
import java.util.UUID;

/** The entries' effects in a frame (docs/formats/frames.md). Immutable. */
sealed interface Effect {

    byte STORE_CREATED = 64;
    byte STORE_ARCHIVED = 65;
    byte STORE_DELETED = 66;
    byte CHANGED = 67;
    byte COMPACTED = 68;
    byte DEADLINE_PASSED = 69;
    byte STORE_CLONED = 70;

    long store();

    int encodedBytesAtMost();

    /** Writes the type byte and the fields. */
    void encode(ByteBuffer out);

    /** Reads the fields. */
    static Effect decode(byte type, ByteBuffer in, long timeMillis) {
        long store = in.getLong();
        return switch (type) {
            case STORE_CREATED ->
                new StoreCreated(store, new UUID(in.getLong(), in.getLong()), Binary.getString(in), in.getLong());
            case STORE_ARCHIVED -> new StoreArchived(store);
            case STORE_DELETED -> new StoreDeleted(store);
            case CHANGED -> new Changed(store, Change.decode(in, timeMillis));
            case COMPACTED -> new Compacted(store, in.getLong(), timeMillis);
            case DEADLINE_PASSED -> new DeadlinePassed(store, in.getLong(), EntryPath.parse(Binary.getString(in)));
            case STORE_CLONED ->
                new StoreCloned(
                        store, in.getLong(), new UUID(in.getLong(), in.getLong()), Binary.getString(in), in.getLong());
            default -> throw new IllegalArgumentException("effect " + type + " is none of entries");
        };
    }

    /** A store came to be. */
    record StoreCreated(long store, UUID id, String name, long createdMillis) implements Effect {
        @Override
        public int encodedBytesAtMost() {
            return 1 + 4 * Long.BYTES + Binary.sizeOf(name);
        }

        @Override
        public void encode(ByteBuffer out) {
            out.put(STORE_CREATED)
                    .putLong(store)
                    .putLong(id.getMostSignificantBits())
                    .putLong(id.getLeastSignificantBits());
            Binary.putString(out, name);
            out.putLong(createdMillis);
        }
    }

    /** A store takes no writes any more. */
    record StoreArchived(long store) implements Effect {
        @Override
        public int encodedBytesAtMost() {
            return 1 + Long.BYTES;
        }

        @Override
        public void encode(ByteBuffer out) {
            out.put(STORE_ARCHIVED).putLong(store);
        }
    }

    /** A store is gone with all it held. */
    record StoreDeleted(long store) implements Effect {
        @Override
        public int encodedBytesAtMost() {
            return 1 + Long.BYTES;
        }

        @Override
        public void encode(ByteBuffer out) {
            out.put(STORE_DELETED).putLong(store);
        }
    }

    /** Entries of a store have changed. */
    record Changed(long store, Change change) implements Effect {
        @Override
        public int encodedBytesAtMost() {
            return bytesOf(change);
        }

        static int bytesOf(Change change) {
            return 1 + Long.BYTES + change.encodedBytes();
        }

        @Override
        public void encode(ByteBuffer out) {
            out.put(CHANGED).putLong(store);
            change.encode(out);
        }
    }

    /** What stood before a change, and the changes up to it, are not kept any more; since the time of the group. */
    record Compacted(long store, long throughSeq, long millis) implements Effect {
        @Override
        public int encodedBytesAtMost() {
            return 1 + 2 * Long.BYTES;
        }

        @Override
        public void encode(ByteBuffer out) {
            out.put(COMPACTED).putLong(store).putLong(throughSeq);
        }
    }

    /** A time to live is over, and has had its effect if it had to have one. */
    record DeadlinePassed(long store, long millis, EntryPath path) implements Effect {
        @Override
        public int encodedBytesAtMost() {
            return 1 + 2 * Long.BYTES + Binary.sizeOf(path.toString());
        }

        @Override
        public void encode(ByteBuffer out) {
            out.put(DEADLINE_PASSED).putLong(store).putLong(millis);
            Binary.putString(out, path.toString());
        }
    }

    /** A store came to be as a copy of another as that is right then. */
    record StoreCloned(long store, long source, UUID id, String name, long createdMillis) implements Effect {
        @Override
        public int encodedBytesAtMost() {
            return 1 + 5 * Long.BYTES + Binary.sizeOf(name);
        }

        @Override
        public void encode(ByteBuffer out) {
            out.put(STORE_CLONED)
                    .putLong(store)
                    .putLong(source)
                    .putLong(id.getMostSignificantBits())
                    .putLong(id.getLeastSignificantBits());
            Binary.putString(out, name);
            out.putLong(createdMillis);
        }
    }
}
