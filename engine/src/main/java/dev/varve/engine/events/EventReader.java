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

/**
 * Reads one slice of one log, as of one moment, in as many parts as its {@link Work} makes of it. Between them it holds nothing of the state, and nothing that
 * memory has let go of. Of one thread at a time.
 */
final class EventReader {

    /** What comes next. */
    private enum Step {
        /** Where the read begins is looked for. */
        BEGIN,
        /** What is left out is counted. */
        SKIP,
        READ
    }

    private final StateStore state;
    private final EventLog of;
    private final EventRead read;
    private final long nowMillis;
    private final Work work;
    private final List<StoredEvent> events = new ArrayList<>();
    private long bytes;
    private int scanned;
    private int parts;

    private @Nullable LogReader reader;
    private @Nullable Postings postings;
    private @Nullable AggregateHead head;

    private Step step = Step.BEGIN;
    private boolean begun;

    /** The position, or the version, to look at next. */
    private long at;

    private long lowest;
    private long highest;

    /** How many are still to be left out. */
    private long left;

    /** Of an aggregate: its last version, and the last one that readers see. */
    private long last;

    private long seen;
    private AggregateStatus status = AggregateStatus.LIVE;

    EventReader(StateStore state, EventLog of, EventRead read, long nowMillis, Work work) {
        this.state = state;
        this.of = of;
        this.read = read;
        this.nowMillis = nowMillis;
        this.work = work;
        this.left = read.skip();
    }

    static EventSlice nothing(EventRead read) {
        long next = read.backwards() ? Math.max(read.after(), EventStore.EMPTY) : read.after();
        AggregateStatus status = read.aggregate() == null ? AggregateStatus.LIVE : AggregateStatus.EMPTY;
        return new EventSlice(List.of(), EventStore.EMPTY, status, EventStore.EMPTY, next, false);
    }

    /**
     * Reads on until the work is done.
     *
     * @return the slice, or null when it is not all there yet
     */
    @Nullable EventSlice goOn() throws IOException {
        LogReader now = reader;
        if (now == null || now.isOutdated()) {
            now = new LogReader(state, of, nowMillis, now == null ? of.next : now.next, work);
            reader = now;
            postings = null;
        }
        return goOn(now);
    }

    private @Nullable EventSlice goOn(LogReader log) throws IOException {
        try (log) {
            AggregateId aggregate = read.aggregate();
            return aggregate == null ? positions(log) : versions(log, aggregate);
        }
    }

    /**
     * Begins to read, without the disk.
     *
     * @return the slice, or null when memory does not have all that it takes, or it is more work than a caller does; then {@link #goOn} is
     *     where it goes on
     */
    @Nullable EventSlice inMemory() {
        LogReader now = new LogReader(state, of, nowMillis, of.next, work);
        // Looked at after that: a checkpoint may have let go of something since.
        boolean all = !of.inState
                || (read.aggregate() == null
                        && read.from() == null
                        && !read.backwards()
                        && !now.isRestricted()
                        && now.isInMemory(read.after() + 1));
        if (!all) {
            return null;
        }
        reader = now;
        work.beginCaller();
        try {
            return goOn(now);
        } catch (IOException e) {
            throw new IllegalStateException("memory cannot fail to be read", e);
        }
    }

    // ---- by position

    private @Nullable EventSlice positions(LogReader log) throws IOException {
        if ((step == Step.BEGIN && !begins(log)) || (step == Step.SKIP && !skips(log))) {
            return null;
        }
        parts++;
        boolean down = read.backwards();
        long end = log.next - 1;
        Postings meant = postings == null ? log.postings(read.category(), read.query(), down) : postings;
        postings = meant;
        long found = at < lowest || at > highest ? Postings.NONE : meant.seek(at);
        while (found != Postings.NONE && found >= lowest && found <= highest) {
            if (isFull() || !take(log, log.event(found), found)) {
                return slice(end, AggregateStatus.LIVE, EventStore.EMPTY, down ? found : found - 1, true);
            }
            at = down ? found - 1 : found + 1;
            if (work.isDone()) {
                return null;
            }
            found = meant.seek(at);
        }
        long next = down ? read.after() : Math.max(read.after(), highest);
        return slice(end, AggregateStatus.LIVE, EventStore.EMPTY, next, false);
    }

    /** Finds where the read begins: of one from a time on that is the first event in its scope that is as late. */
    private boolean begins(LogReader log) throws IOException {
        Instant from = read.from();
        if (!begun) {
            begun = true;
            lowest = read.after() == Long.MAX_VALUE ? Long.MAX_VALUE : read.after() + 1;
            highest = Math.min(read.upTo(), log.next - 1);
            // Before the first one of all that can be late enough there is nothing to look at.
            at = from == null || log.hasOwnTimes() ? 0 : firstRecordedSince(log, from);
        }
        if (from != null) {
            long found = scope(log, false).seek(at);
            while (found != Postings.NONE && found < log.next && !isReadableSince(log, found, from)) {
                at = found + 1;
                if (work.isDone()) {
                    return false;
                }
                found = scope(log, false).seek(at);
            }
            lowest = found == Postings.NONE || found >= log.next ? highest + 1 : Math.max(lowest, found);
        }
        at = read.backwards() ? highest : lowest;
        postings = null;
        step = Step.SKIP;
        return true;
    }

