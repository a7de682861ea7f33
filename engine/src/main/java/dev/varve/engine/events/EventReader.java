package dev.varve.engine.events;

import dev.varve.api.AggregateId;
import dev.varve.api.AggregateStatus;
import dev.varve.api.EventQuery;
import dev.varve.api.EventRead;
import dev.varve.api.EventSlice;
import dev.varve.api.EventStore;
import dev.varve.api.StoredEvent;
import dev.varve.engine.state.StateStore;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads slices of one log. Confined to one read. */
final class EventReader {

    private final LogReader log;
    private final EventRead read;
    private final List<StoredEvent> events = new ArrayList<>();
    private long bytes;
    private int scanned;

    private EventReader(LogReader log, EventRead read) {
        this.log = log;
        this.read = read;
    }

    static EventSlice nothing(EventRead read) {
        long next = read.backwards() ? Math.max(read.after(), EventStore.EMPTY) : read.after();
        AggregateStatus status = read.aggregate() == null ? AggregateStatus.LIVE : AggregateStatus.EMPTY;
        return new EventSlice(List.of(), EventStore.EMPTY, status, EventStore.EMPTY, next, false);
    }

    static EventSlice read(StateStore state, EventLog log, EventRead read, long nowMillis) throws IOException {
        try (LogReader reader = new LogReader(state, log, nowMillis)) {
            EventReader events = new EventReader(reader, read);
            AggregateId aggregate = read.aggregate();
            return aggregate == null ? events.positions() : events.versions(aggregate);
        }
    }

    /**
     * Reads without touching the disk.
     *
     * @return the slice, or null when memory does not have all that it takes
     */
    static @Nullable EventSlice readMemory(StateStore state, EventLog log, EventRead read, long nowMillis) {
        try (LogReader reader = new LogReader(state, log, nowMillis)) {
            // Looked at again: a checkpoint may have let go of something since.
            if (log.inState && !reader.isInMemory(read.after() + 1)) {
                return null;
            }
            EventReader events = new EventReader(reader, read);
            AggregateId aggregate = read.aggregate();
            return aggregate == null ? events.positions() : events.versions(aggregate);
        } catch (IOException e) {
            throw new IllegalStateException("memory cannot fail to be read", e);
        }
    }

    // ---- by position

    private EventSlice positions() throws IOException {
        long head = log.next - 1;
        long highest = Math.min(read.upTo(), head);
        boolean down = read.backwards();
        long lowest = beginning(highest);
        long start = afterSkipping(down ? highest : lowest, lowest, highest);
        Postings postings = log.postings(read.category(), read.query(), down);
        long at = start < lowest || start > highest ? Postings.NONE : postings.seek(start);
        while (at != Postings.NONE && at >= lowest && at <= highest) {
            if (isFull()) {
                return slice(head, AggregateStatus.LIVE, EventStore.EMPTY, down ? at : at - 1, true);
            }
            byte[] event = log.event(at);
            if (!take(event, at)) {
                return slice(head, AggregateStatus.LIVE, EventStore.EMPTY, down ? at : at - 1, true);
            }
            at = postings.seek(down ? at - 1 : at + 1);
        }
        long next = down ? read.after() : Math.max(read.after(), highest);
        return slice(head, AggregateStatus.LIVE, EventStore.EMPTY, next, false);
    }

    /** The lowest position of the read: of one from a time on that of the first event in its scope that is as late. */
    private long beginning(long highest) throws IOException {
        long lowest = read.after() == Long.MAX_VALUE ? Long.MAX_VALUE : read.after() + 1;
        Instant from = read.from();
        if (from == null) {
            return lowest;
        }
        // Before the first one of all that can be late enough there is nothing to look at.
        Postings scope = log.postings(read.category(), EventQuery.ALL, false);
        long at = log.hasOwnTimes() ? 0 : firstRecordedSince(from);
        for (at = scope.seek(at); at != Postings.NONE && at < log.next; at = scope.seek(at + 1)) {
            if (isReadableSince(at, from)) {
                return Math.max(lowest, at);
            }
        }
        return highest + 1;
    }

