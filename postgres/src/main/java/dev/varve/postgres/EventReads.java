package dev.varve.postgres;

import dev.varve.api.AggregateId;
import dev.varve.api.AggregateStatus;
import dev.varve.api.ErrorKind;
import dev.varve.api.EventData;
import dev.varve.api.EventRead;
import dev.varve.api.EventSlice;
import dev.varve.api.EventStore;
import dev.varve.api.StoredEvent;
import dev.varve.api.VarveException;
import java.sql.Array;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Reads of events, in a transaction that sees one moment. */
final class EventReads {

    private final Tables tables;
    private final Aggregates aggregates;

    EventReads(Tables tables, Aggregates aggregates) {
        this.tables = tables;
        this.aggregates = aggregates;
    }

    EventSlice slice(Connection connection, String store, EventRead read, long nowMillis) throws SQLException {
        StoreRow row = StoreRow.find(tables, connection, store);
        long head = row == null ? EventStore.EMPTY : row.head();
        AggregateId id = read.aggregate();
        AggregateRow aggregate =
                id == null ? null : row == null ? AggregateRow.none(id) : aggregates.one(connection, row, id);
        long end = aggregate == null ? head : aggregate.seen();
        Selection selection = row == null ? null : selection(connection, row, aggregate, read, end, nowMillis);
        Found found = selection == null ? Found.NOTHING : find(connection, selection, read);
        long next;
        if (found.last != null) {
            next = read.backwards() ? found.last - 1 : found.last;
        } else {
            next = read.backwards() ? read.after() : Math.max(read.after(), Math.min(read.upTo(), end));
        }
        return new EventSlice(
                found.events,
                head,
                aggregate == null ? AggregateStatus.LIVE : aggregate.status(),
                aggregate == null ? EventStore.EMPTY : aggregate.seen(),
                next,
                found.last != null);
    }

    long count(Connection connection, String store, EventRead read, long atMost, long nowMillis) throws SQLException {
        StoreRow row = StoreRow.find(tables, connection, store);
        if (row == null) {
            return 0;
        }
        AggregateId id = read.aggregate();
        AggregateRow aggregate = id == null ? null : aggregates.one(connection, row, id);
        long end = aggregate == null ? row.head() : aggregate.seen();
        Selection selection = selection(connection, row, aggregate, read.skipping(0), end, nowMillis);
        if (selection == null) {
            return 0;
        }
        Long counted = new Query(tables)
                .add("SELECT count(*) FROM (")
                .add(selection.found(tables, false, null, atMost))
                .add(") counted")
                .first(connection, one -> one.getLong(1));
        return counted == null ? 0 : counted;
    }

    /** What is meant after the bounds and the time to begin at, and after skipping; null for nothing. */
    private @Nullable Selection selection(
            Connection connection,
            StoreRow store,
            @Nullable AggregateRow aggregate,
            EventRead read,
            long end,
            long nowMillis)
            throws SQLException {
        if (aggregate != null && aggregate.id() == 0) {
            return null;
        }
        long lowest = read.after() == Long.MAX_VALUE ? Long.MAX_VALUE : read.after() + 1;
        long highest = Math.min(read.upTo(), end);
        Selection selection = new Selection(
                store.id(),
                aggregate == null ? null : (Long) aggregate.id(),
                read.category(),
                read.query(),
                read.filter(),
                lowest,
                highest,
                nowMillis);
        Instant from = read.from();
        if (from != null) {
            Long begin = place(connection, selection.since(tables, from));
            if (begin == null) {
                return null;
            }
            lowest = Math.max(lowest, begin);
        }
        if (lowest > highest) {
            return null;
        }
        long skip = read.skip();
        if (skip == 0) {
            return selection.within(lowest, highest);
        }
        if (read.category() != null) {
            Long begin = place(connection, selection.within(lowest, highest).skipped(tables, read.backwards(), skip));
            if (begin == null) {
                return null;
            }
            return read.backwards() ? selection.within(lowest, begin) : selection.within(begin, highest);
        }
        if (skip > highest - lowest) {
            return null;
        }
        return read.backwards() ? selection.within(lowest, highest - skip) : selection.within(lowest + skip, highest);
    }

