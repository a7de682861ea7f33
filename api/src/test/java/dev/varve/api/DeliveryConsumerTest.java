package dev.varve.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Proxy;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What a consumer asks its storage for, and when. */
final class DeliveryConsumerTest {

    private static final long PATIENCE_SECONDS = 60;

    /** Every call that was made; those that wait are answered by the test. */
    private final BlockingQueue<Call> calls = new LinkedBlockingQueue<>();

    private record Call(String name, CompletableFuture<Object> answer) {}

    private final EventSubscriptionStorage storage = (EventSubscriptionStorage) Proxy.newProxyInstance(
            getClass().getClassLoader(), new Class<?>[] {EventSubscriptionStorage.class}, (proxy, method, args) -> {
                CompletableFuture<Object> answer = new CompletableFuture<>();
                calls.add(new Call(method.getName(), answer));
                return answer;
            });

    private CompletableFuture<Object> called(String name) throws InterruptedException {
        Call call = calls.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
        assertThat(call).as(name).isNotNull();
        assertThat(call.name).isEqualTo(name);
        return call.answer;
    }

    private DeliveryConsumer started() throws InterruptedException {
        DeliveryConsumer consumer = new DeliveryConsumer(storage, "a/b", "group", "c", delivery -> {});
        consumer.start();
        called("info").complete(info());
        return consumer;
    }

    private static SubscriptionInfo info() {
        return new SubscriptionInfo(
                "group",
                SubscriptionSettings.of(EventRead.all()),
                Instant.EPOCH,
                -1,
                -1,
                0,
                0,
                0,
                false,
                "",
                List.of());
    }

    @Test
    void a_consumer_has_left_when_nothing_that_it_asked_for_is_on_its_way() throws InterruptedException {
        DeliveryConsumer consumer = started();
        CompletableFuture<Object> asked = called("next");

        consumer.close();

        called("leave").complete(true);
        assertThat(asked.isCancelled()).isFalse();
        assertThat(calls).isEmpty();
        asked.complete(List.of());
        called("leave").complete(true);
    }

    @Test
    void a_call_that_does_not_end_when_its_consumer_leaves_is_cut_off() throws InterruptedException {
        DeliveryConsumer consumer = started();
        CompletableFuture<Object> asked = called("next");

        consumer.close();

        called("leave").complete(true);
        called("leave").complete(true);
        assertThat(asked.isCancelled()).isTrue();
    }

    @Test
    void a_call_is_cut_off_at_once_when_leaving_fails() throws InterruptedException {
        DeliveryConsumer consumer = started();
        CompletableFuture<Object> asked = called("next");

        consumer.close();

        called("leave").completeExceptionally(new VarveException(ErrorKind.UNAVAILABLE, "closed"));
        called("leave").complete(true);
        assertThat(asked.isCancelled()).isTrue();
    }
}
