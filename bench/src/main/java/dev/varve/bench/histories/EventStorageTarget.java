package dev.varve.bench.histories;

import dev.varve.api.EventStorage;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;

/** A storage in this process. Thread-safe. */
final class EventStorageTarget implements Target<EventRequest, EventAnswer> {

    private final EventStorage storage;

    EventStorageTarget(EventStorage storage) {
        this.storage = storage;
    }

    @Override
    public Outcome<EventAnswer> call(String prefix, EventRequest request, Patience patience, SplittableRandom random)
            throws InterruptedException {
        String store = prefix + request.store();
        CompletableFuture<EventAnswer> answer = switch (request) {
            case EventRequest.Append append ->
                storage.append(store, append.toAppend(), true).thenApply(EventAnswer::of);
            case EventRequest.Read read -> storage.read(store, read.toRead()).thenApply(EventAnswer::of);
        };
        return StorageAnswers.await(answer, request, patience, random);
    }

    @Override
    public void close() {
        // The storage belongs to somebody else.
    }
}
