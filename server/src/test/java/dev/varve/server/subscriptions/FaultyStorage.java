package dev.varve.server.subscriptions;

import dev.varve.api.AppendAllResult;
import dev.varve.api.AppendRequest;
import dev.varve.api.AppendResult;
import dev.varve.api.CreateRequest;
import dev.varve.api.CreateResult;
import dev.varve.api.DeleteResult;
import dev.varve.api.ErrorKind;
import dev.varve.api.ListResult;
import dev.varve.api.MessagesResult;
import dev.varve.api.MetadataResult;
import dev.varve.api.Offset;
import dev.varve.api.ReadResult;
import dev.varve.api.StreamCapability;
import dev.varve.api.StreamListener;
import dev.varve.api.StreamStorage;
import dev.varve.api.Subscription;
import dev.varve.api.VarveException;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A storage whose writes to reserved streams fail when told so. */
final class FaultyStorage implements StreamStorage {

    private final StreamStorage storage;
    private final AtomicInteger writesLeft = new AtomicInteger(Integer.MAX_VALUE);
    private volatile ErrorKind kind = ErrorKind.UNAVAILABLE;
    private final AtomicInteger reservedWrites = new AtomicInteger();

    FaultyStorage(StreamStorage storage) {
        this.storage = storage;
    }

    /** Lets some more writes to reserved streams through and fails all after. */
    void failAfter(int writes, ErrorKind failure) {
        kind = failure;
        writesLeft.set(writes);
    }

    void heal() {
        writesLeft.set(Integer.MAX_VALUE);
    }

    /** How many writes to reserved streams were tried. */
    int reservedWrites() {
        return reservedWrites.get();
    }

    private <T> CompletableFuture<T> unlessFailing(Supplier<CompletableFuture<T>> write) {
        reservedWrites.incrementAndGet();
        return writesLeft.getAndDecrement() > 0
                ? write.get()
                : CompletableFuture.failedFuture(new VarveException(kind, "told to fail"));
    }

    @Override
    public CompletableFuture<AppendResult> appendReserved(AppendRequest request) {
        return unlessFailing(() -> storage.appendReserved(request));
    }

    @Override
    public CompletableFuture<DeleteResult> deleteReserved(String path) {
        return unlessFailing(() -> storage.deleteReserved(path));
    }

    @Override
    public Set<StreamCapability> capabilities() {
        return storage.capabilities();
    }

    @Override
    public CompletableFuture<CreateResult> create(CreateRequest request) {
        return storage.create(request);
    }

    @Override
    public CompletableFuture<AppendResult> append(AppendRequest request) {
        return storage.append(request);
    }

    @Override
    public CompletableFuture<AppendAllResult> appendAll(List<AppendRequest> requests) {
        return storage.appendAll(requests);
    }

    @Override
    public CompletableFuture<DeleteResult> delete(String path) {
        return storage.delete(path);
    }

    @Override
    public CompletableFuture<MetadataResult> metadata(String path) {
        return storage.metadata(path);
    }

    @Override
    public CompletableFuture<ReadResult> read(String path, Offset from, int maxBytes) {
        return storage.read(path, from, maxBytes);
    }

    @Override
    public CompletableFuture<MessagesResult> readMessages(String path, Offset from, int maxBytes) {
        return storage.readMessages(path, from, maxBytes);
    }

    @Override
    public Subscription subscribe(String path, StreamListener listener) {
        return storage.subscribe(path, listener);
    }

    @Override
    public Subscription subscribeAll(StreamListener listener) {
        return storage.subscribeAll(listener);
    }

    @Override
    public CompletableFuture<ListResult> list(String prefix, @Nullable String after, int limit) {
        return storage.list(prefix, after, limit);
    }

    @Override
    public void close() {
        storage.close();
    }
}
