package dev.varve.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.varve.api.Entry;
import dev.varve.api.EntryOp;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryPattern;
import dev.varve.api.EntryValue;
import dev.varve.api.EntryWriteResult;
import dev.varve.api.EntryWriteResult.Reason;
import dev.varve.api.EntryWriteResult.Refused;
import dev.varve.api.EntryWriteResult.Written;
import dev.varve.api.ErrorKind;
import dev.varve.api.Key;
import dev.varve.api.LiveOptions;
import dev.varve.api.LiveSync;
import dev.varve.api.RecordEvent;
import dev.varve.api.RecordListener;
import dev.varve.api.Repository;
import dev.varve.api.Required;
import dev.varve.api.Schema;
import dev.varve.api.Store;
import dev.varve.api.Subscription;
import dev.varve.api.Varve;
import dev.varve.api.VarveException;
import dev.varve.api.spi.CommitListener;
import dev.varve.api.spi.CommittedWrite;
import dev.varve.api.spi.Transport;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A copy of a part of a store, kept in step with a real server through connections that break. */
@Timeout(240)
final class LiveSyncTest {

    private static final String STORE = "acme/app";
    private static final EntryPath VISITS = EntryPath.parse("counts/visits");
    private static final int WRITES = 40;
    private static final LiveOptions ALL = LiveOptions.of(EntryPattern.ALL);

    @Schema(prefix = "links")
    record Link(@Key String slug, @Required String title, int visits) {}

    /** Notes writes. */
    private static final class Notes implements CommitListener {
        private final List<List<EntryValue>> values = new CopyOnWriteArrayList<>();
        private final List<Long> seqs = new CopyOnWriteArrayList<>();
        private final List<VarveException> ends = new CopyOnWriteArrayList<>();

        @Override
        public void committed(CommittedWrite write) {
            List<EntryValue> told = new ArrayList<>();
            write.changes()
                    .forEach(change -> told.add(change.value() == null ? new EntryValue.Null() : change.value()));
            values.add(told);
            seqs.add(write.storeSeq());
        }

        @Override
        public void ended(VarveException failure) {
            ends.add(failure);
        }
    }

    private final ArrayDeque<AutoCloseable> open = new ArrayDeque<>();
    private final ServedStores served = new ServedStores();
    private final CuttingProxy proxy = proxy();
    private final Varve varve = Varve.connect(proxy.url());
    private final Store store = varve.store(STORE);
    /** The same store by a way that is never cut. */
    private final Store others = served.store(STORE);

