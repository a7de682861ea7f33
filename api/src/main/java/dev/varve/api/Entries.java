package dev.varve.api;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The entries of one store, for programs that wait. Every method may be called from virtual threads.
 *
 * <pre>{@code
 * Entries entries = varve.store("acme/reading").entries();
 * EntryPath title = EntryPath.of("links", "dust", "title");
 * long revision = entries.set(title, EntryValue.of("Dust"));
 * entries.write(EntryOp.set(title, EntryValue.of("Dust, live")).ifMatch(revision));
 * }</pre>
 *
 * <p>A write is durable when its method returns. What is read is durable. Every method throws {@link VarveException} when
 * the storage fails; its kind says whether a write was applied. A write after which the store would hold more than it may throws a
 * {@link LimitExceededException} and changes nothing. Thread-safe.
 */
public interface Entries {

    /**
     * The entries of a store of a storage.
     *
     * @param storage the storage
     * @param store the full name of the store
     * @return the entries
     */
    static Entries over(EntryStorage storage, String store) {
        return new StorageEntries(storage, store);
    }

    /**
     * Makes changes, all or none, in one atomic step.
     *
     * @param ops 1 to {@link EntryWrite#MAX_OPS} changes; each sees the effects of those before it
     * @return written, or refused with nothing changed
     */
    EntryWriteResult write(List<EntryOp> ops);

    /**
     * Makes changes as {@link #write(List)}.
     *
     * @param ops the changes
     * @return what was written
     * @throws EntryRefusedException when a condition does not hold; nothing was changed
     */
    default EntryWriteResult.Written write(EntryOp... ops) {
        EntryWriteResult result = write(Arrays.asList(ops));
        if (result instanceof EntryWriteResult.Refused refused) {
            throw new EntryRefusedException(refused);
        }
        return (EntryWriteResult.Written) result;
    }

    /**
     * Replaces all at and below a path.
     *
     * @param path where
     * @param value the value; an object becomes one entry for each value nested in it
     * @return the path's revision now
     * @throws EntryRefusedException when a nested name is no segment of a path; nothing was changed
     */
    default long set(EntryPath path, EntryValue value) {
        return write(EntryOp.set(path, value)).storeSeq();
    }

    /**
     * Sets fields below a path and leaves others alone.
     *
     * @param path where
     * @param fields names and values
     * @return the path's revision now
     * @throws EntryRefusedException when a nested name is no segment of a path; nothing was changed
     */
    default long merge(EntryPath path, Map<String, EntryValue> fields) {
        return write(EntryOp.of(EntryOp.Kind.MERGE, path, new EntryValue.Fields(fields)))
                .storeSeq();
    }

    /**
     * Removes all at and below a path, if there is anything.
     *
     * @param path where
     * @return the sequence number of the delete
     */
    default long delete(EntryPath path) {
        return write(EntryOp.delete(path)).storeSeq();
    }

    /**
     * Adds to a counter.
     *
     * @param path where; a missing counter is 0
     * @param delta how much, negative to subtract
     * @return the total
     * @throws EntryRefusedException when something else than a whole number stands there, or the total does not fit;
     *     nothing was changed
     * @throws VarveException {@link ErrorKind#TIMEOUT} when the change was made, and what it came to could not be read over a
     *     network
     */
    default long increment(EntryPath path, long delta) {
        EntryValue total = total(EntryOp.Kind.INCREMENT, path, EntryValue.of(delta));
        if (total instanceof EntryValue.Whole whole) {
            return whole.value();
        }
        throw new VarveException(
                ErrorKind.INVALID_PARAMS, "the counter at " + path + " holds a fraction now: " + total);
    }

    /**
     * Puts a member in front of a set, unless it is in there.
     *
     * @param path where; a missing set is empty
     * @param member not null
     * @return all members, the newest first
     * @throws VarveException {@link ErrorKind#TIMEOUT} when the change was made, and what it came to could not be read over a
     *     network
     */
    default List<EntryValue> add(EntryPath path, EntryValue member) {
        return members(EntryOp.Kind.ADD, path, member);
    }

