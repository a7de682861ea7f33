package dev.varve.bench.histories;

import dev.varve.api.EntryOp;
import dev.varve.api.EntryType;
import dev.varve.api.EntryValue;
import dev.varve.api.EntryWriteResult.Reason;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What a client of entries was told. Leases are without their end, which nobody can foretell. Immutable. */
sealed interface EntryAnswer {

    /** All changes are made. */
    record Written(List<Done> ops, long storeSeq) implements EntryAnswer {
        public Written {
            ops = List.copyOf(ops);
        }
    }

    /**
     * One change.
     *
     * @param made false when it was not needed
     * @param value what stands there then; null for nothing, and when the transport does not say it
     */
    record Done(long seq, boolean made, @Nullable EntryValue value) {}

    /** Declined; nothing was changed. */
    record Refused(Reason reason, int index, @Nullable Long current) implements EntryAnswer {}

    /** What stands there. */
    record Found(EntryValue value, EntryType type, long revision) implements EntryAnswer {}

    /** Nothing stands there. */
    record Missing() implements EntryAnswer {}

    /** What stands at several paths. */
    record Several(SortedMap<String, Found> entries) implements EntryAnswer {
        public Several {
            entries = Collections.unmodifiableSortedMap(new TreeMap<>(entries));
        }
    }

    /** All changes from the first to the last. */
    record Changes(List<Change> changes) implements EntryAnswer {
        public Changes {
            changes = List.copyOf(changes);
        }
    }

    /**
     * One change; its number is its place.
     *
     * @param expiry whether the system made it because a time to live was over
     */
    record Change(EntryOp.Kind kind, String path, @Nullable EntryValue value, boolean expiry) {}

    /** The store is gone; never part of a history. */
    record Dropped() implements EntryAnswer {}
}
