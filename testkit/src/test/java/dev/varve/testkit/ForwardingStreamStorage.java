package dev.varve.testkit;

import dev.varve.api.AppendRequest;
import dev.varve.api.AppendResult;
import dev.varve.api.CreateRequest;
import dev.varve.api.CreateResult;
import dev.varve.api.DeleteResult;
import dev.varve.api.MessagesResult;
import dev.varve.api.MetadataResult;
import dev.varve.api.Offset;
import dev.varve.api.ReadResult;
import dev.varve.api.StreamCapability;
import dev.varve.api.StreamListener;
import dev.varve.api.StreamStorage;
import dev.varve.api.Subscription;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/** Everything as another storage does it, until a test overrides something. As thread-safe as the other. */
abstract class ForwardingStreamStorage implements StreamStorage {
    private final StreamStorage to;

    ForwardingStreamStorage(StreamStorage to) {
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
    public void close() {
        to.close();
    }
}