    /**
     * Takes a member out of a set, if it is in there.
     *
     * @param path where; a missing set becomes an empty one
     * @param member not null
     * @return the members that are left, the newest first
     * @throws VarveException {@link ErrorKind#TIMEOUT} when the change was made, and what it came to could not be read over a
     *     network
     */
    default List<EntryValue> remove(EntryPath path, EntryValue member) {
        return members(EntryOp.Kind.REMOVE, path, member);
    }

    private List<EntryValue> members(EntryOp.Kind kind, EntryPath path, EntryValue member) {
        return total(kind, path, member) instanceof EntryValue.Items items ? items.items() : List.of();
    }

    /** Makes one change of a counter or a set and tells what it came to. */
    private EntryValue total(EntryOp.Kind kind, EntryPath path, EntryValue value) {
        return ChangeTotal.of(write(List.of(EntryOp.of(kind, path, value))));
    }

    /**
     * Stores a file and has an entry refer to it, in place of all at and below the path. The bytes are durable before the entry
     * is.
     *
     * @param path where
     * @param content the bytes, read to the end and not closed; may be of any length
     * @param contentType the media type; null for none
     * @param filename a name for people; null for none
     * @return the entry; {@link FileReference#of} tells the hash
     * @throws IOException when the content cannot be read; nothing was changed
     * @throws EntryRefusedException when the store takes no more; nothing was changed
     */
    Entry putFile(EntryPath path, InputStream content, @Nullable String contentType, @Nullable String filename)
            throws IOException;

    /**
     * Stores bytes as {@link #putFile(EntryPath, InputStream, String, String)}.
     *
     * @param path where
     * @param content the bytes
     * @param contentType the media type; null for none
     * @param filename a name for people; null for none
     * @return the entry
     */
    default Entry putFile(EntryPath path, byte[] content, @Nullable String contentType, @Nullable String filename) {
        try {
            return putFile(path, new ByteArrayInputStream(content), contentType, filename);
        } catch (IOException e) {
            throw new IllegalStateException("bytes in memory can be read", e);
        }
    }

    /**
     * Opens the file that the entry at a path refers to.
     *
     * @param path where
     * @return the bytes, checked as they are read, to be closed; nothing when no file stands there. Reading throws {@link
     *     VarveException} of kind {@link ErrorKind#CORRUPT} rather than give wrong bytes
     */
    Optional<InputStream> openFile(EntryPath path);

    /**
     * Reads what stands at a path: the entry at exactly this path, else all below it as one object.
     *
     * @param path where
     * @return the entry, or nothing
     */
    Optional<Entry> get(EntryPath path);

    /**
     * Reads several entries as of one moment.
     *
     * @param paths at most {@link EntryQuery#MAX_LIMIT}
     * @return those that have an entry at exactly this path
     */
    Map<EntryPath, Entry> getAll(Collection<EntryPath> paths);

    /**
     * Goes through entries in the order of their paths, page by page. Each page is of one moment, and of a later one than the
     * page before.
     *
     * @param pattern what the paths match
     * @return the entries, read as they are asked for
     */
    Stream<Entry> list(EntryPattern pattern);

    /**
     * Goes through a range of entries as {@link #list} does.
     *
     * @param from the first path, inclusive
     * @param to the last path, exclusive, in the order of the bytes of written paths
     * @return the entries, read as they are asked for
     */
    Stream<Entry> range(EntryPath from, EntryPath to);

    /**
     * Reads one page.
     *
     * @param pattern what the paths match
     * @param after the path after which to go on, exclusive; null to begin
     * @param limit 1 to {@link EntryQuery#MAX_LIMIT}
     * @return the entries
     */
    EntryPage page(EntryPattern pattern, @Nullable EntryPath after, int limit);

