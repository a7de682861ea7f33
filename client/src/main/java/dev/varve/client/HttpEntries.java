package dev.varve.client;

import dev.varve.api.Entries;
import dev.varve.api.Entry;
import dev.varve.api.EntryDifference;
import dev.varve.api.EntryEvent;
import dev.varve.api.EntryEventPage;
import dev.varve.api.EntryOp;
import dev.varve.api.EntryPage;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryPattern;
import dev.varve.api.EntryQuery;
import dev.varve.api.EntryWriteResult;
import dev.varve.api.RollbackResult;
import dev.varve.api.Subscription;
import dev.varve.api.VarveException;
import dev.varve.api.spi.EntryPages;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The entries of a store of a server, over its routes for entries. Thread-safe. */
final class HttpEntries implements Entries {

    private static final int PAGE_ENTRIES = 500;

    private final String store;
    private final HttpEntryReads reads;
    private final HttpEntryWrites writes;
    private final HttpDifferences differences;
    private final HttpRollbacks rollbacks;
    private final HttpFiles files;
    private final HttpEntryChanges changes;

    /**
     * The entries of a store.
     *
     * @param liveTimeout for how long nothing may come of a feed
     */
    HttpEntries(HttpTransport transport, String store, HttpFollowers followers, Duration liveTimeout) {
        StoreCalls calls = new StoreCalls(transport, store);
        EntryUrls urls = new EntryUrls(store);
        this.store = store;
        this.reads = new HttpEntryReads(calls, urls, store);
        this.writes = new HttpEntryWrites(calls, urls, reads);
        this.differences = new HttpDifferences(calls, urls, reads, store);
        this.rollbacks = new HttpRollbacks(transport, calls, urls);
        this.files = new HttpFiles(transport, calls, urls, reads);
        this.changes = new HttpEntryChanges(transport, calls, urls, store, followers, liveTimeout);
    }

    // ---- writes

    @Override
    public EntryWriteResult write(List<EntryOp> ops) {
        return writes.write(ops);
    }

    // ---- files

    @Override
    public Entry putFile(EntryPath path, InputStream content, @Nullable String contentType, @Nullable String filename)
            throws IOException {
        return files.put(path, content, contentType, filename);
    }

    @Override
    public Optional<InputStream> openFile(EntryPath path) {
        return files.open(path);
    }

    // ---- reads

    @Override
    public Optional<Entry> get(EntryPath path) {
        return reads.get(path);
    }

    @Override
    public Map<EntryPath, Entry> getAll(Collection<EntryPath> paths) {
        return reads.getAll(paths);
    }

    @Override
    public EntryPage page(EntryPattern pattern, @Nullable EntryPath after, int limit) {
        return reads.page(matching(pattern).withAfter(after).withLimit(limit));
    }

    private EntryQuery matching(EntryPattern pattern) {
        return EntryQuery.matching(store, pattern).withLimit(PAGE_ENTRIES);
    }

    @Override
    public Stream<Entry> list(EntryPattern pattern) {
        EntryQuery query = matching(pattern);
        return EntryPages.stream(after -> reads.list(query.withAfter(after)));
    }

    @Override
    public Stream<Entry> range(EntryPath from, EntryPath to) {
        EntryQuery query = new EntryQuery(store, EntryPattern.ALL, from, to, null, false, PAGE_ENTRIES);
        return EntryPages.stream(after -> reads.list(query.withAfter(after)));
    }

    // ---- history

    @Override
    public Optional<Entry> getAt(EntryPath path, long storeSeq) {
        return reads.getAt(path, storeSeq);
    }

    @Override
    public Stream<Entry> listAt(EntryPattern pattern, long storeSeq) {
        EntryQuery query = matching(pattern);
        return EntryPages.stream(after -> reads.listAt(query.withAfter(after), storeSeq));
    }

    @Override
    public EntryEventPage events(long after, int limit) {
        return changes.read(after, limit);
    }

    @Override
    public List<EntryDifference> diff(long fromSeq, long toSeq) {
        return differences.between(fromSeq, toSeq);
    }

    @Override
    public RollbackResult rollback(EntryPath path, long toSeq) {
        return rollbacks.ofPath(path, toSeq);
    }

    @Override
    public RollbackResult rollback(long toSeq) {
        return rollbacks.ofStore(toSeq);
    }

    // ---- changes as they come

    @Override
    public Subscription followWrites(
            EntryPattern pattern,
            long after,
            Consumer<? super List<EntryEvent>> listener,
            Consumer<VarveException> ended) {
        return changes.followWrites(pattern, after, listener, ended);
    }
}
