package dev.varve.api;

import java.util.UUID;

/**
 * Changes of one store over entries, records, events and streams that are made together or not at all.
 *
 * <pre>{@code
 * AggregateId order = new AggregateId("order", "4711");
 * String outgoing = store.name() + "/outgoing";
 * varve.streams().create(outgoing, StreamConfig.of("application/json"));
 * TransactionResult.Committed placed = store.transaction()
 *         .check(order, ExpectedVersion.noStream())
 *         .event(order, NewEvent.json("OrderPlaced", "{\"total\": 12}"))
 *         .set(EntryPath.of("orders", order.id(), "state"), EntryValue.of("placed"))
 *         .append(outgoing, "application/json", "{\"mail\": \"thanks\"}".getBytes(UTF_8))
 *         .key("place-" + order.id()) // sent again it is not made again
 *         .commit();
 * System.out.println("is commit " + placed.number());
 * }</pre>
 *
 * <p>{@link Transaction} says what the parts see of each other, {@link TransactionStorage} what is promised. Committed once, whatever
 * comes of it. Not thread-safe.
 */
public final class StoreTransaction {

    private final Store store;
    private final TransactionStorage storage;
    private final Transaction.Builder parts;
    private boolean committed;

    private StoreTransaction(Store store) {
        this.store = store;
        this.storage = store.transactions();
        this.parts = Transaction.builder().deviceId("java:" + UUID.randomUUID());
    }

    /**
     * A transaction of a store.
     *
     * @param store the store, existing or not
     * @return an empty transaction
     * @throws VarveException {@link ErrorKind#NOT_SUPPORTED} when the store offers none
     */
    public static StoreTransaction over(Store store) {
        return new StoreTransaction(store);
    }

    // ---- entries

    /**
     * Sets a value.
     *
     * @param path where
     * @param value the value
     * @return this
     */
    public StoreTransaction set(EntryPath path, EntryValue value) {
        return entry(EntryOp.set(path, value));
    }

    /**
     * Deletes a subtree.
     *
     * @param path where
     * @return this
     */
    public StoreTransaction delete(EntryPath path) {
        return entry(EntryOp.delete(path));
    }

    /**
     * Any change of an entry, or a check of one.
     *
     * @param op the change
     * @return this
     */
    public StoreTransaction entry(EntryOp op) {
        return part(new Transaction.Entry(op));
    }

    // ---- records

    /**
     * Inserts a record.
     *
     * @param <T> the type of the record
     * @param repository where the record belongs, of this store
     * @param value the record
     * @param condition what must hold
     * @return this
     * @throws InvalidRecordException as {@link Batch#insert(Repository, Record, Precondition)}
     * @throws IllegalArgumentException as {@link Batch#insert(Repository, Record, Precondition)}, but for the number of changes
     */
    public <T extends Record> StoreTransaction insert(Repository<T> repository, T value, Precondition condition) {
        return record(own(repository).changes().insert(value, condition));
    }

    /**
     * Updates a record. One that changes nothing adds nothing.
     *
     * @param <T> the type of the record
     * @param repository where the record belongs, of this store
     * @param before the record as it was
     * @param after the record as it should be
     * @param condition what must hold
     * @return this
     * @throws InvalidRecordException as {@link Batch#update(Repository, Record, Record, Precondition)}
     * @throws IllegalArgumentException as {@link Batch#update(Repository, Record, Record, Precondition)}, but for the number of changes
     */
    public <T extends Record> StoreTransaction update(
            Repository<T> repository, T before, T after, Precondition condition) {
        return record(own(repository).changes().update(before, after, condition));
    }

    /**
     * Deletes a record.
     *
     * @param repository where the record belongs, of this store
     * @param key its key
     * @param condition what must hold
     * @return this
     * @throws IllegalArgumentException as {@link Batch#delete(Repository, String, Precondition)}, but for the number of changes
     */
    public StoreTransaction delete(Repository<?> repository, String key, Precondition condition) {
        return record(own(repository).changes().delete(key, condition));
    }

