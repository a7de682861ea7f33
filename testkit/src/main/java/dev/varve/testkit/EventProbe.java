package dev.varve.testkit;

import static dev.varve.testkit.StreamProbe.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.varve.api.AggregateId;
import dev.varve.api.AggregateInfo;
import dev.varve.api.AppendCondition;
import dev.varve.api.ErrorKind;
import dev.varve.api.EventAppend;
import dev.varve.api.EventAppendResult;
import dev.varve.api.EventAppendResult.Appended;
import dev.varve.api.EventAppendResult.Reason;
import dev.varve.api.EventAppendResult.Refused;
import dev.varve.api.EventQuery;
import dev.varve.api.EventRead;
import dev.varve.api.EventSlice;
import dev.varve.api.EventStore;
import dev.varve.api.ExpectedVersion;
import dev.varve.api.NewEvent;
import dev.varve.api.StoredEvent;
import dev.varve.api.VarveException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.IntFunction;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/**
 * A store of events under test with the words that tests use: it checks what every answer must fulfil. Thread-safe, as far as the store is.
 */
final class EventProbe {

    /** The store that most tests write to; the first append creates it. */
    static final String STORE = "acme/app";

    static final AggregateId A = new AggregateId("order", "a");
    static final AggregateId B = new AggregateId("order", "b");
    /** Of another category, whose name begins as that of the others. */
    static final AggregateId C = new AggregateId("orders", "c");

    private final Function<String, EventStore> stores;
    private final Runnable comeBack;
    private final AtomicLong events = new AtomicLong();
    private volatile EventStore store;

    EventProbe(Function<String, EventStore> stores, Runnable comeBack) {
        this.stores = stores;
        this.comeBack = comeBack;
        this.store = stores.apply(STORE);
    }

    EventStore store() {
        return store;
    }

    EventStore store(String name) {
        return stores.apply(name);
    }

    /** Lets the storage come back with what it has stored, or skips the test when it keeps nothing. */
    void reopen() {
        comeBack.run();
        store = stores.apply(STORE);
    }

    // ---- words

    static ExpectedVersion any() {
        return ExpectedVersion.any();
    }

    static ExpectedVersion noStream() {
        return ExpectedVersion.noStream();
    }

    static ExpectedVersion exists() {
        return ExpectedVersion.exists();
    }

    static ExpectedVersion exactly(long version) {
        return ExpectedVersion.exactly(version);
    }

    /** An event with an id and data of its own. */
    NewEvent event(String type, String... tags) {
        return NewEvent.json(type, "{\"n\":" + events.incrementAndGet() + "}").withTags(tags);
    }

    List<NewEvent> events(String... types) {
        return Arrays.stream(types).map(type -> event(type)).toList();
    }

    static AppendCondition unless(EventQuery query, long after) {
        return new AppendCondition(query, after);
    }

    // ---- writing

    Appended append(AggregateId aggregate, String... types) {
        return append(EventAppend.to(aggregate, any(), events(types)));
    }

    Appended append(AggregateId aggregate, NewEvent... several) {
        return append(EventAppend.to(aggregate, any(), List.of(several)));
    }

    /** An append of something new, by nobody else at the same time. */
    Appended append(EventAppend append) {
        long head = store.head();
        Appended appended = appended(store.tryAppend(append));
        int count = append.events().size();
        assertThat(appended.idempotent()).as("idempotent").isFalse();
        assertThat(appended.firstPosition()).isEqualTo(count == 0 ? EventStore.EMPTY : head + 1);
        assertThat(appended.lastPosition()).isEqualTo(count == 0 ? EventStore.EMPTY : head + count);
        assertThat(store.head()).isEqualTo(head + count);
        return appended;
    }

    static Appended appended(EventAppendResult result) {
        assertThat(result).isInstanceOf(Appended.class);
        return (Appended) result;
    }

    /** The same append as before gets the answer of then, and nothing is written. */
    void again(EventAppend append, Appended then) {
        List<StoredEvent> before = all();
        Appended appended = appended(store.tryAppend(append));
        assertThat(appended.idempotent()).as("idempotent").isTrue();
        assertThat(appended)
                .isEqualTo(new Appended(then.firstPosition(), then.lastPosition(), then.aggregates(), true));
        assertThat(all()).isEqualTo(before);
    }

