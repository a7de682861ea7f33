package dev.varve.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.AggregateId;
import dev.varve.api.CreateRequest;
import dev.varve.api.EntryOp;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryValue;
import dev.varve.api.EventRead;
import dev.varve.api.NewEvent;
import dev.varve.api.Offset;
import dev.varve.api.Store;
import dev.varve.api.StoreTransaction;
import dev.varve.api.StreamConfig;
import dev.varve.api.Streams;
import dev.varve.api.TransactionResult.Committed;
import dev.varve.api.Varve;
import dev.varve.api.VarveException;
import dev.varve.cli.FaultyProxy.Fault;
import dev.varve.cli.FaultyProxy.Sent;
import dev.varve.cli.TransportFaultsTest.Trouble;
import dev.varve.client.VarveClient;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What becomes of transactions when something happens between a program and the server: each is made once, on all faces or on none. */
@Timeout(240)
final class TransactionFaultsTest extends FaultsTest {

    private static final AggregateId ORDER = new AggregateId("order", "1");
    private static final EntryPath OPEN = EntryPath.of("open");

    private Store connected(URI url, Duration retryFor) {
        Varve varve = VarveClient.builder(url).retryFor(retryFor).connect();
        open.push(varve);
        return varve.store(name);
    }

    private String stream() {
        return name + "/out";
    }

    private Streams streams() {
        Varve varve = Varve.connect(server.url());
        open.push(varve);
        return varve.streams();
    }

    @BeforeEach
    void createStream() {
        streams().create(CreateRequest.of(stream(), StreamConfig.of("text/plain")));
    }

    private StoreTransaction placing(Store store) {
        return store.transaction()
                .entry(EntryOp.of(EntryOp.Kind.INCREMENT, OPEN, EntryValue.of(1)))
                .event(ORDER, NewEvent.json("Placed", "{}"))
                .append(stream(), "text/plain", "x".getBytes(UTF_8));
    }

    /** How often entries, events and the stream say that it was made. */
    private void assertMade(int times) {
        Store there = server.store(name);
        assertThat(there.events().count(EventRead.all())).isEqualTo(times);
        assertThat(there.entries().get(OPEN).map(entry -> entry.value()).orElse(EntryValue.of(0)))
                .isEqualTo(EntryValue.of(times));
        assertThat(streams().read(stream(), Offset.BEGINNING).data().remaining())
                .isEqualTo(times);
    }

    private static boolean isCommit(Sent one) {
        return one.is("POST", "/transactions");
    }

    @ParameterizedTest
    @EnumSource
    void a_transaction_is_made_once_whatever_happens(Trouble trouble) {
        Store store = connected(proxy.url(), Duration.ofSeconds(60));
        int before = proxy.injected();
        proxy.once(TransactionFaultsTest::isCommit, trouble.fault(false));

        Committed committed = placing(store).commit();

        assertThat(proxy.injected()).isEqualTo(before + 1);
        assertThat(committed.replayed()).isEqualTo(trouble.made() == 1 && trouble != Trouble.DELAY);
        assertThat(committed.number()).isNotNegative();
        assertThat(committed.entries()).isNotNull();
        assertThat(committed.events()).isNotNull();
        assertThat(committed.streams()).hasSize(1);
        assertMade(1);
    }

    @ParameterizedTest
    @EnumSource(
            names = {"DELAY", "RESTART_BEFORE_THE_ANSWER"},
            mode = EnumSource.Mode.EXCLUDE)
    void one_whose_time_is_over_says_whether_it_may_have_been_made(Trouble trouble) {
        Store store = connected(proxy.url(), Duration.ZERO);
        proxy.once(TransactionFaultsTest::isCommit, trouble.fault(true));

        VarveException failure = failure(() -> placing(store).commit());

        assertThat(failure.kind()).as("%s", failure).isEqualTo(trouble.kind);
        assertThat(failure.outcomeUnknown()).isEqualTo(trouble.unknown);
        assertThat(failure.retryAfter().orElse(null)).isEqualTo(trouble.retryAfter);
        assertMade(trouble.made());
    }

    @Test
    void a_program_that_comes_again_with_its_key_hears_what_it_missed() {
        proxy.once(TransactionFaultsTest::isCommit, new Fault.CutAfter(server::restart));
        Store store = connected(proxy.url(), Duration.ZERO);
        assertThat(failure(() -> placing(store).key("order-1").commit()).outcomeUnknown())
                .isTrue();

        Committed committed = placing(store).key("order-1").commit();

        assertThat(committed.replayed()).isTrue();
        assertMade(1);
    }

    @Test
    void what_may_have_been_made_stays_so_whatever_is_said_of_later_attempts() {
        Store store = connected(proxy.url(), Duration.ofSeconds(1));
        proxy.once(TransactionFaultsTest::isCommit, new Fault.CutAfter(() -> {}));
        proxy.times(1_000, TransactionFaultsTest::isCommit, new Fault.Answer(503, Map.of(), ""));

        assertThat(failure(() -> placing(store).commit()).outcomeUnknown()).isTrue();

        proxy.mend();
        assertMade(1);
    }

    @Test
    void many_at_a_time_are_each_made_once_under_cuts() throws Exception {
        Store store = connected(proxy.url(), Duration.ofSeconds(60));
        AtomicInteger seen = new AtomicInteger();
        proxy.times(20, one -> isCommit(one) && seen.incrementAndGet() % 5 == 0, new Fault.CutAfter(() -> {}));
        List<Future<Committed>> answers = new ArrayList<>();
        try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
            for (int i = 0; i < 100; i++) {
                answers.add(threads.submit(() -> placing(store).commit()));
            }
        }
        List<Long> numbers = new ArrayList<>();
        for (Future<Committed> answer : answers) {
            numbers.add(answer.get().number());
        }
        assertThat(numbers).doesNotHaveDuplicates();
        assertMade(100);
    }
}
