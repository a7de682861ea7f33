package dev.varve.engine.events;

import dev.varve.api.AggregateId;
import java.util.Arrays;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * A run of events in memory with its indexes: those since a checkpoint began. The owner adds; anyone may read what lies below
 * a head that was made visible, and below {@link #end}.
 */
final class LogPart {

    /** The key of an aggregate's own list: nothing of an earlier life is in it. */
    record Life(AggregateId aggregate, long incarnation) {}

    /** The events of one life of an aggregate: versions from the first on without gap, and where they stand. */
    static final class Versions {
        final long first;
        final PositionList positions = new PositionList();

        Versions(long first) {
            this.first = first;
        }
    }

    /** What an event takes beside its own bytes: its array, and its places in lists. */
    private static final int EVENT_OVERHEAD_BYTES = 120;

    private static final int TERM_OVERHEAD_BYTES = 24;
    private static final int LIST_OVERHEAD_BYTES = 200;

    final long from;

    /** Events from here on belong to the next part. Set once, when that begins. */
    volatile long end = Long.MAX_VALUE;

    private volatile byte[][] events = new byte[16][];
    private final ConcurrentHashMap<Term, PositionList> terms = new ConcurrentHashMap<>();
    private final ConcurrentHashMap<Life, Versions> aggregates = new ConcurrentHashMap<>();
    private volatile boolean holes;
    private long bytes;

    LogPart(long from) {
        this.from = from;
    }

    /**
     * Called by the owner, in the order of positions.
     *
     * @param incarnation of its aggregate; below 0 when that has another life by now
     */
    void add(long position, byte[] event, EventFormat.Head head, long incarnation) {
        int index = Math.toIntExact(position - from);
        byte[][] array = events;
        if (index == array.length) {
            array = Arrays.copyOf(array, 2 * index);
            events = array;
        }
        array[index] = event;
        bytes += event.length + EVENT_OVERHEAD_BYTES;
        AggregateId aggregate = head.aggregate();
        if (aggregate != null) {
            add(new Term(Term.Kind.CATEGORY, aggregate.type()), position);
        }
        if (aggregate != null && incarnation >= 0) {
            Life life = new Life(aggregate, incarnation);
            Versions versions = aggregates.get(life);
            if (versions == null) {
                versions = new Versions(head.version());
                versions.positions.add(position);
                aggregates.put(life, versions);
                bytes += LIST_OVERHEAD_BYTES;
            } else {
                versions.positions.add(position);
            }
        }
        add(new Term(Term.Kind.TYPE, head.type()), position);
        for (String tag : head.tags()) {
            add(new Term(Term.Kind.TAG, tag), position);
        }
    }

    private void add(Term term, long position) {
        PositionList list = terms.get(term);
        if (list == null) {
            list = new PositionList();
            list.add(position);
            terms.put(term, list);
            bytes += LIST_OVERHEAD_BYTES + 2L * term.text().length();
        } else {
            list.add(position);
            bytes += TERM_OVERHEAD_BYTES;
        }
    }

    /** About how much memory this takes. Called by the owner. */
    long bytes() {
        return bytes;
    }

    /** Replaces an event, by one that is found by the same. Called by the owner. */
    void replace(long position, byte[] event) {
        holes |= EventFormat.isGone(event);
        byte[][] array = events;
        array[(int) (position - from)] = event;
        // Whoever reads the array from here on sees it.
        events = array;
    }

    /** Whether an event in it is gone. */
    boolean hasHoles() {
        return holes;
    }

    byte[] event(long position) {
        return events[(int) (position - from)];
    }

    @Nullable PositionList positions(Term term) {
        return terms.get(term);
    }

    @Nullable Versions versions(AggregateId aggregate, long incarnation) {
        return aggregates.get(new Life(aggregate, incarnation));
    }

    ConcurrentHashMap<Term, PositionList> terms() {
        return terms;
    }

    ConcurrentHashMap<Life, Versions> aggregates() {
        return aggregates;
    }
}
