package dev.varve.bench.histories;

import dev.varve.api.AggregateStatus;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A store of events at one moment. Immutable.
 *
 * @param log the events that were ever appended
 * @param aggregates those of which something is known
 * @param tracking how far the source has come, 0 when it has not begun
 * @param made appends and transactions that may come again, by their names or keys
 * @param others what is written beside events
 */
record EventState(
        @Nullable Chain<Logged> log,
        Map<String, Aggregate> aggregates,
        long tracking,
        Map<String, Kept> made,
        Others others) {

    static final EventState EMPTY = new EventState(null, Map.of(), 0, Map.of(), Others.EMPTY);

    /** An event where it stands. */
    record Logged(EventAnswer.Seen seen, EventRequest.Event event) {}

    /**
     * What became of an aggregate.
     *
     * @param version of its last event, also of one that was deleted; -1 without one
     * @param first versions below this one were deleted
     */
    record Aggregate(AggregateStatus status, long version, long first) {

        static final Aggregate NONE = new Aggregate(AggregateStatus.EMPTY, -1, 0);

        boolean isLive() {
            return status == AggregateStatus.LIVE;
        }

        boolean isTombstoned() {
            return status == AggregateStatus.TOMBSTONED;
        }

        /** The version that readers and checks see. */
        long seen() {
            return isLive() ? version : -1;
        }

        Aggregate written() {
            return new Aggregate(AggregateStatus.LIVE, version + 1, first);
        }

        Aggregate deleted(AggregateStatus as) {
            return new Aggregate(as, version, version + 1);
        }
    }

    /**
     * What was made, to be told again.
     *
     * @param name of what was made; unlike the key under which it is kept when that is another's
     */
    record Kept(String name, EventAnswer answer) {}

    /** A commit with all its parts. */
    record Commit(long number, List<EventAnswer.EntryChanged> changes, List<Logged> events, List<String> messages) {

        Commit {
            changes = List.copyOf(changes);
            events = List.copyOf(events);
            messages = List.copyOf(messages);
        }
    }

    /**
     * Entries and a stream, and the commits over all of it.
     *
     * @param number the highest number of a commit that is known; -1 in the beginning
     * @param seq of the last change of an entry
     * @param there whether something made the store: what goes into its stream before that is no commit of it
     */
    record Others(
            long number,
            long seq,
            Map<String, EventAnswer.Value> entries,
            @Nullable Chain<String> messages,
            boolean there,
            @Nullable Chain<Commit> commits) {

        static final Others EMPTY = new Others(-1, 0, Map.of(), null, false, null);

        EventAnswer.Value entry(String path) {
            return entries.getOrDefault(path, EventAnswer.Value.NONE);
        }

        /** With one more change of an entry. */
        Others changed(String path, String value) {
            Map<String, EventAnswer.Value> after = new TreeMap<>(entries);
            after.put(path, new EventAnswer.Value(seq + 1, value));
            return new Others(number, seq + 1, after, messages, there, commits);
        }

        /** With one more message. */
        Others said(String message) {
            return new Others(number, seq, entries, new Chain<>(messages, message), there, commits);
        }

        /** With one more commit, which has parts in the store. */
        Others committed(Commit commit) {
            return new Others(
                    Math.max(number, commit.number()), seq, entries, messages, true, new Chain<>(commits, commit));
        }

        /** After a commit that has none. */
        Others committed(long nothing) {
            return new Others(Math.max(number, nothing), seq, entries, messages, true, commits);
        }
    }

    long head() {
        return Chain.size(log) - 1L;
    }

    Aggregate aggregate(String id) {
        return aggregates.getOrDefault(id, Aggregate.NONE);
    }

    /** Whether an event can be read. */
    boolean shows(Logged logged) {
        String id = logged.event.aggregate();
        if (id.isEmpty()) {
            return true;
        }
        Aggregate aggregate = aggregate(id);
        return aggregate.isLive() && logged.seen.version() >= aggregate.first;
    }

    /** With one more event. */
    EventState with(String name, EventRequest.Event event) {
        String id = event.aggregate();
        long version = -1;
        Map<String, Aggregate> after = aggregates;
        if (!id.isEmpty()) {
            Aggregate aggregate = aggregate(id).written();
            version = aggregate.version;
            after = new TreeMap<>(aggregates);
            after.put(id, aggregate);
        }
        Logged logged = new Logged(new EventAnswer.Seen(head() + 1, name, version), event);
        return new EventState(new Chain<>(log, logged), after, tracking, made, others);
    }

    EventState with(String id, Aggregate aggregate) {
        Map<String, Aggregate> after = new TreeMap<>(aggregates);
        after.put(id, aggregate);
        return new EventState(log, after, tracking, made, others);
    }

    EventState with(Others after) {
        return new EventState(log, aggregates, tracking, made, after);
    }

    /** After a source has come somewhere. */
    EventState tracked(long position) {
        return new EventState(log, aggregates, Math.max(tracking, position), made, others);
    }

    /** Which may be asked for again. */
    EventState keeping(String key, Kept kept) {
        Map<String, Kept> after = new HashMap<>(made);
        after.put(key, kept);
        return new EventState(log, aggregates, tracking, after, others);
    }

    /** The last events, as many as there are more than before. */
    List<Logged> since(EventState before) {
        List<Logged> all = new ArrayList<>();
        for (Chain<Logged> at = log; at != null && at.size > Chain.size(before.log); at = at.before) {
            all.add(at.item);
        }
        return all.reversed();
    }
}
