package dev.varve.testkit;

import dev.varve.api.AppendAllResult;
import dev.varve.api.AppendRequest;
import dev.varve.api.AppendResult;
import dev.varve.api.CreateRequest;
import dev.varve.api.CreateResult;
import dev.varve.api.DeleteResult;
import dev.varve.api.ListResult;
import dev.varve.api.MessagesResult;
import dev.varve.api.MetadataResult;
import dev.varve.api.Offset;
import dev.varve.api.ReadResult;
import dev.varve.api.StreamCapability;
import dev.varve.api.StreamListener;
import dev.varve.api.StreamStorage;
import dev.varve.api.Subscription;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A storage that hands everything on to another, the optional operations too, for tests that change some of it. As
 * thread-safe, atomic and durable as the other.
 */
public class ForwardingStreamStorage implements StreamStorage {

    /** The storage behind this one. */
    protected final StreamStorage to;

    /**
     * A storage in front of another.
     *
     * @param to the other, which {@link #close} closes too
     */
    protected ForwardingStreamStorage(StreamStorage to) {
        this.to = to;
    }

    @Override
    public Set<StreamCapability> capabilities() {
        return to.capabilities();
    }

    @Override
    public CompletableFuture<CreateResult> create(CreateRequest request) {
        return to.create(request);
    }

    @Override
    public CompletableFuture<AppendResult> append(AppendRequest request) {
        return to.append(request);
    }

    @Override
    public CompletableFuture<AppendAllResult> appendAll(List<AppendRequest> requests) {
        return to.appendAll(requests);
    }

    @Override
    public CompletableFuture<DeleteResult> delete(String path) {
        return to.delete(path);
    }

    @Override
    public CompletableFuture<MetadataResult> metadata(String path) {
        return to.metadata(path);
    }

    @Override
    public CompletableFuture<ReadResult> read(String path, Offset from, int maxBytes) {
        return to.read(path, from, maxBytes);
    }

    @Override
    public CompletableFuture<MessagesResult> readMessages(String path, Offset from, int maxBytes) {
        return to.readMessages(path, from, maxBytes);
    }

    @Override
    public Subscription subscribe(String path, StreamListener listener) {
        return to.subscribe(path, listener);
    }

    @Override
    public Subscription subscribeAll(StreamListener listener) {
        return to.subscribeAll(listener);
    }

    @Override
    public CompletableFuture<AppendResult> appendReserved(AppendRequest request) {
        return to.appendReserved(request);
    }

    @Override
    public CompletableFuture<DeleteResult> deleteReserved(String path) {
        return to.deleteReserved(path);
    }

    @Override
    public CompletableFuture<ListResult> list(String prefix, @Nullable String after, int limit) {
        return to.list(prefix, after, limit);
    }

    @Override
    public void close() {
        to.close();
    }
}
