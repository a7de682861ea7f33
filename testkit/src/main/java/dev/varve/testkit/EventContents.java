package dev.varve.testkit;

import dev.varve.api.AggregateId;
import dev.varve.api.EventQuery;
import dev.varve.api.EventRead;
import dev.varve.api.EventSlice;
import dev.varve.api.EventStore;
import dev.varve.api.LoadedAggregate;
import dev.varve.api.SnapshotQuery;
import dev.varve.api.StoredEvent;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Everything that a store of events shows of what {@link EventChance} does: its log in both directions, by aggregate, category, type and
 * tag, aggregates, snapshots and checkpoints; without when events were recorded. Immutable.
 *
 * @param answers by question
 */
public record EventContents(Map<String, Object> answers) {

    /**
     * Reads a store.
     *
     * @param store the store
     * @return what it shows
     */
    public static EventContents of(EventStore store) {
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("head", store.head());
        all.put("all", whole(store, EventRead.all()));
        all.put("all backward", whole(store, EventRead.all().backward().withLimit(7)));
        all.put("aggregates", store.aggregates(null).toList());
        all.put("checkpoints", new TreeMap<>(store.checkpoints()));
        for (AggregateId id : EventChance.AGGREGATES) {
            all.put("aggregate " + id, store.aggregate(id));
            all.put("events of " + id, whole(store, EventRead.of(id)));
            all.put("snapshots of " + id, store.snapshots(id, SnapshotQuery.ALL));
            all.put("aggregates like " + id, store.aggregates(id.type()).toList());
            all.put("category of " + id, whole(store, EventRead.category(id.type())));
            all.put("load " + id, loaded(store.load(id, "s0")));
        }
        for (String tag : EventChance.TAGS) {
            all.put("tag " + tag, whole(store, EventRead.all().matching(EventQuery.tags(tag))));
        }
        for (String type : EventChance.TYPES) {
            all.put("type " + type, whole(store, EventRead.all().matching(EventQuery.types(type))));
        }
        return new EventContents(all);
    }

    /**
     * The first answer that is another one.
     *
     * @param right what it should be
     * @return the question, the right answer and this one; null when all are the same
     */
    public @Nullable String difference(EventContents right) {
        for (Map.Entry<String, Object> one : right.answers.entrySet()) {
            Object own = answers.get(one.getKey());
            if (!one.getValue().equals(own)) {
                return one.getKey() + " is\n    " + own + "\n  instead of\n    " + one.getValue();
            }
        }
        return null;
    }

    static List<Object> loaded(LoadedAggregate loaded) {
        List<Object> plain = new ArrayList<>();
        plain.add(loaded.snapshot());
        plain.add(loaded.tail().version());
        plain.add(loaded.tail().status());
        loaded.tail().events().forEach(event -> plain.add(plain(event)));
        return plain;
    }

    /**
     * A read to its end, whatever its slices are.
     *
     * @param store the store
     * @param read which
     * @return as the other method, what slices tell besides being that of the first one
     */
    public static List<Object> whole(EventStore store, EventRead read) {
        EventSlice slice = store.read(read);
        List<Object> whole = whole(slice);
        for (EventRead at = read; slice.more(); ) {
            at = at.next(slice);
            slice = store.read(at);
            slice.events().forEach(event -> whole.add(plain(event)));
        }
        return whole;
    }

    /**
     * What a slice tells.
     *
     * @param slice the slice
     * @return the head, the status and the version, and the events without when they were recorded
     */
    public static List<Object> whole(EventSlice slice) {
        List<Object> whole = new ArrayList<>();
        whole.add(slice.head());
        whole.add(slice.status());
        whole.add(slice.version());
        slice.events().forEach(event -> whole.add(plain(event)));
        return whole;
    }

    /** Without when it was recorded. */
    static StoredEvent plain(StoredEvent event) {
        return new StoredEvent(
                event.position(),
                event.aggregate(),
                event.version(),
                event.id(),
                event.type(),
                event.data(),
                event.tags(),
                event.metadata(),
                event.time().equals(event.recordedAt()) ? Instant.EPOCH : event.time(),
                Instant.EPOCH,
                event.appendFirst(),
                event.appendLast(),
                event.redacted());
    }
}
