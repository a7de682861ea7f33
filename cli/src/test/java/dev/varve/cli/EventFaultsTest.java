package dev.varve.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.AggregateId;
import dev.varve.api.ErrorKind;
import dev.varve.api.EventAppend;
import dev.varve.api.EventAppendResult;
import dev.varve.api.EventHandler;
import dev.varve.api.EventRead;
import dev.varve.api.EventStore;
import dev.varve.api.ExpectedVersion;
import dev.varve.api.NewEvent;
import dev.varve.api.StoredEvent;
import dev.varve.api.Subscription;
import dev.varve.api.Varve;
import dev.varve.api.VarveException;
import dev.varve.cli.FaultyProxy.Fault;
import dev.varve.cli.FaultyProxy.Sent;
import dev.varve.cli.TransportFaultsTest.Trouble;
import dev.varve.client.VarveClient;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What becomes of events when something happens between a program and the server: an append is made once, and who follows is told everything
 * once and in order.
 */
@Timeout(240)
final class EventFaultsTest extends FaultsTest {

    private static final AggregateId ORDER = new AggregateId("order", "1");

    /** What connections have tried again. */
    private final List<VarveException> retried = new CopyOnWriteArrayList<>();

    private EventStore connected(URI url, Duration retryFor) {
        Varve varve = VarveClient.builder(url)
                .retryFor(retryFor)
                .liveTimeout(Duration.ofSeconds(2))
                .onRetry((failure, wait) -> retried.add(failure))
                .connect();
        open.push(varve);
        return varve.store(name).events();
    }

    private EventStore there() {
        return server.store(name).events();
    }

    private static NewEvent event(String type) {
        return NewEvent.json(type, "{\"n\": 1.0}");
    }

    private static boolean isAppend(Sent one) {
        return one.is("POST", "/events");
    }

    // ---- appends

    @ParameterizedTest
    @EnumSource
    void an_append_is_made_once_whatever_happens(Trouble trouble) {
        EventStore events = connected(proxy.url(), Duration.ofSeconds(60));
        int before = proxy.injected();
        proxy.once(EventFaultsTest::isAppend, trouble.fault(false));

        EventAppendResult.Appended appended = events.append(ORDER, ExpectedVersion.any(), event("a"), event("b"));

        assertThat(proxy.injected()).isEqualTo(before + 1);
        assertThat(appended.version(ORDER)).isEqualTo(1);
        assertThat(there().fetch(ORDER, EventStore.EMPTY).events())
                .extracting(StoredEvent::type)
                .containsExactly("a", "b");
    }

    @ParameterizedTest
    @EnumSource(
            names = {"DELAY", "RESTART_BEFORE_THE_ANSWER"},
            mode = EnumSource.Mode.EXCLUDE)
    void an_append_whose_time_is_over_says_whether_it_may_have_been_made(Trouble trouble) {
        EventStore events = connected(proxy.url(), Duration.ZERO);
        proxy.once(EventFaultsTest::isAppend, trouble.fault(true));

        VarveException failure = failure(() -> events.append(ORDER, ExpectedVersion.any(), event("a")));

        assertThat(failure.kind()).as("%s", failure).isEqualTo(trouble.kind);
        assertThat(failure.outcomeUnknown()).isEqualTo(trouble.unknown);
        assertThat(failure.retryAfter().orElse(null)).isEqualTo(trouble.retryAfter);
        assertThat(there().count(EventRead.all())).isEqualTo(trouble.made());
    }

    @Test
    void what_may_have_been_made_stays_so_whatever_is_said_of_later_attempts() {
        EventStore events = connected(proxy.url(), Duration.ofSeconds(1));
        proxy.once(EventFaultsTest::isAppend, new Fault.CutAfter(() -> {}));
        proxy.times(1_000, EventFaultsTest::isAppend, new Fault.Answer(503, Map.of(), ""));

        VarveException failure = failure(() -> events.append(ORDER, ExpectedVersion.any(), event("a")));

        assertThat(failure.kind()).isEqualTo(ErrorKind.TIMEOUT);
        assertThat(failure.outcomeUnknown()).isTrue();
        assertThat(there().head()).isZero();
    }

    @Test
    void other_changes_are_sent_once() {
        there().append(ORDER, ExpectedVersion.any(), event("a"));
        EventStore events = connected(proxy.url(), Duration.ofSeconds(60));
        int before = proxy.sent().size();
        proxy.once(one -> one.method().equals("DELETE"), new Fault.CutAfter(() -> {}));

        assertThat(failure(() -> events.remove(ORDER)).outcomeUnknown()).isTrue();

        assertThat(proxy.sent()).hasSize(before + 1);
    }

