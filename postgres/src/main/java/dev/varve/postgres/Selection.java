package dev.varve.postgres;

import dev.varve.api.EventFilter;
import dev.varve.api.EventQuery;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which events are meant: within a scope, between two bounds, readable, by a query and a filter. A <i>place</i> is what bounds and order are about: the version in a scope of
 * one aggregate, else the position.
 *
 * @param store which store
 * @param aggregate the row of an aggregate whose events alone are meant; null for all
 * @param category the type of the aggregates whose events alone are meant; null for all
 * @param query by type and tag
 * @param filter by anything else
 * @param lowest the lowest place, inclusive
 * @param highest the highest place, inclusive
 * @param nowMillis the time that ages are counted to
 */
record Selection(
        int store,
        @Nullable Long aggregate,
        @Nullable String category,
        EventQuery query,
        EventFilter filter,
        long lowest,
        long highest,
        long nowMillis) {

    /** So many tags of one item are looked up in their index; further ones in the events that those have found. */
    private static final int MAX_TAGS_JOINED = 4;

    /** Everything that can be read of a store. */
    static Selection of(int store, long nowMillis) {
        return new Selection(store, null, null, EventQuery.ALL, EventFilter.NONE, 0, Long.MAX_VALUE, nowMillis);
    }

    Selection within(long lower, long upper) {
        return new Selection(store, aggregate, category, query, filter, lower, upper, nowMillis);
    }

    Selection matching(EventQuery other) {
        return new Selection(store, aggregate, category, other, filter, lowest, highest, nowMillis);
    }

    boolean isFiltered() {
        return !filter.equals(EventFilter.NONE);
    }

    /**
     * A query of rows {@code (place, position)} of those that the query means, whatever the filter says, in order.
     *
     * @param limit how many at most; null for all
     */
    Query places(Tables tables, boolean backwards, @Nullable Long limit) {
        String end = " ORDER BY place" + (backwards ? " DESC" : "") + (limit == null ? "" : " LIMIT " + limit);
        Query all = new Query(tables);
        List<EventQuery.Item> items = query.items();
        if (items.size() <= 1) {
            EventQuery.Item item = items.isEmpty() ? new EventQuery.Item(Set.of(), Set.of(), Set.of()) : items.get(0);
            return all.add(item(tables, item)).add(end);
        }
        // Each by its own index and no further than needed; what several mean comes once.
        all.add("SELECT place, position FROM (");
        String between = "";
        for (EventQuery.Item item : items) {
            all.add(between + "(").add(item(tables, item)).add(end + ")");
            between = "UNION ";
        }
        return all.add(") either").add(end);
    }

    private Query item(Tables tables, EventQuery.Item item) {
        Query one = new Query(tables);
        List<String> byTag =
                aggregate == null ? item.tags().stream().limit(MAX_TAGS_JOINED).toList() : List.of();
        String position = byTag.isEmpty() ? "e.position" : "t0.position";
        String place = aggregate == null ? position : "e.aggregate_version";
        one.add("SELECT " + place + " AS place, e.position AS position FROM {events} e");
        for (int i = 0; i < byTag.size(); i++) {
            String tag = "t" + i;
            // The database begins with the tag that the fewest events have.
            one.add(
                    "JOIN {tags} " + tag + " ON " + tag + ".store = ? AND " + tag + ".tag = ? AND " + tag
                            + ".position = e.position",
                    store,
                    byTag.get(i));
        }
        one.add("LEFT JOIN {aggregates} a ON a.id = e.aggregate_id WHERE e.store = ?", store);
        scope(one);
        one.add("AND " + place + " >= ? AND " + place + " <= ?", lowest, highest);
        if (item.tags().size() > byTag.size()) {
            one.add("AND e.tags @> ?", new Query.TextList(item.tags()));
        }
        if (item.types().size() == 1) {
            one.add("AND e.type = ?", item.types().iterator().next());
        } else if (!item.types().isEmpty()) {
            one.add("AND e.type = ANY (?)", new Query.TextList(item.types()));
        }
        if (!item.excludedTypes().isEmpty()) {
            one.add("AND e.type <> ALL (?)", new Query.TextList(item.excludedTypes()));
        }
        return one.add("AND " + AggregateRow.READABLE, nowMillis);
    }

    private void scope(Query one) {
        if (aggregate != null) {
            one.add("AND e.aggregate_id = ?", aggregate);
        } else if (category != null) {
            one.add("AND e.category = ?", category);
        }
    }

    /**
     * A query of the place after leaving out so many events of the scope, from the end where the read begins, whatever became of them and whatever the query and the filter say.
     */
    Query skipped(Tables tables, boolean backwards, long skip) {
        Query one = new Query(tables).add("SELECT e.position AS place FROM {events} e WHERE e.store = ?", store);
        scope(one);
        return one.add(
                "AND e.position >= ? AND e.position <= ? ORDER BY e.position" + (backwards ? " DESC" : "")
                        + " OFFSET ? LIMIT 1",
                lowest,
                highest,
                skip);
    }

    /** A query of the place of the first event of the scope that can be read whose time is this or later, whatever the bounds, the query and the filter say. */
    Query since(Tables tables, Instant time) {
        String place = aggregate == null ? "e.position" : "e.aggregate_version";
        Query one = new Query(tables)
                .add(
                        "SELECT " + place
                                + " AS place FROM {events} e LEFT JOIN {aggregates} a ON a.id = e.aggregate_id "
                                + "WHERE e.store = ?",
                        store);
        scope(one);
        one.add("AND (e.happened_seconds, e.happened_nanos) >= (?, ?)", time.getEpochSecond(), time.getNano());
        return one.add("AND " + AggregateRow.READABLE + " ORDER BY " + place + " LIMIT 1", nowMillis);
    }

    /**
     * The same as {@link #places} of those that pass the filter, too.
     *
     * @param looked how many are looked at, at most; null for all
     * @param limit how many are found, at most; null for all
     */
    Query found(Tables tables, boolean backwards, @Nullable Long looked, @Nullable Long limit) {
        if (!isFiltered()) {
            return places(tables, backwards, limit);
        }
        Query passing = new Query(tables)
                .add("SELECT c.place, c.position FROM (")
                .add(places(tables, backwards, looked))
                .add(
                        ") c JOIN {events} e ON e.store = ? AND e.position = c.position "
                                + "LEFT JOIN {aggregates} a ON a.id = e.aggregate_id WHERE true",
                        store);
        prefix(passing, "e.type", filter.typePrefix());
        prefix(passing, "a.aggregate_id", filter.idPrefix());
        if (!filter.ids().isEmpty()) {
            passing.add("AND e.event_id = ANY (?)", new Query.IdList(filter.ids()));
        }
        time(passing, ">=", filter.since());
        time(passing, "<", filter.before());
        for (Map.Entry<String, String> text : filter.metadata().entrySet()) {
            passing.add("AND strpos(e.metadata::text, ?) > 0", JsonTexts.member(text.getKey(), text.getValue()));
        }
        return passing.add("ORDER BY c.place" + (backwards ? " DESC" : "") + (limit == null ? "" : " LIMIT " + limit));
    }

    private static void prefix(Query passing, String column, String prefix) {
        if (!Query.canHold(prefix)) {
            passing.add("AND false");
        } else if (!prefix.isEmpty()) {
            passing.add("AND starts_with(" + column + ", ?)", prefix);
        }
    }

    private static void time(Query passing, String comparison, @Nullable Instant time) {
        if (time != null) {
            passing.add(
                    "AND (e.happened_seconds, e.happened_nanos) " + comparison + " (?, ?)",
                    time.getEpochSecond(),
                    time.getNano());
        }
    }
}
