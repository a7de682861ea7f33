package dev.varve.client;

import dev.varve.api.Entry;
import dev.varve.api.EntryOp;
import dev.varve.api.EntryPage;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryPattern;
import dev.varve.api.EntryValue;
import dev.varve.api.EntryWriteResult;
import dev.varve.api.EntryWriteResult.Written;
import dev.varve.api.RecordFeeds;
import dev.varve.api.Subscription;
import dev.varve.api.spi.CommitListener;
import dev.varve.api.spi.Moment;
import dev.varve.api.spi.Transport;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Reads from a copy what it keeps, and pushes writes by its socket; all else goes over HTTP. Thread-safe.
 */
final class LiveTransport implements Transport {

    private final LiveStore live;
    private final Transport http;
    private final HttpEntryReads reads;
    private final RecordFeeds feeds;

    LiveTransport(LiveStore live, Transport http, HttpEntryReads reads, RecordFeeds feeds) {
        this.live = live;
        this.http = http;
        this.reads = reads;
        this.feeds = feeds;
    }

    @Override
    public Kind kind() {
        return Kind.LIVE;
    }

    @Override
    public String store() {
        return http.store();
    }

    @Override
    public RecordFeeds feeds() {
        return feeds;
    }

    // ---- writes

    @Override
    public EntryWriteResult write(List<EntryOp> ops) {
        live.requireOpen();
        EntryWriteResult pushed = LiveStore.isPushable(ops) ? live.write(ops) : null;
        if (pushed == null) {
            return writeOverHttp(ops);
        }
        return pushed instanceof Written made
                ? new Written(Totals.filledIn(reads, ops, made.ops()), made.storeSeq())
                : pushed;
    }

    private EntryWriteResult writeOverHttp(List<EntryOp> ops) {
        EntryWriteResult result = http.write(ops);
        boolean concerned = ops.stream().anyMatch(op -> live.kept().concerns(op.path()));
        if (concerned && result instanceof Written made) {
            live.mustShow(made.storeSeq());
        }
        return result;
    }

    // ---- reads

    @Override
    public Optional<Entry> get(EntryPath path) {
        live.requireOpen();
        Optional<Entry> found = http.get(path);
        found.ifPresent(this::shown);
        return found;
    }

    @Override
    public Map<EntryPath, Entry> getAll(Collection<EntryPath> paths) {
        live.requireOpen();
        Map<EntryPath, Entry> found = http.getAll(paths);
        found.values().forEach(this::shown);
        return found;
    }

    /** Its revision has been read, so the copy has to be as far before it is read again. */
    private void shown(Entry entry) {
        if (live.kept().keepsTree(entry.path())) {
            live.mustShow(entry.revision());
        }
    }

    @Override
    public Optional<EntryValue> read(EntryPath path) {
        LiveRoot root = live.kept().keepsTree(path) ? live.readable() : null;
        return root != null ? root.read(path) : get(path).map(Entry::value);
    }

    @Override
    public boolean exists(EntryPath path) {
        LiveRoot root = live.kept().keepsTree(path) ? live.readable() : null;
        return root != null ? root.isSubtree(path) : http.exists(path);
    }

    @Override
    public EntryPage page(EntryPattern pattern, @Nullable EntryPath after, int limit) {
        LiveRoot root = live.kept().keepsAll(pattern) ? live.readable() : null;
        return root != null ? root.page(pattern, after, limit) : http.page(pattern, after, limit);
    }

    @Override
    public Stream<Entry> list(EntryPattern pattern) {
        LiveRoot root = live.kept().keepsAll(pattern) ? live.readable() : null;
        return root != null ? root.list(pattern) : http.list(pattern);
    }

    @Override
    public Optional<Moment> now(EntryPattern pattern) {
        return Optional.ofNullable(live.kept().keepsAll(pattern) ? live.readable() : null);
    }

    // ---- changes

    @Override
    public Subscription subscribe(EntryPattern pattern, CommitListener listener) {
        return live.subscribe(pattern, listener);
    }
}