    private CuttingProxy proxy() {
        try {
            return new CuttingProxy(served.url());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @AfterEach
    void closeAll() throws Exception {
        while (!open.isEmpty()) {
            open.pop().close();
        }
        varve.close();
        proxy.close();
        served.close();
    }

    private LiveSync live(LiveOptions options) {
        LiveSync live = store.live(options);
        open.push(live);
        return live;
    }

    private LiveSync inStep(LiveOptions options) {
        LiveSync live = live(options);
        assertThat(live.awaitLive(Patience.LONG)).isTrue();
        return live;
    }

    private static EntryPath path(String written) {
        return EntryPath.parse(written);
    }

    private static EntryOp increment(long delta) {
        return EntryOp.of(EntryOp.Kind.INCREMENT, VISITS, EntryValue.of(delta));
    }

    private static void reaches(LiveSync live, long storeSeq) {
        Patience.await().until(() -> live.status().storeSeq() >= storeSeq);
    }

    private static void isIn(LiveSync live, LiveSync.State state) {
        Patience.await().until(() -> live.status().state() == state);
    }

    private static <T> T get(CompletableFuture<T> future) throws Exception {
        return future.get(2, TimeUnit.MINUTES);
    }

    private VarveException failure(ThrowingCallable call) {
        VarveException failure = catchThrowableOfType(VarveException.class, call);
        assertThat(failure).isNotNull();
        return failure;
    }

    // ---- what is kept

    @Test
    void what_was_there_is_read_from_the_copy_and_what_others_write_follows() {
        others.entries().set(path("links/a/title"), EntryValue.of("A"));
        LiveSync live = inStep(LiveOptions.of(Link.class));
        Transport transport = live.transport();
        assertThat(transport.kind()).isEqualTo(Transport.Kind.LIVE);
        assertThat(live.status().entries()).isEqualTo(1);

        long seq = others.entries()
                .write(
                        EntryOp.set(path("links/b/title"), EntryValue.of("B")),
                        EntryOp.set(path("elsewhere"), EntryValue.of(1)))
                .storeSeq();
        reaches(live, seq);
        proxy.cut();
        isIn(live, LiveSync.State.RECONNECTING);
        assertThat(transport.read(path("links/b/title"))).contains(EntryValue.of("B"));
        assertThat(transport.list(EntryPattern.parse("links/**")))
                .extracting(Entry::value)
                .containsExactly(EntryValue.of("A"), EntryValue.of("B"));
        proxy.mend();
        isIn(live, LiveSync.State.LIVE);
        assertThat(transport.read(path("elsewhere"))).as("asked of the server").contains(EntryValue.of(1));
        assertThat(failure(() -> transport.subscribe(EntryPattern.ALL, new Notes())))
                .hasMessageContaining("links/**")
                .hasMessageContaining("name that pattern");
    }

    @Test
    void a_copy_that_is_filled_while_others_write_is_of_one_moment_and_ends_as_the_store_is() throws Exception {
        Random random = new Random(7);
        for (int i = 0; i < 3_000; i += 500) {
            int from = i;
            others.entries()
                    .write(IntStream.range(from, from + 500)
                            .mapToObj(n -> EntryOp.set(path("n/" + n + "/v"), EntryValue.of(0)))
                            .toList());
        }
        CompletableFuture<Void> writing = CompletableFuture.runAsync(() -> {
            for (int i = 1; i <= 300; i++) {
                // Two entries far from each other, always alike.
                others.entries()
                        .write(
                                EntryOp.set(path("n/0/v"), EntryValue.of(i)),
                                EntryOp.set(path("n/999/v"), EntryValue.of(i)));
                if (random.nextInt(4) == 0) {
                    others.entries().delete(path("n/" + (1 + random.nextInt(900))));
                }
            }
        });
        while (!writing.isDone()) {
            try (LiveSync live = store.live(ALL)) {
                for (int i = 0; i < 50; i++) {
                    var page = live.transport().list(EntryPattern.parse("n/**")).toList();
                    assertThat(page.get(0).value())
                            .isEqualTo(page.get(page.size() - 1).value());
                }
            }
        }
        get(writing);
        LiveSync live = inStep(ALL);
        reaches(live, others.info().orElseThrow().storeSeq());
        assertThat(live.transport().list(EntryPattern.ALL).map(entry -> entry.path() + "=" + entry.value()))
                .containsExactlyElementsOf(others.entries()
                        .list(EntryPattern.ALL)
                        .map(entry -> entry.path() + "=" + entry.value())
                        .toList());
    }

    @Test
    void every_kind_of_change_does_to_the_copy_what_it_does_to_the_store() {
        LiveSync live = inStep(LiveOptions.of(EntryPattern.parse("a/**"), EntryPattern.parse("*")));
        Random random = new Random(42);
        List<String> paths = List.of("a", "a/b", "a/b/c", "a/b-", "a/~0", "b", "b/c");
        List<EntryValue> values = List.of(
                EntryValue.of(1),
                EntryValue.of("text"),
                new EntryValue.Null(),
                new EntryValue.Fraction(new BigDecimal("1.50")),
                new EntryValue.Fields(Map.of()),
                new EntryValue.Fields(Map.of("b", EntryValue.of(2), "c", EntryValue.of(3))),
                new EntryValue.Items(List.of(EntryValue.of(1))));
        List<EntryOp.Kind> kinds = List.of(
                EntryOp.Kind.SET,
                EntryOp.Kind.DELETE,
                EntryOp.Kind.MERGE,
                EntryOp.Kind.INCREMENT,
                EntryOp.Kind.ADD,
                EntryOp.Kind.REMOVE);
        for (int i = 0; i < 400; i++) {
            EntryOp op = EntryOp.of(
                    kinds.get(random.nextInt(kinds.size())),
                    path(paths.get(random.nextInt(paths.size()))),
                    values.get(random.nextInt(values.size())));
            EntryWriteResult _ = others.entries().write(List.of(op)); // some are refused
        }
        reaches(live, others.info().orElseThrow().storeSeq());
        for (String pattern : List.of("a/**", "*")) {
            assertThat(live.transport().list(EntryPattern.parse(pattern)).map(LiveSyncTest::shown))
                    .containsExactlyElementsOf(others.entries()
                            .list(EntryPattern.parse(pattern))
                            .map(LiveSyncTest::shown)
                            .toList());
        }
        assertThat(live.transport().read(path("a")))
                .isEqualTo(others.entries().get(path("a")).map(Entry::value));
    }

    private static String shown(Entry entry) {
        return entry.path() + " " + entry.type() + " " + entry.value();
    }

    @Test
    void more_entries_than_may_be_end_it_and_repositories_go_on_over_http() {
        Repository<Link> links = store.repository(Link.class);
        LiveSync live = inStep(LiveOptions.of(Link.class).withMaxEntries(4));
        Notes notes = new Notes();
        Subscription _ = live.transport().subscribe(EntryPattern.parse("links/**"), notes);
        links.insert(new Link("a", "A", 1));
        links.insert(new Link("b", "B", 2));
        assertThat(store.transport().kind()).isEqualTo(Transport.Kind.LIVE);
        others.repository(Link.class).insert(new Link("c", "C", 3));
        isIn(live, LiveSync.State.CLOSED);
        assertThat(failure(() -> live.awaitLive(Duration.ofSeconds(1)))).hasMessageContaining("maxEntries");
        Patience.await().until(() -> !notes.ends.isEmpty());
        assertThat(store.transport().kind()).isEqualTo(Transport.Kind.HTTP);
        assertThat(links.all()).hasSize(3);
    }

    // ---- promotion

    @Test
    void a_repository_uses_the_live_sync_while_there_is_one() {
        Repository<Link> links = store.repository(Link.class);
        links.insert(new Link("a", "A", 1));
        assertThat(failure(() -> links.subscribe(_ -> {})).kind()).isEqualTo(ErrorKind.NOT_SUPPORTED);
        LiveSync live = inStep(LiveOptions.of(Link.class));
        List<RecordEvent<Link>> told = new CopyOnWriteArrayList<>();
        List<VarveException> ends = new CopyOnWriteArrayList<>();
        Subscription _ = links.subscribe(new RecordListener<>() {
            @Override
            public void changed(RecordEvent<Link> event) {
                told.add(event);
            }

            @Override
            public void ended(VarveException failure) {
                ends.add(failure);
            }
        });
        links.insert(new Link("b", "B", 2));
        Patience.await().until(() -> told.size() == 1);
        assertThat(varve.store(STORE).transport()).isSameAs(live.transport());
        assertThat(failure(() -> store.live(ALL)).kind()).isEqualTo(ErrorKind.ALREADY_EXISTS);

        live.close();
        live.close();
        Patience.await().until(() -> ends.size() == 1);
        assertThat(ends.get(0).kind()).isEqualTo(ErrorKind.UNAVAILABLE);
        assertThat(store.transport().kind()).isEqualTo(Transport.Kind.HTTP);
        assertThat(links.get("b").title()).isEqualTo("B");
        assertThat(failure(() -> live.transport().read(path("links/b"))).kind()).isEqualTo(ErrorKind.UNAVAILABLE);
        assertThat(inStep(ALL).status().entries()).isEqualTo(4);
    }

    @Test
    void states_are_told() {
        LiveSync live = live(ALL);
        List<LiveSync.State> states = new CopyOnWriteArrayList<>();
        Subscription _ = live.onStatus(status -> states.add(status.state()));
        assertThat(live.awaitLive(Patience.LONG)).isTrue();
        proxy.cut();
        isIn(live, LiveSync.State.RECONNECTING);
        proxy.mend();
        isIn(live, LiveSync.State.LIVE);
        live.close();
        Patience.await().until(() -> states.contains(LiveSync.State.CLOSED));
        assertThat(states).endsWith(LiveSync.State.RECONNECTING, LiveSync.State.LIVE, LiveSync.State.CLOSED);
    }

    // ---- writes

    @Test
    void a_write_without_a_connection_waits_for_one_and_then_fails_without_being_made() {
        LiveSync live = inStep(ALL.withAnswerTimeout(Duration.ofMillis(400)));
        proxy.cut();
        isIn(live, LiveSync.State.RECONNECTING);
        VarveException failure = failure(() -> live.transport().write(List.of(increment(1))));
        assertThat(failure.kind()).isEqualTo(ErrorKind.NETWORK);
        assertThat(failure.retryable()).isTrue();
        assertThat(live.status().waiting()).isZero();
        proxy.mend();
        isIn(live, LiveSync.State.LIVE);
        assertThat(live.transport().read(VISITS)).isEmpty();
        assertThat(live.transport().write(List.of(increment(1)))).isInstanceOf(Written.class);
        assertThat(live.transport().read(VISITS)).contains(EntryValue.of(1));
    }

    @Test
    void a_write_whose_answer_does_not_come_is_of_unknown_outcome() {
        LiveSync live = inStep(ALL.withAnswerTimeout(Duration.ofMillis(400)));
        proxy.silence();
        VarveException failure = failure(() -> live.transport().write(List.of(increment(1))));
        assertThat(failure.kind()).isEqualTo(ErrorKind.TIMEOUT);
        assertThat(failure).hasMessageContaining("may have been applied");
        proxy.cut();
        isIn(live, LiveSync.State.RECONNECTING);
        proxy.mend();
        isIn(live, LiveSync.State.LIVE);
        assertThat(live.transport().read(VISITS)).as("it was").contains(EntryValue.of(1));
    }

    @Test
    void a_write_that_was_made_before_its_answer_was_lost_is_answered_and_made_once() throws Exception {
        LiveSync live = inStep(ALL);
        Notes notes = new Notes();
        Subscription _ = live.transport().subscribe(EntryPattern.ALL, notes);
        proxy.silence();
        CompletableFuture<EntryWriteResult> waited =
                CompletableFuture.supplyAsync(() -> live.transport().write(List.of(increment(1))));
        CompletableFuture<EntryWriteResult> enqueued = live.enqueue(List.of(increment(10), increment(100)));
        Patience.await().until(() -> others.entries().get(VISITS).isPresent());
        proxy.cut();
        proxy.mend();
        assertThat(get(waited)).isInstanceOf(Written.class);
        Written written = (Written) get(enqueued);
        assertThat(written.ops())
                .extracting(EntryWriteResult.Applied::storeSeq)
                .containsExactly(written.storeSeq() - 1, written.storeSeq());
        assertThat(live.transport().read(VISITS)).contains(EntryValue.of(111));
        assertThat(others.entries().get(VISITS).orElseThrow().value()).isEqualTo(EntryValue.of(111));
        assertThat(notes.seqs).doesNotHaveDuplicates().isSorted().hasSize(2);
    }

    @Test
    void connections_that_break_anywhere_lose_and_repeat_nothing() throws Exception {
        LiveSync live = inStep(ALL.withAnswerTimeout(Duration.ofMinutes(2)));
        Notes notes = new Notes();
        Subscription _ = live.transport().subscribe(EntryPattern.ALL, notes);
        List<CompletableFuture<EntryWriteResult>> answers = new ArrayList<>();
        Random random = new Random(11);
        int rounds = 60;
        for (int round = 1; round <= rounds; round++) {
            proxy.cutAfter(random.nextInt(2_000));
            answers.add(live.enqueue(List.of(increment(1))));
            others.entries().increment(VISITS, 1_000);
        }
        proxy.mend();
        long last = 0;
        for (CompletableFuture<EntryWriteResult> answer : answers) {
            Written written = (Written) get(answer);
            assertThat(written.storeSeq())
                    .as("in the order in which they were enqueued")
                    .isGreaterThan(last);
            last = written.storeSeq();
        }
        reaches(live, 2L * rounds);
        assertThat(others.entries().get(VISITS).orElseThrow().value()).isEqualTo(EntryValue.of(rounds * 1_001L));
        assertThat(live.transport().read(VISITS)).contains(EntryValue.of(rounds * 1_001L));
        Patience.await().until(() -> notes.seqs.size() == 2 * rounds);
        assertThat(notes.seqs).isSorted().doesNotHaveDuplicates();
        assertThat(notes.ends).isEmpty();
    }

    @Test
    void writes_of_many_changes_are_told_whole_whatever_breaks() {
        LiveSync live = inStep(LiveOptions.of(EntryPattern.parse("pair/*")));
        List<String> torn = new CopyOnWriteArrayList<>();
        Notes notes = new Notes();
        Subscription _ = live.transport().subscribe(EntryPattern.parse("pair/*"), new CommitListener() {
            @Override
            public void committed(CommittedWrite write) {
                notes.committed(write);
                if (!write.after().read(path("pair/a")).equals(write.after().read(path("pair/b")))) {
                    torn.add("at " + write.storeSeq());
                }
            }

            @Override
            public void ended(VarveException failure) {
                notes.ended(failure);
            }
        });
        Random random = new Random(3);
        for (int i = 1; i <= WRITES; i++) {
            proxy.cutAfter(random.nextInt(3_000));
            List<EntryOp> ops = new ArrayList<>();
            ops.add(EntryOp.set(path("pair/a"), EntryValue.of(i)));
            for (int n = 0; n < 20; n++) {
                ops.add(EntryOp.set(path("elsewhere/" + n), EntryValue.of(i)));
            }
            ops.add(EntryOp.set(path("pair/b"), EntryValue.of(i)));
            if (i % 2 == 0) {
                ops.add(EntryOp.set(path("elsewhere/last"), EntryValue.of(i)));
            }
            EntryWriteResult _ = others.entries().write(ops);
        }
        proxy.mend();
        Patience.await().until(() -> notes.seqs.size() >= WRITES);
        assertThat(torn).isEmpty();
        assertThat(notes.seqs).isSorted().doesNotHaveDuplicates().hasSize(WRITES);
        assertThat(notes.values).allMatch(told -> told.size() == 2);
    }

    @Test
    void as_many_writes_wait_as_may() throws Exception {
        LiveSync live = inStep(ALL.withMaxWaiting(2));
        proxy.cut();
        isIn(live, LiveSync.State.RECONNECTING);
        CompletableFuture<EntryWriteResult> first = live.enqueue(List.of(increment(1)));
        CompletableFuture<EntryWriteResult> second = live.enqueue(List.of(increment(1)));
        assertThat(failure(() -> live.enqueue(List.of(increment(1)))).kind()).isEqualTo(ErrorKind.OVERLOADED);
        assertThat(live.status().waiting()).isEqualTo(2);
        proxy.mend();
        get(first);
        get(second);
        assertThat(live.transport().read(VISITS)).contains(EntryValue.of(2));
    }

    @Test
    void what_cannot_be_pushed_goes_over_http_and_is_read_at_once() {
        LiveSync live = inStep(ALL);
        EntryPath lock = path("locks/one");
        for (int i = 0; i < 20; i++) {
            Written taken = (Written) live.transport()
                    .write(List.of(
                            EntryOp.lease(EntryOp.Kind.LEASE, lock, new EntryOp.LeaseTerms(60_000, "me", null))));
            assertThat(live.transport().read(lock)).contains(taken.ops().get(0).value());
            live.transport()
                    .write(List.of(EntryOp.lease(
                            EntryOp.Kind.RELEASE, lock, new EntryOp.LeaseTerms(0, null, taken.storeSeq()))));
            assertThat(live.transport().read(lock)).isEmpty();
        }
        assertThat(failure(() -> live.enqueue(List.of(
                                EntryOp.lease(EntryOp.Kind.LEASE, lock, new EntryOp.LeaseTerms(60_000, "me", null)))))
                        .kind())
                .isEqualTo(ErrorKind.NOT_SUPPORTED);
    }

    // ---- files

    @Test
    void a_program_does_as_the_page_says(@TempDir Path directory) throws Exception {
        Repository<Link> links = store.repository(Link.class); // over HTTP so far
        links.insert(new Link("dust", "Dust", 1));
        List<RecordEvent<Link>> told = new CopyOnWriteArrayList<>();
        try (LiveSync live = store.live(LiveOptions.of(Link.class).withFile(directory.resolve("reading.live")))) {
            assertThat(links.get("dust").title()).isEqualTo("Dust"); // from memory
            Subscription _ = links.subscribe(told::add); // each write once
            links.insert(new Link("varve", "Varve", 1)); // by the socket; durable when it returns
            get(live.enqueue(List.of(increment(1))));
        }
        assertThat(links.get("varve").title()).isEqualTo("Varve"); // over HTTP again
        assertThat(others.entries().get(VISITS)).isPresent();
        Patience.await().until(() -> told.size() == 1);
    }

    @Test
    void what_a_file_keeps_is_read_before_there_is_a_connection_and_sent_once_there_is(@TempDir Path directory)
            throws Exception {
        LiveOptions options = ALL.withFile(directory.resolve("app.live")).withView(LiveOptions.View.OPTIMISTIC);
        try (LiveSync live = inStep(options)) {
            get(live.enqueue(List.of(increment(1))));
        }
        proxy.cut();
        CompletableFuture<EntryWriteResult> left;
        try (LiveSync live = store.live(options)) {
            assertThat(live.status().state()).isEqualTo(LiveSync.State.RECONNECTING);
            assertThat(live.transport().read(VISITS)).contains(EntryValue.of(1));
            left = live.enqueue(List.of(increment(10)));
            assertThat(live.transport().read(VISITS)).contains(EntryValue.of(11));
            assertThat(failure(() -> varve.store("acme/other").live(options)).kind())
                    .isEqualTo(ErrorKind.UNAVAILABLE);
        }
        assertThat(left).isCompletedExceptionally();
        others.entries().increment(VISITS, 100);
        try (LiveSync live = store.live(options)) {
            assertThat(live.transport().read(VISITS)).contains(EntryValue.of(11));
            assertThat(live.status().waiting()).isEqualTo(1);
            proxy.mend();
            Patience.await().until(() -> live.status().waiting() == 0);
            assertThat(live.transport().read(VISITS)).contains(EntryValue.of(111));
        }
        assertThat(failure(() -> varve.store("acme/other").live(options)).kind())
                .isEqualTo(ErrorKind.INVALID_PARAMS);
        assertThat(varve.store("acme/other").transport().kind()).isEqualTo(Transport.Kind.HTTP);
    }

    // ---- the optimistic view

    @Test
    void what_is_enqueued_is_shown_at_once_and_what_is_refused_disappears() throws Exception {
        others.entries().set(path("taken"), EntryValue.of(1));
        LiveSync live = inStep(ALL.withView(LiveOptions.View.OPTIMISTIC));
        Transport transport = live.transport();
        proxy.cut();
        isIn(live, LiveSync.State.RECONNECTING);
        others.entries().set(path("fought/for"), EntryValue.of("theirs"));
        CompletableFuture<EntryWriteResult> counted = live.enqueue(List.of(increment(2)));
        CompletableFuture<EntryWriteResult> again = live.enqueue(List.of(increment(3)));
        CompletableFuture<EntryWriteResult> refusedHere = live.enqueue(
                List.of(EntryOp.set(path("taken"), EntryValue.of(2)).onlyIfAbsent()));
        CompletableFuture<EntryWriteResult> refusedThere = live.enqueue(
                List.of(EntryOp.set(path("fought/for"), EntryValue.of("mine")).onlyIfNone()));
        assertThat(transport.read(VISITS)).contains(EntryValue.of(5));
        assertThat(transport.read(path("taken"))).contains(EntryValue.of(1));
        assertThat(transport.read(path("fought/for"))).contains(EntryValue.of("mine"));
        assertThat(transport.list(EntryPattern.ALL)).hasSize(3);
        proxy.mend();
        assertThat(get(counted)).isInstanceOf(Written.class);
        assertThat(((Written) get(again)).ops().get(0).value()).isEqualTo(EntryValue.of(5));
        assertThat(get(refusedHere)).isInstanceOf(Refused.class);
        assertThat(((Refused) get(refusedThere)).reason()).isEqualTo(Reason.EXISTS);
        assertThat(transport.read(VISITS)).contains(EntryValue.of(5));
        assertThat(transport.read(path("fought/for"))).contains(EntryValue.of("theirs"));
        assertThat(live.status().waiting()).isZero();
    }

    @Test
    void an_increment_is_never_shown_twice_or_not_at_all_while_it_comes_through() throws Exception {
        LiveSync live = inStep(ALL.withView(LiveOptions.View.OPTIMISTIC));
        List<CompletableFuture<EntryWriteResult>> answers = new ArrayList<>();
        for (int i = 1; i <= 200; i++) {
            answers.add(live.enqueue(List.of(increment(1))));
            for (int n = 0; n < 20; n++) {
                assertThat(live.transport().read(VISITS)).contains(EntryValue.of(i));
            }
        }
        for (CompletableFuture<EntryWriteResult> answer : answers) {
            get(answer);
        }
        assertThat(live.transport().read(VISITS)).contains(EntryValue.of(200));
    }

    // ---- what happens to the store

    @Test
    void when_history_was_let_go_of_meanwhile_the_copy_is_filled_anew_and_listeners_are_ended() {
        others.entries().set(path("links/a/title"), EntryValue.of("A"));
        LiveSync live = inStep(ALL);
        Notes notes = new Notes();
        Subscription _ = live.transport().subscribe(EntryPattern.ALL, notes);
        proxy.cut();
        isIn(live, LiveSync.State.RECONNECTING);
        others.entries().delete(path("links/a"));
        long seq = others.entries().set(path("links/b/title"), EntryValue.of("B"));
        served.storage().compact(STORE, seq).join();
        proxy.mend();
        isIn(live, LiveSync.State.LIVE);
        assertThat(live.transport().list(EntryPattern.ALL))
                .extracting(Entry::value)
                .containsExactly(EntryValue.of("B"));
        Patience.await().until(() -> notes.ends.size() == 1);
        assertThat(notes.ends.get(0).kind()).isEqualTo(ErrorKind.COMPACTED);
        assertThat(notes.seqs).isEmpty();
    }

    @Test
    void an_archived_store_can_be_read_on() {
        others.entries().set(path("a"), EntryValue.of(1));
        LiveSync live = inStep(ALL);
        others.archive();
        Patience.await()
                .until(() -> live.transport().write(List.of(increment(1))) instanceof Refused refused
                        && refused.reason() == Reason.STORE_ARCHIVED);
        assertThat(live.awaitLive(Patience.LONG)).isTrue();
        assertThat(live.transport().read(path("a"))).contains(EntryValue.of(1));
    }

    @Test
    void a_deleted_store_ends_it_and_is_not_made_again() {
        others.entries().set(path("a"), EntryValue.of(1));
        LiveSync live = inStep(ALL);
        Notes notes = new Notes();
        Subscription _ = live.transport().subscribe(EntryPattern.ALL, notes);
        others.delete();
        isIn(live, LiveSync.State.CLOSED);
        Patience.await().until(() -> notes.ends.size() == 1);
        assertThat(notes.ends.get(0).kind()).isEqualTo(ErrorKind.NOT_FOUND);
        assertThat(others.info()).isEmpty();
    }

    @Test
    void a_store_that_took_the_place_of_another_is_read_anew() {
        for (int i = 0; i < 5; i++) {
            others.entries().set(path("old/" + i), EntryValue.of(i));
        }
        LiveSync live = inStep(ALL);
        proxy.cut();
        isIn(live, LiveSync.State.RECONNECTING);
        others.delete();
        for (int i = 0; i < 9; i++) {
            others.entries().set(path("new/" + i), EntryValue.of(i));
        }
        proxy.mend();
        isIn(live, LiveSync.State.LIVE);
        assertThat(live.transport().list(EntryPattern.ALL)).hasSize(9);
        assertThat(live.transport().read(path("old/1"))).isEmpty();
    }
}
