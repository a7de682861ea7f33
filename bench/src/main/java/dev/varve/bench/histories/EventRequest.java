package dev.varve.bench.histories;

import dev.varve.api.AggregateId;
import dev.varve.api.AppendCondition;
import dev.varve.api.EventAppend;
import dev.varve.api.EventQuery;
import dev.varve.api.EventRead;
import dev.varve.api.ExpectedVersion;
import dev.varve.api.NewEvent;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What is asked of a store of events. Immutable. */
sealed interface EventRequest {

    String store();

    /** An aggregate must have a version; see {@link EventsText#expected}. */
    record Check(String aggregate, String expected) {}

    /** An event; of no aggregate when that is empty. Its name is that of its append and its place in it. */
    record Event(String aggregate, String type, List<String> tags) {}

    /** No event of one of the types, or any, with all of the tags may stand after a position. */
    record Condition(List<String> types, List<String> tags, long after) {

        boolean rulesOut(Event event) {
            return (types.isEmpty() || types.contains(event.type()))
                    && event.tags().containsAll(tags);
        }
    }

    /**
     * An append.
     *
     * @param name unlike that of all other appends; the same when it is sent again
     * @param tracking how far the source has come, 0 for none
     */
    record Append(
            String store,
            String name,
            List<Check> checks,
            List<Event> events,
            @Nullable Condition condition,
            long tracking)
            implements EventRequest {

        private static final String SOURCE = "source";

        /** As storages take it. */
        EventAppend toAppend() {
            EventAppend.Builder append = EventAppend.builder();
            for (int i = 0; i < events.size(); i++) {
                Event event = events.get(i);
                NewEvent made = NewEvent.json(event.type(), "\"" + name + "/" + i + "\"")
                        .withId(new UUID(Long.parseLong(name), i))
                        .withTags(event.tags().toArray(String[]::new));
                if (event.aggregate().isEmpty()) {
                    append.event(made);
                } else {
                    append.event(id(event.aggregate()), made);
                }
            }
            for (Check check : checks) {
                append.check(id(check.aggregate()), EventsText.expected(check.expected()));
            }
            if (condition != null) {
                append.condition(new AppendCondition(query(condition.types(), condition.tags()), condition.after()));
            }
            if (tracking > 0) {
                append.tracking(SOURCE, tracking);
            }
            return append.build();
        }

        /** Whether a check says one version and no other, so that its refusal comes before others. */
        static boolean isExact(Check check) {
            ExpectedVersion expected = EventsText.expected(check.expected());
            return expected instanceof ExpectedVersion.Exactly || expected instanceof ExpectedVersion.NoStream;
        }
    }

    /**
     * Reads the first page of what is of an aggregate, or of all when that is empty, with a type and a tag, unless those are empty.
     *
     * @param after of all only, the position after which to begin; -1 for all of it
     */
    record Read(String store, String aggregate, String type, String tag, long after, boolean backward)
            implements EventRequest {

        EventRead toRead() {
            EventRead read = aggregate.isEmpty() ? EventRead.all().after(after) : EventRead.of(id(aggregate));
            read = read.withLimit(EventRead.MAX_LIMIT);
            if (!type.isEmpty() || !tag.isEmpty()) {
                read = read.matching(
                        query(type.isEmpty() ? List.of() : List.of(type), tag.isEmpty() ? List.of() : List.of(tag)));
            }
            return backward ? read.backward() : read;
        }

        boolean means(Event event, long position) {
            return position > after
                    && (aggregate.isEmpty() || aggregate.equals(event.aggregate()))
                    && (type.isEmpty() || type.equals(event.type()))
                    && (tag.isEmpty() || event.tags().contains(tag));
        }
    }

    static AggregateId id(String aggregate) {
        return new AggregateId("t", aggregate);
    }

    private static EventQuery query(List<String> types, List<String> tags) {
        Set<String> all = new LinkedHashSet<>(types);
        return EventQuery.of(new EventQuery.Item(all, new LinkedHashSet<>(tags), Set.of()));
    }
}