    /**
     * Follows changes: those after a sequence number first, then new ones as they come, each once and in order, on a thread of
     * its own. Creates the store if it does not exist. Changes are read when the listener is ready for them, so a slow one holds up nobody and no memory.
     *
     * @param pattern what the path of a change matches
     * @param after the sequence number after which to begin; {@link #NOW} for new changes only
     * @param listener called with one change after the other; may block; what it throws is logged, and it goes on
     * @param ended called at most once: with {@link ErrorKind#COMPACTED} when the next change is not kept any more, {@link
     *     ErrorKind#NOT_FOUND} when the store is gone, or another failure; never after the subscription was closed
     * @return ends it
     */
    default Subscription follow(
            EntryPattern pattern, long after, Consumer<? super EntryEvent> listener, Consumer<VarveException> ended) {
        SingleChanges changes = new SingleChanges(pattern, listener);
        Subscription writes = followWrites(EntryPattern.ALL, after, changes, ended);
        return () -> {
            changes.close();
            writes.close();
        };
    }

    /**
     * Follows writes as {@link #follow} follows changes: all changes of one write that concern a pattern at once, and those above
     * its paths, too, which replace or remove what stands there.
     *
     * @param pattern what the path of a change matches, or may be continued to match
     * @param after the sequence number after which to begin, which lies between two writes; {@link #NOW} for new writes only
     * @param listener called with the changes of one write after the other, never with none; may block; what it throws is
     *     logged, and it goes on
     * @param ended called as by {@link #follow}
     * @return ends it
     */
    Subscription followWrites(
            EntryPattern pattern,
            long after,
            Consumer<? super List<EntryEvent>> listener,
            Consumer<VarveException> ended);

    // ---- history

    /**
     * Reads what stood at a path right after a change, as {@link #get} reads what stands there now.
     *
     * @param path where
     * @param storeSeq the sequence number of the change; 0 for before the first
     * @return the entry with the revision that it had, or nothing
     * @throws VarveException {@link ErrorKind#COMPACTED} when that is not kept any more, {@link ErrorKind#INVALID_PARAMS}
     *     when there is no such change yet, {@link ErrorKind#NOT_FOUND} when there is no such store
     */
    Optional<Entry> getAt(EntryPath path, long storeSeq);

    /**
     * Goes through entries as they stood right after a change, in the order of their paths, all of one moment.
     *
     * @param pattern what the paths match
     * @param storeSeq the sequence number of the change; 0 for before the first
     * @return the entries with the revisions that they had, read as they are asked for, which fails as {@link #getAt}
     */
    Stream<Entry> listAt(EntryPattern pattern, long storeSeq);

    /**
     * Reads changes that were made.
     *
     * @param after the sequence number after which to begin, exclusive
     * @param limit how many at most, 1 to {@link EntryQuery#MAX_LIMIT}
     * @return the changes, the oldest first
     * @throws VarveException {@link ErrorKind#COMPACTED} when the first of them is not kept any more, {@link
     *     ErrorKind#NOT_FOUND} when there is no such store
     */
    EntryEventPage events(long after, int limit);

    /**
     * Compares two moments.
     *
     * @param fromSeq the change right after which the first moment was
     * @param toSeq the change right after which the second moment was, at least {@code fromSeq}
     * @return entries that differ, in the order of their paths
     * @throws VarveException as {@link #getAt}, and {@link ErrorKind#TOO_LARGE} when more than {@link
     *     EntryStorage#MAX_ASSEMBLED} differ
     */
    List<EntryDifference> diff(long fromSeq, long toSeq);

    /**
     * Has everything at and below a path stand as it did right after a change, by one atomic write.
     *
     * @param path where
     * @param toSeq the sequence number of the change; 0 for before the first
     * @return what was done
     * @throws VarveException as {@link #getAt}; nothing was changed
     * @throws EntryRefusedException when the store takes no more; nothing was changed
     */
    RollbackResult rollback(EntryPath path, long toSeq);

    /**
     * Has the whole store stand as it did right after a change, by several writes of up to {@link EntryWrite#MAX_OPS} changes,
     * between which others may write.
     *
     * @param toSeq the sequence number of the change; 0 for before the first
     * @return what was done
     * @throws VarveException as {@link #getAt}, with nothing changed; after another failure some of it may have been done, and
     *     the same call goes on
     * @throws EntryRefusedException when the store takes no more
     */
    RollbackResult rollback(long toSeq);

    /** From the next change on. */
    long NOW = -1;
}
