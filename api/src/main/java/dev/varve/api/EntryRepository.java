package dev.varve.api;

import static java.util.Objects.requireNonNull;

import dev.varve.api.spi.Transport;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** {@link Repository} over whatever transport of the store is in use. Thread-safe. */
final class EntryRepository<T extends Record> implements Repository<T> {

    private final Store store;
    private final RecordSchema<T> schema;
    private final RecordReader<T> reader;
    private final RecordChanges<T> changes;
    private final RecordWriter writer;
    private final RecordPages<T> pages;
    private final RecordMembers<T> members;

    EntryRepository(Store store, Class<T> type) {
        this.store = store;
        this.schema = RecordSchema.of(type);
        if (schema.fieldNames().isEmpty()) {
            throw new IllegalArgumentException(
                    type.getName() + " has no fields besides its key, so that nothing would be stored; give it one");
        }
        this.reader = new RecordReader<>(store, schema);
        this.changes = new RecordChanges<>(schema);
        this.writer = new RecordWriter(store);
        this.pages = new RecordPages<>(store, schema);
        this.members = new RecordMembers<>(store, schema);
    }

    Store store() {
        return store;
    }

    RecordChanges<T> changes() {
        return changes;
    }

    // ---- reads

    @Override
    public List<T> all() {
        return reader.all();
    }

    @Override
    public Stream<T> stream() {
        return reader.stream();
    }

    @Override
    public Optional<T> find(String key) {
        return reader.find(key);
    }

    @Override
    public T get(String key) {
        return find(key).orElseThrow(() -> absent(key));
    }

    private VarveException absent(String key) {
        return new VarveException(
                ErrorKind.NOT_FOUND, "there is no " + schema.name() + " \"" + key + "\" at " + schema.path(key));
    }

    @Override
    public Map<String, T> findAll(Collection<String> keys) {
        return reader.findAll(keys);
    }

    @Override
    public RecordPage<T> page(String keyPrefix, @Nullable String afterKey, int limit) {
        RecordPages.Found found = pages.read(keyPrefix, afterKey, limit);
        return new RecordPage<>(reader.readable(found.records()), found.next());
    }

    @Override
    public Optional<StoredRecord<T>> findRecord(String key) {
        return reader.stored(key);
    }

    @Override
    public boolean exists(String key) {
        return reader.exists(key);
    }

    @Override
    public long count() {
        return reader.count();
    }

    // ---- writes

    @Override
    public RecordReceipt insert(T value, Precondition condition) {
        return writer.write(changes.insert(value, condition));
    }

    @Override
    public Changeset<T> change(Map<String, ?> input, String... allowed) {
        return Changeset.ofNew(schema).cast(input, allowed);
    }

    @Override
    public Changeset<T> change(T current, Map<String, ?> input, String... allowed) {
        return edit(current).cast(input, allowed);
    }

    @Override
    public Changeset<T> edit(T current) {
        return Changeset.of(schema, current);
    }

    @Override
    public SaveResult<T> save(Changeset<T> changeset, Precondition condition) {
        Changeset.Checked<T> checked = changeset.checked();
        SaveResult.Invalid<T> invalid = checked.invalid();
        if (invalid != null) {
            return invalid;
        }
        T record = checked.valid();
        try {
            return new SaveResult.Saved<>(record, writer.write(changes.save(changeset, record, condition)));
        } catch (EntryRefusedException e) {
            if (e.isConflict()) {
                return new SaveResult.Conflict<>(e.refusal());
            }
            throw e;
        }
    }

    @Override
    public RecordReceipt update(T before, T after, Precondition condition) {
        return writer.write(changes.update(before, after, condition));
    }

    @Override
    public UpdatedRecord<T> update(String key, UnaryOperator<T> change) {
        for (int attempt = 1; ; attempt++) {
            Entry found = reader.entry(key).orElseThrow(() -> absent(key));
            T before = reader.required(key, found.value());
            T after = requireNonNull(change.apply(before), "an update gives a record");
            RecordChange update = changes.updateOf(found.revision(), before, after);
            if (update.ops().isEmpty()) {
                return new UpdatedRecord<>(after, new RecordReceipt(update.path(), found.revision(), 0, false));
            }
            try {
                return new UpdatedRecord<>(after, writer.write(update));
            } catch (EntryRefusedException e) {
                if (attempt == UPDATE_ATTEMPTS || e.refusal().reason() != EntryWriteResult.Reason.CONFLICT) {
                    throw e;
                }
            }
        }
    }

    @Override
    public long increment(String key, String field, long delta) {
        return members.increment(key, field, delta);
    }

    @Override
    public Set<?> add(String key, String field, Object member) {
        return members.change(EntryOp.Kind.ADD, key, field, member);
    }

    @Override
    public Set<?> remove(String key, String field, Object member) {
        return members.change(EntryOp.Kind.REMOVE, key, field, member);
    }

    @Override
    public RecordReceipt delete(String key, Precondition condition) {
        return writer.write(changes.delete(key, condition));
    }

    @Override
    public RecordReceipt delete(T value, Precondition condition) {
        return delete(changes.requireKey(value), condition);
    }

    @Override
    public RecordReceipt deleteAll() {
        return writer.write(changes.deleteAll());
    }

    // ---- changes as they come

    @Override
    public Subscription subscribe(RecordListener<? super RecordEvent<T>> listener) {
        return feed(feed -> feed.subscribe(listener));
    }

    @Override
    public Flow.Publisher<RecordEvent<T>> publisher() {
        return this::publish;
    }

    private void publish(Flow.Subscriber<? super RecordEvent<T>> subscriber) {
        requireNonNull(subscriber);
        RecordEventQueue<RecordEvent<T>> queue;
        try {
            queue = feed(feed -> feed.subscribe(subscriber));
        } catch (VarveException e) {
            refuse(subscriber, e);
            return;
        }
        queue.begin(subscriber);
    }

    /** Tells a subscriber why it is told nothing. */
    private static void refuse(Flow.Subscriber<?> subscriber, VarveException why) {
        AtomicBoolean cancelled = new AtomicBoolean();
        subscriber.onSubscribe(new Flow.Subscription() {
            @Override
            public void request(long more) {}

            @Override
            public void cancel() {
                cancelled.set(true);
            }
        });
        if (!cancelled.get()) {
            subscriber.onError(why);
        }
    }

    @Override
    public Subscription subscribeRaw(RecordListener<? super EntryChange> listener) {
        return feed(feed -> feed.subscribeRaw(listener));
    }

    /** What all who subscribe to these records by way of the transport in use share. */
    private <R> R feed(Function<RecordFeed<T>, R> subscribe) {
        Transport transport = store.transport();
        return transport.feeds().use(transport, schema, reader, subscribe);
    }
}