    /** All that a read may be of, before what it means of that. */
    private Postings scope(LogReader log, boolean down) {
        Postings scope = postings == null ? log.postings(read.category(), EventQuery.ALL, down) : postings;
        postings = scope;
        return scope;
    }

    private static boolean isReadableSince(LogReader log, long position, Instant from) throws IOException {
        byte[] event = position < 0 ? EventFormat.UNKNOWN : log.event(position);
        EventFormat.Head head = EventFormat.isGone(event) ? null : EventFormat.head(event);
        return head != null && !head.time().isBefore(from) && log.shows(head, position);
    }

    /** The times of recording never run backwards; what is left of a deleted event says it, too. */
    private static long firstRecordedSince(LogReader log, Instant from) throws IOException {
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

    /** Leaves out so many of the scope. */
    private boolean skips(LogReader log) throws IOException {
        boolean down = read.backwards();
        if (read.category() == null) {
            long skip = Math.min(left, log.next + 1);
            at += down ? -skip : skip;
            left = 0;
        }
        while (left > 0) {
            long found = at < lowest || at > highest
                    ? Postings.NONE
                    : scope(log, down).seek(at);
            if (found == Postings.NONE) {
                at = down ? lowest - 1 : highest + 1;
                break;
            }
            at = down ? found - 1 : found + 1;
            left--;
            if (work.isDone()) {
                return false;
            }
        }
        postings = null;
        step = Step.READ;
        return true;
    }

    // ---- by version

    private @Nullable EventSlice versions(LogReader log, AggregateId aggregate) throws IOException {
        AggregateHead known = head;
        if (known == null) {
            known = log.head(aggregate);
            head = known;
            last = log.visibleVersion(aggregate, known);
            status = LogReader.visibleStatus(known, last);
            seen = status == AggregateStatus.LIVE ? last : EventStore.EMPTY;
            at = known.firstVersion();
        }
        LogReader.AggregatePositions positions = log.positions(aggregate, known);
        if (step == Step.BEGIN && !begins(log, positions, known.firstVersion())) {
            return null;
        }
        parts++;
        boolean down = read.backwards();
        while (at >= lowest && at <= highest) {
            long position = isFull() ? Postings.NONE : positions.of(at);
            if (isFull() || (position >= 0 && !take(log, log.event(position), position))) {
                return slice(log.next - 1, status, seen, down ? at : at - 1, true);
            }
            at += down ? -1 : 1;
            if (work.isDone()) {
                return null;
            }
        }
        long next = down ? read.after() : Math.max(read.after(), Math.min(read.upTo(), seen));
        return slice(log.next - 1, status, seen, next, false);
    }

    private boolean begins(LogReader log, LogReader.AggregatePositions positions, long firstVersion)
            throws IOException {
        long first = Math.min(read.after(), seen + 1) + 1;
        Instant from = read.from();
        if (from != null) {
            while (at <= seen && !isReadableSince(log, positions.of(at), from)) {
                at++;
                if (work.isDone()) {
                    return false;
                }
            }
            first = at > seen ? seen + 1 : Math.max(first, at);
        }
        lowest = Math.max(first, firstVersion);
        highest = Math.min(read.upTo(), seen);
        long skip = Math.min(left, last + 2);
        at = read.backwards() ? highest - skip : Math.max(first + skip, lowest);
        step = Step.READ;
        return true;
    }

    // ---- both

    private boolean isFull() {
        return events.size() == read.limit()
                || scanned == EventSlice.MAX_SCANNED
                || parts > work.bounds.tasksOfASlice();
    }

    /** Looks at an event; false when the slice ends before it. */
    private boolean take(LogReader log, byte[] encoded, long position) throws IOException {
        scanned++;
        if (EventFormat.isGone(encoded)) {
            return true;
        }
        EventFormat.Head event = EventFormat.head(encoded);
        if (!isMeant(event) || !log.shows(event, position)) {
            return true;
        }
        StoredEvent found = EventFormat.decode(encoded, position);
        if (!read.filter().passes(found)) {
            return true;
        }
        int size = found.data().size();
        if (!events.isEmpty() && bytes + size > EventSlice.MAX_BYTES) {
            return false;
        }
        bytes += size;
        events.add(found);
        return true;
    }

    private boolean isMeant(EventFormat.Head event) {
        AggregateId aggregate = event.aggregate();
        String category = read.category();
        return read.query().matches(event.type(), event.tags())
                && (category == null || (aggregate != null && aggregate.type().equals(category)));
    }

    private EventSlice slice(long end, AggregateStatus was, long version, long next, boolean more) {
        return new EventSlice(events, end, was, version, next, more);
    }
}
