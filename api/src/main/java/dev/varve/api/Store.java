package dev.varve.api;

import dev.varve.api.spi.Transport;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One store: its own entries and events, each with one order. Thread-safe.
 *
 * <pre>{@code
 * Store store = varve.store("acme/reading");
 * store.entries().set(EntryPath.of("greeting"), EntryValue.of("hello")); // creates the store
 * Store trial = varve.store(store.copyTo("acme/reading-on-trial").name());
 * trial.entries().delete(EntryPath.of("greeting")); // is there still in the other
 * trial.delete();
 * }</pre>
 */
public interface Store {

    /**
     * A store of a storage, existing or not.
     *
     * @param storage the storage
     * @param name the full name of the store
     * @return the store
     */
    static Store over(EntryStorage storage, String name) {
        return over(storage, null, name, new RecordFeeds());
    }

    /**
     * A store of two storages that know the same stores, existing or not, whose subscriptions share what those of other such
     * objects do.
     *
     * @param entries the storage of its entries
     * @param events the storage of its events, or null when there is none
     * @param name the full name of the store
     * @param feeds the same for all stores of the storage
     * @return the store
     */
    static Store over(EntryStorage entries, @Nullable EventStorage events, String name, RecordFeeds feeds) {
        return over(entries, events, null, name, feeds);
    }

    /**
     * A store of storages that know the same stores, existing or not, with transactions over them.
     *
     * @param entries the storage of its entries
     * @param events the storage of its events, or null when there is none
     * @param transactions commits over all of them, or null when nothing does
     * @param name the full name of the store
     * @param feeds the same for all stores of the storage
     * @return the store
     */
    static Store over(
            EntryStorage entries,
            @Nullable EventStorage events,
            @Nullable TransactionStorage transactions,
            String name,
            RecordFeeds feeds) {
        return new StorageStore(entries, events, transactions, name, feeds);
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
     * @throws VarveException {@link ErrorKind#ALREADY_EXISTS} when the name is taken, {@link ErrorKind#INVALID_PARAMS} when
     *     it is none, {@link ErrorKind#LIMIT_EXCEEDED} when there are as many as may be; nothing was changed
     */
    StoreInfo create();

    /**
     * Copies the store as it is at one moment, with its history, but without its events. It can be written to meanwhile; nobody sees the copy before it
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
     * The events. The first append creates the store.
     *
     * @return the same object at every call
     * @throws VarveException {@link ErrorKind#NOT_SUPPORTED} when this Varve offers no events
     */
    default EventStore events() {
        throw VarveException.notSupported("events");
    }

    /**
     * What commits over entries, events and streams at once.
     *
     * @return the same object at every call
     * @throws VarveException {@link ErrorKind#NOT_SUPPORTED} when this Varve offers no transactions
     */
    default TransactionStorage transactions() {
        throw VarveException.notSupported("transactions");
    }

    /**
     * Changes of entries, records, events and streams of this store that are made together or not at all.
     *
     * @return an empty transaction
     * @throws VarveException {@link ErrorKind#NOT_SUPPORTED} when this Varve offers no transactions
     */
    default StoreTransaction transaction() {
        return StoreTransaction.over(this);
    }

    /**
     * Reads commits: every one that changed entries, events or streams of the store, whether it was a {@link #transaction} or not, with all
     * that it changed.
     *
     * @param after the number of the commit after which to begin, exclusive; 0 for the first
     * @param limit how many at most, 1 to {@link EventRead#MAX_LIMIT}; a page ends earlier by bytes
     * @return the commits; empty when there are none yet
     * @throws VarveException as {@link TransactionStorage#commits} says; {@link ErrorKind#NOT_SUPPORTED} when this Varve offers none
     */
    default CommitPage commits(long after, int limit) {
        return StorageStreams.await(transactions().commits(name(), after, limit));
    }

    /**
     * Hands commits to a listener, on a thread of the subscription: all that are there, then all that come, each once and in order.
     *
     * @param after the number of the commit after which to begin, exclusive; 0 for the first
     * @param listener takes each commit; when it throws, that ends the subscription
     * @param ended told once when the subscription ends without having been closed, and why, as {@link
     *     TransactionStorage#followCommits} says
     * @return ends it
     * @throws VarveException {@link ErrorKind#NOT_SUPPORTED} when this Varve offers no commits
     */
    default Subscription followCommits(long after, Consumer<Commit> listener, Consumer<RuntimeException> ended) {
        return transactions().followCommits(name(), after, listener, ended);
    }

    /**
     * How records of this store are reached at this moment. Looked up anew for every call of a repository or a batch, so that one
     * that was made before {@link #live} uses it from then on, and the one before once it is closed.
     *
     * @return cheap; another one at another time
     */
    Transport transport();

    /**
     * Keeps a copy of a part of the store in step with it over a socket, for reads from memory and to be told of changes. From
     * now on repositories and batches of this store reach it so, whether they were made before or are made later, until it is
     * closed.
     *
     * @param options which part, and how
     * @return the copy, being filled; to be closed
     * @throws VarveException {@link ErrorKind#NOT_SUPPORTED} when this store is embedded, and so live as it is; {@link
     *     ErrorKind#ALREADY_EXISTS} when there is one for this store already. Of its file: {@link ErrorKind#INVALID_PARAMS}
     *     when it is of another store, {@link ErrorKind#UNAVAILABLE} when it is in use or cannot be read or written, {@link
     *     ErrorKind#OUT_OF_SPACE}, {@link ErrorKind#CORRUPT} when it is damaged, {@link ErrorKind#TOO_LARGE} when it has more
     *     entries than may be kept; it was not changed
     */
    default LiveSync live(LiveOptions options) {
        throw new VarveException(
                ErrorKind.NOT_SUPPORTED,
                "the store " + name() + " is embedded, and so live as it is: read and subscribe without more ado");
    }

    /**
     * The records of a type, kept among the entries as its {@link Schema} says. Worth keeping: making one looks at the type.
     *
     * @param <T> the type
     * @param type a record with {@link Schema}
     * @return the repository; nothing is asked of the store, which need not exist
     * @throws IllegalArgumentException when records of this type cannot be kept; the message says why and what to do
     */
    default <T extends Record> Repository<T> repository(Class<T> type) {
        return Repository.over(this, type);
    }

    /**
     * Several changes of records that are made together or not at all.
     *
     * @return an empty batch
     */
    default Batch batch() {
        return Batch.over(this);
    }
}
