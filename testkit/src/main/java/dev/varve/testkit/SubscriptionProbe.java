package dev.varve.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.varve.api.AggregateId;
import dev.varve.api.DeliveredEvent;
import dev.varve.api.ErrorKind;
import dev.varve.api.EventRead;
import dev.varve.api.EventStore;
import dev.varve.api.EventSubscriptions;
import dev.varve.api.ExpectedVersion;
import dev.varve.api.NewEvent;
import dev.varve.api.Settlement;
import dev.varve.api.SubscriptionInfo;
import dev.varve.api.SubscriptionSettings;
import dev.varve.api.VarveException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Function;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** The subscriptions of a store under test with the words that tests use. Thread-safe, as far as the store is. */
final class SubscriptionProbe {

    static final String STORE = "acme/app";
    static final String GROUP = "mailer";
    static final AggregateId A = new AggregateId("order", "a");
    static final AggregateId B = new AggregateId("order", "b");
    static final AggregateId C = new AggregateId("other", "c");
    static final Duration TIMEOUT = Duration.ofSeconds(10);
    static final int MANY = 100;

    /** All events, three tries, no pause between them. */
    static final SubscriptionSettings SETTINGS = SubscriptionSettings.of(EventRead.all())
            .withMessageTimeout(TIMEOUT)
            .withRetries(2, Duration.ZERO)
            .withMaxInFlight(MANY);

    private final Function<String, EventStore> stores;
    private final Consumer<Duration> clock;
    private final Runnable comeBack;
    private volatile EventStore store;

    SubscriptionProbe(Function<String, EventStore> stores, Consumer<Duration> clock, Runnable comeBack) {
        this.stores = stores;
        this.clock = clock;
        this.comeBack = comeBack;
        this.store = stores.apply(STORE);
    }

    EventStore store() {
        return store;
    }

    EventStore store(String name) {
        return stores.apply(name);
    }

    EventSubscriptions all() {
        return store.subscriptions();
    }

    void reopen() {
        comeBack.run();
        store = stores.apply(STORE);
    }

    void advance(Duration time) {
        clock.accept(time);
    }

    // ---- events

    /** Appends events of these types and gives the position of the first. */
    long append(AggregateId aggregate, String... types) {
        return store.append(
                        aggregate,
                        ExpectedVersion.any(),
                        Arrays.stream(types)
                                .map(type -> NewEvent.json(type, "{}"))
                                .toArray(NewEvent[]::new))
                .firstPosition();
    }

    // ---- the subscription that most tests use

    /** Makes it; the store is there then, and has one event of no type that matters. */
    SubscriptionInfo make(SubscriptionSettings settings) {
        return all().create(GROUP, settings);
    }

    SubscriptionInfo info() {
        return all().info(GROUP);
    }

    /** What a consumer gets without waiting. */
    List<DeliveredEvent> next(String consumer, int max) {
        return all().next(GROUP, consumer, max, Duration.ZERO);
    }

    List<DeliveredEvent> next(String consumer) {
        return next(consumer, MANY);
    }

    /** The only delivery that there is. */
    DeliveredEvent one(String consumer) {
        List<DeliveredEvent> deliveries = next(consumer);
        assertThat(deliveries).hasSize(1);
        return deliveries.get(0);
    }

    /** A call that waits long. */
    CompletableFuture<List<DeliveredEvent>> waiting(String consumer, int max) {
        CompletableFuture<List<DeliveredEvent>> answer = new CompletableFuture<>();
        Thread thread = new Thread(() -> {
            try {
                answer.complete(all().next(GROUP, consumer, max, Duration.ofMinutes(2)));
            } catch (VarveException e) {
                answer.completeExceptionally(e);
            }
        });
        thread.setDaemon(true);
        thread.start();
        StreamProbe.eventually(
                consumer + " waits", () -> answer.isDone() || info().consumers().contains(consumer));
        return answer;
    }

    void ack(DeliveredEvent... deliveries) {
        assertThat(all().ack(GROUP, deliveries)).isEqualTo(deliveries.length);
    }

    void ack(List<DeliveredEvent> deliveries) {
        ack(deliveries.toArray(DeliveredEvent[]::new));
    }

    void settle(Settlement settlement, DeliveredEvent... deliveries) {
        assertThat(all().settle(GROUP, settlement, deliveries)).isEqualTo(deliveries.length);
    }

    long checkpoint() {
        return info().checkpoint();
    }

    // ---- words

    static List<String> types(List<DeliveredEvent> deliveries) {
        List<String> types = new ArrayList<>();
        deliveries.forEach(delivery -> types.add(delivery.event().type()));
        return types;
    }

    static List<Integer> attempts(List<DeliveredEvent> deliveries) {
        List<Integer> attempts = new ArrayList<>();
        deliveries.forEach(delivery -> attempts.add(delivery.attempt()));
        return attempts;
    }

    static void refused(ErrorKind kind, ThrowingCallable call) {
        VarveException failure = catchThrowableOfType(VarveException.class, call);
        assertThat(failure).as("what was refused").isNotNull();
        assertThat(failure.kind()).as(failure.getMessage()).isEqualTo(kind);
    }
}