    @Test
    void appends_under_way_together_keep_the_order_of_their_aggregate_and_are_made_once() {
        EventStore events = connected(proxy.url(), Duration.ofSeconds(60));
        proxy.times(10, one -> isAppend(one) && one.body().contains("7"), new Fault.CutAfter(() -> {}));
        List<CompletableFuture<EventAppendResult>> answers = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            AggregateId aggregate = new AggregateId("order", "" + i % 4);
            answers.add(events.appendAsync(EventAppend.to(aggregate, ExpectedVersion.any(), List.of(event("e" + i)))));
        }
        answers.forEach(CompletableFuture::join);

        assertThat(there().head()).isEqualTo(199);
        for (int a = 0; a < 4; a++) {
            int first = a;
            assertThat(there().fetch(new AggregateId("order", "" + a), EventStore.EMPTY)
                            .events())
                    .extracting(StoredEvent::type)
                    .isEqualTo(LongStream.range(0, 50)
                            .mapToObj(i -> "e" + (4 * i + first))
                            .toList());
        }
    }

    // ---- following

    /** Keeps what it is told. */
    private static final class Following implements EventHandler {
        private final List<Long> positions = new CopyOnWriteArrayList<>();
        private volatile @Nullable RuntimeException end;
        private volatile boolean caughtUp;

        @Override
        public void handle(StoredEvent event) {
            positions.add(event.position());
        }

        @Override
        public void caughtUp(long position) {
            caughtUp = true;
        }

        @Override
        public void ended(RuntimeException cause) {
            end = cause;
        }

        void awaitAll(int events) {
            Patience.await().until(() -> positions.size() >= events || end != null);
            assertThat(end).isNull();
            assertThat(positions).isEqualTo(LongStream.range(0, events).boxed().toList());
        }
    }

    @Test
    void who_follows_is_told_everything_once_and_in_order_under_cuts_and_restarts() throws IOException {
        long seed = Long.getLong("varve.test.seed", System.nanoTime());
        Random random = new Random(seed);
        int count = 300;
        try (CuttingProxy cutting = new CuttingProxy(server.url())) {
            Following all = new Following();
            Following ofOrder = new Following();
            EventStore events = connected(cutting.url(), Duration.ofSeconds(60));
            try (Subscription one = events.follow(EventRead.all(), all);
                    Subscription two = events.follow(EventRead.of(ORDER), ofOrder)) {
                assertThat(List.of(one, two)).doesNotContainNull();
                for (int i = 0; i < count; i++) {
                    if (i % 20 == 10) {
                        cutting.cutAfter(random.nextInt(4_000));
                    }
                    if (i == count / 2) {
                        server.restart();
                    }
                    there().append(ORDER, ExpectedVersion.any(), event("e"));
                }
                all.awaitAll(count);
                ofOrder.awaitAll(count);
            } catch (AssertionError e) {
                throw new AssertionError("with seed " + seed, e);
            }
        }
    }

    @Test
    void a_server_that_is_silent_is_asked_again() throws IOException {
        try (CuttingProxy cutting = new CuttingProxy(server.url())) {
            Following following = new Following();
            EventStore events = connected(cutting.url(), Duration.ofSeconds(60));
            try (Subscription one = events.follow(EventRead.all(), following)) {
                assertThat(one).isNotNull();
                Patience.await().until(() -> following.caughtUp);
                cutting.silence();
                there().append(ORDER, ExpectedVersion.any(), event("e"));
                Patience.await().until(() -> retried.stream().anyMatch(e -> e.kind() == ErrorKind.TIMEOUT));
                // What was kept back of a connection is not to be followed by more of it.
                cutting.cut();
                cutting.mend();
                there().append(ORDER, ExpectedVersion.any(), event("e"));
                following.awaitAll(2);
            }
        }
    }

    @Test
    void who_follows_a_store_that_is_deleted_is_told() {
        there().append(ORDER, ExpectedVersion.any(), event("e"));
        Following following = new Following();
        EventStore events = connected(server.url(), Duration.ofSeconds(60));
        try (Subscription one = events.follow(EventRead.all(), following)) {
            assertThat(one).isNotNull();
            following.awaitAll(1);
            server.store(name).delete();
            Patience.await().until(() -> following.end != null);
            assertThat(following.end)
                    .isInstanceOfSatisfying(
                            VarveException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.NOT_FOUND));
        }
    }

    @Test
    void who_follows_over_a_connection_that_is_closed_is_told() {
        Following following = new Following();
        Varve varve = VarveClient.builder(server.url()).connect();
        Subscription one = varve.store(name).events().follow(EventRead.all(), following);
        Patience.await().until(() -> following.caughtUp);
        varve.close();
        Patience.await().until(() -> following.end != null);
        one.close();
    }
}
