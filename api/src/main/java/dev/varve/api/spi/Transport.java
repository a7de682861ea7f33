package dev.varve.api.spi;

import dev.varve.api.Entries;
import dev.varve.api.Entry;
import dev.varve.api.EntryOp;
import dev.varve.api.EntryPage;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryPattern;
import dev.varve.api.EntryQuery;
import dev.varve.api.EntryStorage;
import dev.varve.api.EntryValue;
import dev.varve.api.EntryWrite;
import dev.varve.api.EntryWriteResult;
import dev.varve.api.ErrorKind;
import dev.varve.api.RecordFeeds;
import dev.varve.api.Subscription;
import dev.varve.api.VarveException;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * How the records of one store are reached: what every {@link dev.varve.api.Repository} stands on. Which one is in use is decided
 * for each call, by {@link dev.varve.api.Store#transport()}.
 *
 * <pre>{@code
 * Transport transport = store.transport();
 * transport.put(EntryPath.of("greeting"), EntryValue.of("hello"));
 * if (transport.kind() != Transport.Kind.HTTP) {
 *     System.out.println("reads take no request");
 * }
 * }</pre>
 *
 * <h2>Contract</h2>
 *
 * <ul>
 *   <li><b>Writes</b> are atomic, and durable when their method returns. A write that was answered is there for every read
 *       that begins afterwards by the same transport.
 *   <li><b>Reads</b> show durable data. {@link #get} and {@link #getAll} tell revisions for conditions, so they show what the
 *       storage holds now; the others may show what it held a moment ago, but nothing older than this transport has shown
 *       before, and each of them shows one moment.
 *   <li><b>A store that does not exist</b> is empty, and is created by the first write.
 *   <li><b>Failures</b> are thrown as {@link VarveException}, whose kind says whether a write was applied.
 * </ul>
 *
 * <p>Thread-safe.
 */
public interface Transport {

    /** What stands between the program and the storage. */
    enum Kind {
        /** Nothing: the storage is in this JVM. */
        EMBEDDED,
        /** A copy of a part of the store, kept in step over a socket. */
        LIVE,
        /** A request for every call. No subscriptions. */
        HTTP;

        private final String wireName = name().toLowerCase(Locale.ROOT);

        /**
         * The name in logs and metrics.
         *
         * @return lower case letters
         */
        public String wireName() {
            return wireName;
        }
    }

    /**
     * The transport of a storage in this JVM. It keeps what was read of up to 10,000 places and has not changed since.
     *
     * @param storage the storage
     * @param store the full name of the store
     * @param feeds what subscriptions share
     * @return the transport
     */
    static Transport embedded(EntryStorage storage, String store, RecordFeeds feeds) {
        return new EntriesTransport(
                Kind.EMBEDDED, store, Entries.over(storage, store), feeds, new ReadCache(storage, store));
    }

    /**
     * The transport that makes a request for every call.
     *
     * @param store the full name of the store
     * @param entries its entries on a server
     * @param feeds what subscriptions share
     * @return the transport
     */
    static Transport http(String store, Entries entries, RecordFeeds feeds) {
        return new EntriesTransport(Kind.HTTP, store, entries, feeds, null);
    }

    /**
     * What it is, for people and for choices.
     *
     * @return the same at every call
     */
    Kind kind();

    /**
     * The store that it reaches.
     *
     * @return the full name
     */
    String store();

    /**
     * What subscriptions to records by way of this transport share.
     *
     * @return the same object at every call
     */
    RecordFeeds feeds();

    // ---- writes

    /**
     * Makes changes, all or none, in one atomic step.
     *
     * @param ops 1 to {@link EntryWrite#MAX_OPS} changes; each sees the effects of those before it
     * @return written, or refused with nothing changed
     */
    EntryWriteResult write(List<EntryOp> ops);

    /**
     * Replaces all at and below a path.
     *
     * @param path where
     * @param value the value
     * @return written, or refused with nothing changed
     */
    default EntryWriteResult put(EntryPath path, EntryValue value) {
        return write(List.of(EntryOp.set(path, value)));
    }

    /**
     * Removes all at and below a path, if there is anything.
     *
     * @param path where
     * @return written, or refused with nothing changed
     */
    default EntryWriteResult delete(EntryPath path) {
        return write(List.of(EntryOp.delete(path)));
    }

    // ---- reads

    /**
     * Reads what stands at a path with its revision: the entry at exactly this path, else all below it as one object.
     *
     * @param path where
     * @return the entry, or nothing
     */
    Optional<Entry> get(EntryPath path);

    /**
     * Reads what stands at a path as {@link #get}, without its revision: from a copy at hand where there is one.
     *
     * @param path where
     * @return the value, or nothing
     */
    default Optional<EntryValue> read(EntryPath path) {
        return get(path).map(Entry::value);
    }

    /**
     * Whether anything stands below a path, and nothing at exactly this path.
     *
     * @param path where
     * @return true when there is
     */
    default boolean exists(EntryPath path) {
        return read(path)
                .filter(value -> value instanceof EntryValue.Fields && !value.isWhole())
                .isPresent();
    }

    /**
     * Reads several entries with their revisions, as of one moment.
     *
     * @param paths at most {@link EntryQuery#MAX_LIMIT}
     * @return those that have an entry at exactly this path
     */
    Map<EntryPath, Entry> getAll(Collection<EntryPath> paths);

    /**
     * Reads one page, as of one moment.
     *
     * @param pattern what the paths match
     * @param after the path after which to go on, exclusive; null to begin
     * @param limit 1 to {@link EntryQuery#MAX_LIMIT}
     * @return the entries; revisions may be unknown, and are 0 then
     */
    EntryPage page(EntryPattern pattern, @Nullable EntryPath after, int limit);

    /**
     * Goes through entries in the order of their paths, all as of one moment.
     *
     * @param pattern what the paths match
     * @return the entries, read as they are asked for, which throws {@link ErrorKind#COMPACTED} when the moment is not kept any
     *     more; revisions may be unknown, and are 0 then
     */
    Stream<Entry> list(EntryPattern pattern);

    /**
     * The store at one moment, for several reads: now, or a moment ago, but no earlier than what this transport has shown before.
     *
     * @param pattern what is read of it: entries that the pattern means, and subtrees whose paths it means
     * @return the moment; nothing when this transport reads moments of this pattern by {@link #list} only
     */
    default Optional<Moment> now(EntryPattern pattern) {
        return Optional.empty();
    }

    // ---- changes

    /**
     * Tells of writes from now on: each once, whole and in order, whoever made it.
     *
     * @param pattern what the path of a change matches; changes above such paths are told, too
     * @param listener is told
     * @return ends it; closing it twice is harmless
     * @throws VarveException {@link ErrorKind#NOT_SUPPORTED} when this transport does not tell of changes, or not of these
     */
    Subscription subscribe(EntryPattern pattern, CommitListener listener);
}
