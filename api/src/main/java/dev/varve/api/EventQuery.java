package dev.varve.api;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Which events are meant, by type and tag alone: what conditions of appends, reads and subscriptions have in common. An event is
 * meant when at least one item matches it. Immutable.
 *
 * <pre>{@code
 * EventQuery seats = EventQuery.of(
 *         EventQuery.Item.types("SeatReserved", "CourseClosed").tagged("course:c1"),
 *         EventQuery.Item.tags("student:s7"));
 * EventSlice seen = store.events().read(EventRead.all().matching(seats));
 * store.events().append(EventAppend.when(
 *         new AppendCondition(seats, seen.head()),
 *         NewEvent.json("SeatReserved", "{}").withTags("course:c1", "student:s7")));
 * }</pre>
 *
 * @param items what is meant; none means every event
 */
public record EventQuery(List<Item> items) {

    /** Every event. */
    public static final EventQuery ALL = new EventQuery(List.of());

    /** The most items, inclusive. */
    public static final int MAX_ITEMS = 100;

    /** The most types of one item, and the most tags, inclusive. */
    public static final int MAX_TERMS = 100;

    /**
     * Copies the items.
     *
     * @throws VarveException {@link ErrorKind#INVALID_PARAMS} when there are more than {@link #MAX_ITEMS}
     */
    public EventQuery {
        items = List.copyOf(items);
        if (items.size() > MAX_ITEMS) {
            throw EventTexts.invalid("a query has at most " + MAX_ITEMS + " items, this one " + items.size());
        }
    }

    /**
     * A part of a query.
     *
     * @param types an event's type is one of them; none for any type
     * @param tags an event carries all of them; none for any tags
     * @param excludedTypes an event's type is none of them
     */
    public record Item(Set<String> types, Set<String> tags, Set<String> excludedTypes) {

        /**
         * Copies the sets.
         *
         * @throws VarveException {@link ErrorKind#INVALID_PARAMS} when one has more than {@link #MAX_TERMS}, or a type or a
         *     tag that no event can have
         */
        public Item {
            types = terms("a type in a query", types, NewEvent.MAX_TYPE_BYTES);
            tags = terms("a tag in a query", tags, NewEvent.MAX_TAG_BYTES);
            excludedTypes = terms("an excluded type in a query", excludedTypes, NewEvent.MAX_TYPE_BYTES);
        }

        private static Set<String> terms(String what, Set<String> terms, int maxBytes) {
            if (terms.size() > MAX_TERMS) {
                throw EventTexts.invalid("an item of a query has at most " + MAX_TERMS + " types and as many tags");
            }
            terms.forEach(term -> EventTexts.check(what, term, maxBytes));
            return Collections.unmodifiableSet(new LinkedHashSet<>(terms));
        }

        /**
         * Events of one of several types.
         *
         * @param types the types
         * @return the item
         */
        public static Item types(String... types) {
            return new Item(new LinkedHashSet<>(List.of(types)), Set.of(), Set.of());
        }

        /**
         * Events that carry all of several tags.
         *
         * @param tags the tags
         * @return the item
         */
        public static Item tags(String... tags) {
            return new Item(Set.of(), new LinkedHashSet<>(List.of(tags)), Set.of());
        }

        /**
         * The same, with these tags and no others.
         *
         * @param others the tags
         * @return the item
         */
        public Item tagged(String... others) {
            return new Item(types, new LinkedHashSet<>(List.of(others)), excludedTypes);
        }

        /**
         * The same, without events of these types.
         *
         * @param others the types
         * @return the item
         */
        public Item without(String... others) {
            return new Item(types, tags, new LinkedHashSet<>(List.of(others)));
        }

        boolean matches(String type, Set<String> eventTags) {
            return (types.isEmpty() || types.contains(type))
                    && !excludedTypes.contains(type)
                    && (tags.isEmpty() || eventTags.containsAll(tags));
        }
    }

    /**
     * A query of several items.
     *
     * @param items what is meant
     * @return the query
     */
    public static EventQuery of(Item... items) {
        return new EventQuery(List.of(items));
    }

    /**
     * Events of one of several types.
     *
     * @param types the types
     * @return the query
     */
    public static EventQuery types(String... types) {
        return of(Item.types(types));
    }

    /**
     * Events that carry all of several tags.
     *
     * @param tags the tags
     * @return the query
     */
    public static EventQuery tags(String... tags) {
        return of(Item.tags(tags));
    }

    /**
     * What this one or another one means.
     *
     * @param other the other one
     * @return the query
     */
    public EventQuery or(EventQuery other) {
        if (items.isEmpty() || other.items.isEmpty()) {
            return ALL;
        }
        List<Item> both = new ArrayList<>(items);
        both.addAll(other.items);
        return new EventQuery(both);
    }

    /**
     * Whether an event is meant.
     *
     * @param type its type
     * @param tags its tags
     * @return true when an item matches, or there is none
     */
    public boolean matches(String type, Set<String> tags) {
        if (items.isEmpty()) {
            return true;
        }
        for (Item item : items) {
            if (item.matches(type, tags)) {
                return true;
            }
        }
        return false;
    }
}
