package dev.varve.engine.events;

import dev.varve.api.AggregateId;
import dev.varve.api.AggregateStatus;
import dev.varve.api.ErrorKind;
import dev.varve.api.Snapshot;
import dev.varve.api.SnapshotQuery;
import dev.varve.api.VarveException;
import dev.varve.engine.state.StateStore;
import dev.varve.engine.state.Table;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Keeps a snapshot, or deletes some. Answers how many were deleted. */
final class SnapshotCommand extends EventCommand<Integer> {

    /** What is to be done. */
    sealed interface Change {
        /** A snapshot is kept, among the newest. */
        record Save(Snapshot snapshot, byte[] encoded, int keep) implements Change {}

        /** Those that a query means are deleted. */
        record Delete(SnapshotQuery query) implements Change {}
    }

    private final AggregateId aggregate;
    private final Change change;
    private @Nullable SnapshotSet stored;

    SnapshotCommand(EventsFace face, String store, AggregateId aggregate, Change change) {
        super(face, store);
        this.aggregate = aggregate;
        this.change = change;
    }

    @Override
    public int weightBytes() {
        return super.weightBytes() + (change instanceof Change.Save save ? save.encoded.length : 0);
    }

    @Override
    public boolean freesSpace() {
        return change instanceof Change.Delete;
    }

    @Override
    void forget() {
        stored = null;
    }

    @Override
    public boolean prepare() {
        if (isBusy()) {
            return isReady();
        }
        EventLog log = decidedLog();
        if (log == null) {
            return true;
        }
        if (!knows(log, List.of(aggregate))) {
            return false;
        }
        // To delete by time, all of them have to be looked at.
        boolean whole = change instanceof Change.Delete;
        if (stored != null || (!whole && log.decidedSnapshots.containsKey(aggregate)) || !log.inState) {
            return true;
        }
        load(() -> read(face.state(), log, aggregate, whole), found -> stored = found);
        return false;
    }

    /** What the state has of an aggregate's snapshots. */
    static SnapshotSet read(StateStore state, EventLog log, AggregateId aggregate, boolean whole) throws IOException {
        byte[] key = Keys.aggregate(log.store, aggregate);
        TreeMap<Long, byte @Nullable []> byVersion = new TreeMap<>();
        try (StateStore.Cursor cursor =
                state.scan(Table.EVENT_SNAPSHOTS, Keys.snapshot(key, 0), Keys.snapshot(key, Long.MAX_VALUE))) {
            while (cursor.next()) {
                byVersion.put(Keys.firstOfRow(cursor.key()), whole ? cursor.value() : null);
            }
        }
        return new SnapshotSet(Collections.unmodifiableNavigableMap(byVersion));
    }

    @Override
    void decide(long nowMillis) {
        EventLog log = logToWrite();
        if (log == null) {
            return;
        }
        SnapshotSet inState = stored == null ? SnapshotSet.NONE : stored;
        SnapshotSet before = log.decidedSnapshots.getOrDefault(aggregate, inState);
        switch (change) {
            case Change.Save(Snapshot snapshot, byte[] encoded, int keep) -> {
                AggregateHead head = head(log, aggregate);
                if (head.status() != AggregateStatus.LIVE || snapshot.version() > head.version()) {
                    failWith(new VarveException(
                            ErrorKind.INVALID_PARAMS,
                            "a snapshot of " + aggregate + " at version " + snapshot.version()
                                    + " cannot be kept: the aggregate is at " + head.seenVersion()));
                    return;
                }
                if (snapshot.version() < head.deletedBefore()) {
                    failWith(new VarveException(
                            ErrorKind.INVALID_PARAMS,
                            "a snapshot of " + aggregate + " at version " + snapshot.version()
                                    + " cannot be kept: that version was deleted"));
                    return;
                }
                SnapshotSet after = before.with(snapshot.version(), encoded, keep);
                boolean kept = after.byVersion().containsKey(snapshot.version());
                set(log, after, kept ? snapshot.version() : -1, kept ? encoded : EventFormat.UNKNOWN);
                answerWith(0);
            }
            case Change.Delete(SnapshotQuery query) -> {
                List<Long> meant = new ArrayList<>();
                for (Map.Entry<Long, byte @Nullable []> entry :
                        before.byVersion().entrySet()) {
                    byte[] encoded =
                            entry.getValue() == null ? inState.byVersion().get(entry.getKey()) : entry.getValue();
                    if (matches(query, entry.getKey(), encoded)) {
                        meant.add(entry.getKey());
                    }
                }
                if (!meant.isEmpty()) {
                    set(log, before.without(meant), -1, EventFormat.UNKNOWN);
                }
                answerWith(meant.size());
            }
        }
    }

    private boolean matches(SnapshotQuery query, long version, byte @Nullable [] encoded) {
        try {
            return encoded != null && query.matches(SnapshotFormat.decode(aggregate, version, encoded));
        } catch (RuntimeException damaged) {
            // Only its version is known of it; nobody can use it.
            return version >= query.minVersion() && version <= query.maxVersion();
        }
    }

    private void set(EventLog log, SnapshotSet after, long saved, byte[] encoded) {
        change(new Effect.Snapshots(
                log.store, aggregate, List.copyOf(after.byVersion().keySet()), saved, encoded));
    }
}
