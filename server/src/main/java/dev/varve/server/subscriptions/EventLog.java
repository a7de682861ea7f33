package dev.varve.server.subscriptions;

import dev.varve.api.AppendRequest;
import dev.varve.api.AppendResult;
import dev.varve.api.ErrorKind;
import dev.varve.api.MessagesResult;
import dev.varve.api.Offset;
import dev.varve.api.Refusal;
import dev.varve.api.StreamStorage;
import dev.varve.api.VarveException;
import dev.varve.server.outbound.Outcomes;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The durable log of subscription events, in a reserved JSON stream.
 *
 * <p>One append is under way at a time; what comes meanwhile goes out together with the next. When the log has grown to
 * several times what a snapshot needs, the state is written into a second stream and the first one is deleted. The two
 * names take turns: the log in use is the one with the highest generation among those whose snapshot is complete, so a
 * crash at any moment leaves exactly one that counts.
 *
 * <p>After a failed append the log refuses everything: its owner must read it with a new object into a fresh state,
 * because the state in memory may be ahead of it.
 *
 * <p>Confined to the thread of {@code executor}.
 */
final class EventLog {

    private static final Logger log = LoggerFactory.getLogger(EventLog.class);

    private static final String CONTENT_TYPE = "application/json";
    private static final List<String> PATHS = List.of("__ds/state-0", "__ds/state-1");

    /** About how many bytes one append carries at most. */
    private static final int MAX_APPEND_BYTES = 1 << 20;

    private static final int READ_BYTES = 1 << 20;

    /** A log below this size is never compacted. */
    private final long minCompactBytes;

    /** A log is compacted when it is this many times as large as its snapshot was. */
    private static final int COMPACT_FACTOR = 4;

    private final StreamStorage storage;
    private final Executor executor;
    private final Supplier<List<Event>> snapshot;
    private final Deque<Write> queue = new ArrayDeque<>();

    private long generation;
    private long bytes;
    private long snapshotBytes;
    private boolean opened;
    private boolean writing;
    private boolean wrote;
    private @Nullable ControlException failure;
    private CompletableFuture<Void> last = CompletableFuture.completedFuture(null);

    private static final class Write {
        final List<byte[]> events;
        final CompletableFuture<Void> durable = new CompletableFuture<>();

        Write(List<byte[]> events) {
            this.events = events;
        }
    }

    /**
     * A log that has not been read yet.
     *
     * @param snapshot the events that lead from nothing to the present state, which includes all events handed to
     *     {@link #write} so far
     */
    EventLog(StreamStorage storage, Executor executor, long minCompactBytes, Supplier<List<Event>> snapshot) {
        this.storage = storage;
        this.executor = executor;
        this.minCompactBytes = minCompactBytes;
        this.snapshot = snapshot;
    }

    /** One of the two streams as it was found: its generation, or that there is none. */
    private record Candidate(int slot, long generation) {
        static final long NONE = -1;

        boolean exists() {
            return generation != NONE;
        }
    }

    /**
     * Reads the log in use. A log whose snapshot turns out not to be complete does not count, and reading begins again
     * with the other one.
     *
     * @param newReader begins again with nothing, and gives who takes the events in order
     */
    CompletableFuture<Void> load(Supplier<Consumer<Event>> newReader) {
        return head(0).thenCombineAsync(
                        head(1),
                        (one, other) -> one.generation > other.generation ? List.of(one, other) : List.of(other, one),
                        executor)
                .thenCompose(candidates -> load(newReader, candidates.getFirst(), candidates.getLast()));
    }

    private CompletableFuture<Candidate> head(int slot) {
        return page(slot, Offset.BEGINNING, 1).thenApply(page -> {
            if (page == null || page.messages().isEmpty()) {
                return new Candidate(slot, Candidate.NONE);
            }
            String path = PATHS.get(slot);
            Event first = EventCodec.decode(page.messages().getFirst().data());
            if (!(first instanceof Event.LogOpened log)) {
                throw new IllegalStateException(path + " does not begin like a log of subscriptions");
            }
            if (log.format() > EventCodec.FORMAT) {
                throw new IllegalStateException(path + " was written by a later version of Varve: its format is "
                        + log.format() + ", known is " + EventCodec.FORMAT);
            }
            return new Candidate(slot, log.generation());
        });
    }

