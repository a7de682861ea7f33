package dev.varve.api;

import java.util.Optional;

/** One store: its own entries with one order of changes. Thread-safe. */
public interface Store {

    /**
     * A store of a storage, existing or not.
     *
     * @param storage the storage
     * @param name the full name of the store
     * @return the store
     */
    static Store over(EntryStorage storage, String name) {
        return new StorageStore(storage, name);
    }

    /**
     * The full name.
     *
     * @return {@code organisation/name}
     */
    String name();

    /**
     * What is known of the store.
     *
     * @return the store's id, state, sequence number and how much it holds, or nothing when it does not exist; from memory
     */
    Optional<StoreInfo> info();

    /**
     * Estimates how much space the store takes, without the files that entries refer to; see {@link EntryStorage#sizeBytes}.
     * May wait for the disk.
     *
     * @return bytes, about
     * @throws VarveException {@link ErrorKind#NOT_FOUND} when it does not exist
     */
    long sizeBytes();

    /**
     * Creates the store; its first write does so, too.
     *
     * @return the new store
     * @throws VarveException {@link ErrorKind#ALREADY_EXISTS} when the name is taken, {@link ErrorKind#INVALID_REQUEST} when
     *     it is none, {@link ErrorKind#LIMIT_EXCEEDED} when there are as many as may be; nothing was changed
     */
    StoreInfo create();

    /**
     * Copies the store as it is at one moment, with its history. It can be written to meanwhile; nobody sees the copy before it
     * is whole and durable.
     *
     * @param newName the full name of the copy, in the same organisation
     * @return the copy
     * @throws VarveException as {@link EntryStorage#cloneStore} says
     */
    StoreInfo copyTo(String newName);

    /**
     * Has the store take no writes any more; it can still be read. Archiving one that is archived changes nothing.
     *
     * @return the store as it is then
     * @throws VarveException {@link ErrorKind#NOT_FOUND} when there is no such store
     */
    StoreInfo archive();

    /**
     * Deletes the store with all it holds. Its name is free again.
     *
     * @return the store as it was
     * @throws VarveException {@link ErrorKind#NOT_FOUND} when there is no such store
     */
    StoreInfo delete();

    /**
     * The entries. The first write creates the store.
     *
     * @return the same object at every call
     */
    Entries entries();

    /**
     * The records of a type, kept among the entries as its {@link Schema} says. Worth keeping: making one looks at the type.
     *
     * @param <T> the type
     * @param type a record with {@link Schema}
     * @return the repository; nothing is asked of the store, which need not exist
     * @throws IllegalArgumentException when records of this type cannot be kept; the message says why and what to do
     */
    default <T extends Record> Repository<T> repository(Class<T> type) {
        return Repository.over(entries(), type);
    }

    /**
     * Several changes of records that are made together or not at all.
     *
     * @return an empty batch
     */
    default Batch batch() {
        return Batch.over(entries());
    }
}
