package dev.varve.engine.events;

import java.util.Collections;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * All snapshots of an aggregate: by version their encoded form, or nothing where the state has it. Immutable.
 */
record SnapshotSet(NavigableMap<Long, byte @Nullable []> byVersion) {

    static final SnapshotSet NONE = new SnapshotSet(Collections.emptyNavigableMap());

    /** With one more, and only the newest ones of all. */
    SnapshotSet with(long version, byte[] snapshot, int keep) {
        NavigableMap<Long, byte @Nullable []> next = new TreeMap<>(byVersion);
        next.put(version, snapshot);
        while (next.size() > keep) {
            next.pollFirstEntry();
        }
        return new SnapshotSet(Collections.unmodifiableNavigableMap(next));
    }

    SnapshotSet without(Iterable<Long> versions) {
        NavigableMap<Long, byte @Nullable []> next = new TreeMap<>(byVersion);
        versions.forEach(next::remove);
        return new SnapshotSet(Collections.unmodifiableNavigableMap(next));
    }

    /** As an effect says: some of these stay, and one may be new. */
    SnapshotSet after(Effect.Snapshots effect) {
        NavigableMap<Long, byte @Nullable []> next = new TreeMap<>();
        for (long version : effect.versions()) {
            next.put(version, version == effect.saved() ? effect.snapshot() : byVersion.get(version));
        }
        return new SnapshotSet(Collections.unmodifiableNavigableMap(next));
    }

    /** What the state has where this leaves it to the state. */
    SnapshotSet over(SnapshotSet inState) {
        NavigableMap<Long, byte @Nullable []> whole = new TreeMap<>();
        byVersion.forEach((version, snapshot) ->
                whole.put(version, snapshot != null ? snapshot : inState.byVersion.get(version)));
        return new SnapshotSet(Collections.unmodifiableNavigableMap(whole));
    }

    long bytes() {
        long bytes = 100;
        for (byte[] snapshot : byVersion.values()) {
            bytes += 64 + (snapshot == null ? 0 : snapshot.length);
        }
        return bytes;
    }
}