    private CompletableFuture<Void> load(Supplier<Consumer<Event>> newReader, Candidate newer, Candidate older) {
        Reading reading = new Reading(newReader.get());
        if (!newer.exists()) {
            return CompletableFuture.completedFuture(null); // a fresh start: the first write opens the log
        }
        return read(newer.slot, Offset.BEGINNING, reading).thenCompose(end -> {
            if (!reading.complete()) {
                return load(newReader, older, new Candidate(newer.slot, Candidate.NONE));
            }
            opened = true;
            generation = newer.generation;
            bytes = reading.bytes;
            snapshotBytes = reading.snapshotBytes;
            if (older.exists()) {
                delete(older.slot);
            }
            return CompletableFuture.completedFuture(null);
        });
    }

    private static final class Reading {
        final Consumer<Event> reader;
        long bytes;
        long snapshotBytes;

        Reading(Consumer<Event> reader) {
            this.reader = reader;
        }

        boolean complete() {
            return snapshotBytes > 0;
        }

        void take(ByteBuffer json) {
            bytes += json.remaining();
            Event event = EventCodec.decode(json);
            if (event instanceof Event.SnapshotEnded) {
                snapshotBytes = bytes;
            }
            reader.accept(event);
        }
    }

    private CompletableFuture<Void> read(int slot, Offset from, Reading reading) {
        return page(slot, from, READ_BYTES).thenCompose(page -> {
            if (page == null) {
                return CompletableFuture.completedFuture(null);
            }
            page.messages().forEach(message -> reading.take(message.data()));
            return page.hasMore() ? read(slot, page.next(), reading) : CompletableFuture.completedFuture(null);
        });
    }

    /** A page, or null when there is no such stream; arrives on the executor. */
    private CompletableFuture<MessagesResult.@Nullable Messages> page(int slot, Offset from, int maxBytes) {
        return storage.readMessages(PATHS.get(slot), from, maxBytes)
                .thenApplyAsync(
                        result -> switch (result) {
                            case MessagesResult.Messages page -> page;
                            case Refusal refusal when refusal.kind() == ErrorKind.NOT_FOUND -> null;
                            case Refusal refusal -> throw new VarveException(refusal.kind(), refusal.detail());
                        },
                        executor);
    }

    private static int slot(long generation) {
        return (int) (generation % PATHS.size());
    }

    /**
     * Makes events durable, in order with all others.
     *
     * @param events what was decided and applied; none to wait for what was written before
     * @return done when these events and all before are durable; fails with a {@link ControlException}
     */
    CompletableFuture<Void> write(List<Event> events) {
        if (failure != null) {
            return CompletableFuture.failedFuture(failure);
        }
        if (!events.isEmpty()) {
            Write write = new Write(events.stream().map(EventCodec::encode).toList());
            queue.add(write);
            last = write.durable;
            pump();
        }
        return last;
    }

    /** Why a write failed, and so does every later one; null while none has. */
    @Nullable ControlException failure() {
        return failure;
    }

    /** Whether any write succeeded. */
    boolean hasWritten() {
        return wrote;
    }

