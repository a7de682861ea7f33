package dev.varve.api;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Changes of records, of one type or of several, that are made together or not at all.
 *
 * <pre>{@code
 * BatchResult done = store.batch()
 *         .insert(links, new Link("dust", "Dust"), Precondition.ifAbsent())
 *         .update(people, before, after)
 *         .delete(links, "stale")
 *         .commit();
 * }</pre>
 *
 * <p>A change is checked when it is added; what is wrong with it is thrown there, the batch stays as it was, and nothing is sent
 * before {@link #commit}. Only changesets that are not valid are told of by the commit, all at once. Each change sees the
 * effects of those before it, its precondition too. A batch is committed once, whatever comes of it. Not thread-safe.
 */
public final class Batch {

    private final Store store;
    private final List<RecordChange> changes = new ArrayList<>();

    /** Changesets that cannot be written, by their indexes; what stands for them among the changes is empty. */
    private final Map<Integer, SaveResult.Invalid<?>> invalid = new HashMap<>();

    private int ops;
    private boolean committed;

    private Batch(Store store) {
        this.store = store;
    }

    /**
     * A batch of changes of the records of a store.
     *
     * @param store the store
     * @return an empty batch
     */
    public static Batch over(Store store) {
        return new Batch(store);
    }

    /**
     * Adds an insert as {@link Repository#insert(Record)}.
     *
     * @param <T> the type of the record
     * @param repository where the record belongs, of the batch's store
     * @param value the record
     * @return this batch
     * @throws InvalidRecordException when the record lacks its key or a field that it must have
     * @throws IllegalArgumentException when a value cannot be stored, as NaN, the repository is of another store, or the
     *     batch would need more than {@link EntryWrite#MAX_OPS} changes of entries
     * @throws IllegalStateException when the batch was committed
     */
    public <T extends Record> Batch insert(Repository<T> repository, T value) {
        return insert(repository, value, Precondition.any());
    }

    /**
     * Adds an insert as {@link Repository#insert(Record, Precondition)}.
     *
     * @param <T> the type of the record
     * @param repository where the record belongs, of the batch's store
     * @param value the record
     * @param condition what must hold
     * @return this batch
     * @throws InvalidRecordException as {@link #insert(Repository, Record)}
     * @throws IllegalArgumentException as {@link #insert(Repository, Record)}, and when the condition is none for this write
     * @throws IllegalStateException when the batch was committed
     */
    public <T extends Record> Batch insert(Repository<T> repository, T value, Precondition condition) {
        return add(own(repository).changes().insert(value, condition));
    }

    /**
     * Adds an update as {@link Repository#update(Record, Record)}. One that changes nothing is there in the result and not
     * written.
     *
     * @param <T> the type of the record
     * @param repository where the record belongs, of the batch's store
     * @param before the record as it was
     * @param after the record as it should be
     * @return this batch
     * @throws InvalidRecordException as {@link #insert(Repository, Record)}
     * @throws IllegalArgumentException as {@link #insert(Repository, Record)}, and when the keys differ
     * @throws IllegalStateException when the batch was committed
     */
    public <T extends Record> Batch update(Repository<T> repository, T before, T after) {
        return update(repository, before, after, Precondition.any());
    }

    /**
     * Adds an update as {@link Repository#update(Record, Record, Precondition)}.
     *
     * @param <T> the type of the record
     * @param repository where the record belongs, of the batch's store
     * @param before the record as it was
     * @param after the record as it should be
     * @param condition what must hold
     * @return this batch
     * @throws InvalidRecordException as {@link #insert(Repository, Record)}
     * @throws IllegalArgumentException as {@link #update(Repository, Record, Record)}, and when the condition is none for this
     *     write
     * @throws IllegalStateException when the batch was committed
     */
    public <T extends Record> Batch update(Repository<T> repository, T before, T after, Precondition condition) {
        return add(own(repository).changes().update(before, after, condition));
    }

    /**
     * Adds a changeset as {@link Repository#save(Changeset)}. One that is not valid is kept until {@link #tryCommit} or {@link
     * #commit} tells of it.
     *
     * @param <T> the type of the record
     * @param repository where the record belongs, of the batch's store
     * @param changeset what to change
     * @return this batch
     * @throws IllegalArgumentException as {@link #insert(Repository, Record)}
     * @throws IllegalStateException when the batch was committed
     */
    public <T extends Record> Batch save(Repository<T> repository, Changeset<T> changeset) {
        return save(repository, changeset, Precondition.any());
    }

    /**
     * Adds a changeset as {@link Repository#save(Changeset, Precondition)}. One that is not valid is kept until {@link
     * #tryCommit} or {@link #commit} tells of it.
     *
     * @param <T> the type of the record
     * @param repository where the record belongs, of the batch's store
     * @param changeset what to change
     * @param condition what must hold
     * @return this batch
     * @throws IllegalArgumentException as {@link #insert(Repository, Record)}, and when the condition is none for this write
     * @throws IllegalStateException when the batch was committed
     */
    public <T extends Record> Batch save(Repository<T> repository, Changeset<T> changeset, Precondition condition) {
        RecordChanges<T> own = own(repository).changes();
        Changeset.Checked<T> checked = changeset.checked();
        SaveResult.Invalid<T> wrong = checked.invalid();
        if (wrong == null) {
            return add(own.save(changeset, checked.valid(), condition));
        }
        invalid.put(changes.size(), wrong);
        return add(own.none());
    }

    /**
     * Adds a delete as {@link Repository#delete(String)}.
     *
     * @param repository where the record belongs, of the batch's store
     * @param key its key
     * @return this batch
     * @throws IllegalArgumentException when the key is none, the repository is of another store, or the batch would need more
     *     than {@link EntryWrite#MAX_OPS} changes of entries
     * @throws IllegalStateException when the batch was committed
     */
    public Batch delete(Repository<?> repository, String key) {
        return delete(repository, key, Precondition.any());
    }

    /**
     * Adds a delete as {@link Repository#delete(String, Precondition)}.
     *
     * @param repository where the record belongs, of the batch's store
     * @param key its key
     * @param condition what must hold
     * @return this batch
     * @throws IllegalArgumentException as {@link #delete(Repository, String)}, and when the condition is none for this write
     * @throws IllegalStateException when the batch was committed
     */
    public Batch delete(Repository<?> repository, String key, Precondition condition) {
        return add(own(repository).changes().delete(key, condition));
    }

    private <T extends Record> EntryRepository<T> own(Repository<T> repository) {
        requireOpen();
        EntryRepository<T> own = (EntryRepository<T>) repository;
        if (!own.store().equals(store)) {
            throw new IllegalArgumentException(
                    "the repository is of another store than the batch; a batch is of one store, so begin another");
        }
        return own;
    }

    private Batch add(RecordChange change) {
        if (ops + change.ops().size() > EntryWrite.MAX_OPS) {
            throw new IllegalArgumentException("a batch takes at most " + EntryWrite.MAX_OPS
                    + " changes of entries, and would need "
                    + (ops + change.ops().size())
                    + "; nothing was sent, commit it without this one and begin another");
        }
        ops += change.ops().size();
        changes.add(change);
        return this;
    }

    private void requireOpen() {
        if (committed) {
            throw new IllegalStateException("the batch was committed; begin another");
        }
    }

    /**
     * Makes all changes in one atomic step, or none. They are durable when the method returns.
     *
     * @return what became of each
     * @throws IllegalStateException when the batch is empty or was committed before; nothing was sent
     * @throws InvalidRecordException when a changeset is not valid, of the first that is not; nothing was sent
     * @throws EntryRefusedException when a precondition does not hold, or something cannot be stored; nothing was changed. Its
     *     refusal has the index of the change in this batch, and the path of the record or of one of its fields
     * @throws LimitExceededException when the store would hold more than it may; nothing was changed
     * @throws VarveException when the storage fails; the kind says whether the changes may have been made
     */
    public BatchResult commit() {
        return tryCommit().orElseThrow();
    }

    /**
     * Makes all changes in one atomic step, or none, as {@link #commit}, and tells of changesets that are not valid and of
     * preconditions that do not hold by what it returns.
     *
     * @return what became of the batch
     * @throws IllegalStateException as {@link #commit}
     * @throws EntryRefusedException when something cannot be stored; nothing was changed
     * @throws LimitExceededException as {@link #commit}
     * @throws VarveException as {@link #commit}
     */
    public CommitResult tryCommit() {
        requireOpen();
        if (changes.isEmpty()) {
            throw new IllegalStateException("the batch is empty; add a change, nothing was sent");
        }
        committed = true;
        if (!invalid.isEmpty()) {
            return new CommitResult.Invalid(invalid);
        }
        try {
            return new CommitResult.Committed(new RecordWriter(store).write(changes));
        } catch (EntryRefusedException e) {
            if (e.isConflict()) {
                return new CommitResult.Conflict(e.refusal());
            }
            throw e;
        }
    }
}
