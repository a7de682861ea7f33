package dev.varve.api;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/** {@link Repository} over entries. Thread-safe. */
final class EntryRepository<T extends Record> implements Repository<T> {

    private final Entries entries;
    private final RecordSchema<T> schema;
    private final RecordReader<T> reader;
    private final RecordChanges<T> changes;
    private final RecordWriter writer;

    EntryRepository(Entries entries, Class<T> type) {
        this.entries = entries;
        this.schema = RecordSchema.of(type);
        if (schema.fieldNames().isEmpty()) {
            throw new IllegalArgumentException(
                    type.getName() + " has no fields besides its key, so that nothing would be stored; give it one");
        }
        this.reader = new RecordReader<>(entries, schema);
        this.changes = new RecordChanges<>(schema);
        this.writer = new RecordWriter(entries);
    }

    Entries entries() {
        return entries;
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
        return reader.entry(key).map(entry -> reader.required(key, entry));
    }

    @Override
    public T get(String key) {
        return reader.required(key, entry(key));
    }

    private Entry entry(String key) {
        return reader.entry(key)
                .orElseThrow(() -> new VarveException(
                        ErrorKind.NOT_FOUND,
                        "there is no " + schema.name() + " \"" + key + "\" at " + schema.path(key)));
    }

    @Override
    public Optional<StoredRecord<T>> findRecord(String key) {
        return reader.stored(key);
    }

    @Override
    public boolean exists(String key) {
        return reader.entry(key).filter(RecordReader::isRecord).isPresent();
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
    public RecordReceipt update(T before, T after, Precondition condition) {
        return writer.write(changes.update(before, after, condition));
    }

    @Override
    public UpdatedRecord<T> update(String key, UnaryOperator<T> change) {
        for (int attempt = 1; ; attempt++) {
            Entry found = entry(key);
            T before = reader.required(key, found);
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
}
