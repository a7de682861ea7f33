package dev.varve.engine.commits;

import dev.varve.api.Commit;
import dev.varve.api.CommitPage;
import dev.varve.api.EntryEvent;
import dev.varve.api.EntryEventPage;
import dev.varve.api.EntryQuery;
import dev.varve.api.EntryStorage;
import dev.varve.api.ErrorKind;
import dev.varve.api.EventRead;
import dev.varve.api.EventStorage;
import dev.varve.api.MessagesResult.Message;
import dev.varve.api.Offset;
import dev.varve.api.StoredEvent;
import dev.varve.api.Subscription;
import dev.varve.api.VarveException;
import dev.varve.engine.commits.CommitItem.StreamRange;
import dev.varve.engine.io.DiskErrors;
import dev.varve.engine.shard.DiskReads;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Reads commits: where their parts stand from the {@link CommitLog}, what they are from the faces themselves, so that one that was redacted, trimmed
 * or deleted since is seen as its face shows it. Thread-safe.
 */
public final class CommitFeed {

    /** A page ends where its parts would have more bytes than this, about; one commit is on it at least, and that one whole. */
    public static final int MAX_PAGE_BYTES = 1 << 20;

    /** So many streams are read at a time for one page. */
    private static final int STREAMS_AT_ONCE = 16;

    /** How often a read starts again because what it looked for is not kept any more. */
    private static final int MAX_ATTEMPTS = 3;

    private final CommitLog log;
    private final DiskReads disk;
    private final EntryStorage entries;
    private final EventStorage events;
    private final AppendReads streams;

    /**
     * The feed over all faces of one shard.
     *
     * @param log where the parts of commits stand
     * @param pool platform threads that may block on the disk
     * @param entries the entries
     * @param events the events
     * @param streams the streams
     */
    public CommitFeed(CommitLog log, Executor pool, EntryStorage entries, EventStorage events, AppendReads streams) {
        this.log = log;
        this.disk = new DiskReads(pool, CommitFeed::failure);
        this.entries = entries;
        this.events = events;
        this.streams = streams;
    }

    private @Nullable StoreCommits find(String store) {
        // A copy that is being made is known to the log, and seen by nobody.
        return entries.store(store).isEmpty() ? null : log.find(store);
    }

    private static VarveException notFound(String store) {
        return new VarveException(ErrorKind.NOT_FOUND, "there is no store " + store);
    }

    /**
     * The number of the last commit that can be seen, as {@link dev.varve.api.TransactionStorage#lastCommit} says.
     *
     * @param store the full name of the store
     * @return the number
     */
    public CompletableFuture<Long> lastCommit(String store) {
        StoreCommits found = find(store);
        return found == null
                ? CompletableFuture.failedFuture(notFound(store))
                : CompletableFuture.completedFuture(found.last);
    }

    /**
     * Tells of commits from now on, as {@link dev.varve.api.TransactionStorage#subscribeCommits} says.
     *
     * @param store the full name of the store
     * @param listener told
     * @return ends it
     */
    public Subscription subscribe(String store, LongConsumer listener) {
        StoreCommits found = find(store);
        if (found == null) {
            throw notFound(store);
        }
        return log.subscribe(found, listener);
    }

    /**
     * Reads commits, as {@link dev.varve.api.TransactionStorage#commits} says.
     *
     * @param store the full name of the store
     * @param after the number after which to begin
     * @param limit how many at most
     * @return the commits
     */
    public CompletableFuture<CommitPage> commits(String store, long after, int limit) {
        if (limit < 1 || limit > EventRead.MAX_LIMIT || after < 0) {
            return CompletableFuture.failedFuture(new VarveException(
                    ErrorKind.INVALID_PARAMS,
                    "limit goes from 1 to " + EventRead.MAX_LIMIT + ", after from 0; they were " + limit + " and "
                            + after));
        }
        return commits(store, after, limit, 1);
    }

    private CompletableFuture<CommitPage> commits(String store, long after, int limit, int attempt) {
        StoreCommits found = find(store);
        if (found == null) {
            return CompletableFuture.failedFuture(notFound(store));
        }
        CommitItems inMemory = log.readMemory(found, after, limit, MAX_PAGE_BYTES);
        CompletableFuture<CommitItems> items = inMemory != null
                ? CompletableFuture.completedFuture(inMemory)
                : disk.forCaller(() -> log.read(found, after, limit, MAX_PAGE_BYTES));
        return items.thenCompose(read -> fill(found, after, read).exceptionallyCompose(failure -> {
            // Changes of entries that were let go of since: then so is the commit, which the log tells.
            boolean again = attempt < MAX_ATTEMPTS
                    && cause(failure) instanceof VarveException e
                    && e.kind() == ErrorKind.COMPACTED;
            return again ? commits(store, after, limit, attempt + 1) : CompletableFuture.failedFuture(cause(failure));
        }));
    }

    private static Throwable cause(Throwable failure) {
        return failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
    }

    private static VarveException failure(Exception e) {
        ErrorKind kind = DiskErrors.isDiskError(e) ? ErrorKind.UNAVAILABLE : ErrorKind.CORRUPT;
        return e instanceof VarveException known
                ? known
                : new VarveException(kind, "commits could not be read: " + e.getMessage(), e);
    }

    // ---- what the parts are

    private CompletableFuture<CommitPage> fill(StoreCommits store, long after, CommitItems read) {
        List<CommitItem> items = read.items();
        if (items.isEmpty()) {
            return CompletableFuture.completedFuture(new CommitPage(List.of(), after, false));
        }
        return entries(store.name, items)
                .thenCompose(changes -> events(store.name, items)
                        .thenCompose(appended -> runs(wanted(store.name, items), 0, new HashMap<>())
                                .thenApply(runs -> page(store, read, changes, appended, runs))));
    }