    private void pump() {
        if (writing || queue.isEmpty() || failure != null) {
            return;
        }
        writing = true;
        if (opened && bytes > minCompactBytes && bytes > COMPACT_FACTOR * snapshotBytes) {
            compact();
            return;
        }
        List<Write> batch = new ArrayList<>();
        List<byte[]> events = new ArrayList<>();
        if (!opened) {
            opened = true;
            events.add(EventCodec.encode(new Event.LogOpened(generation, EventCodec.FORMAT)));
            events.add(EventCodec.encode(new Event.SnapshotEnded()));
        }
        long size = 0;
        while (!queue.isEmpty() && size < MAX_APPEND_BYTES) {
            Write write = queue.remove();
            batch.add(write);
            events.addAll(write.events);
            size += size(write.events);
        }
        Outcomes.take(send(PATHS.get(slot(generation)), events, 0), (done, error) -> {
            writing = false;
            if (error != null) {
                fail(batch, error);
                return;
            }
            wrote = true;
            bytes += size(events);
            batch.forEach(write -> write.durable.complete(null));
            pump();
        });
    }

    private static long size(List<byte[]> events) {
        return events.stream().mapToLong(event -> event.length).sum();
    }

    /** Appends events from an index on, as many appends as it takes; completes on the executor. */
    private CompletableFuture<Void> send(String path, List<byte[]> events, int from) {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        int next = from;
        while (next < events.size() && (next == from || body.size() + events.get(next).length < MAX_APPEND_BYTES)) {
            body.write(next == from ? '[' : ',');
            body.writeBytes(events.get(next++));
        }
        body.write(']');
        int end = next;
        return append(AppendRequest.of(path, CONTENT_TYPE, body.toByteArray()))
                .thenComposeAsync(
                        result -> {
                            if (result instanceof Refusal refusal) {
                                return CompletableFuture.failedFuture(
                                        new VarveException(refusal.kind(), refusal.detail()));
                            }
                            return end < events.size()
                                    ? send(path, events, end)
                                    : CompletableFuture.completedFuture(null);
                        },
                        executor)
                .whenCompleteAsync((done, error) -> {}, executor); // a failure, too, arrives on the executor
    }

    /** A storage that throws instead of failing its future is no different. */
    private CompletableFuture<AppendResult> append(AppendRequest request) {
        try {
            return storage.appendReserved(request);
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    /**
     * Writes the state into the other stream and goes on there. The state includes whatever is queued, so that is
     * durable with the snapshot.
     */
    private void compact() {
        List<Write> batch = new ArrayList<>(queue);
        queue.clear();
        long newGeneration = generation + 1;
        List<byte[]> events = new ArrayList<>();
        events.add(EventCodec.encode(new Event.LogOpened(newGeneration, EventCodec.FORMAT)));
        snapshot.get().forEach(event -> events.add(EventCodec.encode(event)));
        events.add(EventCodec.encode(new Event.SnapshotEnded()));
        String path = PATHS.get(slot(newGeneration));
        CompletableFuture<Void> written = storage.deleteReserved(path)
                .thenComposeAsync(
                        result -> result instanceof Refusal refusal && refusal.kind() != ErrorKind.NOT_FOUND
                                ? CompletableFuture.failedFuture(new VarveException(refusal.kind(), refusal.detail()))
                                : send(path, events, 0),
                        executor);
        Outcomes.takeOn(executor, written, (done, error) -> {
            writing = false;
            if (error != null) {
                fail(batch, error);
                return;
            }
            wrote = true;
            int old = slot(generation);
            generation = newGeneration;
            bytes = size(events);
            snapshotBytes = bytes;
            batch.forEach(write -> write.durable.complete(null));
            delete(old);
            pump();
        });
    }

    private void delete(int slot) {
        Outcomes.take(storage.deleteReserved(PATHS.get(slot)), (result, error) -> {
            if (error != null || (result instanceof Refusal refusal && refusal.kind() != ErrorKind.NOT_FOUND)) {
                log.warn("the superseded log of subscriptions {} is still there; it is removed later", PATHS.get(slot));
            }
        });
    }

    private void fail(List<Write> batch, Throwable error) {
        ControlException refusal = ControlException.ofFailure(error);
        failure = refusal;
        log.warn("subscription events could not be logged: {}", refusal.getMessage());
        batch.forEach(write -> write.durable.completeExceptionally(refusal));
        queue.forEach(write -> write.durable.completeExceptionally(refusal));
        queue.clear();
    }
}
