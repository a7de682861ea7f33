package dev.varve.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.varve.api.EntryOp;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryPattern;
import dev.varve.api.EntryValue;
import dev.varve.api.EntryWriteResult.Written;
import dev.varve.api.ErrorKind;
import dev.varve.api.LiveOptions;
import dev.varve.api.LiveSync;
import dev.varve.api.RecordEvent;
import dev.varve.api.RecordListener;
import dev.varve.api.Repository;
import dev.varve.api.Store;
import dev.varve.api.StoreInfo;
import dev.varve.api.Varve;
import dev.varve.api.VarveException;
import dev.varve.cli.FaultyProxy.Fault;
import dev.varve.cli.FaultyProxy.Sent;
import dev.varve.cli.TransportFaultsTest.Link;
import dev.varve.cli.TransportFaultsTest.Writing;
import dev.varve.client.VarveClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What programs are told that keep a store in step when something happens between them and the server: writes go through once, and
 * listeners are told every write once, or that they are told no more.
 */
@Timeout(240)
final class LiveFaultsTest extends FaultsTest {

    /** What happens to a write on its way, or to what comes back. */
    enum Cut {
        DELAY,
        BEFORE_THE_SERVER_SEES_IT,
        WITHIN_THE_FRAME_OF_THE_WRITE,
        BEFORE_THE_ANSWER,
        WITHIN_THE_FRAME_OF_THE_ANSWER,
        WITHIN_THE_FRAME_OF_THE_CHANGE,
        RESTART_BEFORE_THE_ANSWER;

        /** Has it happen once. */
        void happens() {
            Fault fault = switch (this) {
                case DELAY -> new Fault.Delay(Duration.ofMillis(30));
                case BEFORE_THE_SERVER_SEES_IT -> new Fault.CutBefore();
                case WITHIN_THE_FRAME_OF_THE_WRITE -> new Fault.CutWithin();
                case BEFORE_THE_ANSWER -> new Fault.CutAfter(() -> {});
                case WITHIN_THE_FRAME_OF_THE_ANSWER -> new Fault.CutWithinAnswer();
                case WITHIN_THE_FRAME_OF_THE_CHANGE -> new Fault.CutWithin();
                case RESTART_BEFORE_THE_ANSWER -> new Fault.CutAfter(() -> server.restart());
            };
            proxy.once(
                    this == WITHIN_THE_FRAME_OF_THE_CHANGE ? LiveFaultsTest::isChange : LiveFaultsTest::isPush, fault);
        }
    }

    private final List<VarveException> retried = new CopyOnWriteArrayList<>();

    private Store connected() {
        Varve varve = VarveClient.builder(proxy.url())
                .retryFor(Duration.ofSeconds(30))
                .onRetry((failure, wait) -> retried.add(failure))
                .connect();
        open.push(varve);
        return varve.store(name);
    }

    private LiveSync live(Store store, LiveOptions options) {
        LiveSync live = store.live(options);
        open.push(live);
        return live;
    }

    private LiveSync inStep(Store store) {
        LiveSync live = live(store, LiveOptions.of(Link.class));
        assertThat(live.awaitLive(Patience.LONG)).isTrue();
        return live;
    }

    private static boolean isPush(Sent one) {
        return one.is(FaultyProxy.PUSH, "batch");
    }

    private static boolean isChange(Sent one) {
        return one.is(FaultyProxy.TOLD, "event");
    }

    private static boolean isSocket(Sent one) {
        return one.is("GET", "/ws/sync/websocket");
    }

    private static void isIn(LiveSync live, LiveSync.State state) {
        Patience.await().until(() -> live.status().state() == state);
    }

    static Stream<Arguments> writes() {
        return Arrays.stream(Cut.values())
                .flatMap(cut -> Arrays.stream(Writing.values()).map(writing -> arguments(cut, writing)));
    }

    // ---- writes