    private <T extends Record> EntryRepository<T> own(Repository<T> repository) {
        EntryRepository<T> own = (EntryRepository<T>) repository;
        if (!own.store().equals(store)) {
            throw new IllegalArgumentException(
                    "the repository is of another store than the transaction; a transaction is of one store");
        }
        return own;
    }

    private StoreTransaction record(RecordChange change) {
        change.ops().forEach(this::entry);
        return this;
    }

    // ---- events

    /**
     * Appends an event.
     *
     * @param aggregate which aggregate it belongs to
     * @param event the event
     * @return this
     */
    public StoreTransaction event(AggregateId aggregate, NewEvent event) {
        return part(new Transaction.Event(aggregate, event));
    }

    /**
     * Appends an event of no aggregate.
     *
     * @param event the event
     * @return this
     */
    public StoreTransaction event(NewEvent event) {
        return part(new Transaction.Event(null, event));
    }

    /**
     * Checks the version of an aggregate.
     *
     * @param aggregate of which aggregate, written by this transaction or not
     * @param expected what its version must be
     * @return this
     */
    public StoreTransaction check(AggregateId aggregate, ExpectedVersion expected) {
        return part(new Transaction.Check(aggregate, expected));
    }

    /**
     * Sets the condition.
     *
     * @param condition what must not have happened
     * @return this
     */
    public StoreTransaction condition(AppendCondition condition) {
        return part(new Transaction.Condition(condition));
    }

    /**
     * Notes where in another log this comes from.
     *
     * @param source names the reader of the other log
     * @param position how far it has come
     * @return this
     * @throws VarveException as {@link EventAppend.Tracking} says
     */
    public StoreTransaction tracking(String source, long position) {
        return part(new Transaction.Tracking(new EventAppend.Tracking(source, position)));
    }

    // ---- streams

    /**
     * Appends to a stream that exists.
     *
     * @param path its whole path, which begins with the full name of the store and a slash
     * @param contentType the body's content type
     * @param body the data; must not change until the transaction is committed
     * @return this
     */
    public StoreTransaction append(String path, String contentType, byte[] body) {
        return append(AppendRequest.of(path, contentType, body));
    }

    /**
     * Appends to a stream that exists, closes it, or both.
     *
     * @param request what to append; its path begins with the full name of the store and a slash
     * @return this
     */
    public StoreTransaction append(AppendRequest request) {
        return part(new Transaction.Append(request));
    }

    // ---- the whole

    /**
     * Names the transaction, so that one that comes again is not made again.
     *
     * @param key its key, the same when it is tried again
     * @return this
     */
    public StoreTransaction key(String key) {
        requireOpen();
        parts.key(key);
        return this;
    }

    private StoreTransaction part(Transaction.Part part) {
        requireOpen();
        parts.part(part);
        return this;
    }

    private void requireOpen() {
        if (committed) {
            throw new IllegalStateException("the transaction was committed; begin another");
        }
    }

    /**
     * Makes all changes in one atomic step, or none. They are durable when the method returns.
     *
     * @return what became of them
     * @throws IllegalStateException when the transaction was committed before; nothing was sent
     * @throws TransactionRefusedException when something stands in the way; nothing was changed
     * @throws VarveException as {@link Transaction} and {@link TransactionStorage#commit} say; the kind says whether the changes may have
     *     been made
     */
    public TransactionResult.Committed commit() {
        TransactionResult result = tryCommit();
        if (result instanceof TransactionResult.Refused refused) {
            throw new TransactionRefusedException(refused);
        }
        return (TransactionResult.Committed) result;
    }

    /**
     * Makes all changes in one atomic step, or none, as {@link #commit}, and tells of what stands in the way by what it returns.
     *
     * @return what became of them
     * @throws IllegalStateException as {@link #commit}
     * @throws VarveException as {@link #commit}
     */
    public TransactionResult tryCommit() {
        requireOpen();
        Transaction transaction = parts.build();
        committed = true;
        return StorageStreams.await(storage.commit(store.name(), transaction));
    }
}
