package dev.varve.api;

import java.time.Duration;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.OptionalLong;
import java.util.Set;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.function.Function;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/** {@link EventStore} over a storage: waits for its futures. Thread-safe. */
final class StorageEventStore implements EventStore {

    private final EventStorage storage;
    private final String store;

    StorageEventStore(EventStorage storage, String store) {
        this.storage = storage;
        this.store = store;
    }

    private static <T> T await(CompletableFuture<T> future) {
        return StorageStreams.await(future);
    }

    @Override
    public EventAppendResult tryAppend(EventAppend append) {
        return await(appendAsync(append));
    }

    @Override
    public CompletableFuture<EventAppendResult> appendAsync(EventAppend append) {
        return storage.append(store, append, true);
    }

    @Override
    public AwaitedAppend appendAndAwait(EventAppend append, Set<String> projections, Duration timeout) {
        // Tells of unknown names before anything is written; nothing is waited for.
        await(storage.awaitCheckpoints(store, projections, EMPTY, Duration.ZERO));
        EventAppendResult result = tryAppend(append);
        boolean reached = result instanceof EventAppendResult.Appended appended
                && reaches(projections, appended.lastPosition(), timeout);
        return new AwaitedAppend(result, reached);
    }

    /** The events are stored: a wait that fails is no failure of the append. */
    private boolean reaches(Set<String> projections, long position, Duration timeout) {
        try {
            return await(storage.awaitCheckpoints(store, projections, position, timeout));
        } catch (VarveException e) {
            return false;
        }
    }

    @Override
    public EventSlice read(EventRead read) {
        return await(storage.read(store, read));
    }

    @Override
    public Stream<StoredEvent> stream(EventRead read) {
        return StreamSupport.stream(
                        Spliterators.spliteratorUnknownSize(
                                new Slices(read), Spliterator.ORDERED | Spliterator.NONNULL),
                        false)
                .flatMap(List::stream);
    }

    /** One slice after the other. */
    private final class Slices implements Iterator<List<StoredEvent>> {
        private EventRead read;
        private boolean more = true;

        Slices(EventRead read) {
            this.read = read;
        }

        @Override
        public boolean hasNext() {
            return more;
        }

        @Override
        public List<StoredEvent> next() {
            if (!more) {
                throw new NoSuchElementException();
            }
            EventSlice slice = read(read);
            read = read.next(slice);
            more = slice.more();
            return slice.events();
        }
    }

    @Override
    public long count(EventRead read) {
        return await(storage.count(store, read, Long.MAX_VALUE));
    }

    @Override
    public boolean exists(EventRead read) {
        return await(storage.count(store, read, 1)) > 0;
    }

    @Override
    public long head() {
        return storage.head(store);
    }

    @Override
    public Subscription follow(EventRead read, EventHandler handler) {
        return storage.follow(store, read, handler);
    }

    @Override
    public Flow.Publisher<StoredEvent> publisher(EventRead read) {
        return new EventPublisher(handler -> follow(read, handler));
    }

    @Override
    public EventSubscriptions subscriptions() {
        return EventSubscriptions.over(storage.subscriptions(), store);
    }

    @Override
    public AggregateInfo aggregate(AggregateId aggregate) {
        return await(storage.aggregate(store, aggregate));
    }

    @Override
    public Stream<AggregateInfo> aggregates(@Nullable String category) {
        Function<@Nullable AggregateId, List<AggregateInfo>> page =
                after -> await(storage.aggregates(store, category, after, EventRead.MAX_LIMIT));
        return Stream.iterate(
                        page.apply(null),
                        infos -> !infos.isEmpty(),
                        infos -> infos.size() < EventRead.MAX_LIMIT
                                ? List.of()
                                : page.apply(infos.get(infos.size() - 1).id()))
                .flatMap(List::stream);
    }

    @Override
    public AggregateInfo configure(AggregateId aggregate, AggregateSettings settings, @Nullable Long expectedRevision) {
        return await(storage.configure(store, aggregate, settings, expectedRevision));
    }

    @Override
    public AggregateInfo delete(AggregateId aggregate, ExpectedVersion expected, AggregateDeletion deletion) {
        return await(storage.delete(store, aggregate, expected, deletion));
    }

    @Override
    public boolean redact(long position, EventData replacement) {
        return await(storage.redact(store, position, replacement));
    }

    @Override
    public int deleteEvents(Collection<Long> positions) {
        return await(storage.deleteEvents(store, positions));
    }

    @Override
    public long scavenge() {
        return await(storage.scavenge(store));
    }

    @Override
    public void saveSnapshot(Snapshot snapshot, int keep) {
        await(storage.saveSnapshot(store, snapshot, keep));
    }

    @Override
    public List<Snapshot> snapshots(AggregateId aggregate, SnapshotQuery query) {
        return await(storage.snapshots(store, aggregate, query));
    }

    @Override
    public int deleteSnapshots(AggregateId aggregate, SnapshotQuery query) {
        return await(storage.deleteSnapshots(store, aggregate, query));
    }

    @Override
    public LoadedAggregate load(AggregateId aggregate, String schema) {
        return await(storage.load(store, aggregate, schema));
    }

    @Override
    public long saveCheckpoint(String name, long position) {
        return await(storage.saveCheckpoint(store, name, position));
    }

    @Override
    public OptionalLong checkpoint(String name) {
        return await(storage.checkpoint(store, name));
    }

    @Override
    public Map<String, Long> checkpoints() {
        return await(storage.checkpoints(store));
    }

    @Override
    public boolean deleteCheckpoint(String name) {
        return await(storage.deleteCheckpoint(store, name));
    }

    @Override
    public boolean awaitCheckpoints(Set<String> names, long position, Duration timeout) {
        return await(storage.awaitCheckpoints(store, names, position, timeout));
    }
}
