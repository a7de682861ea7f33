package dev.varve.engine.streams;

import dev.varve.api.AppendAllResult;
import dev.varve.api.AppendRequest;
import dev.varve.api.AppendResult;
import dev.varve.api.CreateRequest;
import dev.varve.api.CreateResult;
import dev.varve.api.DeleteResult;
import dev.varve.api.ErrorKind;
import dev.varve.api.Fork;
import dev.varve.api.ListResult;
import dev.varve.api.MessagesResult;
import dev.varve.api.MetadataResult;
import dev.varve.api.Offset;
import dev.varve.api.ReadResult;
import dev.varve.api.Refusal;
import dev.varve.api.StreamCapability;
import dev.varve.api.StreamListener;
import dev.varve.api.StreamStorage;
import dev.varve.api.Subscription;
import dev.varve.api.VarveException;
import dev.varve.engine.commits.AppendReads;
import dev.varve.engine.io.DiskErrors;
import dev.varve.engine.io.ReadMemory;
import dev.varve.engine.shard.FacePart;
import dev.varve.engine.shard.Sequencer;
import dev.varve.engine.spi.DirectAppends;
import dev.varve.engine.spi.InlineCommits;
import dev.varve.engine.spi.PartedReads;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The engine's streams as a storage: turns requests into commands and answers reads. Thread-safe. */
public final class EngineStreamStorage
        implements StreamStorage, DirectAppends, InlineCommits, PartedReads, AppendReads {

    /** JSON bodies beyond this are split away from threads that commit. */
    private static final int MAX_INLINE_JSON_BYTES = 64 << 10;

    /** How often a read starts again because what it looked for has moved. */
    private static final int MAX_READ_ATTEMPTS = 5;

    private static final Set<StreamCapability> CAPABILITIES = Set.copyOf(EnumSet.allOf(StreamCapability.class));

    private final StreamsFace face;
    private final Sequencer sequencer;
    private final Lister lister;
    private final Runnable onClose;
    private volatile boolean closed;

    /**
     * Creates the storage.
     *
     * @param face the face, attached to its shard
     * @param onClose run when the storage is closed
     */
    public EngineStreamStorage(StreamsFace face, Runnable onClose) {
        this.face = face;
        this.sequencer = face.sequencer();
        this.lister = new Lister(face);
        this.onClose = onClose;
    }

    @Override
    public Set<StreamCapability> capabilities() {
        return CAPABILITIES;
    }

    @Override
    public void runPending() {
        sequencer.runPending();
    }

    @Override
    public boolean isStalled() {
        return sequencer.isStalled();
    }

    /**
     * How many streams are in memory.
     *
     * @return the count
     */
    public int streamsInMemory() {
        return face.table.size();
    }

    /**
     * How much memory pages take at the moment.
     *
     * @return bytes outside the heap
     */
    public long pageMemoryBytes() {
        return face.memory().usedBytes();
    }

    @Override
    public boolean isShortOfMemory() {
        return face.memory().isShortOf(OpenPage.PART_MEMORY_BYTES);
    }

    // ---- writing

    @Override
    public CompletableFuture<CreateResult> create(CreateRequest request) {
        if (request.path().startsWith("__")) {
            return CompletableFuture.completedFuture(reserved(request.path()));
        }
        Fork fork = request.fork();
        if (fork != null && fork.source().startsWith("__")) {
            // A copy could be read by those who must not read the source.
            return CompletableFuture.completedFuture(reserved(fork.source()));
        }
        if (large(request.body(), request.config().contentType())) {
            return onPool(() -> submit(new CreateCommand(face, request)));
        }
        return submit(new CreateCommand(face, request));
    }

    @Override
    public CompletableFuture<AppendResult> append(AppendRequest request) {
        if (request.path().startsWith("__")) {
            return CompletableFuture.completedFuture(reserved(request.path()));
        }
        return append(request, (String) null);
    }

    @Override
    public void append(
            AppendRequest request, BiConsumer<? super @Nullable AppendResult, ? super @Nullable Throwable> answer) {
        if (request.path().startsWith("__") || large(request.body(), request.contentType())) {
            var _ = append(request).whenComplete(answer);
            return;
        }
        AppendCommand command = new AppendCommand(face, request, payload(request), null);
        command.tell(answer);
        sequencer.submit(command);
    }

    @Override
    public CompletableFuture<AppendResult> appendReserved(AppendRequest request) {
        if (!request.path().startsWith("__")) {
            return CompletableFuture.completedFuture(notReserved(request.path()));
        }
        String contentType = request.contentType();
        return append(request, contentType == null ? "application/json" : contentType);
    }

    private CompletableFuture<AppendResult> append(AppendRequest request, @Nullable String createdAs) {
        if (large(request.body(), request.contentType())) {
            return onPool(() -> submit(new AppendCommand(face, request, payload(request), createdAs)));
        }
        return submit(new AppendCommand(face, request, payload(request), createdAs));
    }

    @Override
    public CompletableFuture<AppendAllResult> appendAll(List<AppendRequest> requests) {
        List<Payload> payloads = new ArrayList<>(requests.size());
        String scope = null;
        for (int i = 0; i < requests.size(); i++) {
            AppendRequest request = requests.get(i);
            if (request.path().startsWith("__")) {
                return CompletableFuture.completedFuture(new AppendAllResult.RefusedAt(i, reserved(request.path())));
            }
            String own = firstSegment(request.path());
            if (scope != null && !scope.equals(own)) {
                return CompletableFuture.completedFuture(new AppendAllResult.RefusedAt(
                        i,
                        Refusal.of(
                                ErrorKind.CROSS_SHARD,
                                "an atomic append stays below one first path segment; the first item's is \"" + scope
                                        + "\", this one's is \"" + own + "\"")));
            }
            scope = own;
            payloads.add(payload(request));
        }
        if (requests.isEmpty()) {
            return CompletableFuture.completedFuture(new AppendAllResult.AppendedAll(List.of()));
        }
        return submit(new AppendAllCommand(face, List.copyOf(requests), payloads));
    }

    /**
     * Appends to streams as a part of a commit over several faces.
     *
     * @param requests what to append, in order; none to a reserved path
     * @return to be released in the end
     */
    public FacePart<AppendAllResult> part(List<AppendRequest> requests) {
        return new AppendAllCommand(
                face,
                List.copyOf(requests),
                requests.stream().map(EngineStreamStorage::payload).toList());
    }

    private static String firstSegment(String path) {
        int slash = path.indexOf('/');
        return slash < 0 ? path : path.substring(0, slash);
    }

    private static Payload payload(AppendRequest request) {
        String contentType = request.contentType();
        return contentType == null ? Payload.EMPTY : Payload.of(request.body(), StreamIdentity.isJson(contentType));
    }

    private boolean large(byte[] body, @Nullable String contentType) {
        return body.length > MAX_INLINE_JSON_BYTES
                && contentType != null
                && StreamIdentity.isJson(contentType)
                && sequencer.isDriver();
    }

    @Override
    public CompletableFuture<DeleteResult> delete(String path) {
        if (path.startsWith("__")) {
            return CompletableFuture.completedFuture(reserved(path));
        }
        return submit(DeleteCommand.requested(face, path));
    }

    @Override
    public CompletableFuture<DeleteResult> deleteReserved(String path) {
        if (!path.startsWith("__")) {
            return CompletableFuture.completedFuture(notReserved(path));
        }
        return submit(DeleteCommand.requested(face, path));
    }

    private static Refusal notReserved(String path) {
        return Refusal.of(ErrorKind.INVALID_PARAMS, path + " is not a reserved path");
    }

    private static Refusal reserved(String path) {
        return Refusal.of(
                ErrorKind.METHOD_NOT_ALLOWED, "paths that start with two underscores are Varve's own: " + path);
    }

    private <R> CompletableFuture<R> submit(StreamCommand<R> command) {
        CompletableFuture<R> future = command.future();
        sequencer.submit(command);
        return future;
    }

    // ---- reading

    @Override
    public CompletableFuture<MetadataResult> metadata(String path) {
        return withStream(
                path,
                refusal -> refusal,
                (stream, view) -> CompletableFuture.completedFuture(view.head().metadata()));
    }

    @Override
    public CompletableFuture<ReadResult> read(String path, Offset from, int maxBytes) {
        return read(path, from, maxBytes, 1);
    }

    private CompletableFuture<ReadResult> read(String path, Offset from, int maxBytes, int attempt) {
        return withStream(path, refusal -> refusal, (stream, view) -> {
            face.accessed(stream);
            long at = resolve(from, view.head());
            Refusal refusal = refuse(at, view.head());
            if (refusal != null) {
                return CompletableFuture.completedFuture(refusal);
            }
            if (at == view.head().tail()) {
                return CompletableFuture.completedFuture(PageReader.emptyPage(view, at));
            }
            PageReader.Gathered latest = PageReader.gatherLatest(view, at, maxBytes);
            if (latest != null) {
                return CompletableFuture.completedFuture(PageReader.page(view, latest));
            }
            return reading(
                    path,
                    stream,
                    at,
                    () -> face.pages().read(stream, view, at, maxBytes),
                    attempt < MAX_READ_ATTEMPTS ? () -> read(path, from, maxBytes, attempt + 1) : null);
        });
    }

    @Override
    public CompletableFuture<PartedRead> readParts(String path, Offset from, int maxBytes) {
        return readParts(path, from, maxBytes, 1);
    }

    private CompletableFuture<PartedRead> readParts(String path, Offset from, int maxBytes, int attempt) {
        return withStream(path, Refused::new, (stream, view) -> {
            face.accessed(stream);
            long at = resolve(from, view.head());
            Refusal refusal = refuse(at, view.head());
            if (refusal != null) {
                return CompletableFuture.completedFuture(new Refused(refusal));
            }
            PageReader pages = face.pages();
            if (at == view.head().tail()) {
                return CompletableFuture.completedFuture(OpenPage.empty(pages, face.pool(), path, stream, view, at));
            }
            PageReader.Gathered latest = PageReader.gatherLatest(view, at, maxBytes);
            if (latest != null) {
                return CompletableFuture.completedFuture(OpenPage.of(pages, face.pool(), path, stream, view, latest));
            }
            ReadMemory.Lease lease = pages.memory().tryLease(OpenPage.PART_MEMORY_BYTES);
            if (lease == null) {
                return CompletableFuture.failedFuture(new VarveException(
                        ErrorKind.OVERLOADED, "the pages that are being sent take all memory there is for them"));
            }
            return reading(
                    path,
                    stream,
                    at,
                    lease,
                    () -> OpenPage.open(pages, face.pool(), path, stream, view, at, maxBytes, lease),
                    attempt < MAX_READ_ATTEMPTS ? () -> readParts(path, from, maxBytes, attempt + 1) : null);
        });
    }

    /** As the other, for a page of parts; gives the lease back when there is no page in the end. */
    private CompletableFuture<PartedRead> reading(
            String path,
            Stream stream,
            long at,
            ReadMemory.Lease lease,
            DiskRead<OpenPage> open,
            @Nullable Supplier<CompletableFuture<PartedRead>> again) {
        CompletableFuture<PartedRead> future = reading(
                path,
                stream,
                at,
                () -> {
                    try {
                        return open.run();
                    } catch (PageReader.NotABoundary e) {
                        lease.close();
                        return new Refused(PageReader.notHandedOut(at));
                    } catch (IOException | RuntimeException e) {
                        lease.close();
                        throw e;
                    }
                },
                again);
        if (future.isCompletedExceptionally()) {
            lease.close(); // The pool took no more tasks; closing twice is harmless.
        }
        return future;
    }

    @Override
    public CompletableFuture<MessagesResult> readMessages(String path, Offset from, int maxBytes) {
        return readMessages(path, from, maxBytes, 1);
    }

    private CompletableFuture<MessagesResult> readMessages(String path, Offset from, int maxBytes, int attempt) {
        return withStream(path, refusal -> refusal, (stream, view) -> {
            face.accessed(stream);
            long at = resolve(from, view.head());
            Refusal refusal = refuse(at, view.head());
            if (refusal != null) {
                return CompletableFuture.completedFuture(refusal);
            }
            if (at == view.head().tail()) {
                return CompletableFuture.completedFuture(new MessagesResult.Messages(
                        List.of(), Offset.at(at), false, view.head().closed()));
            }
            return reading(
                    path,
                    stream,
                    at,
                    () -> face.pages().readMessages(stream, view, at, maxBytes),
                    attempt < MAX_READ_ATTEMPTS ? () -> readMessages(path, from, maxBytes, attempt + 1) : null);
        });
    }

    @Override
    public CompletableFuture<Optional<Run>> appended(String path, long incarnation, Offset from, Offset to) {
        return appended(path, incarnation, from, to, 1);
    }

    private CompletableFuture<Optional<Run>> appended(
            String path, long incarnation, Offset from, Offset to, int attempt) {
        return withStream(path, refusal -> Optional.empty(), (stream, view) -> {
            StreamHead head = view.head();
            if (stream.identity.incarnation() != incarnation) {
                return CompletableFuture.completedFuture(Optional.empty());
            }
            String contentType = head.identity().contentType();
            long start = Math.max(from.position(), head.earliest());
            long end = to.position();
            if (start >= end) {
                return CompletableFuture.completedFuture(Optional.of(new Run(contentType, List.of())));
            }
            PageReader.Gathered latest = PageReader.gatherLatest(view, start, Integer.MAX_VALUE);
            if (latest != null && latest.next() == end) {
                return CompletableFuture.completedFuture(Optional.of(
                        new Run(contentType, PageReader.messages(view, latest).messages())));
            }
            return reading(
                    path,
                    stream,
                    start,
                    () -> Optional.of(new Run(contentType, face.pages().messages(stream, view, start, end))),
                    attempt < MAX_READ_ATTEMPTS ? () -> appended(path, incarnation, from, to, attempt + 1) : null);
        });
    }

    private static long resolve(Offset from, StreamHead head) {
        if (from.equals(Offset.BEGINNING)) {
            return head.earliest();
        }
        return from.equals(Offset.NOW) ? head.tail() : from.position();
    }

    private static @Nullable Refusal refuse(long at, StreamHead head) {
        if (at > head.tail()) {
            return PageReader.notHandedOut(at);
        }
        if (at < head.earliest()) {
            return Refusal.of(
                    ErrorKind.COMPACTED,
                    "the data at this offset was removed by retention; the earliest offset is "
                            + Offset.at(head.earliest()),
                    Offset.at(head.earliest()));
        }
        return null;
    }

    /** What is done with a reachable stream. */
    private interface Use<R> {
        CompletableFuture<R> apply(Stream stream, View view);
    }

    private <R> CompletableFuture<R> withStream(String path, Function<Refusal, R> refused, Use<R> use) {
        if (closed) {
            return CompletableFuture.failedFuture(closing());
        }
        sequencer.awaitWhole();
        Stream inMemory = face.table.find(path);
        if (inMemory != null) {
            return withStream(path, inMemory, refused, use);
        }
        return submit(new FindCommand(face, path))
                .thenCompose(found -> found.isEmpty()
                        ? CompletableFuture.completedFuture(refused.apply(Refusal.notFound(path)))
                        : withStream(path, found.get(), refused, use));
    }

    private <R> CompletableFuture<R> withStream(String path, Stream stream, Function<Refusal, R> refused, Use<R> use) {
        stream.use();
        // While a stream takes the place of one that has expired, that one is seen, and is over.
        Stream.Seen seen = face.seen(stream);
        if (seen == null || seen.view().deleted()) {
            return CompletableFuture.completedFuture(refused.apply(Refusal.notFound(path)));
        }
        Refusal refusal = face.unreachable(seen.stream(), seen.view().head());
        return refusal == null
                ? use.apply(seen.stream(), seen.view())
                : CompletableFuture.completedFuture(refused.apply(refusal));
    }

    private interface DiskRead<R> {
        R run() throws IOException;
    }

    /**
     * Reads on the pool.
     *
     * @param again reads anew when the stream has moved on meanwhile, so that what was looked for is gone; null when that
     *     was tried often enough
     */
    private <R> CompletableFuture<R> reading(
            String path, Stream stream, long at, DiskRead<R> read, @Nullable Supplier<CompletableFuture<R>> again) {
        CompletableFuture<R> future = new CompletableFuture<>();
        try {
            face.pool().execute(() -> {
                try {
                    future.complete(read.run());
                } catch (IOException | RuntimeException e) {
                    if (again != null && hasMovedOn(path, stream, at)) {
                        follow(again.get(), future);
                    } else {
                        future.completeExceptionally(new VarveException(
                                StreamTable.kindOf(e), "stream " + path + " could not be read: " + e.getMessage(), e));
                    }
                }
            });
        } catch (RejectedExecutionException e) {
            future.completeExceptionally(DiskErrors.notTaken(e));
        }
        return future;
    }

    /** Whether a stream was deleted, trimmed beyond a position, or dropped from memory since a read looked it up. */
    private boolean hasMovedOn(String path, Stream stream, long at) {
        View now = stream.newestView();
        return now == null || now.deleted() || now.head().earliest() > at || !stream.equals(face.table.find(path));
    }

    private static <R> void follow(CompletableFuture<R> source, CompletableFuture<R> target) {
        CompletableFuture<R> _ = source.whenComplete((result, failure) -> {
            if (failure != null) {
                target.completeExceptionally(failure);
            } else {
                target.complete(result);
            }
        });
    }

    private <R> CompletableFuture<R> onPool(Supplier<CompletableFuture<R>> action) {
        CompletableFuture<R> future = new CompletableFuture<>();
        try {
            face.pool().execute(() -> follow(action.get(), future));
        } catch (RejectedExecutionException e) {
            future.completeExceptionally(DiskErrors.notTaken(e));
        }
        return future;
    }

    // ---- following and listing

    @Override
    public Subscription subscribe(String path, StreamListener listener) {
        return face.listeners.add(path, listener);
    }

    @Override
    public Subscription subscribeAll(StreamListener listener) {
        return face.listeners.addToAll(listener);
    }

    @Override
    public CompletableFuture<ListResult> list(String prefix, @Nullable String after, int limit) {
        if (limit < 1 || limit > 1_000) {
            return CompletableFuture.completedFuture(
                    Refusal.of(ErrorKind.INVALID_PARAMS, "a listing's limit is 1 to 1,000, not " + limit));
        }
        sequencer.awaitWhole();
        CompletableFuture<ListResult> future = new CompletableFuture<>();
        try {
            face.pool().execute(() -> {
                try {
                    future.complete(lister.list(prefix, after, limit));
                } catch (IOException | RuntimeException e) {
                    future.completeExceptionally(new VarveException(
                            StreamTable.kindOf(e), "the list of streams could not be read: " + e.getMessage(), e));
                }
            });
        } catch (RejectedExecutionException e) {
            future.completeExceptionally(DiskErrors.notTaken(e));
        }
        return future;
    }

    private static VarveException closing() {
        return new VarveException(ErrorKind.UNAVAILABLE, "Varve is closed");
    }

    @Override
    public void close() {
        closed = true;
        onClose.run();
    }
}
