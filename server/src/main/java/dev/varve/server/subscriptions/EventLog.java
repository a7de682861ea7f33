package dev.varve.server.subscriptions;

import dev.varve.api.AppendRequest;
import dev.varve.api.AppendResult;
import dev.varve.api.ErrorKind;
import dev.varve.api.MessagesResult;
import dev.varve.api.Offset;
import dev.varve.api.Refusal;
import dev.varve.api.StreamStorage;
import dev.varve.api.VarveException;
import java.io.ByteArrayOutputStream;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
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
 * <p>After a failed append the log refuses everything: its owner must read it again into a fresh state, because the
 * state in memory may be ahead of it.
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

    private record Content(int slot, long generation, boolean complete, List<Event> events, long bytes) {}

    /** Reads the log in use and gives its events in order. */
    CompletableFuture<List<Event>> load() {
        return read(0).thenCombineAsync(read(1), this::choose, executor);
    }

    private CompletableFuture<Content> read(int slot) {
        return readFrom(slot, Offset.BEGINNING, new ArrayList<>(), 0);
    }

    private CompletableFuture<Content> readFrom(int slot, Offset from, List<Event> events, long bytesBefore) {
        return storage.readMessages(PATHS.get(slot), from, READ_BYTES)
                .thenComposeAsync(
                        result -> switch (result) {
                            case MessagesResult.Messages page -> {
                                long bytesNow = bytesBefore;
                                for (MessagesResult.Message message : page.messages()) {
                                    bytesNow += message.data().remaining();
                                    events.add(EventCodec.decode(message.data()));
                                }
                                yield page.hasMore()
                                        ? readFrom(slot, page.next(), events, bytesNow)
                                        : CompletableFuture.completedFuture(content(slot, events, bytesNow));
                            }
                            case Refusal refusal
                            when refusal.kind() == ErrorKind.NOT_FOUND ->
                                CompletableFuture.completedFuture(content(slot, events, 0));
                            case Refusal refusal ->
                                CompletableFuture.failedFuture(new VarveException(refusal.kind(), refusal.detail()));
                        },
                        executor);
    }

    private static Content content(int slot, List<Event> events, long bytes) {
        if (events.isEmpty()) {
            return new Content(slot, -1, false, events, 0);
        }
        if (!(events.getFirst() instanceof Event.LogOpened opened)) {
            throw new IllegalStateException(PATHS.get(slot) + " does not begin like a log of subscriptions");
        }
        if (opened.format() > EventCodec.FORMAT) {
            throw new IllegalStateException(PATHS.get(slot) + " was written by a later version: format "
                    + opened.format() + ", known is " + EventCodec.FORMAT);
        }
        boolean complete = events.stream().anyMatch(Event.SnapshotEnded.class::isInstance);
        return new Content(slot, opened.generation(), complete, events, bytes);
    }

    private List<Event> choose(Content one, Content other) {
        boolean first = one.complete() && (!other.complete() || one.generation() > other.generation());
        Content chosen = first ? one : other;
        Content rest = first ? other : one;
        if (!chosen.complete()) {
            return List.of(); // a fresh start: the first write opens the log
        }
        opened = true;
        generation = chosen.generation();
        bytes = chosen.bytes();
        snapshotBytes = snapshotBytes(chosen.events());
        if (!rest.events().isEmpty()) {
            delete(rest.slot()); // what an unfinished compaction left
        }
        return chosen.events();
    }

    private static long snapshotBytes(List<Event> events) {
        long size = 0;
        for (Event event : events) {
            size += EventCodec.encode(event).length;
            if (event instanceof Event.SnapshotEnded) {
                break;
            }
        }
        return size;
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

    /** Whether a write failed: then every later one does. */
    boolean hasFailed() {
        return failure != null;
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
