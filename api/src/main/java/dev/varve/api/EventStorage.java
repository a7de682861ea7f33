package dev.varve.api;

import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The storage contract of events: each store is one log of events with one order. {@link EventStore} is what programs use.
 *
 * <pre>{@code
 * static EventStore logged(EventStorage storage) {
 *     return EventStore.over(storage, "acme/orders");
 * }
 * }</pre>
 *
 * <h2>Contract</h2>
 *
 * <ul>
 *   <li><b>Order.</b> Every event of a store gets the next position: 0, 1, 2 and so on, without gap, and the next version of its
 *       aggregate. The events of one append stand side by side. No position is ever used again, whatever is deleted.
 *   <li><b>Durability.</b> An answer to a write means that it survives a crash, as far as the implementation survives
 *       crashes at all. Reads, checkpoints and listeners only ever show durable data.
 *   <li><b>Atomicity.</b> All events of one append, with its tracking, become visible and durable together or not at all.
 *   <li><b>Refusals</b> are results and change nothing, and are not given before what they rest on is durable.
 *   <li><b>Unknown stores</b> hold nothing: reads find nothing, at head {@link EventStore#EMPTY}; writes other than {@link #append}, and that one when
 *       it is not to create the store, fail with {@link ErrorKind#NOT_FOUND}.
 *   <li><b>Idempotence.</b> An append whose events are all there already, as the events of one append and in this order, is answered as
 *       then, whatever the versions are now. With {@link ExpectedVersion.Exactly} and {@link ExpectedVersion.NoStream} that is found in the log itself; otherwise among
 *       the last {@link #REMEMBERED_IDS} ids of the store. If some are there, or in another order, or in other appends, it is refused.
 *   <li><b>Completion.</b> Futures complete on threads of the storage, possibly event loops: dependent actions must
 *       not block.
 * </ul>
 *
 * <p>Thread-safe.
 */
public interface EventStorage {

    /** So many of the last event ids of a store are remembered at least, to recognise appends that come again. */
    int REMEMBERED_IDS = 10_000;

    /**
     * Appends events.
     *
     * @param store the full name of the store
     * @param append the events
     * @param createStore whether the store is created when it does not exist
     * @return appended or refused; fails with {@link ErrorKind#NOT_FOUND} when there is no such store and it is not to be created, {@link
     *     ErrorKind#CLOSED} when it is archived; nothing was changed then
     */
    CompletableFuture<EventAppendResult> append(String store, EventAppend append, boolean createStore);

    /**
     * Reads events. All that it finds and its head are as of one moment, as far as appends go: of no append that is made meanwhile is there a part. What
     * was deleted or redacted before the read began is never shown; what is deleted or redacted meanwhile may be shown as before or as after, each
     * event by itself.
     *
     * @param store the full name of the store
     * @param read which
     * @return what was found; fails with {@link ErrorKind#CORRUPT} when an event is damaged, naming its position
     */
    CompletableFuture<EventSlice> read(String store, EventRead read);

    /**
     * Counts events, as {@link #read} would find them without skip and limit.
     *
     * @param store the full name of the store
     * @param read which
     * @param atMost counting ends there
     * @return how many, at most {@code atMost}
     */
    CompletableFuture<Long> count(String store, EventRead read, long atMost);

    /**
     * Where the log of a store ends.
     *
     * @param store the full name of the store
     * @return the position of the last event that was ever appended, {@link EventStore#EMPTY} when there was none; from memory
     */
    long head(String store);

    /**
     * Tells of appends from now on.
     *
     * @param store the full name of the store, existing or not
     * @param listener called with the head, never a smaller one than before; several appends may be told at once; {@link
     *     Long#MAX_VALUE} once when the store is deleted, and nothing after that. Called on a thread of the storage: must
     *     return at once, must not block and must not throw
     * @return ends it
     */
    Subscription subscribe(String store, LongConsumer listener);

    /**
     * Hands events to a handler: all that are there, then all that come. Unless overridden it reads the log slice by slice, on a thread of
     * the subscription, and sleeps until {@link #subscribe} tells of more.
     *
     * @param store the full name of the store, existing or not
     * @param read which, forward; its limit is at most that of one read
     * @param handler takes them, one after the other
     * @return ends it
     * @throws VarveException {@link ErrorKind#INVALID_PARAMS} for a backward read, or one with an upper bound
     */
    default Subscription follow(String store, EventRead read, EventHandler handler) {
        EventFollower follower = new EventFollower(this, store, read, handler);
        follower.start();
        return follower;
    }

    /**
     * What is known of an aggregate.
     *
     * @param store the full name of the store
     * @param aggregate which
     * @return what is known
     */
    CompletableFuture<AggregateInfo> aggregate(String store, AggregateId aggregate);

    /**
     * Lists aggregates that are not {@link AggregateStatus#EMPTY}.
     *
     * @param store the full name of the store
     * @param category of this type only; null for all
     * @param after the one after which to go on, exclusive; null to begin
     * @param limit how many at most, 1 to {@link EventRead#MAX_LIMIT}
     * @return in ascending order; as many as the limit when there may be more
     */
    CompletableFuture<List<AggregateInfo>> aggregates(
            String store, @Nullable String category, @Nullable AggregateId after, int limit);

    /**
     * Changes how long the events of an aggregate are kept. It need not have been written yet.
     *
     * @param store the full name of the store
     * @param aggregate which
     * @param settings all of them
     * @param expectedRevision how often they must have been changed before; null for any
     * @return what is known then; fails with {@link ErrorKind#CONFLICT} for another revision, {@link ErrorKind#GONE} for one that
     *     was tombstoned; nothing was changed
     */
    CompletableFuture<AggregateInfo> configure(
            String store, AggregateId aggregate, AggregateSettings settings, @Nullable Long expectedRevision);

    /**
     * Deletes an aggregate. Deleting one that is deleted so already, or was never written, changes nothing and is no failure; a tombstone is
     * put also where nothing was written.
     *
     * @param store the full name of the store
     * @param aggregate which
     * @param expected what its version must be
     * @param deletion how
     * @return what is known then; fails with an {@link EventsRefusedException} for another version, and for one that was tombstoned when that
     *     is not what is asked for again; nothing was changed
     */
    CompletableFuture<AggregateInfo> delete(
            String store, AggregateId aggregate, ExpectedVersion expected, AggregateDeletion deletion);

    /**
     * Replaces the data of an event. Everything else about it stays. The old data cannot be read any more; its bytes are
     * gone after {@link #scavenge}.
     *
     * @param store the full name of the store
     * @param position which event
     * @param replacement what stands there from now on
     * @return false when there is no such event; fails with {@link ErrorKind#INVALID_JSON} as {@link EventData#check} says
     */
    CompletableFuture<Boolean> redact(String store, long position, EventData replacement);

    /**
     * Deletes single events. Their bytes are gone after {@link #scavenge}; versions and positions of the others stay.
     *
     * @param store the full name of the store
     * @param positions which, at most {@link EventRead#MAX_LIMIT}
     * @return how many of them were there
     */
    CompletableFuture<Integer> deleteEvents(String store, Collection<Long> positions);

    /**
     * Gives back the space of what cannot be read any more, and has its bytes leave the storage. May take long; can be called again when it
     * was cut short.
     *
     * @param store the full name of the store
     * @return how many events were removed; fails with {@link ErrorKind#UNAVAILABLE} when bytes of what cannot be read any more may still be
     *     in files
     */
    CompletableFuture<Long> scavenge(String store);

    // ---- snapshots

    /**
     * Keeps a snapshot. One of the same version is replaced.
     *
     * @param store the full name of the store
     * @param snapshot the snapshot
     * @param keep only so many of the aggregate's newest versions are kept, 1 to {@link Snapshot#MAX_KEPT}
     * @return when it is durable; fails with {@link ErrorKind#INVALID_PARAMS} when its version is above the aggregate's, or from
     *     before the aggregate was deleted last, or the aggregate is not {@link AggregateStatus#LIVE}
     */
    CompletableFuture<Void> saveSnapshot(String store, Snapshot snapshot, int keep);

    /**
     * Looks for snapshots. Those of an aggregate that was deleted since are not found, also after it was written again.
     *
     * @param store the full name of the store
     * @param aggregate of which aggregate
     * @param query which
     * @return the highest version first; damaged ones are left out
     */
    CompletableFuture<List<Snapshot>> snapshots(String store, AggregateId aggregate, SnapshotQuery query);

    /**
     * Deletes snapshots.
     *
     * @param store the full name of the store
     * @param aggregate of which aggregate
     * @param query which, but for the limit
     * @return how many there were
     */
    CompletableFuture<Integer> deleteSnapshots(String store, AggregateId aggregate, SnapshotQuery query);

    /**
     * Reads the newest snapshot and what follows it, as of one moment as {@link #read} has it.
     *
     * @param store the full name of the store
     * @param aggregate of which aggregate
     * @param schema what the snapshot must be written as; others are passed over
     * @return both
     */
    CompletableFuture<LoadedAggregate> load(String store, AggregateId aggregate, String schema);

    // ---- checkpoints

    /** The most named checkpoints of one store, inclusive; trackings of appends count. */
    int MAX_CHECKPOINTS = 10_000;

    /**
     * Notes how far a reader has come. Never goes back: an earlier position than the one that stands there changes nothing.
     *
     * @param store the full name of the store
     * @param name names the reader, as {@link EventAppend.Tracking#source}
     * @param position up to where it has come, inclusive, from {@link EventStore#EMPTY}
     * @return what stands there then, durable
     */
    CompletableFuture<Long> saveCheckpoint(String store, String name, long position);

    /**
     * How far a reader has come.
     *
     * @param store the full name of the store
     * @param name names the reader
     * @return the position, or nothing when none was saved
     */
    CompletableFuture<OptionalLong> checkpoint(String store, String name);

    /**
     * How far all readers have come.
     *
     * @param store the full name of the store
     * @return positions by name, in the order of names
     */
    CompletableFuture<Map<String, Long>> checkpoints(String store);

    /**
     * Forgets a checkpoint, so that it can begin anew.
     *
     * @param store the full name of the store
     * @param name names the reader
     * @return whether there was one
     */
    CompletableFuture<Boolean> deleteCheckpoint(String store, String name);

    /**
     * Waits until readers have come so far. A caller that cancels the future waits no longer.
     *
     * @param store the full name of the store
     * @param names names the readers
     * @param position up to where, inclusive
     * @param timeout how long at most, up to {@link #MAX_WAIT}
     * @return whether all of them have; fails with {@link ErrorKind#INVALID_PARAMS} when no checkpoint of one of the names was ever saved,
     *     {@link ErrorKind#OVERLOADED} when too many wait already
     */
    CompletableFuture<Boolean> awaitCheckpoints(String store, Set<String> names, long position, Duration timeout);

    /** The longest wait for checkpoints. */
    Duration MAX_WAIT = Duration.ofMinutes(5);

    // ---- subscriptions

    /**
     * Subscriptions whose position the storage keeps.
     *
     * @return the same object at every call
     * @throws VarveException {@link ErrorKind#NOT_SUPPORTED} when the storage has none
     */
    default EventSubscriptionStorage subscriptions() {
        throw VarveException.notSupported("subscriptions whose position it keeps");
    }

    /**
     * The newest snapshot of a schema, for implementations of {@link #load}.
     *
     * @param snapshots the highest version first
     * @param schema what it must be written as
     * @return it, or nothing
     */
    static Optional<Snapshot> newest(List<Snapshot> snapshots, String schema) {
        return snapshots.stream()
                .filter(snapshot -> snapshot.schema().equals(schema))
                .findFirst();
    }
}
