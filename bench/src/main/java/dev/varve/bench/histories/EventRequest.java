package dev.varve.bench.histories;

import dev.varve.api.AggregateDeletion;
import dev.varve.api.AggregateId;
import dev.varve.api.AppendCondition;
import dev.varve.api.AppendRequest;
import dev.varve.api.EntryOp;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryValue;
import dev.varve.api.EntryWrite;
import dev.varve.api.EventAppend;
import dev.varve.api.EventQuery;
import dev.varve.api.EventRead;
import dev.varve.api.ExpectedVersion;
import dev.varve.api.NewEvent;
import dev.varve.api.Transaction;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What is asked of a store of events, which has entries and a stream, too. Immutable. */
sealed interface EventRequest {

    String store();

    /** An aggregate must have a version; see {@link EventsText#expected}. */
    record Check(String aggregate, String expected) {

        /** Whether it says one version and no other, so that its refusal comes before others. */
        boolean isExact() {
            ExpectedVersion wanted = EventsText.expected(expected);
            return wanted instanceof ExpectedVersion.Exactly || wanted instanceof ExpectedVersion.NoStream;
        }
    }

    /** An event; of no aggregate when that is empty. Its name is that of its append and its place in it. */
    record Event(String aggregate, String type, List<String> tags) {}

    /** No event of one of the types, or any, with all of the tags may stand after a position. */
    record Condition(List<String> types, List<String> tags, long after) {

        AppendCondition toCondition() {
            return new AppendCondition(query(types, tags), after);
        }

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
                NewEvent made = made(i);
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
                append.condition(condition.toCondition());
            }
            if (tracking > 0) {
                append.tracking(SOURCE, tracking);
            }
            return append.build();
        }

        /** One of its events as storages take it. */
        NewEvent made(int i) {
            return NewEvent.json(events.get(i).type(), "\"" + name + "/" + i + "\"")
                    .withId(new UUID(Long.parseLong(name), i))
                    .withTags(events.get(i).tags().toArray(String[]::new));
        }

        /** Whether one of its events is of this aggregate. */
        boolean writes(String aggregate) {
            return events.stream().anyMatch(event -> event.aggregate().equals(aggregate));
        }
    }

    /**
     * What is done with an entry: it is set to the name of the request, or added to.
     *
     * @param match the revision that must be there, 0 for none and {@link #ANY} for whatever is there; of sets only
     * @param add what is added, 0 for a set
     */
    record Change(String path, long match, long add) {

        static final long ANY = -1;

        EntryOp toOp(String name) {
            EntryPath at = EntryPath.of(path);
            if (add > 0) {
                return EntryOp.of(EntryOp.Kind.INCREMENT, at, EntryValue.of(add));
            }
            EntryOp set = EntryOp.set(at, EntryValue.of(name));
            return match == ANY ? set : match == 0 ? set.onlyIfAbsent() : set.ifMatch(match);
        }
    }

    /**
     * A transaction. Its parts are in this order: checks, events, condition, tracking, change, message.
     *
     * @param key its own name, or that of another transaction, which it is not
     * @param append what it does with events
     * @param message whether its name goes into the stream of the store, too
     */
    record Transact(String key, Append append, @Nullable Change change, boolean message) implements EventRequest {

        /** One under its own name. */
        Transact(Append append, @Nullable Change change, boolean message) {
            this(append.name(), append, change, message);
        }

        @Override
        public String store() {
            return append.store();
        }

        String name() {
            return append.name();
        }

        /** Whether there is nothing that it would write. */
        boolean onlyChecks() {
            return append.events().isEmpty() && append.tracking() == 0 && change == null && !message;
        }

        /** As storages take it. */
        Transaction toTransaction(String fullStore) {
            Transaction.Builder transaction = Transaction.builder().key(key);
            append.checks()
                    .forEach(check -> transaction.check(id(check.aggregate()), EventsText.expected(check.expected())));
            for (int i = 0; i < append.events().size(); i++) {
                String aggregate = append.events().get(i).aggregate();
                transaction.part(new Transaction.Event(aggregate.isEmpty() ? null : id(aggregate), append.made(i)));
            }
            Condition condition = append.condition();
            if (condition != null) {
                transaction.condition(condition.toCondition());
            }
            if (append.tracking() > 0) {
                transaction.tracking(Append.SOURCE, append.tracking());
            }
            if (change != null) {
                transaction.entry(change.toOp(name()));
            }
            if (message) {
                transaction.append(toRequest(fullStore, name()));
            }
            return transaction.build();
        }

        int conditionIndex() {
            return append.checks().size() + append.events().size();
        }

        int trackingIndex() {
            return conditionIndex() + (append.condition() == null ? 0 : 1);
        }

        int changeIndex() {
            return trackingIndex() + (append.tracking() > 0 ? 1 : 0);
        }
    }

    /** Changes an entry by itself; a set is to its name. */
    record ChangeEntry(String store, String name, Change change) implements EventRequest {

        /** As storages take it. */
        EntryWrite toWrite(String fullStore) {
            return new EntryWrite(fullStore, List.of(change.toOp(name)), "history", name, false, true);
        }
    }

    /** Puts its name into the stream of a store, by itself. */
    record Say(String store, String name) implements EventRequest {}

    /**
     * Deletes an aggregate.
     *
     * @param name unlike that of all other requests
     */
    record Delete(String store, String name, String aggregate, String expected, boolean forEver)
            implements EventRequest {

        AggregateDeletion how() {
            return forEver ? AggregateDeletion.TOMBSTONE : AggregateDeletion.SOFT;
        }
    }

    /** Reads a page of the feed of commits. */
    record GetCommits(String store, long after, int limit) implements EventRequest {}

    /** Makes the stream of a store; done before a history and no part of it. */
    record Open(String store) implements EventRequest {}

    /** Reads an entry. */
    record GetEntry(String store, String path) implements EventRequest {}

    /** Reads the whole stream of a store. */
    record GetMessages(String store) implements EventRequest {}

    String JSON = "application/json";

    /** The stream of a store. */
    static String stream(String fullStore) {
        return fullStore + "/messages";
    }

    /** What puts a name into it. */
    static AppendRequest toRequest(String fullStore, String name) {
        return AppendRequest.of(stream(fullStore), JSON, ("[\"" + name + "\"]").getBytes(StandardCharsets.UTF_8));
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
