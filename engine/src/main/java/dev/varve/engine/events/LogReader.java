package dev.varve.engine.events;

import dev.varve.api.AggregateId;
import dev.varve.api.AggregateStatus;
import dev.varve.api.EventQuery;
import dev.varve.api.EventStore;
import dev.varve.engine.state.Binary;
import dev.varve.engine.state.StateStore;
import dev.varve.engine.state.Table;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The log of one store as it can be seen at one moment: events by position, positions by what they are found by, aggregates. Close it, which
 * lets go of what it has open; it may be read on after that. Of one thread at a time; touches the disk for what memory does not have.
 */
final class LogReader implements AutoCloseable {

    private static final byte[][] NO_BLOCK = {};

    private final StateStore state;
    private final EventLog log;
    private final long nowMillis;
    private final Work work;

    /** Nothing is looked at from here on. Taken before the parts. */
    final long next;

    private final LogPart[] parts;
    private final boolean restricted;
    private final List<TermPostings> opened = new ArrayList<>();
    private final Map<AggregateId, AggregateHead> heads = new HashMap<>();

    private StateStore.@Nullable Cursor blocks;
    private long blocksAsOf;
    private long blockFirst;
    private byte[][] block = NO_BLOCK;

    LogReader(StateStore state, EventLog log, long nowMillis) {
        this(state, log, nowMillis, log.next, new Work(Work.Bounds.USUAL));
    }

    /**
     * The log as it was.
     *
     * @param next nothing is looked at from here on
     * @param work told of all that is looked at
     */
    LogReader(StateStore state, EventLog log, long nowMillis, long next, Work work) {
        this.state = state;
        this.log = log;
        this.nowMillis = nowMillis;
        this.work = work;
        this.next = next;
        this.parts = log.parts;
        this.restricted = log.restricted;
    }

    /** Whether some events say themselves when they happened. */
    boolean hasOwnTimes() {
        return log.ownTimes;
    }

    /** Whether aggregates say which of their events can be read. */
    boolean isRestricted() {
        return restricted;
    }

    /** Whether memory has let go of something since, which this one holds. */
    boolean isOutdated() {
        return parts[0].from != log.memoryFrom();
    }

    /** Whether memory has every event from a position on. */
    boolean isInMemory(long position) {
        return position >= parts[0].from;
    }

    // ---- events

    /** What stands at a position below {@link #next}; see {@link EventFormat#isGone}. */
    byte[] event(long position) throws IOException {
        work.looked();
        for (int i = parts.length - 1; i >= 0; i--) {
            if (position >= parts[i].from) {
                return parts[i].event(position);
            }
        }
        byte[] replaced = log.replaced.get(position);
        if (replaced != null) {
            return replaced;
        }
        if (blocksAsOf != log.stateMoves.get()) {
            // A block that was read before may lack what was replaced and has gone to the state since.
            closeBlocks();
        }
        return stored(position);
    }

    private byte[] stored(long position) throws IOException {
        if (position < blockFirst || position >= blockFirst + block.length) {
            open(position);
        }
        return position < blockFirst + block.length && position >= blockFirst
                ? block[(int) (position - blockFirst)]
                : EventFormat.UNKNOWN;
    }

    private void open(long position) throws IOException {
        if (blocks != null && position >= blockFirst) {
            // Most often the next one.
            if (blocks.next()) {
                take(blocks);
                if (position < blockFirst + block.length) {
                    return;
                }
            }
        }
        closeBlocks();
        blocksAsOf = log.stateMoves.get();
        blocks = state.scanFromFloor(
                Table.EVENTS,
                Binary.key(log.store, 0),
                Binary.key(log.store, position),
                Binary.key(log.store, parts[0].from));
        if (blocks.next()) {
            take(blocks);
        } else {
            block = NO_BLOCK;
        }
    }

    private void closeBlocks() {
        if (blocks != null) {
            blocks.close();
            blocks = null;
        }
        block = NO_BLOCK;
    }

