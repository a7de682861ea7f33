package dev.varve.api;

import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** {@link EventSubscriptions} over a storage: waits for its futures. Thread-safe. */
final class StorageEventSubscriptions implements EventSubscriptions {

    private final EventSubscriptionStorage storage;
    private final String store;

    StorageEventSubscriptions(EventSubscriptionStorage storage, String store) {
        this.storage = storage;
        this.store = store;
    }

    private static <T> T await(CompletableFuture<T> future) {
        return StorageStreams.await(future);
    }

    @Override
    public SubscriptionInfo create(String name, SubscriptionSettings settings) {
        return await(storage.create(store, name, settings));
    }

    @Override
    public SubscriptionInfo update(String name, SubscriptionSettings settings) {
        return await(storage.update(store, name, settings));
    }

    @Override
    public boolean delete(String name) {
        return await(storage.delete(store, name));
    }

    @Override
    public List<SubscriptionInfo> list() {
        return await(storage.list(store));
    }

    @Override
    public SubscriptionInfo info(String name) {
        return await(storage.info(store, name));
    }

    @Override
    public List<DeliveredEvent> next(String name, String consumer, int max, Duration wait) {
        return await(storage.next(store, name, consumer, max, wait));
    }

    @Override
    public int settle(String name, Settlement settlement, Collection<String> tokens) {
        return await(storage.settle(store, name, settlement, tokens));
    }

    @Override
    public void leave(String name, String consumer) {
        await(storage.leave(store, name, consumer));
    }

    @Override
    public List<ParkedEvent> parked(String name, long after, int limit) {
        return await(storage.parked(store, name, after, limit));
    }

    @Override
    public int replayParked(String name, int stopAt) {
        return await(storage.replayParked(store, name, stopAt));
    }

    @Override
    public SubscriptionInfo pause(String name) {
        return await(storage.pause(store, name));
    }

    @Override
    public SubscriptionInfo resume(String name) {
        return await(storage.resume(store, name));
    }

    @Override
    public SubscriptionInfo reset(String name, long position) {
        return await(storage.reset(store, name, position));
    }

    @Override
    public Subscription consume(String name, String consumer, DeliveryHandler handler) {
        DeliveryConsumer consuming = new DeliveryConsumer(storage, store, name, consumer, handler);
        consuming.start();
        return consuming;
    }
}
