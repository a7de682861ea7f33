package dev.varve.spring;

import dev.varve.api.AppendAllResult;
import dev.varve.api.AppendRequest;
import dev.varve.api.AppendResult;
import dev.varve.api.CreateRequest;
import dev.varve.api.CreateResult;
import dev.varve.api.ErrorKind;
import dev.varve.api.FollowOptions;
import dev.varve.api.ListResult;
import dev.varve.api.MessagesResult;
import dev.varve.api.Offset;
import dev.varve.api.ReadResult;
import dev.varve.api.Refusal;
import dev.varve.api.StreamMetadata;
import dev.varve.api.StreamReader;
import dev.varve.api.Streams;
import dev.varve.api.spi.Transport;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Other streams, whose calls are timed. What the interface makes of these calls, as producers and typed streams, is made of the timed
 * ones. Thread-safe.
 */
final class MeteredStreams implements Streams {

    private final Streams streams;
    private final Transport.Kind transport;
    private final OperationTimers timers;

    MeteredStreams(Streams streams, Transport.Kind transport, OperationTimers timers) {
        this.streams = streams;
        this.transport = transport;
        this.timers = timers;
    }

    private <T> T timed(Operation operation, Supplier<T> call) {
        return timers.timed(operation, transport, call);
    }

    @Override
    public CreateResult create(CreateRequest request) {
        return timed(Operation.STREAMS_CREATE, () -> streams.create(request));
    }

    @Override
    public AppendResult append(AppendRequest request) {
        return timed(Operation.STREAMS_APPEND, () -> streams.append(request));
    }

    @Override
    public Offset append(String path, byte[] body) {
        return timed(Operation.STREAMS_APPEND, () -> streams.append(path, body));
    }

    @Override
    public CompletableFuture<AppendResult> appendAsync(AppendRequest request) {
        long begun = System.nanoTime();
        CompletableFuture<AppendResult> appended = streams.appendAsync(request);
        CompletableFuture<?> unused = appended.whenComplete((result, failure) -> {
            if (failure != null) {
                timers.failed(Operation.STREAMS_APPEND, transport, begun, failure);
            } else {
                timers.ended(Operation.STREAMS_APPEND, transport, begun, refusal(result));
            }
        });
        return appended; // the very one, so that cancelling it does what it did
    }

    private static @Nullable ErrorKind refusal(AppendResult result) {
        return result instanceof Refusal refusal ? refusal.kind() : null;
    }

    @Override
    public AppendAllResult appendAll(List<AppendRequest> requests) {
        return timers.timed(
                Operation.STREAMS_APPEND_ALL,
                transport,
                () -> streams.appendAll(requests),
                result -> result instanceof AppendAllResult.RefusedAt at
                        ? at.refusal().kind()
                        : null);
    }

    @Override
    public Offset close(String path) {
        return timed(Operation.STREAMS_CLOSE, () -> streams.close(path));
    }

    @Override
    public boolean delete(String path) {
        return timed(Operation.STREAMS_DELETE, () -> streams.delete(path));
    }

    @Override
    public Optional<StreamMetadata> find(String path) {
        return timed(Operation.STREAMS_FIND, () -> streams.find(path));
    }

    @Override
    public ReadResult.Page read(String path, Offset from) {
        return timed(Operation.STREAMS_READ, () -> streams.read(path, from));
    }

    @Override
    public MessagesResult.Messages readMessages(String path, Offset from) {
        return timed(Operation.STREAMS_READ_MESSAGES, () -> streams.readMessages(path, from));
    }

    /** Timed until the reader is open: how long it waits then depends on what comes. */
    @Override
    public StreamReader follow(String path, Offset from, FollowOptions options) {
        return timed(Operation.STREAMS_FOLLOW, () -> streams.follow(path, from, options));
    }

    @Override
    public ListResult.Listing list(String prefix, @Nullable String after, int limit) {
        return timed(Operation.STREAMS_LIST, () -> streams.list(prefix, after, limit));
    }
}