    private void take(StateStore.Cursor cursor) throws IOException {
        work.read();
        blockFirst = Keys.firstOfRow(cursor.key());
        block = BlockFormat.decode(blockFirst, cursor.value());
    }

    /** Whether an event can be read: it was not deleted, nor its aggregate, and is not too old or too long ago. */
    boolean shows(EventFormat.Head event, long position) throws IOException {
        AggregateId aggregate = event.aggregate();
        return !restricted
                || aggregate == null
                || head(aggregate).shows(position, event.version(), event.recordedMillis(), nowMillis);
    }

    // ---- aggregates

    /** An aggregate as it is durable; at least as new as {@link #next}. */
    AggregateHead head(AggregateId aggregate) throws IOException {
        AggregateHead known = heads.get(aggregate);
        if (known == null) {
            if (!log.heads.containsKey(aggregate)) {
                work.read();
            }
            known = load(state, log, aggregate);
            heads.put(aggregate, known);
        }
        return known;
    }

    static AggregateHead load(StateStore state, EventLog log, AggregateId aggregate) throws IOException {
        AggregateHead recent = log.heads.get(aggregate);
        if (recent != null) {
            return recent;
        }
        byte[] row = log.inState ? state.get(Table.EVENT_AGGREGATES, Keys.aggregate(log.store, aggregate)) : null;
        return row == null ? AggregateHead.EMPTY : AggregateHead.decode(ByteBuffer.wrap(row));
    }

    /** Where the events of one life of an aggregate stand, by version. */
    final class AggregatePositions {
        private final AggregateId aggregate;
        private final long incarnation;
        private final byte[] prefix;
        private long rowFirst;
        private long[] row = {};

        AggregatePositions(AggregateId aggregate, long incarnation) {
            this.aggregate = aggregate;
            this.incarnation = incarnation;
            this.prefix = Keys.aggregateRows(log.store, aggregate, incarnation);
        }

        /** The position of a version that was appended; {@link Postings#NONE} where it is gone. */
        long of(long version) throws IOException {
            work.looked();
            for (LogPart part : parts) {
                LogPart.Versions versions = part.versions(aggregate, incarnation);
                long index = versions == null ? -1 : version - versions.first;
                if (versions != null && index >= 0 && index < versions.positions.size()) {
                    return versions.positions.get((int) index);
                }
            }
            if (version >= rowFirst && version < rowFirst + row.length) {
                return row[(int) (version - rowFirst)];
            }
            try (StateStore.Cursor cursor = state.scanFromFloor(
                    Table.EVENT_INDEX, Keys.row(prefix, 0), Keys.row(prefix, version), Keys.row(prefix, version + 1))) {
                work.read();
                if (cursor.next()) {
                    rowFirst = Keys.firstOfRow(cursor.key());
                    row = IndexRow.decode(cursor.value());
                }
            }
            return version >= rowFirst && version < rowFirst + row.length
                    ? row[(int) (version - rowFirst)]
                    : Postings.NONE;
        }
    }

    AggregatePositions positions(AggregateId aggregate, AggregateHead head) {
        return new AggregatePositions(aggregate, head.incarnation());
    }

    /** The last version of an aggregate that stands below {@link #next}. */
    long visibleVersion(AggregateId aggregate, AggregateHead head) throws IOException {
        long version = head.version();
        if (head.lastPosition() < next) {
            return version;
        }
        AggregatePositions positions = positions(aggregate, head);
        while (version >= 0 && positions.of(version) >= next) {
            version--;
        }
        return version;
    }

    /**
     * What had become of an aggregate when the log ended at {@link #next}: the event that made it live again, or was its first, may not be there yet.
     *
     * @param visibleVersion as {@link #visibleVersion} has it
     */
    static AggregateStatus visibleStatus(AggregateHead head, long visibleVersion) {
        if (head.status() != AggregateStatus.LIVE || visibleVersion == head.version()) {
            return head.status();
        }
        return visibleVersion < 0
                ? AggregateStatus.EMPTY
                : visibleVersion < head.deletedBefore() ? AggregateStatus.SOFT_DELETED : AggregateStatus.LIVE;
    }