    @ParameterizedTest(name = "{0} {1}")
    @MethodSource("writes")
    void a_write_goes_through_once(Cut cut, Writing writing) {
        others().insert(new Link("old", "Old", 0));
        Store store = connected();
        LiveSync live = inStep(store);
        int before = proxy.injected();
        cut.happens();
        writing.run(store, store.repository(Link.class));
        assertThat(proxy.injected()).isEqualTo(before + 1);
        assertThat(writing.made(store.repository(Link.class)))
                .as("as it reads itself")
                .isEqualTo(1);
        assertThat(writing.made(others())).isEqualTo(1);
        assertThat(live.status().waiting()).isZero();
    }

    @Test
    void a_write_that_is_declined_says_so_as_over_http() {
        others().insert(new Link("old", "Old", 0));
        Store store = connected();
        inStep(store);
        Repository<Link> links = store.repository(Link.class);
        proxy.once(
                LiveFaultsTest::isPush,
                new Fault.Answer(0, Map.of(), "{\"reason\":\"rate_limited\",\"retry_after_ms\":30000}"));
        VarveException limited = failure(() -> links.increment("old", "visits", 1));
        assertThat(limited.kind()).isEqualTo(ErrorKind.RATE_LIMITED);
        assertThat(limited.retryable()).isTrue();
        assertThat(limited.outcomeUnknown()).isFalse();
        assertThat(limited.retryAfter()).contains(Duration.ofSeconds(30));
        proxy.once(LiveFaultsTest::isPush, new Fault.Answer(0, Map.of(), "{\"reason\":\"internal\"}"));
        VarveException fault = failure(() -> links.increment("old", "visits", 1));
        assertThat(fault.kind()).isEqualTo(ErrorKind.INTERNAL);
        assertThat(fault.retryable()).isFalse();
        assertThat(fault.outcomeUnknown()).isTrue();
        assertThat(links.increment("old", "visits", 1)).isEqualTo(1);
        assertThat(others().get("old").visits()).isEqualTo(1);
    }

    @Test
    void a_write_without_an_answer_says_whether_it_may_have_been_made() {
        others().insert(new Link("old", "Old", 0));
        Store store = connected();
        LiveSync live = live(store, LiveOptions.of(Link.class).withAnswerTimeout(Duration.ofMillis(300)));
        Patience.await().until(() -> live.status().state() == LiveSync.State.LIVE);
        Repository<Link> links = store.repository(Link.class);
        proxy.once(LiveFaultsTest::isPush, new Fault.Delay(Duration.ofSeconds(1)));
        VarveException late = failure(() -> links.increment("old", "visits", 1));
        assertThat(late.kind()).isEqualTo(ErrorKind.TIMEOUT);
        assertThat(late.retryable()).isFalse();
        assertThat(late.outcomeUnknown()).isTrue();
        Patience.await().until(() -> others().get("old").visits() == 1);

        proxy.cut();
        isIn(live, LiveSync.State.RECONNECTING);
        VarveException away = failure(() -> links.increment("old", "visits", 1));
        assertThat(away.kind()).isEqualTo(ErrorKind.NETWORK);
        assertThat(away.retryable()).isTrue();
        assertThat(away.outcomeUnknown()).isFalse();
        proxy.mend();
        isIn(live, LiveSync.State.LIVE);
        assertThat(others().get("old").visits()).isEqualTo(1);
    }

    /** Beside the patterns nothing tells of it, and the server is asked again; what it says then is about the second time. */
    @Test
    void a_write_that_was_made_unseen_is_not_said_to_be_declined() {
        Store store = connected();
        LiveSync live = inStep(store);
        EntryPath count = EntryPath.of("elsewhere", "count");
        proxy.once(
                LiveFaultsTest::isPush,
                new Fault.CutAfter(() -> proxy.once(
                        LiveFaultsTest::isPush,
                        new Fault.Answer(0, Map.of(), "{\"reason\":\"rate_limited\",\"retry_after_ms\":1}"))));
        Written written =
                (Written) live.transport().write(List.of(EntryOp.of(EntryOp.Kind.INCREMENT, count, EntryValue.of(1))));
        assertThat(written.storeSeq()).isEqualTo(1);
        assertThat(server.store(name).entries().get(count).orElseThrow().value())
                .isEqualTo(EntryValue.of(1));
    }

