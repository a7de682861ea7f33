package dev.varve.bench.histories;

import dev.varve.api.EntryOp;
import dev.varve.api.EntryValue;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a client asks of a store of entries. Immutable. */
sealed interface EntryRequest {

    /** The store it is about. */
    String store();

    /**
     * Makes changes, all or none.
     *
     * @param name the client's name for this write
     * @param once whether it is sent under that name so that it is recognised when it comes again
     */
    record Write(String store, String name, boolean once, List<Op> ops) implements EntryRequest {
        public Write {
            ops = List.copyOf(ops);
        }
    }

    /**
     * One change and what must hold for it.
     *
     * @param livesMillis after how long a set is taken back; 0 for never
     */
    record Op(
            EntryOp.Kind kind,
            String path,
            @Nullable EntryValue value,
            Condition condition,
            long revision,
            @Nullable Fence fence,
            @Nullable Terms terms,
            long livesMillis) {

        static Op of(EntryOp.Kind kind, String path, @Nullable EntryValue value) {
            return new Op(kind, path, value, Condition.NONE, 0, null, null, 0);
        }

        static Op lease(EntryOp.Kind kind, String path, Terms terms) {
            return new Op(kind, path, null, Condition.NONE, 0, null, terms, 0);
        }

        Op ifMatch(long matched) {
            return new Op(kind, path, value, Condition.MATCH, matched, fence, terms, livesMillis);
        }

        Op with(Condition other) {
            return new Op(kind, path, value, other, 0, fence, terms, livesMillis);
        }

        Op fencedBy(@Nullable Fence held) {
            return new Op(kind, path, value, condition, revision, held, terms, livesMillis);
        }

        Op livingFor(long millis) {
            return new Op(kind, path, value, condition, revision, fence, terms, millis);
        }
    }

    /** What must stand at the path. */
    enum Condition {
        /** Anything. */
        NONE,
        /** The revision. */
        MATCH,
        /** Nothing at exactly the path. */
        ABSENT,
        /** Nothing at or below the path. */
        EMPTY
    }

    /** A lease that must be held. */
    record Fence(String key, long token) {}

    /** What a lease is taken, extended or given back with. */
    record Terms(
            long ttlMillis,
            @Nullable String holder,
            @Nullable Long token) {}

    /** Reads an entry or a subtree. */
    record Get(String store, String path) implements EntryRequest {}

    /** Reads several entries as of one moment. */
    record GetMany(String store, List<String> paths) implements EntryRequest {
        public GetMany {
            paths = List.copyOf(paths);
        }
    }

    /** Reads everything below a path as of one moment; everything when the path is empty. */
    record ListBelow(String store, String path) implements EntryRequest {}

    /** Reads all changes. */
    record Log(String store) implements EntryRequest {}

    /**
     * Takes back what was set for some time only. Nobody asks for it: {@link Expiries}.
     *
     * @param set which set it is about
     */
    record Expire(String store, String path, String set) implements EntryRequest {}

    /** Deletes the store; never part of a history. */
    record Drop(String store) implements EntryRequest {}
}
