package dev.varve.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.varve.api.AggregateId;
import dev.varve.api.AppendCondition;
import dev.varve.api.EventAppend;
import dev.varve.api.EventAppendResult;
import dev.varve.api.EventQuery;
import dev.varve.api.EventRead;
import dev.varve.api.EventSlice;
import dev.varve.api.EventStore;
import dev.varve.api.ExpectedVersion;
import dev.varve.api.NewEvent;
import dev.varve.api.StoredEvent;
import dev.varve.api.Subscription;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Several event stores over the same tables, as several processes have them. */
@Timeout(120)
final class ProcessesTest {

    private static final AggregateId A = new AggregateId("order", "a");

    private final PostgresOptions options =
            PostgresOptions.DEFAULT.withSchema(TestPostgres.newSchema()).withPollInterval(Duration.ofMillis(10));
    private final List<PostgresEventStore> opened = new ArrayList<>();
    private final ExecutorService threads = Executors.newCachedThreadPool();

    private EventStore process() {
        PostgresEventStore one = TestPostgres.shared().open(options);
        opened.add(one);
        return one.events("acme/app");
    }

    @AfterEach
    void close() {
        opened.forEach(PostgresEventStore::close);
        threads.shutdownNow();
    }

    @Test
    void a_reader_that_goes_on_from_the_last_position_misses_nothing() throws Exception {
        int writers = 6;
        int appends = 50;
        EventStore reader = process();
        List<Future<?>> writing = new ArrayList<>();
        for (int i = 0; i < writers; i++) {
            EventStore events = process();
            AggregateId own = new AggregateId("writer", Integer.toString(i));
            writing.add(threads.submit(() -> {
                for (int j = 0; j < appends; j++) {
                    events.append(own, ExpectedVersion.any(), NewEvent.json("x", "1"), NewEvent.json("y", "2"));
                }
            }));
        }
        List<Long> seen = new ArrayList<>();
        long last = EventStore.EMPTY;
        while (seen.size() < writers * appends * 2) {
            EventSlice slice = reader.fetch(last);
            for (StoredEvent event : slice.events()) {
                seen.add(event.position());
                last = event.position();
                assertThat(event.position()).isLessThanOrEqualTo(slice.head());
            }
        }
        for (Future<?> one : writing) {
            one.get();
        }
        assertThat(seen)
                .isEqualTo(LongStream.range(0, 2L * writers * appends).boxed().toList());
    }

    @Test
    void the_head_has_what_was_appended_also_while_somebody_begins_to_listen() throws Exception {
        EventStore events = process();
        for (int i = 0; i < 300; i++) {
            Future<Subscription> listening = threads.submit(() -> events.follow(EventRead.all(), event -> {}));
            events.append(A, ExpectedVersion.any(), NewEvent.json("x", "1"));
            assertThat(events.head()).isEqualTo(i);
            listening.get().close();
        }
    }

    @Test
    void of_those_who_race_for_one_boundary_one_wins() throws Exception {
        List<EventStore> all = List.of(process(), process(), process(), process());
        for (int round = 0; round < 20; round++) {
            AppendCondition nothingYet = new AppendCondition(EventQuery.tags("round:" + round), EventStore.EMPTY);
            List<Callable<EventAppendResult>> calls = new ArrayList<>();
            for (EventStore events : all) {
                NewEvent event = NewEvent.json("Taken", "{}").withTags("round:" + round);
                calls.add(() -> events.tryAppend(EventAppend.when(nothingYet, event)));
            }
            int won = 0;
            for (Future<EventAppendResult> answer : threads.invokeAll(calls)) {
                won += answer.get() instanceof EventAppendResult.Appended ? 1 : 0;
            }
            assertThat(won).isEqualTo(1);
        }
        assertThat(all.get(0).head()).isEqualTo(19);
    }

    @Test
    void of_those_who_make_a_store_together_all_append() throws Exception {
        List<Callable<EventAppendResult>> calls = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            EventStore events = process();
            calls.add(() -> events.append(A, ExpectedVersion.any(), NewEvent.json("x", "1")));
        }
        List<Long> positions = new ArrayList<>();
        for (Future<EventAppendResult> answer : threads.invokeAll(calls)) {
            positions.add(((EventAppendResult.Appended) answer.get()).firstPosition());
        }
        assertThat(positions).containsExactlyInAnyOrder(0L, 1L, 2L, 3L, 4L, 5L);
    }

    @Test
    void listeners_are_told_what_others_append() {
        EventStore writer = process();
        writer.append(A, ExpectedVersion.any(), NewEvent.json("x", "1"));
        PostgresEventStore listening = TestPostgres.shared().open(options);
        opened.add(listening);
        List<Long> told = new CopyOnWriteArrayList<>();
        Subscription subscription = listening.subscribe("acme/app", told::add);
        writer.append(A, ExpectedVersion.any(), NewEvent.json("x", "2"));
        await().untilAsserted(() -> assertThat(told).containsExactly(1L));
        assertThat(listening.head("acme/app")).isEqualTo(1);
        subscription.close();
        writer.append(A, ExpectedVersion.any(), NewEvent.json("x", "3"));
        assertThat(listening.head("acme/app")).isEqualTo(2);
        assertThat(told).containsExactly(1L);
    }

    @Test
    void followers_see_what_others_append_in_order() {
        EventStore writer = process();
        EventStore reader = process();
        List<Long> seen = new CopyOnWriteArrayList<>();
        Subscription following = reader.follow(EventRead.all(), event -> seen.add(event.position()));
        for (int i = 0; i < 20; i++) {
            writer.append(A, ExpectedVersion.any(), NewEvent.json("x", "1"));
        }
        await().untilAsserted(() ->
                assertThat(seen).isEqualTo(LongStream.range(0, 20).boxed().toList()));
        following.close();
    }

    @Test
    void who_waits_is_told_how_far_readers_of_others_have_come() throws Exception {
        EventStore writer = process();
        EventStore waiting = process();
        writer.append(A, ExpectedVersion.any(), NewEvent.json("x", "1"));
        writer.saveCheckpoint("p", EventStore.EMPTY);
        CompletableFuture<Boolean> reached = CompletableFuture.supplyAsync(
                () -> waiting.awaitCheckpoints(Set.of("p"), 0, Duration.ofMinutes(1)), threads);
        writer.saveCheckpoint("p", 0);
        assertThat(reached.get()).isTrue();
    }
}
