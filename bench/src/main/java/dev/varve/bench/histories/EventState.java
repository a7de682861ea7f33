package dev.varve.bench.histories;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A store of events at one moment. Two with the same last event had the same before it. Immutable.
 *
 * @param last the last event, and through it all before it; null in the beginning
 * @param versions of aggregates that have events
 * @param tracking how far the source has come, 0 when it has not begun
 * @param made appends and transactions that may come again, by their names
 * @param others what transactions wrote beside events
 */
record EventState(
        @Nullable Node last, Map<String, Long> versions, long tracking, Map<String, EventAnswer> made, Others others) {

    static final EventState EMPTY = new EventState(null, Map.of(), 0, Map.of(), Others.EMPTY);

    /**
     * Entries and a stream, which transactions alone write.
     *
     * @param commit the highest number of a commit that was told; -1 in the beginning
     * @param seq of the last change of an entry
     */
    record Others(long commit, long seq, Map<String, EventAnswer.Value> entries, List<String> messages) {

        static final Others EMPTY = new Others(-1, 0, Map.of(), List.of());

        EventAnswer.Value entry(String path) {
            return entries.getOrDefault(path, EventAnswer.Value.NONE);
        }
    }

    /** An event where it stands; the same as another when all up to it is the same. */
    static final class Node {
        final @Nullable Node before;
        final EventAnswer.Seen seen;
        final EventRequest.Event event;
        private final int hash;

        Node(@Nullable Node before, EventAnswer.Seen seen, EventRequest.Event event) {
            this.before = before;
            this.seen = seen;
            this.event = event;
            this.hash = (before == null ? 0 : before.hash * 31) + seen.name().hashCode();
        }

        @Override
        public boolean equals(@Nullable Object other) {
            @Nullable Node mine = this;
            @Nullable Node theirs = other instanceof Node node ? node : null;
            while (mine != theirs) {
                if (mine == null || theirs == null || mine.hash != theirs.hash || !mine.seen.equals(theirs.seen)) {
                    return false;
                }
                mine = mine.before;
                theirs = theirs.before;
            }
            return true;
        }

        @Override
        public int hashCode() {
            return hash;
        }
    }

    long head() {
        return last == null ? -1 : last.seen.position();
    }

    long version(String aggregate) {
        return versions.getOrDefault(aggregate, -1L);
    }

    /** With one more event. */
    EventState with(String name, EventRequest.Event event) {
        long version = -1;
        Map<String, Long> after = versions;
        if (!event.aggregate().isEmpty()) {
            version = version(event.aggregate()) + 1;
            after = new TreeMap<>(versions);
            after.put(event.aggregate(), version);
        }
        EventAnswer.Seen seen = new EventAnswer.Seen(head() + 1, name, version);
        return new EventState(new Node(last, seen, event), after, tracking, made, others);
    }
}