    /** The changes of all commits: whatever changed between the first and the last is one of theirs. */
    private CompletableFuture<List<EntryEvent>> entries(String store, List<CommitItem> items) {
        long first = Long.MAX_VALUE;
        long last = 0;
        for (CommitItem item : items) {
            if (item.entries() > 0) {
                first = Math.min(first, item.firstEntry());
                last = Math.max(last, item.lastEntry());
            }
        }
        return entries(store, first, last, new ArrayList<>());
    }

    private CompletableFuture<List<EntryEvent>> entries(String store, long first, long last, List<EntryEvent> found) {
        if (first > last) {
            return CompletableFuture.completedFuture(found);
        }
        int limit = (int) Math.min(EntryQuery.MAX_LIMIT, last - first + 1);
        CompletableFuture<EntryEventPage> reading = entries.events(store, first - 1, limit);
        return reading.thenCompose(page -> {
            if (page.events().isEmpty()) {
                // Another store of this name, which the end of the read finds out.
                return CompletableFuture.completedFuture(found);
            }
            found.addAll(page.events());
            return entries(store, page.events().getLast().storeSeq() + 1, last, found);
        });
    }

    /** As {@link #entries}; events that nobody can read any more are left out. */
    private CompletableFuture<List<StoredEvent>> events(String store, List<CommitItem> items) {
        long first = Long.MAX_VALUE;
        long end = 0;
        for (CommitItem item : items) {
            if (item.events() > 0) {
                first = Math.min(first, item.firstEvent());
                end = Math.max(end, item.firstEvent() + item.events());
            }
        }
        return first >= end
                ? CompletableFuture.completedFuture(List.of())
                : events(store, EventRead.all().after(first - 1).upTo(end - 1), new ArrayList<>());
    }

    private CompletableFuture<List<StoredEvent>> events(String store, EventRead read, List<StoredEvent> found) {
        return events.read(store, read).thenCompose(slice -> {
            found.addAll(slice.events());
            return slice.more() ? events(store, read.next(slice), found) : CompletableFuture.completedFuture(found);
        });
    }

    /** What is to be read of each stream: all from the first to the last append of these commits is theirs. */
    private static List<StreamRange> wanted(String store, List<CommitItem> items) {
        Map<Long, StreamRange> byIncarnation = new LinkedHashMap<>();
        for (CommitItem item : items) {
            for (StreamRange range : item.streams()) {
                StreamRange before = byIncarnation.get(range.incarnation());
                byIncarnation.put(
                        range.incarnation(),
                        new StreamRange(
                                store + "/" + range.path(),
                                range.incarnation(),
                                before == null ? range.from() : before.from(),
                                range.to(),
                                false));
            }
        }
        return List.copyOf(byIncarnation.values());
    }

    private CompletableFuture<Map<Long, AppendReads.Run>> runs(
            List<StreamRange> wanted, int from, Map<Long, AppendReads.Run> found) {
        int end = Math.min(wanted.size(), from + STREAMS_AT_ONCE);
        List<CompletableFuture<Optional<AppendReads.Run>>> reads = new ArrayList<>();
        for (StreamRange range : wanted.subList(from, end)) {
            reads.add(streams.appended(
                    range.path(), range.incarnation(), Offset.at(range.from()), Offset.at(range.to())));
        }
        return CompletableFuture.allOf(reads.toArray(CompletableFuture[]::new)).thenCompose(_ -> {
            for (int i = from; i < end; i++) {
                long incarnation = wanted.get(i).incarnation();
                reads.get(i - from).join().ifPresent(run -> found.put(incarnation, run));
            }
            return end < wanted.size() ? runs(wanted, end, found) : CompletableFuture.completedFuture(found);
        });
    }

    private CommitPage page(
            StoreCommits store,
            CommitItems read,
            List<EntryEvent> changes,
            List<StoredEvent> appended,
            Map<Long, AppendReads.Run> runs) {
        if (store.gone) {
            // What was found may be of another store that has this name now.
            throw notFound(store.name);
        }
        List<Commit> commits = new ArrayList<>();
        int change = 0;
        int event = 0;
        for (CommitItem item : read.items()) {
            int firstChange = change;
            while (change < changes.size() && changes.get(change).storeSeq() <= item.lastEntry()) {
                change++;
            }
            int firstEvent = event;
            long endOfEvents = item.firstEvent() + item.events();
            while (event < appended.size() && appended.get(event).position() < endOfEvents) {
                event++;
            }
            commits.add(new Commit(
                    item.number(),
                    item.timeMillis(),
                    changes.subList(firstChange, change),
                    appended.subList(firstEvent, event),
                    item.streams().stream()
                            .map(range -> appended(store.name, range, runs.get(range.incarnation())))
                            .toList()));
        }
        return new CommitPage(commits, read.items().getLast().number(), read.more());
    }

    private static Commit.Appended appended(String store, StreamRange range, AppendReads.@Nullable Run run) {
        List<Message> messages = List.of();
        if (run != null) {
            int first = indexAfter(run.messages(), range.from());
            messages = run.messages().subList(first, indexAfter(run.messages(), range.to()));
        }
        return new Commit.Appended(
                store + "/" + range.path(),
                Offset.at(range.from()),
                Offset.at(range.to()),
                range.closed(),
                run == null ? null : run.contentType(),
                messages);
    }

    /** The index of the first message that ends after a position; how many there are when none does. */
    private static int indexAfter(List<Message> messages, long position) {
        int low = 0;
        int high = messages.size();
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (messages.get(middle).next().position() <= position) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }
}