    @Test
    void an_update_by_key_reads_its_revision_again_by_itself_and_writes_once() {
        others().insert(new Link("old", "Old", 0));
        Store store = connected();
        inStep(store);
        for (Fault fault : List.of(
                new Fault.CutBefore(),
                new Fault.CutWithinAnswer(),
                new Fault.Answer(429, Map.of("Retry-After", "0"), ""),
                new Fault.Answer(500, Map.of(), ""),
                new Fault.Answer(503, Map.of(), ""))) {
            proxy.once(one -> one.method().equals("GET"), fault);
            Writing.UPDATE.run(store, store.repository(Link.class));
        }
        assertThat(others().get("old").visits()).isEqualTo(5);
    }

    // ---- reads

    @Test
    void reads_come_from_the_copy_whatever_happens_and_show_what_was_written_meanwhile_afterwards() {
        Link old = new Link("old", "Old", 0);
        others().insert(old);
        Store store = connected();
        LiveSync live = inStep(store);
        Repository<Link> links = store.repository(Link.class);
        proxy.cut();
        isIn(live, LiveSync.State.RECONNECTING);
        long seq = others().insert(new Link("new", "New", 0)).storeSeq();
        assertThat(links.all()).containsExactly(old);
        assertThat(links.find("old")).contains(old);
        assertThat(links.exists("new")).isFalse();
        assertThat(links.findAll(List.of("old", "new"))).containsOnlyKeys("old");
        proxy.mend();
        Patience.await().until(() -> live.status().storeSeq() >= seq);
        assertThat(links.count()).isEqualTo(2);
    }

    // ---- connections

    @ParameterizedTest
    @MethodSource("declined")
    void a_connection_that_is_declined_is_tried_again_when_the_server_says(Declined declined) {
        others().insert(new Link("old", "Old", 0));
        proxy.once(LiveFaultsTest::isSocket, declined.fault());
        Store store = connected();
        inStep(store);
        assertThat(retried).hasSize(1);
        assertThat(retried.get(0).kind()).isEqualTo(declined.kind);
        assertThat(retried.get(0).retryAfter().orElse(null)).isEqualTo(declined.asked());
        assertThat(store.repository(Link.class).all()).hasSize(1);
    }

    /** How a server declines a request, and what that means. */
    record Declined(int status, @Nullable String retryAfter, ErrorKind kind) {

        Fault fault() {
            return new Fault.Answer(status, retryAfter == null ? Map.of() : Map.of("Retry-After", retryAfter), "");
        }

        @Nullable Duration asked() {
            return retryAfter == null ? null : Duration.ofSeconds(Long.parseLong(retryAfter));
        }
    }

    static Stream<Declined> declined() {
        return Stream.of(
                new Declined(429, "1", ErrorKind.RATE_LIMITED),
                new Declined(500, null, ErrorKind.UNAVAILABLE),
                new Declined(503, "0", ErrorKind.UNAVAILABLE));
    }

    @ParameterizedTest
    @MethodSource("declined")
    void a_store_that_was_deleted_is_not_made_again_whatever_the_first_answer_is(Declined declined) {
        others().insert(new Link("old", "Old", 0));
        LiveSync live = inStep(connected());
        proxy.cut();
        isIn(live, LiveSync.State.RECONNECTING);
        server.store(name).delete();
        proxy.mend();
        proxy.once(one -> one.is("GET", "/status"), declined.fault());
        isIn(live, LiveSync.State.CLOSED);
        assertThat(server.store(name).info()).isEmpty();
    }

    // ---- listeners

    /** Notes what is told. */
    private static final class Told implements RecordListener<RecordEvent<Link>> {

        private final List<RecordEvent<Link>> events = new CopyOnWriteArrayList<>();
        private final List<VarveException> ends = new CopyOnWriteArrayList<>();

        @Override
        public void changed(RecordEvent<Link> event) {
            events.add(event);
        }

