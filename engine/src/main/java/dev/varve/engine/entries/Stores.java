package dev.varve.engine.entries;

import dev.varve.api.ErrorKind;
import dev.varve.api.VarveException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.UUID;
import java.util.function.ObjLongConsumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The stores of a shard, for what else is kept in them beside entries. Of the shard's owner, except where a method says otherwise.
 */
public final class Stores {

    /** The number of no store. */
    public static final long NONE = -1;

    private final EntriesFace face;

    Stores(EntriesFace face) {
        this.face = face;
    }

    /**
     * Makes an id.
     *
     * @param random where it comes from
     * @return of version 4 and variant 1 (RFC 9562)
     */
    public static UUID freshId(RandomGenerator random) {
        long high = (random.nextLong() & ~0xF000L) | 0x4000L;
        long low = (random.nextLong() & ~(3L << 62)) | (2L << 62);
        return new UUID(high, low);
    }

    /**
     * The number of a store that can be seen. Thread-safe.
     *
     * @param name its full name
     * @return the number, never used again, or {@link #NONE}
     */
    public long visible(String name) {
        StoreState store = face.stores.get(name);
        return store == null ? NONE : store.number;
    }

    /**
     * The name of a store. Thread-safe.
     *
     * @param number its number
     * @return the full name, or null when it is gone
     */
    public @Nullable String name(long number) {
        StoreState store = face.byNumber(number);
        return store == null ? null : store.name;
    }

    /**
     * What commands of a store are ordered by, as {@link dev.varve.engine.shard.Command#keys} has it: those of entries, and of events.
     *
     * @param name its full name
     * @return the keys of both
     */
    public static List<String> keys(String name) {
        return List.of(entriesKey(name), eventsKey(name));
    }

    /** No stream's path begins with a slash. */
    static String entriesKey(String name) {
        return "/" + name;
    }

    /**
     * What commands of a store's events are ordered by.
     *
     * @param name its full name
     * @return the key: no store's name begins with a slash either
     */
    public static String eventsKey(String name) {
        return "//" + name;
    }

    /**
     * The number of a store as it is decided.
     *
     * @param name its full name
     * @return the number, or {@link #NONE}
     */
    public long decided(String name) {
        StoreState store = face.decidedStore(name);
        return store == null ? NONE : store.number;
    }

    /**
     * Why nothing can be written to a store as it is decided.
     *
     * @param name its full name
     * @return the failure, or null when something can, or there is no such store
     */
    public @Nullable VarveException refusal(String name) {
        StoreState store = face.decidedStore(name);
        if (store == null) {
            return null;
        }
        if (store.clone != null) {
            return EntryCommand.isBeingCopied(name);
        }
        return store.decidedArchived
                ? new VarveException(
                        ErrorKind.CLOSED, "the store " + name + " is archived and takes no writes any more")
                : null;
    }

    /**
     * Why a store may not be created; nothing when it may.
     *
     * @param name its full name
     * @return the failure, or null
     */
    public @Nullable VarveException mayCreate(String name) {
        return face.storeOverQuota(name);
    }

    /**
     * The failure of what needs a store that is not there.
     *
     * @param name its full name
     * @return the failure
     */
    public static VarveException notFound(String name) {
        return StoreCommand.notFound(name);
    }

    /**
     * Is told of stores that were deleted, when that is durable, and while a shard is being opened.
     *
     * @param listener takes the name and the number; called by the owner
     */
    public void onDeleted(ObjLongConsumer<String> listener) {
        face.onDeleted(listener);
    }

    /**
     * Decides that a store comes to be.
     *
     * @param name its full name, of which none is decided
     * @param id its id
     * @param nowMillis the group's time
     * @return what has to go into the frame
     */
    public Creation create(String name, UUID id, long nowMillis) {
        Effect effect = new Effect.StoreCreated(face.nextStore(), id, name, nowMillis);
        face.apply(effect);
        return new Creation(effect, face.decided());
    }

    /** A store that is decided to come to be. */
    public final class Creation {
        private final Effect effect;
        private final Overlay after;

        private Creation(Effect effect, Overlay after) {
            this.effect = effect;
            this.after = after;
            face.submitted();
        }

        /**
         * The number of the new store.
         *
         * @return the number
         */
        public long number() {
            return effect.store();
        }

        /**
         * An upper bound of the effect's length.
         *
         * @return bytes
         */
        public int encodedBytesAtMost() {
            return effect.encodedBytesAtMost();
        }

        /**
         * Writes the effect.
         *
         * @param out where to
         */
        public void encode(ByteBuffer out) {
            effect.encode(out);
        }

        /** Makes the store visible: the effect is durable. */
        public void publish() {
            face.publish(List.of(effect), after);
        }
    }
}