    private boolean isReadableSince(long position, Instant from) throws IOException {
        byte[] event = log.event(position);
        return !EventFormat.isGone(event)
                && log.shows(EventFormat.head(event), position)
                && !EventFormat.decode(event, position).time().isBefore(from);
    }

    /** The times of recording never run backwards; what is left of a deleted event says it, too. */
    private long firstRecordedSince(Instant from) throws IOException {
        long low = 0;
        long high = log.next;
        while (low < high) {
            long middle = low + (high - low) / 2;
            byte[] event = log.event(middle);
            boolean early = event.length > 0
                    && Instant.ofEpochMilli(EventFormat.head(event).recordedMillis())
                            .isBefore(from);
            if (early) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    /** Where to go on after leaving out so many of the scope. */
    private long afterSkipping(long start, long lowest, long highest) throws IOException {
        boolean down = read.backwards();
        if (read.category() == null || read.skip() == 0) {
            long skip = Math.min(read.skip(), log.next + 1);
            return down ? start - skip : start + skip;
        }
        Postings scope = log.postings(read.category(), EventQuery.ALL, down);
        long at = start;
        for (long left = read.skip(); left > 0; left--) {
            at = at < lowest || at > highest ? Postings.NONE : scope.seek(at);
            if (at == Postings.NONE) {
                return down ? lowest - 1 : highest + 1;
            }
            at += down ? -1 : 1;
        }
        return at;
    }

    // ---- by version

    private EventSlice versions(AggregateId aggregate) throws IOException {
        AggregateHead head = log.head(aggregate);
        long last = log.visibleVersion(aggregate, head);
        AggregateStatus status = LogReader.visibleStatus(head, last);
        long seen = status == AggregateStatus.LIVE ? last : EventStore.EMPTY;
        LogReader.AggregatePositions positions = log.positions(aggregate, head);
        long highest = Math.min(read.upTo(), seen);
        long first = beginning(positions, head.firstVersion(), seen);
        long lowest = Math.max(first, head.firstVersion());
        boolean down = read.backwards();
        long skip = Math.min(read.skip(), last + 2);
        long at = down ? highest - skip : Math.max(first + skip, lowest);
        for (; at >= lowest && at <= highest; at += down ? -1 : 1) {
            if (isFull()) {
                return slice(log.next - 1, status, seen, down ? at : at - 1, true);
            }
            long position = positions.of(at);
            if (position >= 0 && !take(log.event(position), position)) {
                return slice(log.next - 1, status, seen, down ? at : at - 1, true);
            }
        }
        long next = down ? read.after() : Math.max(read.after(), Math.min(read.upTo(), seen));
        return slice(log.next - 1, status, seen, next, false);
    }

    private long beginning(LogReader.AggregatePositions positions, long firstVersion, long seen) throws IOException {
        long lowest = Math.min(read.after(), seen + 1) + 1;
        Instant from = read.from();
        if (from == null) {
            return lowest;
        }
        for (long version = firstVersion; version <= seen; version++) {
            long position = positions.of(version);
            if (position >= 0 && isReadableSince(position, from)) {
                return Math.max(lowest, version);
            }
        }
        return seen + 1;
    }

    // ---- both

    private boolean isFull() {
        return events.size() == read.limit() || scanned == EventSlice.MAX_SCANNED;
    }

    /** Looks at an event; false when the slice ends before it. */
    private boolean take(byte[] encoded, long position) throws IOException {
        scanned++;
        if (EventFormat.isGone(encoded)) {
            return true;
        }
        EventFormat.Head head = EventFormat.head(encoded);
        if (!read.query().matches(head.type(), head.tags()) || !log.shows(head, position)) {
            return true;
        }
        StoredEvent event = EventFormat.decode(encoded, position);
        if (!read.filter().passes(event)) {
            return true;
        }
        int size = event.data().size();
        if (!events.isEmpty() && bytes + size > EventSlice.MAX_BYTES) {
            return false;
        }
        bytes += size;
        events.add(event);
        return true;
    }

    private EventSlice slice(long head, AggregateStatus status, long version, long next, boolean more) {
        return new EventSlice(events, head, status, version, next, more);
    }
}