    // ---- what events are found by

    /** Positions of events of a category that a query means; see {@link Postings#seek} for when the work is done. */
    Postings postings(@Nullable String category, EventQuery query, boolean down) {
        List<Postings> both = new ArrayList<>(2);
        if (category != null) {
            both.add(term(new Term(Term.Kind.CATEGORY, category), down));
        }
        if (!query.items().isEmpty()) {
            both.add(postings(query, down));
        }
        return both.isEmpty() ? Postings.every() : Postings.allOf(both, work);
    }

    private Postings postings(EventQuery query, boolean down) {
        List<Postings> items = new ArrayList<>();
        for (EventQuery.Item item : query.items()) {
            items.add(postings(item, term -> term(term, down), down, work));
        }
        return Postings.anyOf(items, down, work);
    }

    private static Postings postings(
            EventQuery.Item item, Function<Term, TermPostings> opened, boolean down, Work work) {
        List<Postings> all = new ArrayList<>();
        for (String tag : item.tags()) {
            all.add(opened.apply(new Term(Term.Kind.TAG, tag)));
        }
        if (!item.types().isEmpty()) {
            List<Postings> types = new ArrayList<>();
            for (String type : item.types()) {
                types.add(opened.apply(new Term(Term.Kind.TYPE, type)));
            }
            all.add(Postings.anyOf(types, down, work));
        }
        return all.isEmpty() ? Postings.every() : Postings.allOf(all, work);
    }

    private TermPostings term(Term term, boolean down) {
        TermPostings postings = new TermPostings(state, log.store, term, parts, down, work);
        opened.add(postings);
        return postings;
    }

    /**
     * The last decided event in memory that a query means. Called by the owner.
     *
     * @param after exclusive; memory has everything from there on
     * @param work when it is done, there may be one nevertheless
     * @return its position, or {@link EventStore#EMPTY}
     */
    static long lastDecidedMatch(EventLog log, EventQuery query, long after, long nowMillis, Work work) {
        if (after >= log.decidedNext - 1) {
            return EventStore.EMPTY;
        }
        LogPart[] parts = log.parts;
        Function<Term, TermPostings> inMemory =
                term -> new TermPostings(null, log.store, term, parts, true, work); // has nothing to be closed
        List<Postings> items = new ArrayList<>();
        for (EventQuery.Item item : query.items()) {
            items.add(postings(item, inMemory, true, work));
        }
        Postings postings = items.isEmpty() ? Postings.every() : Postings.anyOf(items, true, work);
        try {
            for (long at = postings.seek(log.decidedNext - 1); at > after; at = postings.seek(at - 1)) {
                work.looked();
                byte[] event = decided(parts, at);
                EventFormat.Head head = EventFormat.isGone(event) ? null : EventFormat.head(event);
                if (head != null && query.matches(head.type(), head.tags()) && showsDecided(log, head, at, nowMillis)) {
                    return at;
                }
                if (work.isDone()) {
                    return EventStore.EMPTY;
                }
            }
            return EventStore.EMPTY;
        } catch (IOException e) {
            throw new IllegalStateException("memory cannot fail to be read", e);
        }
    }

    private static boolean showsDecided(EventLog log, EventFormat.Head event, long position, long nowMillis) {
        AggregateId aggregate = event.aggregate();
        AggregateHead head = aggregate == null || !log.decidedRestricted ? null : log.decidedHeads.get(aggregate);
        return head == null || head.shows(position, event.version(), event.recordedMillis(), nowMillis);
    }

    private static byte[] decided(LogPart[] parts, long position) {
        for (int i = parts.length - 1; i > 0; i--) {
            if (position >= parts[i].from) {
                return parts[i].event(position);
            }
        }
        return parts[0].event(position);
    }

    @Override
    public void close() {
        opened.forEach(TermPostings::close);
        closeBlocks();
        heads.clear();
    }
}