        @Override
        public void ended(VarveException failure) {
            ends.add(failure);
        }
    }

    @ParameterizedTest
    @EnumSource
    void listeners_are_told_every_write_once_across_cuts(Cut cut) {
        others().insert(new Link("old", "Old", 0));
        Store store = connected();
        LiveSync live = inStep(store);
        Repository<Link> links = store.repository(Link.class);
        Told told = new Told();
        open.push(links.subscribe(told));
        List<Long> made = new ArrayList<>();
        for (int round = 0; round < 3; round++) {
            cut.happens();
            for (int i = 0; i < 3; i++) {
                made.add(links.update("old", link -> new Link("old", "Old", link.visits() + 1))
                        .receipt()
                        .storeSeq());
                made.add(others().insert(new Link("k" + i, "By others", round)).storeSeq());
            }
            if (cut == Cut.RESTART_BEFORE_THE_ANSWER) {
                break; // once is enough, it takes its time
            }
        }
        Patience.await()
                .untilAsserted(() -> assertThat(told.events)
                        .extracting(RecordEvent::storeSeq)
                        .containsExactlyElementsOf(made));
        assertThat(told.ends).isEmpty();
        assertThat(live.status().storeSeq())
                .isEqualTo(server.store(name).info().map(StoreInfo::storeSeq).orElseThrow());
    }

    @Test
    void listeners_are_told_what_was_written_while_the_server_was_restarted() {
        others().insert(new Link("old", "Old", 0));
        Store store = connected();
        LiveSync live = inStep(store);
        Told told = new Told();
        open.push(store.repository(Link.class).subscribe(told));
        proxy.cut();
        isIn(live, LiveSync.State.RECONNECTING);
        long first = others().insert(new Link("a", "A", 0)).storeSeq();
        server.restart();
        long second = others().insert(new Link("b", "B", 0)).storeSeq();
        proxy.mend();
        Patience.await()
                .untilAsserted(() -> assertThat(told.events)
                        .extracting(RecordEvent::storeSeq)
                        .containsExactly(first, second));
        assertThat(told.ends).isEmpty();
    }

    @Test
    void listeners_that_cannot_be_told_everything_are_told_that_it_has_ended() {
        others().insert(new Link("old", "Old", 0));
        Store store = connected();
        LiveSync live = inStep(store);
        Repository<Link> links = store.repository(Link.class);
        Told told = new Told();
        open.push(links.subscribe(told));
        proxy.cut();
        isIn(live, LiveSync.State.RECONNECTING);
        long seq = others().insert(new Link("a", "A", 0)).storeSeq();
        server.storage().compact(name, seq).join();
        server.restart();
        proxy.mend();
        Patience.await().until(() -> told.ends.size() == 1);
        assertThat(told.ends.get(0).kind()).isEqualTo(ErrorKind.COMPACTED);
        assertThat(told.events).isEmpty();
        assertThat(links.all()).as("read anew").hasSize(2);
        Told again = new Told();
        open.push(links.subscribe(again));
        long next = links.insert(new Link("b", "B", 0)).storeSeq();
        Patience.await()
                .untilAsserted(() -> assertThat(again.events)
                        .extracting(RecordEvent::storeSeq)
                        .containsExactly(next));
    }

    @Test
    void a_subscription_waits_until_the_copy_is_there_and_then_is_told() {
        others().insert(new Link("old", "Old", 0));
        proxy.times(2, LiveFaultsTest::isSocket, new Fault.CutBefore());
        Store store = connected();
        LiveSync live = live(store, LiveOptions.of(EntryPattern.ALL));
        Told told = new Told();
        open.push(store.repository(Link.class).subscribe(told));
        assertThat(live.status().state()).isEqualTo(LiveSync.State.LIVE);
        long seq = others().insert(new Link("a", "A", 0)).storeSeq();
        Patience.await()
                .untilAsserted(() -> assertThat(told.events)
                        .extracting(RecordEvent::storeSeq)
                        .containsExactly(seq));
    }
}
