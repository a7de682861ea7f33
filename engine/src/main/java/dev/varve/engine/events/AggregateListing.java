package dev.varve.engine.events;

import dev.varve.api.AggregateId;
import dev.varve.api.AggregateInfo;
import dev.varve.api.AggregateStatus;
import dev.varve.api.VarveException;
import dev.varve.engine.state.StateStore;
import dev.varve.engine.state.Table;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Lists aggregates, a bounded number at a time: what memory knows is laid over what the state has. Used by one thread at a time.
 */
final class AggregateListing {

    /** No id comes before it. */
    private static final String FIRST_ID = " ";

    private final EventsFace face;
    private final EventLog log;
    private final Work work;
    private final @Nullable String category;
    private final int limit;
    private final List<AggregateInfo> found = new ArrayList<>();
    private @Nullable AggregateId after;
    private @Nullable Iterator<AggregateId> ordering;
    private @Nullable AggregateLook looking;

    /** Whether nothing comes after {@link #next}. */
    private boolean ends;

    AggregateListing(
            EventsFace face,
            EventLog log,
            Work work,
            @Nullable String category,
            @Nullable AggregateId after,
            int limit) {
        this.face = face;
        this.log = log;
        this.work = work;
        this.category = category;
        this.after = after;
        this.limit = limit;
    }

    /** Whether aggregates can be of a category; of none all are. */
    static boolean mayBeType(@Nullable String category) {
        try {
            return category == null
                    || new AggregateId(category, FIRST_ID).type().equals(category);
        } catch (VarveException e) {
            return false;
        }
    }

    /** The aggregates; null when the task is over before they are all found. */
    @Nullable List<AggregateInfo> goOn() throws IOException {
        if (!log.ordered && !orders()) {
            return null;
        }
        AggregateLook unfinished = looking;
        if (unfinished != null && !add(unfinished)) {
            return null;
        }
        while (found.size() < limit && !(ends && looking == null)) {
            if (!addNext()) {
                return null;
            }
        }
        return found;
    }

    /** Brings those that memory has into order, which is done once for each store. */
    private boolean orders() {
        Iterator<AggregateId> all = ordering;
        if (all == null) {
            log.ordering = true; // from here on the owner does
            all = log.heads.keySet().iterator();
            ordering = all;
        }
        while (all.hasNext() && !work.isDone()) {
            log.inOrder.add(all.next());
            work.looked();
        }
        if (!all.hasNext()) {
            log.ordered = true;
        }
        return !work.isDone();
    }

    /** Adds what is known of an aggregate; false when that is not all known yet. */
    private boolean add(AggregateLook look) throws IOException {
        AggregateInfo info = look.goOn();
        looking = info == null ? look : null;
        if (info != null) {
            found.add(info);
        }
        return info != null;
    }

    private boolean addNext() throws IOException {
        for (Map.Entry<AggregateId, AggregateHead> next :
                next(limit - found.size()).entrySet()) {
            after = next.getKey();
            boolean listed = next.getValue().status() != AggregateStatus.EMPTY;
            if (listed && !add(new AggregateLook(face, log, work, next.getKey(), next.getValue()))) {
                ends = false;
                return false;
            }
            if (found.size() == limit) {
                return true;
            }
        }
        return !work.isDone() || ends;
    }

    /** Those that come next, without gap, and not many more than so many; {@link #ends} says whether they are all. */
    private Map<AggregateId, AggregateHead> next(int most) throws IOException {
        // Memory first: what it lets go of then the state has.
        NavigableMap<AggregateId, AggregateHead> next = recent(most);
        AggregateId upTo = next.size() == most ? next.lastKey() : null;
        byte[] from = Keys.aggregatesFrom(log.store, category);
        byte[] beyond = after == null ? from : Keys.row(Keys.aggregate(log.store, after), 0);
        byte[] start = Arrays.compareUnsigned(beyond, from) > 0 ? beyond : from;
        int rows = 0;
        try (StateStore.Cursor cursor =
                face.state().scan(Table.EVENT_AGGREGATES, start, Keys.aggregatesTo(log.store, category))) {
            while (cursor.next()) {
                AggregateId aggregate = Keys.aggregateOf(cursor.key());
                if (!isAfter(aggregate)) {
                    continue;
                }
                if (upTo != null && aggregate.compareTo(upTo) > 0) {
                    break;
                }
                work.looked();
                next.putIfAbsent(aggregate, AggregateHead.decode(ByteBuffer.wrap(cursor.value())));
                if (++rows == most) {
                    upTo = aggregate;
                    break;
                }
            }
        }
        ends = upTo == null;
        return upTo == null ? next : next.headMap(upTo, true);
    }

    private NavigableMap<AggregateId, AggregateHead> recent(int most) {
        NavigableMap<AggregateId, AggregateHead> recent = new TreeMap<>();
        AggregateId first = category == null ? null : new AggregateId(category, FIRST_ID);
        AggregateId from = after != null && (first == null || isAfterOrAt(first)) ? after : first;
        for (AggregateId aggregate : from == null ? log.inOrder : log.inOrder.tailSet(from, true)) {
            if (recent.size() == most || (category != null && !aggregate.type().equals(category))) {
                break;
            }
            AggregateHead head = log.heads.get(aggregate);
            if (head != null && isAfter(aggregate)) {
                recent.put(aggregate, head);
            }
            work.looked();
        }
        return recent;
    }

    private boolean isAfter(AggregateId aggregate) {
        return after == null || aggregate.compareTo(after) > 0;
    }

    private boolean isAfterOrAt(AggregateId first) {
        return after != null && after.compareTo(first) >= 0;
    }
}
