package dev.varve.api;

import org.jspecify.annotations.Nullable;

/**
 * Which entries of a store to list. Immutable.
 *
 * <pre>{@code
 * EntryQuery query = EntryQuery.matching("acme/reading", EntryPattern.parse("links/**")).withLimit(100);
 * EntryPage page = storage.list(query).join();
 * if (page.next() != null) {
 *     page = storage.list(query.withAfter(page.next())).join();
 * }
 * }</pre>
 *
 * @param store the full name of the store
 * @param pattern what their paths match
 * @param from the first path, inclusive; null for no bound
 * @param to the last path, exclusive; null for no bound
 * @param after the path after which to go on, in the order asked for, exclusive; null to begin
 * @param descending whether the last path comes first
 * @param limit how many at most, 1 to {@link #MAX_LIMIT}
 */
public record EntryQuery(
        String store,
        EntryPattern pattern,
        @Nullable EntryPath from,
        @Nullable EntryPath to,
        @Nullable EntryPath after,
        boolean descending,
        int limit) {

    /** The most entries of one page, inclusive. */
    public static final int MAX_LIMIT = 1_000;

    /** Checks the limit. */
    public EntryQuery {
        if (limit < 1 || limit > MAX_LIMIT) {
            throw new IllegalArgumentException("limit must be 1.." + MAX_LIMIT + ", was " + limit);
        }
    }

    /**
     * The first page of what matches a pattern.
     *
     * @param store the full name of the store
     * @param pattern what the paths match
     * @return the query for {@link #MAX_LIMIT} entries in ascending order
     */
    public static EntryQuery matching(String store, EntryPattern pattern) {
        return new EntryQuery(store, pattern, null, null, null, false, MAX_LIMIT);
    }

    /**
     * The same with another bound.
     *
     * @param entries 1 to {@link #MAX_LIMIT}
     * @return the query
     */
    public EntryQuery withLimit(int entries) {
        return new EntryQuery(store, pattern, from, to, after, descending, entries);
    }

    /**
     * The next page.
     *
     * @param path as {@link EntryPage#next} gave it
     * @return the query
     */
    public EntryQuery withAfter(@Nullable EntryPath path) {
        return new EntryQuery(store, pattern, from, to, path, descending, limit);
    }
}
