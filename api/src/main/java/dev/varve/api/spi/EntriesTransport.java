package dev.varve.api.spi;

import dev.varve.api.Entries;
import dev.varve.api.Entry;
import dev.varve.api.EntryChange;
import dev.varve.api.EntryEvent;
import dev.varve.api.EntryOp;
import dev.varve.api.EntryPage;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryPattern;
import dev.varve.api.EntryValue;
import dev.varve.api.EntryWriteResult;
import dev.varve.api.ErrorKind;
import dev.varve.api.RecordFeeds;
import dev.varve.api.Subscription;
import dev.varve.api.VarveException;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Entries as a transport: each call is one of theirs. Thread-safe. */
final class EntriesTransport implements Transport {

    private static final int PAGE_ENTRIES = 500;

    private final Kind kind;
    private final String store;
    private final Entries entries;
    private final RecordFeeds feeds;
    private final @Nullable ReadCache cache;

    EntriesTransport(Kind kind, String store, Entries entries, RecordFeeds feeds, @Nullable ReadCache cache) {
        this.kind = kind;
        this.store = store;
        this.entries = entries;
        this.feeds = feeds;
        this.cache = cache;
    }

    @Override
    public Kind kind() {
        return kind;
    }

    @Override
    public String store() {
        return store;
    }

    @Override
    public RecordFeeds feeds() {
        return feeds;
    }

    @Override
    public EntryWriteResult write(List<EntryOp> ops) {
        return entries.write(ops);
    }

    @Override
    public Optional<Entry> get(EntryPath path) {
        return entries.get(path);
    }

    @Override
    public Optional<EntryValue> read(EntryPath path) {
        return cache == null ? get(path).map(Entry::value) : cache.read(path, entries::get);
    }

    @Override
    public Map<EntryPath, Entry> getAll(Collection<EntryPath> paths) {
        return entries.getAll(paths);
    }

    @Override
    public EntryPage page(EntryPattern pattern, @Nullable EntryPath after, int limit) {
        return entries.page(pattern, after, limit);
    }

    /** What fits a page is read as it is; of more the first page is read again, as it was a moment ago. */
    @Override
    public Stream<Entry> list(EntryPattern pattern) {
        EntryPage first = entries.page(pattern, null, PAGE_ENTRIES);
        return first.next() == null ? first.entries().stream() : entries.listAt(pattern, first.storeSeq());
    }

    @Override
    public Optional<Moment> now(EntryPattern pattern) {
        return Optional.of(new Past(entries.page(EntryPattern.ALL, null, 1).storeSeq()));
    }

    /** Over HTTP as it is with DustEcto: records are told of once they are kept in step over a socket. */
    @Override
    public Subscription subscribe(EntryPattern pattern, CommitListener listener) {
        if (kind == Kind.HTTP) {
            throw new VarveException(
                    ErrorKind.NOT_SUPPORTED,
                    "over HTTP records are not told of as they change; Store.live keeps a part of a store in step over a"
                            + " socket, and tells its repositories of changes, and Entries.follow tells of entries");
        }
        return entries.followWrites(
                pattern, Entries.NOW, events -> listener.committed(new Write(events)), listener::ended);
    }

    /** A write whose moments are read from the store's history. */
    private final class Write implements CommittedWrite {

        private final List<EntryEvent> events;

        Write(List<EntryEvent> events) {
            this.events = events;
        }

        @Override
        public long storeSeq() {
            return events.get(events.size() - 1).storeSeq();
        }

        @Override
        public List<EntryChange> changes() {
            return events.stream().map(EntryChange::of).toList();
        }

        @Override
        public Moment before() {
            return new Past(events.get(0).storeSeq() - 1);
        }

        @Override
        public Moment after() {
            return new Past(storeSeq());
        }
    }

    /** The store as it was right after a change. */
    private final class Past implements Moment {

        private final long storeSeq;

        Past(long storeSeq) {
            this.storeSeq = storeSeq;
        }

        @Override
        public Optional<EntryValue> read(EntryPath path) {
            if (storeSeq == 0) {
                return Optional.empty();
            }
            // Most often nobody has written there since, and what stands there now needs no history.
            Entry now = entries.get(path).orElse(null);
            if (now != null && now.revision() <= storeSeq) {
                return Optional.of(now.value());
            }
            return entries.getAt(path, storeSeq).map(Entry::value);
        }

        @Override
        public Stream<Entry> list(EntryPattern pattern) {
            if (storeSeq == 0) {
                return Stream.empty();
            }
            try {
                return entries.listAt(pattern, storeSeq);
            } catch (VarveException e) {
                if (e.kind() == ErrorKind.NOT_FOUND) {
                    return Stream.empty();
                }
                throw e;
            }
        }
    }
}
