package dev.varve.api;

import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The events of one store: one log, in which aggregates have versions and events have positions. Waits for answers, and
 * throws refusals.
 *
 * <pre>{@code
 * EventStore events = varve.store("acme/orders").events();
 * AggregateId order = new AggregateId("order", "4711");
 * events.append(order, ExpectedVersion.noStream(), NewEvent.json("OrderPlaced", "{\"total\": 12}"));
 * EventSlice history = events.fetch(order, EventStore.EMPTY);
 * events.append(order, ExpectedVersion.exactly(history.version()), NewEvent.json("OrderPaid", "{}"));
 * }</pre>
 *
 * <p>What is promised of order, durability, atomicity and appends that come again says {@link EventStorage}. A write that fails with an outcome that is
 * {@linkplain ErrorKind#outcomeUnknown unknown} is made again with the same event ids: it has its effect once. Thread-safe.
 */
public interface EventStore {

    /** The version of an aggregate, or the head of a store, without events. */
    long EMPTY = -1;

    /**
     * The events of a store of a storage.
     *
     * @param storage the storage
     * @param store the full name of the store, existing or not; the first append creates it
     * @return the events
     */
    static EventStore over(EventStorage storage, String store) {
        return new StorageEventStore(storage, store);
    }

    // ---- writing

    /**
     * Appends events to one aggregate.
     *
     * @param aggregate which
     * @param expected what its version must be
     * @param events in order; without any only the version is checked
     * @return where they stand; durable
     * @throws EventsRefusedException when the version is another one; nothing was written
     * @throws VarveException as {@link EventStorage#append} says, and {@link EventAppend}
     */
    default EventAppendResult.Appended append(AggregateId aggregate, ExpectedVersion expected, NewEvent... events) {
        return append(EventAppend.to(aggregate, expected, List.of(events)));
    }

    /**
     * Appends events.
     *
     * @param append the events, and what must hold
     * @return where they stand; durable
     * @throws EventsRefusedException when something of it does not hold; nothing was written
     * @throws VarveException as {@link EventStorage#append} says
     */
    default EventAppendResult.Appended append(EventAppend append) {
        EventAppendResult result = tryAppend(append);
        if (result instanceof EventAppendResult.Refused refused) {
            throw new EventsRefusedException(refused);
        }
        return (EventAppendResult.Appended) result;
    }

    /**
     * Appends events, and gives a refusal as a value.
     *
     * @param append the events, and what must hold
     * @return appended, and durable, or refused
     * @throws VarveException as {@link EventStorage#append} says
     */
    EventAppendResult tryAppend(EventAppend append);

    /**
     * Appends events without waiting.
     *
     * @param append the events, and what must hold
     * @return as {@link EventStorage#append}
     */
    CompletableFuture<EventAppendResult> appendAsync(EventAppend append);

    /**
     * Appends events and waits until projections have seen them. The events are durable whether they do so in time or not.
     *
     * @param append the events, and what must hold
     * @param projections the names of their checkpoints
     * @param timeout how long to wait at most
     * @return appended, and whether all projections have come so far, or refused; a wait that fails counts as not reached
     * @throws VarveException {@link ErrorKind#INVALID_PARAMS} when no checkpoint of one of the names was ever saved, before anything was
     *     written; else as {@link EventStorage#append} says
     */
    AwaitedAppend appendAndAwait(EventAppend append, Set<String> projections, Duration timeout);

    /**
     * What came of an append that waited.
     *
     * @param result what became of the events
     * @param reached whether all projections have seen them; false for a refusal
     */
    record AwaitedAppend(EventAppendResult result, boolean reached) {}

    // ---- reading

    /**
     * Reads events.
     *
     * @param read which
     * @return what was found, as of one moment
     * @throws VarveException as {@link EventStorage#read} says
     */
    EventSlice read(EventRead read);

    /**
     * Reads the log.
     *
     * @param after the position after which to begin, exclusive; {@link #EMPTY} for the beginning
     * @return up to {@link EventRead#MAX_LIMIT} events; {@link EventSlice#head} is the end of the log whatever was asked for
     */
    default EventSlice fetch(long after) {
        return read(EventRead.all().after(after));
    }

    /**
     * Reads an aggregate.
     *
     * @param aggregate which
     * @param after the version after which to begin, exclusive; {@link #EMPTY} for the beginning
     * @return up to {@link EventRead#MAX_LIMIT} events; {@link EventSlice#version} is the aggregate's whatever was asked for
     */
    default EventSlice fetch(AggregateId aggregate, long after) {
        return read(EventRead.of(aggregate).after(after));
    }

    /**
     * A read that begins with the last event of a kind: for events that say all that is to be known at a time, so that nothing before the last of
     * them has to be read.
     *
     * @param read which events, forward; its query and its filter do not matter for which event is the last
     * @param kind the event is one that this means, in the read's aggregate or category and between its bounds
     * @return the read, with another lower bound; nothing when there is no such event, then the caller reads all or nothing
     * @throws VarveException {@link ErrorKind#INVALID_PARAMS} for a backward read, or one from a time on; else as {@link EventStorage#read} says
     */
    default Optional<EventRead> fromLatest(EventRead read, EventQuery kind) {
        EventRead search = read.searching(kind);
        while (true) {
            EventSlice slice = read(search);
            if (!slice.events().isEmpty()) {
                return Optional.of(read.beginningWith(slice.events().get(0)));
            }
            if (!slice.more()) {
                return Optional.empty();
            }
            search = search.next(slice);
        }
    }

    /**
     * Reads events lazily, a slice at a time. What is appended meanwhile is read, too.
     *
     * @param read which; its limit is that of each slice, not of the whole
     * @return the events in the order of the read
     */
    Stream<StoredEvent> stream(EventRead read);

    /**
     * Counts events.
     *
     * @param read which; skip, limit and direction do not matter
     * @return how many
     */
    long count(EventRead read);

    /**
     * Whether there is such an event.
     *
     * @param read which; skip, limit and direction do not matter
     * @return true when there is at least one
     */
    boolean exists(EventRead read);

    /**
     * Where the log ends.
     *
     * @return the position of the last event that was ever appended, or {@link #EMPTY}
     */
    long head();

    // ---- following

    /**
     * Hands events to a handler: all that are there, then all that come.
     *
     * @param read which, forward; its limit is that of one read
     * @param handler takes them, one after the other
     * @return ends it
     * @throws VarveException {@link ErrorKind#INVALID_PARAMS} for a backward read, or one with an upper bound
     */
    Subscription follow(EventRead read, EventHandler handler);

    /**
     * Events for reactive programs: all that are there, then all that come. Each subscriber begins anew.
     *
     * @param read which, as for {@link #follow}
     * @return never completes by itself; fails when the store is gone
     */
    Flow.Publisher<StoredEvent> publisher(EventRead read);

    /**
     * Subscriptions whose position the store keeps, shared by consumers.
     *
     * @return the subscriptions
     * @throws VarveException {@link ErrorKind#NOT_SUPPORTED} when the store has none
     */
    default EventSubscriptions subscriptions() {
        throw VarveException.notSupported("subscriptions whose position it keeps");
    }

    // ---- aggregates

    /**
     * What is known of an aggregate.
     *
     * @param aggregate which
     * @return what is known
     */
    AggregateInfo aggregate(AggregateId aggregate);

    /**
     * All aggregates that are not {@link AggregateStatus#EMPTY}, lazily.
     *
     * @param category of this type only; null for all
     * @return in ascending order
     */
    Stream<AggregateInfo> aggregates(@Nullable String category);

    /**
     * Changes how long the events of an aggregate are kept.
     *
     * @param aggregate which
     * @param settings all of them
     * @return what is known then
     * @throws VarveException as {@link EventStorage#configure} says
     */
    default AggregateInfo configure(AggregateId aggregate, AggregateSettings settings) {
        return configure(aggregate, settings, null);
    }

    /**
     * Changes how long the events of an aggregate are kept, if nobody else has since.
     *
     * @param aggregate which
     * @param settings all of them
     * @param expectedRevision {@link AggregateInfo#settingsRevision} as it must be; null for any
     * @return what is known then
     * @throws VarveException as {@link EventStorage#configure} says
     */
    AggregateInfo configure(AggregateId aggregate, AggregateSettings settings, @Nullable Long expectedRevision);

    /**
     * Deletes an aggregate.
     *
     * @param aggregate which
     * @param expected what its version must be
     * @param deletion how
     * @return what is known then
     * @throws EventsRefusedException as {@link EventStorage#delete} says
     */
    AggregateInfo delete(AggregateId aggregate, ExpectedVersion expected, AggregateDeletion deletion);

    /**
     * Removes an aggregate as if it had never been, with its events and snapshots.
     *
     * @param aggregate which
     * @throws EventsRefusedException when it was tombstoned
     */
    default void remove(AggregateId aggregate) {
        delete(aggregate, ExpectedVersion.any(), AggregateDeletion.REMOVE);
    }

    /**
     * Replaces the data of an event.
     *
     * @param position which
     * @param replacement what stands there from now on
     * @return false when there is no such event
     * @throws VarveException as {@link EventStorage#redact} says
     */
    boolean redact(long position, EventData replacement);

    /**
     * Deletes single events.
     *
     * @param positions which
     * @return how many of them were there
     * @throws VarveException as {@link EventStorage#deleteEvents} says
     */
    int deleteEvents(Collection<Long> positions);

    /**
     * Gives back the space of what cannot be read any more.
     *
     * @return how many events were removed
     * @throws VarveException as {@link EventStorage#scavenge} says
     */
    long scavenge();

    // ---- snapshots

    /**
     * Keeps a snapshot, as the only one of its aggregate.
     *
     * @param snapshot the snapshot
     * @throws VarveException as {@link EventStorage#saveSnapshot} says
     */
    default void saveSnapshot(Snapshot snapshot) {
        saveSnapshot(snapshot, 1);
    }

    /**
     * Keeps a snapshot.
     *
     * @param snapshot the snapshot
     * @param keep only so many of the aggregate's newest versions are kept
     * @throws VarveException as {@link EventStorage#saveSnapshot} says
     */
    void saveSnapshot(Snapshot snapshot, int keep);

    /**
     * The newest snapshot of an aggregate.
     *
     * @param aggregate which
     * @return the one of the highest version, or nothing
     */
    default Optional<Snapshot> snapshot(AggregateId aggregate) {
        return snapshots(aggregate, SnapshotQuery.LAST).stream().findFirst();
    }

    /**
     * Snapshots of an aggregate.
     *
     * @param aggregate which
     * @param query which of them
     * @return the highest version first
     */
    List<Snapshot> snapshots(AggregateId aggregate, SnapshotQuery query);

    /**
     * Deletes snapshots.
     *
     * @param aggregate of which aggregate
     * @param query which, but for the limit
     * @return how many there were
     */
    int deleteSnapshots(AggregateId aggregate, SnapshotQuery query);

    /**
     * Reads the newest snapshot of an aggregate and the first events after it, as of one moment.
     *
     * @param aggregate which
     * @param schema what the snapshot must be written as; others are passed over
     * @return both
     */
    LoadedAggregate load(AggregateId aggregate, String schema);

    // ---- checkpoints

    /**
     * Notes how far a reader has come.
     *
     * @param name names the reader
     * @param position up to where, inclusive; an earlier one than stands there changes nothing
     * @return what stands there then, durable
     */
    long saveCheckpoint(String name, long position);

    /**
     * How far a reader has come.
     *
     * @param name names the reader
     * @return the position, or nothing when none was saved
     */
    OptionalLong checkpoint(String name);

    /**
     * How far all readers have come.
     *
     * @return positions by name, in the order of names
     */
    Map<String, Long> checkpoints();

    /**
     * Forgets a checkpoint.
     *
     * @param name names the reader
     * @return whether there was one
     */
    boolean deleteCheckpoint(String name);

    /**
     * Waits until readers have come so far.
     *
     * @param names names the readers
     * @param position up to where, inclusive
     * @param timeout how long at most
     * @return whether all of them have
     * @throws VarveException {@link ErrorKind#INVALID_PARAMS} when no checkpoint of one of the names was ever saved
     */
    boolean awaitCheckpoints(Set<String> names, long position, Duration timeout);
}
