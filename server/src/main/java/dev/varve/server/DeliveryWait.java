package dev.varve.server;

import dev.varve.api.DeliveredEvent;
import dev.varve.api.EventSubscriptionStorage;
import dev.varve.api.Settlement;
import dev.varve.api.StoredEvent;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;

/**
 * An answer that waits for events of a subscription; when the server closes meanwhile, there are none. What comes for somebody who is gone is given back.
 * Confined to the connection's loop.
 */
final class DeliveryWait implements Connection.Attachment {

    private final Exchange exchange;
    private final EventSubscriptionStorage subscriptions;
    private final String store;
    private final String name;
    private final CompletableFuture<List<DeliveredEvent>> deliveries;

    DeliveryWait(
            Exchange exchange,
            EventSubscriptionStorage subscriptions,
            String store,
            String name,
            CompletableFuture<List<DeliveredEvent>> deliveries) {
        this.exchange = exchange;
        this.subscriptions = subscriptions;
        this.store = store;
        this.name = name;
        this.deliveries = deliveries;
    }

    void start() {
        exchange.connection().attach(this);
        CompletableFuture<List<DeliveredEvent>> answer = new CompletableFuture<>();
        var _ = deliveries.whenComplete((found, failure) -> {
            if (failure == null) {
                answer.complete(found);
            } else if (failure instanceof CancellationException) {
                answer.complete(List.of());
            } else {
                answer.completeExceptionally(failure);
            }
        });
        exchange.await(answer, this::deliver, this::giveBack);
    }

    private void deliver(List<DeliveredEvent> found) {
        List<StoredEvent> events = found.stream().map(DeliveredEvent::event).toList();
        EventsRoutes.render(exchange, events, () -> SubscriptionText.deliveries(EventsRoutes.buffer(events), found));
    }

    private void giveBack(List<DeliveredEvent> found) {
        if (!found.isEmpty()) {
            CompletableFuture<Integer> _ = subscriptions.settle(
                    store,
                    name,
                    Settlement.retry("the consumer's connection was closed"),
                    found.stream().map(DeliveredEvent::token).toList());
        }
    }

    @Override
    public void writable() {
        // Nothing is written before the answer.
    }

    @Override
    public void expired() {
        // The storage watches the time.
    }

    @Override
    public void drain() {
        deliveries.cancel(false);
    }

    @Override
    public void gone() {
        deliveries.cancel(false);
    }
}