    private static @Nullable Long place(Connection connection, Query query) throws SQLException {
        return query.first(connection, row -> row.getLong("place"));
    }

    /**
     * What was found.
     *
     * @param events in order
     * @param last the last place that was looked at, when there may be more; else null
     */
    private record Found(List<StoredEvent> events, @Nullable Long last) {
        static final Found NOTHING = new Found(List.of(), null);
    }

    private Found find(Connection connection, Selection selection, EventRead read) throws SQLException {
        String order = read.backwards() ? " DESC" : "";
        // Of the events one more is found than wanted, which tells that there are more. Those whose data would make the
        // slice too large never leave the database.
        Query query = new Query(tables)
                .add("SELECT * FROM (SELECT c.place, e.*, a.aggregate, a.aggregate_id AS aggregate_name, "
                        + "count(*) OVER () AS found, row_number() OVER rows_in_order AS nth, "
                        + "sum(octet_length(e.domain_event)) OVER rows_in_order - octet_length(e.domain_event) AS bytes_before "
                        + "FROM (")
                .add(selection.found(tables, read.backwards(), (long) EventSlice.MAX_SCANNED, (long) read.limit() + 1))
                .add(
                        ") c JOIN {events} e ON e.store = ? AND e.position = c.position "
                                + "LEFT JOIN {aggregates} a ON a.id = e.aggregate_id "
                                + "WINDOW rows_in_order AS (ORDER BY c.place" + order + " ROWS UNBOUNDED PRECEDING)) f "
                                + "WHERE nth <= ? AND bytes_before <= ? ORDER BY place" + order,
                        selection.store(),
                        read.limit(),
                        EventSlice.MAX_BYTES);
        long[] lastAndFound = new long[2];
        List<StoredEvent> events = query.list(connection, row -> {
            lastAndFound[0] = row.getLong("place");
            lastAndFound[1] = row.getLong("found");
            return event(row);
        });
        if (lastAndFound[1] > events.size()) {
            return new Found(events, lastAndFound[0]);
        }
        return new Found(events, selection.isFiltered() ? lastLookedAt(connection, selection, read) : null);
    }

    /** Where looking ended before the end; null when it did not. */
    private @Nullable Long lastLookedAt(Connection connection, Selection selection, EventRead read)
            throws SQLException {
        return place(
                connection,
                new Query(tables)
                        .add("SELECT place FROM (")
                        .add(selection.places(tables, read.backwards(), (long) EventSlice.MAX_SCANNED))
                        .add(") c ORDER BY place" + (read.backwards() ? " DESC" : "") + " OFFSET "
                                + (EventSlice.MAX_SCANNED - 1) + " LIMIT 1"));
    }

    private static StoredEvent event(ResultSet row) throws SQLException {
        long position = row.getLong("position");
        String type = row.getString("aggregate");
        try {
            return new StoredEvent(
                    position,
                    type == null ? null : new AggregateId(type, row.getString("aggregate_name")),
                    type == null ? EventStore.EMPTY : row.getLong("aggregate_version"),
                    row.getObject("event_id", UUID.class),
                    row.getString("type"),
                    EventData.wrap(row.getString("content_type"), row.getBytes("domain_event")),
                    new LinkedHashSet<>(Arrays.asList(texts(row.getArray("tags")))),
                    JsonTexts.readTexts(row.getString("metadata")),
                    Query.instant(row, "happened_seconds", "happened_nanos"),
                    Query.instant(row, "created"),
                    row.getLong("append_first"),
                    row.getLong("append_last"),
                    row.getBoolean("redacted"));
        } catch (IllegalArgumentException | VarveException e) {
            throw new VarveException(
                    ErrorKind.CORRUPT, "the event at position " + position + " cannot be read: " + e.getMessage(), e);
        }
    }

    private static String[] texts(Array array) throws SQLException {
        return (String[]) array.getArray();
    }

    /** The position of the first event that a selection finds, or null. */
    @Nullable Long first(Connection connection, Selection selection) throws SQLException {
        return place(connection, selection.places(tables, false, 1L));
    }
}
