package dev.varve.api;

import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongConsumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The storage contract of entries: stores, each a tree of paths and values with one order of changes.
 *
 * <pre>{@code
 * storage.get("acme/reading", EntryPath.of("links", "dust", "title"))
 *         .thenAccept(entry -> System.out.println(entry.map(Entry::value)))
 *         .join();
 * Store store = Store.over(storage, "acme/reading"); // the same for programs that wait
 * }</pre>
 *
 * <h2>Contract</h2>
 *
 * <ul>
 *   <li><b>Order.</b> Every change of a store gets the next sequence number: 1, 2, 3 and so on, without gap. It becomes
 *       the revision of all entries that it wrote.
 *   <li><b>Durability.</b> A result of a write means that it survives a crash, as far as the implementation survives
 *       crashes at all. Reads, events and listeners only ever show durable data.
 *   <li><b>Atomicity.</b> All changes of one write become visible and durable together or not at all.
 *   <li><b>Revision of a subtree.</b> That of the last change which wrote or removed something at its path or below it. A
 *       delete that found nothing does not count.
 *   <li><b>Refusals</b> are results and change nothing, and are not given before what they rest on is durable.
 *   <li><b>Unknown stores.</b> The future completes with a {@link VarveException} of kind {@link ErrorKind#NOT_FOUND};
 *       with other kinds as those say.
 *   <li><b>Completion.</b> Futures complete on threads of the storage, possibly event loops: dependent actions must
 *       not block.
 * </ul>
 *
 * <p>Thread-safe.
 */
public interface EntryStorage {

    /**
     * Creates a store.
     *
     * @param name the full name, as {@link StoreInfo#NAME} allows
     * @return the new store; fails with {@link ErrorKind#ALREADY_EXISTS} when the name is taken, {@link
     *     ErrorKind#INVALID_PARAMS} when it is none, and with a {@link LimitExceededException} when the organisation has as many
     *     stores as it may
     */
    CompletableFuture<StoreInfo> createStore(String name);

    /**
     * Copies a store as it is at one moment, with its history: entries with their revisions, times to live, the changes that
     * are kept with their numbers, and references to files, but no events. The copy goes on from the same sequence number; from then on the
     * two have nothing to do with each other. Nobody sees the copy before it is whole and durable. Until then
     * its name is taken, and writes to it fail with {@link ErrorKind#OVERLOADED}. The copy of an archived store takes writes.
     *
     * @param name the full name of the store that is copied
     * @param newName the full name of the copy, in the same organisation
     * @return the copy; fails with {@link ErrorKind#NOT_FOUND} when there is no such store, {@link ErrorKind#ALREADY_EXISTS}
     *     when the new name is taken, {@link ErrorKind#INVALID_PARAMS} when it is none or of another organisation, {@link
     *     ErrorKind#OVERLOADED} when too many stores are being copied, and with a {@link LimitExceededException} when the
     *     organisation has as many stores as it may, or the store holds more than one may; all of these have changed nothing. {@link
     *     ErrorKind#OUTCOME_UNKNOWN} means that it may be made later
     */
    CompletableFuture<StoreInfo> cloneStore(String name, String newName);

    /**
     * Has a store take no writes any more; it can still be read. Archiving one that is archived changes nothing.
     *
     * @param name the full name
     * @return the store as it is then
     */
    CompletableFuture<StoreInfo> archiveStore(String name);

    /**
     * Deletes a store with all it holds. Its name is free again.
     *
     * @param name the full name
     * @return the store as it was
     */
    CompletableFuture<StoreInfo> deleteStore(String name);

    /**
     * Looks a store up, in memory.
     *
     * @param name the full name
     * @return what is known of it, or nothing
     */
    Optional<StoreInfo> store(String name);

    /**
     * Looks a store up, in memory.
     *
     * @param id its id
     * @return what is known of it, or nothing
     */
    Optional<StoreInfo> store(UUID id);

    /**
     * All stores of an organisation, in the order of their names.
     *
     * @param organisation the organisation; null for all stores
     * @return what is known of them
     */
    List<StoreInfo> stores(@Nullable String organisation);

    /**
     * Estimates how much space a store takes, without the files that entries refer to: its entries and what is kept of its
     * history, on disk as compressed as they are there, and in memory what has changed since they were last written there.
     * What is being written there just now may count twice.
     *
     * @param name the full name of the store
     * @return bytes, about; fails with {@link ErrorKind#NOT_SUPPORTED} when the storage cannot tell
     */
    default CompletableFuture<Long> sizeBytes(String name) {
        return CompletableFuture.failedFuture(VarveException.notSupported("the sizes of stores"));
    }

    /**
     * Makes changes.
     *
     * @param write the changes
     * @return written or refused; fails with {@link ErrorKind#NOT_FOUND} when there is no such store and it is not to be
     *     created, {@link ErrorKind#TOO_LARGE} when the values of the write take more than {@link #MAX_WRITE_BYTES}, and with a
     *     {@link LimitExceededException} when after it the store would hold more than before and more than it may, or when it
     *     would create a store too many; nothing was changed then
     */
    CompletableFuture<EntryWriteResult> write(EntryWrite write);

    /** The most bytes that the values of one write take, inclusive, each nested value and object with its whole path. */
    int MAX_WRITE_BYTES = 8 << 20;

    /**
     * Reads what stands at a path: the entry at exactly this path, else all entries below it as one object, whose revision
     * is the subtree's.
     *
     * @param store the full name of the store
     * @param path the path
     * @return the entry, or nothing; fails with {@link ErrorKind#TOO_LARGE} when more than {@link #MAX_ASSEMBLED} entries
     *     stand below the path, or {@link #MAX_ASSEMBLED_BYTES}
     */
    CompletableFuture<Optional<Entry>> get(String store, EntryPath path);

    /** A page of entries or changes that would take more bytes than this ends earlier, but holds one at least. */
    int MAX_PAGE_BYTES = 1 << 20;

    /**
     * A page of entries ends earlier where about so many have been passed over that its pattern does not mean, and may then be
     * empty although more follow.
     */
    int MAX_PAGE_ROWS = 10_000;

    /** The most entries that are read as one object, inclusive. */
    int MAX_ASSEMBLED = 100_000;

    /** The most bytes of entries that are read as one object, or by {@link #getMany}, inclusive. */
    long MAX_ASSEMBLED_BYTES = 32 << 20;

    /**
     * Reads several entries as of one moment. Paths with nothing at exactly this path are left out.
     *
     * @param store the full name of the store
     * @param paths at most {@link EntryQuery#MAX_LIMIT}
     * @return what is there, in the order of the paths, each path once; fails with {@link ErrorKind#TOO_LARGE} when that is
     *     more than {@link #MAX_ASSEMBLED_BYTES}
     */
    CompletableFuture<List<Entry>> getMany(String store, List<EntryPath> paths);

    /**
     * Lists entries in the order of their paths.
     *
     * @param query which
     * @return a page, as of one moment
     */
    CompletableFuture<EntryPage> list(EntryQuery query);

    /**
     * Reads committed changes.
     *
     * @param store the full name of the store
     * @param after the sequence number after which to begin, exclusive
     * @param limit how many at most, 1 to {@link EntryQuery#MAX_LIMIT}
     * @return the changes; fails with {@link ErrorKind#COMPACTED} when those after {@code after} are not kept any more
     */
    CompletableFuture<EntryEventPage> events(String store, long after, int limit);

    /**
     * Tells of changes from now on.
     *
     * @param store the full name of the store
     * @param listener called with the sequence number of the last durable change, never a smaller one than before; several
     *     changes may be told at once; {@link Long#MAX_VALUE} once when the store is archived or deleted. Called on a thread
     *     of the storage: must return at once, must not block and must not throw
     * @return ends it
     * @throws VarveException {@link ErrorKind#NOT_FOUND} when there is no such store
     */
    Subscription subscribe(String store, LongConsumer listener);

    // ---- files

    /**
     * Begins to store a file for the organisation of a store.
     *
     * @param store the full name of the store, existing or not
     * @param maxBytes how many bytes it may have, inclusive
     * @return takes the bytes
     * @throws VarveException {@link ErrorKind#NOT_SUPPORTED} when the storage keeps no files, {@link
     *     ErrorKind#INVALID_PARAMS} when that is no name of a store
     */
    default FileUpload upload(String store, long maxBytes) {
        throw noFiles();
    }

    /**
     * Opens a file that an entry of a store refers to, or referred to at a moment of which history is kept.
     *
     * @param hash the hash, as references have it
     * @param reachable in which stores the caller may look
     * @return the bytes, to be closed; fails with {@link ErrorKind#FORBIDDEN} when no reachable store refers to such a file,
     *     whether or not there is one, {@link ErrorKind#NOT_FOUND} when the bytes are gone, {@link ErrorKind#CORRUPT} when
     *     they are damaged as a whole
     */
    default CompletableFuture<FileContent> file(String hash, Predicate<StoreInfo> reachable) {
        return CompletableFuture.failedFuture(noFiles());
    }

    private static VarveException noFiles() {
        return VarveException.notSupported("files");
    }

    // ---- history

    /**
     * Reads what stood at a path right after a change, as {@link #get} reads what stands there now.
     *
     * @param store the full name of the store
     * @param path the path
     * @param atSeq the sequence number of the change, 0 for before the first
     * @return the entry with the revision it had, or nothing; fails with {@link ErrorKind#COMPACTED} when that is not kept any
     *     more, {@link ErrorKind#INVALID_PARAMS} when there is no such change yet, {@link ErrorKind#NOT_SUPPORTED} when the
     *     storage keeps no history
     */
    default CompletableFuture<Optional<Entry>> getAt(String store, EntryPath path, long atSeq) {
        return noHistory();
    }

    /**
     * Lists entries as they stood right after a change, in ascending order of their paths.
     *
     * @param query which
     * @param atSeq the sequence number of the change, 0 for before the first
     * @return a page whose {@code storeSeq} is {@code atSeq}; fails as {@link #getAt}
     */
    default CompletableFuture<EntryPage> listAt(EntryQuery query, long atSeq) {
        return noHistory();
    }

    /**
     * Compares two moments.
     *
     * @param store the full name of the store
     * @param fromSeq the change right after which the first moment was
     * @param toSeq the change right after which the second moment was, at least {@code fromSeq}
     * @return entries that differ, in the order of their paths; fails as {@link #getAt}, and with {@link
     *     ErrorKind#TOO_LARGE} when more than {@link #MAX_ASSEMBLED} differ
     */
    default CompletableFuture<List<EntryDifference>> diff(String store, long fromSeq, long toSeq) {
        return noHistory();
    }

    /**
     * Has everything stand again as it did right after a change, by new changes. At one path that is one atomic write; for a
     * whole store it is several of up to {@link EntryWrite#MAX_OPS} changes, between which others may write.
     *
     * @param store the full name of the store
     * @param path at and below which to roll back; null for the whole store
     * @param toSeq the sequence number of the change, 0 for before the first
     * @param deviceId who writes, for events and the log
     * @return what was done; fails as {@link #getAt}, and as {@link #write}
     */
    default CompletableFuture<RollbackResult> rollback(
            String store, @Nullable EntryPath path, long toSeq, String deviceId) {
        return noHistory();
    }

    /**
     * Lets go of history.
     *
     * @param store the full name of the store
     * @param throughSeq the changes up to this one, and what stood before it, are not kept
     * @return the sequence number up to which nothing is kept: this one, or a later one if that was so already
     */
    default CompletableFuture<Long> compact(String store, long throughSeq) {
        return noHistory();
    }

    private static <T> CompletableFuture<T> noHistory() {
        return CompletableFuture.failedFuture(VarveException.notSupported("the history of entries"));
    }
}
