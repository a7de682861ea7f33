package dev.varve.testkit;

import dev.varve.api.AggregateDeletion;
import dev.varve.api.AggregateId;
import dev.varve.api.AggregateSettings;
import dev.varve.api.AppendCondition;
import dev.varve.api.ErrorKind;
import dev.varve.api.EventAppend;
import dev.varve.api.EventAppendResult.Reason;
import dev.varve.api.EventAppendResult.Refused;
import dev.varve.api.EventData;
import dev.varve.api.EventRead;
import dev.varve.api.EventStorage;
import dev.varve.api.EventStore;
import dev.varve.api.EventsRefusedException;
import dev.varve.api.ExpectedVersion;
import dev.varve.api.Snapshot;
import dev.varve.api.SnapshotQuery;
import dev.varve.api.StoredEvent;
import dev.varve.api.VarveException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Something that changes a store of events, to be asked of several of them. Immutable. */
public sealed interface EventOperation {

    /** What {@link #outcome} gives when there is nothing to say. */
    String DONE = "done";

    /**
     * Appends.
     *
     * @param append what
     */
    record Append(EventAppend append) implements EventOperation {

        @Override
        public CompletableFuture<?> on(EventStorage storage, String store) {
            return storage.append(store, append, true);
        }

        @Override
        public Object on(EventStore store) {
            return store.tryAppend(append);
        }

        @Override
        public String toString() {
            return "append " + append.checks() + " "
                    + append.events().stream()
                            .map(one -> one.event().type() + one.event().tags() + "@" + one.aggregate())
                            .toList()
                    + " " + append.condition() + " " + append.tracking();
        }
    }

    /**
     * Deletes an aggregate.
     *
     * @param aggregate which
     * @param expected its version
     * @param deletion how
     */
    record Delete(AggregateId aggregate, ExpectedVersion expected, AggregateDeletion deletion)
            implements EventOperation {

        @Override
        public CompletableFuture<?> on(EventStorage storage, String store) {
            return storage.delete(store, aggregate, expected, deletion);
        }

        @Override
        public Object on(EventStore store) {
            return store.delete(aggregate, expected, deletion);
        }
    }

    /**
     * Sets how long events are kept.
     *
     * @param aggregate of which aggregate
     * @param settings how long
     * @param revision how often that must have been set before; null for any
     */
    record Configure(
            AggregateId aggregate,
            AggregateSettings settings,
            @Nullable Long revision) implements EventOperation {

        @Override
        public CompletableFuture<?> on(EventStorage storage, String store) {
            return storage.configure(store, aggregate, settings, revision);
        }

        @Override
        public Object on(EventStore store) {
            return store.configure(aggregate, settings, revision);
        }
    }

    /**
     * Replaces the data of an event.
     *
     * @param position which
     * @param data by what
     */
    record Redact(long position, EventData data) implements EventOperation {

        @Override
        public CompletableFuture<?> on(EventStorage storage, String store) {
            return storage.redact(store, position, data);
        }

        @Override
        public Object on(EventStore store) {
            return store.redact(position, data);
        }
    }

    /**
     * Deletes single events.
     *
     * @param positions which
     */
    record DeleteEvents(List<Long> positions) implements EventOperation {

        @Override
        public CompletableFuture<?> on(EventStorage storage, String store) {
            return storage.deleteEvents(store, positions);
        }

        @Override
        public Object on(EventStore store) {
            return store.deleteEvents(positions);
        }
    }

    /**
     * Keeps a snapshot.
     *
     * @param snapshot which
     * @param keep how many of them
     */
    record SaveSnapshot(Snapshot snapshot, int keep) implements EventOperation {

        @Override
        public CompletableFuture<?> on(EventStorage storage, String store) {
            return storage.saveSnapshot(store, snapshot, keep);
        }

        @Override
        public Object on(EventStore store) {
            store.saveSnapshot(snapshot, keep);
            return DONE;
        }
    }

    /**
     * Deletes snapshots.
     *
     * @param aggregate of which aggregate
     * @param query which
     */
    record DeleteSnapshots(AggregateId aggregate, SnapshotQuery query) implements EventOperation {

        @Override
        public CompletableFuture<?> on(EventStorage storage, String store) {
            return storage.deleteSnapshots(store, aggregate, query);
        }

        @Override
        public Object on(EventStore store) {
            return store.deleteSnapshots(aggregate, query);
        }
    }

    /**
     * Notes how far a reader has come.
     *
     * @param name the reader
     * @param position how far
     */
    record SaveCheckpoint(String name, long position) implements EventOperation {

        @Override
        public CompletableFuture<?> on(EventStorage storage, String store) {
            return storage.saveCheckpoint(store, name, position);
        }

        @Override
        public Object on(EventStore store) {
            return store.saveCheckpoint(name, position);
        }
    }

    /**
     * Forgets how far a reader has come.
     *
     * @param name the reader
     */
    record DeleteCheckpoint(String name) implements EventOperation {

        @Override
        public CompletableFuture<?> on(EventStorage storage, String store) {
            return storage.deleteCheckpoint(store, name);
        }

        @Override
        public Object on(EventStore store) {
            return store.deleteCheckpoint(name);
        }
    }

    /**
     * Asks a storage for it.
     *
     * @param storage the storage
     * @param store the full name of the store
     * @return what it answers
     */
    CompletableFuture<?> on(EventStorage storage, String store);

    /**
     * Asks a store for it and waits.
     *
     * @param store the store
     * @return what it answers, a refused append as a result
     */
    Object on(EventStore store);

    /**
     * What came of a call, as something that can be compared.
     *
     * @param call the call
     * @return its result, a {@link Refused} also where that is thrown, or the {@link ErrorKind} of the failure
     */
    static Object outcome(Supplier<? extends @Nullable Object> call) {
        try {
            Object answer = call.get();
            return answer == null ? DONE : answer;
        } catch (CompletionException e) {
            return failed(e.getCause() instanceof VarveException failure ? failure : e);
        } catch (VarveException e) {
            return failed(e);
        }
    }

    private static Object failed(RuntimeException failure) {
        if (failure instanceof EventsRefusedException refused) {
            return refused.refusal();
        }
        if (failure instanceof VarveException known) {
            return known.kind();
        }
        throw failure;
    }

    /**
     * Whether two outcomes say the same, as far as the contract says what they say.
     *
     * @param expected what the model says
     * @param given what is judged
     * @param before the store as the model had it when it was asked, which refuses and so has not changed
     * @return whether they agree
     */
    default boolean agrees(Object expected, Object given, EventStore before) {
        if (!(this instanceof Append asked)
                || !(expected instanceof Refused mine)
                || !(given instanceof Refused theirs)) {
            return given.equals(expected);
        }
        EventAppend append = asked.append();
        boolean alike = theirs.reason() == mine.reason() && theirs.violations().equals(mine.violations());
        AppendCondition condition = append.condition();
        if (mine.reason() == Reason.CONDITION_FAILED && condition != null) {
            // Any event that is ruled out may be told.
            return alike
                    && before.stream(EventRead.all()
                                    .matching(condition.failIfEventsMatch())
                                    .after(condition.after()))
                            .map(StoredEvent::position)
                            .anyMatch(position -> position == theirs.conflictingPosition());
        }
        if (mine.eventId() != null && !mine.eventId().equals(theirs.eventId())) {
            // Of several ids that are there any may be told.
            return alike
                    && append.events().stream().anyMatch(one -> one.event().id().equals(theirs.eventId()));
        }
        return theirs.equals(mine);
    }
}
