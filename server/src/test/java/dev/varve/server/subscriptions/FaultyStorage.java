package dev.varve.server.subscriptions;

import dev.varve.api.AppendRequest;
import dev.varve.api.AppendResult;
import dev.varve.api.DeleteResult;
import dev.varve.api.ErrorKind;
import dev.varve.api.StreamStorage;
import dev.varve.api.VarveException;
import dev.varve.testkit.ForwardingStreamStorage;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/** A storage whose writes to reserved streams fail when told so. */
final class FaultyStorage extends ForwardingStreamStorage {

    private final AtomicInteger writesLeft = new AtomicInteger(Integer.MAX_VALUE);
    private volatile ErrorKind kind = ErrorKind.UNAVAILABLE;
    private final AtomicInteger reservedWrites = new AtomicInteger();

    FaultyStorage(StreamStorage storage) {
        super(storage);
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
        return unlessFailing(() -> to.appendReserved(request));
    }

    @Override
    public CompletableFuture<DeleteResult> deleteReserved(String path) {
        return unlessFailing(() -> to.deleteReserved(path));
    }
}