    Refused refused(Reason reason, AggregateId aggregate, ExpectedVersion expected, NewEvent... several) {
        return refused(reason, EventAppend.to(aggregate, expected, List.of(several)));
    }

    /** An append that is refused and leaves everything as it was. */
    Refused refused(Reason reason, EventAppend append) {
        long head = store.head();
        List<StoredEvent> before = all();
        EventAppendResult result = store.tryAppend(append);
        assertThat(result).isInstanceOf(Refused.class);
        Refused refused = (Refused) result;
        assertThat(refused.reason()).isEqualTo(reason);
        assertThat(store.head()).as("head").isEqualTo(head);
        assertThat(all()).isEqualTo(before);
        return refused;
    }

    static VarveException failure(ErrorKind kind, ThrowingCallable call) {
        VarveException failure = catchThrowableOfType(VarveException.class, call);
        assertThat(failure).as("a failure").isNotNull();
        assertThat(failure.kind()).isEqualTo(kind);
        return failure;
    }

    // ---- reading

    List<StoredEvent> all() {
        return all(EventRead.all());
    }

    /** All that a read gives, slice by slice. */
    List<StoredEvent> all(EventRead read) {
        List<StoredEvent> all = new ArrayList<>();
        EventRead at = read;
        while (true) {
            EventSlice slice = store.read(at);
            assertThat(slice.events()).hasSizeLessThanOrEqualTo(read.limit());
            all.addAll(slice.events());
            if (!slice.more()) {
                break;
            }
            EventRead next = at.next(slice);
            assertThat(next).as("goes on").isNotEqualTo(at);
            at = next;
        }
        for (int i = 1; i < all.size(); i++) {
            long step = all.get(i).position() - all.get(i - 1).position();
            assertThat(read.backwards() ? -step : step).as("order").isPositive();
        }
        return all;
    }

    /** The types of all that a read gives, which tests use as names. */
    List<String> types(EventRead read) {
        return all(read).stream().map(StoredEvent::type).toList();
    }

    List<String> types(AggregateId aggregate) {
        return types(EventRead.of(aggregate));
    }

    /** The types of what one slice holds. */
    List<String> slice(EventRead read) {
        return store.read(read).events().stream().map(StoredEvent::type).toList();
    }

    StoredEvent at(long position) {
        List<StoredEvent> found =
                store.read(EventRead.all().after(position - 1).upTo(position)).events();
        assertThat(found).hasSize(1);
        return found.get(0);
    }

    static List<UUID> ids(List<NewEvent> several) {
        return several.stream().map(NewEvent::id).toList();
    }

    AggregateInfo info(AggregateId aggregate) {
        return store.aggregate(aggregate);
    }

    long version(AggregateId aggregate) {
        return store.fetch(aggregate, EventStore.EMPTY).version();
    }

    // ---- threads

    /** Runs tasks in threads that start together, and gives what they gave. */
    static <T> List<T> together(List<Callable<T>> tasks) {
        ExecutorService executor = Executors.newFixedThreadPool(tasks.size());
        CyclicBarrier start = new CyclicBarrier(tasks.size());
        try {
            List<Future<T>> running = new ArrayList<>();
            for (Callable<T> task : tasks) {
                running.add(executor.submit(() -> {
                    start.await(PATIENCE.toSeconds(), TimeUnit.SECONDS);
                    return task.call();
                }));
            }
            List<T> results = new ArrayList<>();
            for (Future<T> one : running) {
                results.add(one.get(3 * PATIENCE.toSeconds(), TimeUnit.SECONDS));
            }
            return results;
        } catch (Exception e) {
            throw new AssertionError("a thread failed", e);
        } finally {
            executor.shutdownNow();
        }
    }

    /** Appends from as many threads as there are appends. */
    List<EventAppendResult> race(int threads, IntFunction<EventAppend> append) {
        List<Callable<EventAppendResult>> tasks = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            EventAppend one = append.apply(i);
            tasks.add(() -> store.tryAppend(one));
        }
        return together(tasks);
    }
}
