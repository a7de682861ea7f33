package dev.varve.bench.histories;

import dev.varve.api.EventAppendResult;
import dev.varve.api.EventAppendResult.Reason;
import dev.varve.api.EventSlice;
import dev.varve.api.StoredEvent;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** What a store of events says. Immutable. */
sealed interface EventAnswer {

    /**
     * Made, or made before.
     *
     * @param versions of the aggregates that were written, afterwards; of one that was only checked, as it is
     */
    record Appended(long first, SortedMap<String, Long> versions, boolean again) implements EventAnswer {}

    /**
     * Not made.
     *
     * @param actual the versions of the aggregates whose checks do not hold
     * @param position of an event that is ruled out, or how far the source has come
     */
    record Refused(Reason reason, SortedMap<String, Long> actual, long position) implements EventAnswer {}

    /** An event that stands somewhere: which append it is of, and at what place of it. */
    record Seen(long position, String name, long version) {}

    /** What was found, and where the log ends. */
    record Page(long head, List<Seen> events) implements EventAnswer {}

    static EventAnswer of(EventAppendResult result) {
        return switch (result) {
            case EventAppendResult.Appended appended -> {
                SortedMap<String, Long> versions = new TreeMap<>();
                appended.aggregates()
                        .forEach(one -> versions.put(one.aggregate().id(), one.version()));
                yield new Appended(appended.firstPosition(), versions, appended.idempotent());
            }
            case EventAppendResult.Refused refused -> {
                SortedMap<String, Long> actual = new TreeMap<>();
                refused.violations().forEach(one -> actual.put(one.aggregate().id(), one.actual()));
                yield new Refused(refused.reason(), actual, refused.conflictingPosition());
            }
        };
    }

    static EventAnswer of(EventSlice slice) {
        List<Seen> seen = new ArrayList<>();
        for (StoredEvent event : slice.events()) {
            String text = event.data().text();
            seen.add(new Seen(event.position(), text.substring(1, text.length() - 1), version(event)));
        }
        return new Page(slice.head(), seen);
    }

    private static long version(StoredEvent event) {
        return event.aggregate() == null ? -1 : event.version();
    }
}
