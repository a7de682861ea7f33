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
import java.util.Objects;

/** Reads slices of one log. Confined to one read. */
final class EventReader {

    private final LogReader log;
    private final EventRead read;
    private final List<StoredEvent> events = new ArrayList<>();
    private long bytes;
    private int scanned;

    /** Whether the time at which the read begins has come. */
    private boolean begun;

    private long toSkip;

    private EventReader(LogReader log, EventRead read) {
        this.log = log;
        this.read = read;
        this.begun = read.from() == null;
        this.toSkip = read.skip();
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

    // ---- by position

    private EventSlice positions() throws IOException {
        long head = log.next - 1;
        long highest = Math.min(read.upTo(), head);
        long lowest = firstSince(read.after() + 1, highest);
        boolean down = read.backwards();
        Postings scope = log.postings(read.category(), EventQuery.ALL, down);
        long start = down ? highest : lowest;
        if (toSkip > 0 && begun) {
            start = afterSkipping(scope, start, lowest, highest);
        }
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

    /** From where on events can be as late as the read wants, as long as all happened when they were recorded. */
    private long firstSince(long lowest, long highest) throws IOException {
        Instant from = read.from();
        if (from == null || log.hasOwnTimes()) {
            return lowest;
        }
        long low = lowest;
        long high = highest;
        while (low < high) {
            long middle = low + (high - low) / 2;
            long at = middle;
            while (at < high && log.event(at).length == 0) {
                at++;
            }
            byte[] event = log.event(at);
            boolean early = event.length > 0
                    && Instant.ofEpochMilli(EventFormat.head(event).recordedMillis())
                            .isBefore(from);
            if (early) {
                low = at + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    /** Where to go on after leaving out so many of the scope. */
    private long afterSkipping(Postings scope, long start, long lowest, long highest) throws IOException {
        boolean down = read.backwards();
        if (read.category() == null) {
            long skip = Math.min(toSkip, log.next + 1);
            return down ? start - skip : start + skip;
        }
        long at = start;
        for (long left = toSkip; left > 0; left--) {
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
        long seen = head.status() == AggregateStatus.LIVE ? last : EventStore.EMPTY;
        long lowest = Math.max(read.after() + 1, head.firstVersion());
        long highest = Math.min(read.upTo(), seen);
        boolean down = read.backwards();
        long skip = begun ? Math.min(toSkip, last + 2) : 0;
        long at = down ? highest - skip : Math.max(read.after() + 1 + skip, lowest);
        LogReader.AggregatePositions positions = log.positions(aggregate, head);
        for (; at >= lowest && at <= highest; at += down ? -1 : 1) {
            if (isFull()) {
                return slice(log.next - 1, head.status(), seen, down ? at : at - 1, true);
            }
            long position = positions.of(at);
            if (position >= 0 && !take(log.event(position), position)) {
                return slice(log.next - 1, head.status(), seen, down ? at : at - 1, true);
            }
        }
        long next = down ? read.after() : Math.max(read.after(), Math.min(read.upTo(), seen));
        return slice(log.next - 1, head.status(), seen, next, false);
    }

    // ---- both

    private boolean isFull() {
        return events.size() == read.limit() || scanned == EventSlice.MAX_SCANNED;
    }

    /** Looks at an event; false when the slice ends before it. */
    private boolean take(byte[] encoded, long position) throws IOException {
        // The beginning is found in one go: whoever goes on reads from there.
        scanned += begun ? 1 : 0;
        if (encoded.length == 0) {
            return true;
        }
        EventFormat.Head head = EventFormat.head(encoded);
        if (!log.shows(head, position)) {
            return true;
        }
        boolean meant = read.query().matches(head.type(), head.tags());
        if (!meant && begun) {
            return true;
        }
        StoredEvent event = EventFormat.decode(encoded, position);
        if (!begun) {
            if (event.time().isBefore(Objects.requireNonNull(read.from()))) {
                return true;
            }
            begun = true;
        }
        if (read.from() != null && toSkip > 0) {
            toSkip--;
            return true;
        }
        if (!meant || !read.filter().passes(event)) {
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
