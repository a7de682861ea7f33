package dev.varve.engine.groups;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.varve.api.Entry;
import dev.varve.api.EntryOp;
import dev.varve.api.EntryPage;
import dev.varve.api.EntryStorage;
import dev.varve.api.EntryWrite;
import dev.varve.api.EntryWriteResult;
import dev.varve.api.ErrorKind;
import dev.varve.api.EventRead;
import dev.varve.api.EventStorage;
import dev.varve.api.EventStore;
import dev.varve.api.StoreInfo;
import dev.varve.api.Subscription;
import dev.varve.api.SubscriptionInfo;
import dev.varve.api.SubscriptionSettings;
import dev.varve.api.VarveException;
import dev.varve.engine.TestClock;
import dev.varve.engine.shard.EngineTime;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongConsumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What comes between a change of subscriptions and its being durable, over storages that answer when the test says so. */
final class EventGroupsRacesTest {

    private static final String STORE = "acme/shop";
    private static final String NONE = "acme/none";
    private static final SubscriptionSettings SETTINGS = SubscriptionSettings.of(EventRead.all());

    private final StoreInfo info = new StoreInfo(new UUID(1, 2), STORE, false, Instant.EPOCH, 0, 0, 0, 0, null);

    private final AtomicReference<Optional<StoreInfo>> store = new AtomicReference<>(Optional.of(info));
    private final AtomicReference<LongConsumer> listener = new AtomicReference<>();
    private final AtomicReference<Runnable> whileSubscribing = new AtomicReference<>(() -> {});
    private final LinkedBlockingQueue<Held> writes = new LinkedBlockingQueue<>();
    private final AtomicInteger loads = new AtomicInteger();

    /** A write that the test answers. */
    private record Held(EntryWrite write, CompletableFuture<EntryWriteResult> answer) {

        void succeeds() {
            answer.complete(new EntryWriteResult.Written(List.of(), 1));
        }

        void fails() {
            answer.completeExceptionally(new VarveException(ErrorKind.OVERLOADED, "no room"));
        }

        boolean deletes(String path) {
            return write.ops().stream()
                    .anyMatch(op -> op.kind() == EntryOp.Kind.DELETE
                            && op.path().toString().endsWith(path));
        }
    }

    private final EventGroups groups = new EventGroups(
            proxy(EventStorage.class, (_, method, arguments) -> switch (method.getName()) {
                case "subscribe" -> {
                    whileSubscribing.get().run();
                    listener.set((LongConsumer) arguments[1]);
                    yield (Subscription) () -> {};
                }
                case "head" -> EventStore.EMPTY;
                default -> throw new AssertionError(method);
            }),
            proxy(EntryStorage.class, (_, _, arguments) -> arguments[0].equals(NONE) ? Optional.empty() : store.get()),
            proxy(EntryStorage.class, (_, method, arguments) -> switch (method.getName()) {
                case "store" -> Optional.of(info);
                case "list" -> {
                    loads.incrementAndGet();
                    yield CompletableFuture.completedFuture(new EntryPage(List.<Entry>of(), null, 0));
                }
                case "write" -> {
                    Held held = new Held((EntryWrite) arguments[0], new CompletableFuture<>());
                    writes.add(held);
                    yield held.answer;
                }
                default -> throw new AssertionError(method);
            }),
            new EngineTime(new TestClock()),
            new SplittableRandom(7),
            Thread.ofPlatform().daemon().name("groups-under-test").factory());

    private static <T> T proxy(Class<T> type, InvocationHandler handler) {
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
    }

    @AfterEach
    void close() {
        writes.forEach(Held::succeeds);
        groups.close();
    }

    /** All that the thread was given before is done, and what came of that, and of that. */
    private void settle() {
        for (int i = 0; i < 3; i++) {
            assertThatThrownBy(() -> groups.list(NONE).join()).hasMessageContaining("there is no store");
        }
    }

    private SubscriptionInfo created(String name) throws InterruptedException {
        CompletableFuture<SubscriptionInfo> answer = groups.create(STORE, name, SETTINGS);
        writes.take().succeeds();
        return answer.join();
    }

    @Test
    void a_subscription_that_is_kept_when_its_store_is_gone_was_not_made_and_is_forgotten_after_that()
            throws Exception {
        CompletableFuture<SubscriptionInfo> answer = groups.create(STORE, "s", SETTINGS);
        Held write = writes.take();

        store.set(Optional.empty());
        listener.get().accept(Long.MAX_VALUE);
        store.set(Optional.of(info));
        settle();
        assertThat(writes).isEmpty(); // what is forgotten before it is written would stay for ever
        write.succeeds();

        assertThatThrownBy(answer::join).hasMessageContaining("there is no store");
        assertThat(writes.take().deletes(info.id().toString())).isTrue();
    }

    @Test
    void a_store_that_goes_before_anybody_would_tell_of_it_has_no_subscriptions() throws Exception {
        whileSubscribing.set(() -> store.set(Optional.empty()));

        CompletableFuture<SubscriptionInfo> answer = groups.create(STORE, "s", SETTINGS);

        assertThatThrownBy(answer::join).hasMessageContaining("there is no store");
        assertThat(writes.take().deletes(info.id().toString())).isTrue();
        assertThat(writes).isEmpty();
    }

    @Test
    void after_a_deletion_that_failed_all_are_read_again_when_what_was_on_its_way_is_there() throws Exception {
        created("a");
        created("b");
        CompletableFuture<SubscriptionInfo> paused = groups.pause(STORE, "b");
        Held older = writes.take();
        CompletableFuture<SubscriptionInfo> made = groups.create(STORE, "c", SETTINGS);
        Held making = writes.take();
        CompletableFuture<Boolean> deleted = groups.delete(STORE, "a");
        Held deletion = writes.take();
        int before = loads.get();

        deletion.fails();
        assertThatThrownBy(deleted::join).hasMessageContaining("no room");
        CompletableFuture<List<SubscriptionInfo>> list = groups.list(STORE);
        settle();
        assertThat(loads).hasValue(before);
        older.succeeds();
        settle();
        assertThat(loads).hasValue(before);
        making.succeeds();

        assertThat(made.join().name()).isEqualTo("c");
        assertThat(list.join()).isEmpty(); // as the storage has it
        assertThat(loads.get()).isGreaterThan(before);
        assertThat(paused).isCompletedExceptionally();
    }

    @Test
    void a_subscription_is_deleted_after_all_that_was_being_written_of_it() throws Exception {
        created("a");
        CompletableFuture<SubscriptionInfo> paused = groups.pause(STORE, "a");
        Held older = writes.take();

        CompletableFuture<Boolean> deleted = groups.delete(STORE, "a");
        settle();
        assertThat(writes).isEmpty();
        assertThatThrownBy(() -> groups.create(STORE, "a", SETTINGS).join()).hasMessageContaining("already");
        older.succeeds();
        Held deletion = writes.take();
        assertThat(deletion.deletes("a")).isTrue();
        deletion.succeeds();

        assertThat(deleted.join()).isTrue();
        assertThat(paused).isCompletedExceptionally();
        assertThat(created("a").name()).isEqualTo("a");
    }
}
