package dev.varve.engine;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.varve.api.AggregateId;
import dev.varve.api.AppendRequest;
import dev.varve.api.AppendResult;
import dev.varve.api.Commit;
import dev.varve.api.CommitPage;
import dev.varve.api.CreateRequest;
import dev.varve.api.EntryOp;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryValue;
import dev.varve.api.EntryWrite;
import dev.varve.api.ErrorKind;
import dev.varve.api.EventAppend;
import dev.varve.api.EventData;
import dev.varve.api.ExpectedVersion;
import dev.varve.api.NewEvent;
import dev.varve.api.Offset;
import dev.varve.api.Retention;
import dev.varve.api.StreamConfig;
import dev.varve.api.Subscription;
import dev.varve.api.Transaction;
import dev.varve.api.TransactionResult;
import dev.varve.api.VarveException;
import dev.varve.engine.commits.CommitFeed;
import dev.varve.engine.entries.HistoryPolicy;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Commits of a store as one order over all its faces, however often the state was written meanwhile. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
final class CommitFeedTest {

    private static final String STORE = "acme/shop";
    private static final StreamConfig TEXT = StreamConfig.of("text/plain");
    private static final StreamConfig JSON = StreamConfig.of("application/json");

    @TempDir
    private Path temporary;

    private final TestClock clock = new TestClock();
    private EngineOptions options = TestEngines.OPTIONS;
    private Path directory = Path.of("unset");
    private int copies;
    private Engine engine;

    @BeforeEach
    void open() {
        directory = temporary.resolve("data" + copies);
        engine = TestEngines.onDisk(directory, options, clock);
    }

    @AfterEach
    void close() {
        engine.close();
    }

    private void reopen() {
        engine.close();
        engine = TestEngines.onDisk(directory, options, clock);
    }

    /** Goes on with what a crash would have left. */
    private void crash() throws IOException {
        Path next = temporary.resolve("data" + ++copies);
        CrashCopy.copy(directory, next);
        engine.close();
        directory = next;
        engine = TestEngines.onDisk(directory, options, clock);
    }

    private void checkpoint() {
        assertThat(engine.checkpoint().join()).isTrue();
    }

    // ---- writing

    private void set(String store, String path, long value) {
        write(store, EntryOp.set(EntryPath.parse(path), EntryValue.of(value)));
    }

    private void write(String store, EntryOp... ops) {
        engine.entries()
                .write(new EntryWrite(store, List.of(ops), "device", "op", false, true))
                .join();
    }

    private long event(String store, String... types) {
        List<NewEvent> events =
                Arrays.stream(types).map(type -> NewEvent.json(type, "{}")).toList();
        engine.events()
                .append(store, EventAppend.to(new AggregateId("order", "1"), ExpectedVersion.any(), events), true)
                .join();
        return engine.events().head(store);
    }

    private void create(String path, StreamConfig config) {
        engine.streams().create(CreateRequest.of(path, config)).join();
    }

    private Offset append(String path, String type, String text) {
        AppendResult result = engine.streams()
                .append(AppendRequest.of(path, type, text.getBytes(UTF_8)))
                .join();
        return ((AppendResult.Appended) result).next();
    }

    // ---- reading

    private static CommitPage commits(Engine engine, String store, long after, int limit) {
        return engine.transactions().commits(store, after, limit).join();
    }

    private List<Commit> all(String store, long after, int limit) {
        List<Commit> found = new ArrayList<>();
        CommitPage page;
        long seen = after;
        do {
            page = commits(engine, store, seen, limit);
            assertThat(page.commits()).hasSizeLessThanOrEqualTo(limit);
            found.addAll(page.commits());
            assertThat(page.next())
                    .isEqualTo(
                            page.commits().isEmpty()
                                    ? seen
                                    : page.commits().getLast().number());
            seen = page.next();
        } while (page.hasMore());
        return found;
    }

    private List<String> shown(String store) {
        return all(store, 0, 1_000).stream().map(CommitFeedTest::text).toList();
    }

    /** A commit without its number. */
    private static String text(Commit commit) {
        List<String> parts = new ArrayList<>();
        commit.entries()
                .forEach(event -> parts.add(event.kind() + " " + event.path() + " "
                        + (event.value() instanceof EntryValue.Whole(long value) ? value : event.value())));
        commit.events().forEach(event -> parts.add(event.type() + "@" + event.position()));
        commit.streams().forEach(append -> {
            List<String> messages = new ArrayList<>();
            append.messages()
                    .forEach(message -> messages.add(
                            UTF_8.decode(message.data().duplicate()).toString()));
            parts.add(append.path() + "[" + append.from().position() + ".."
                    + append.next().position() + "]" + (append.closed() ? " closed" : "") + " " + append.contentType()
                    + " " + messages);
        });
        return String.join("; ", parts);
    }

    private static void fails(ErrorKind kind, String part, org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOf(CompletionException.class)
                .cause()
                .isInstanceOfSatisfying(
                        VarveException.class, e -> assertThat(e.kind()).isEqualTo(kind))
                .hasMessageContaining(part);
    }

    // ---- what is a commit

    @Test
    void a_write_an_append_of_events_and_an_append_to_a_stream_are_a_commit_each_in_their_order() {
        write(
                STORE,
                EntryOp.set(EntryPath.of("a"), EntryValue.of(1)),
                EntryOp.set(EntryPath.of("b"), EntryValue.of(2)));
        event(STORE, "Placed", "Paid");
        create(STORE + "/log", TEXT);
        append(STORE + "/log", "text/plain", "one");

        List<Commit> commits = all(STORE, 0, 10);
        assertThat(commits)
                .map(CommitFeedTest::text)
                .containsExactly("SET a 1; SET b 2", "Placed@0; Paid@1", STORE + "/log[0..3] text/plain [one]");
        assertThat(commits)
                .map(Commit::number)
                .isSorted()
                .doesNotHaveDuplicates()
                .allMatch(number -> number > 0);
        assertThat(commits)
                .map(Commit::timeMillis)
                .allMatch(millis ->
                        millis == commits.getFirst().entries().getFirst().timeMillis());
    }

    @Test
    void an_append_to_several_streams_is_one_commit() {
        set(STORE, "a", 1);
        create(STORE + "/log", TEXT);
        create(STORE + "/orders/new", JSON);
        engine.streams()
                .appendAll(List.of(
                        AppendRequest.of(STORE + "/log", "text/plain", "one".getBytes(UTF_8)),
                        AppendRequest.of(STORE + "/orders/new", "application/json", "[{\"n\":1},2]".getBytes(UTF_8)),
                        AppendRequest.of(STORE + "/log", "text/plain", "two".getBytes(UTF_8))
                                .withClose()))
                .join();
        assertThat(shown(STORE))
                .containsExactly(
                        "SET a 1",
                        STORE + "/log[0..6] closed text/plain [one, two]; " + STORE
                                + "/orders/new[0..10] application/json [{\"n\":1}, 2]");
    }

    @Test
    void a_transaction_is_one_commit_under_its_number_whatever_it_creates() throws IOException {
        create(STORE + "/log", TEXT);
        long[] numbers = new long[2];
        for (int i = 0; i < 2; i++) {
            Transaction transaction = Transaction.builder()
                    .entry(EntryOp.set(EntryPath.of("a"), EntryValue.of(i)))
                    .event(new AggregateId("order", "1"), NewEvent.json("Placed", "{}"))
                    .append(AppendRequest.of(STORE + "/log", "text/plain", "one".getBytes(UTF_8)))
                    .key("key-" + i)
                    .build();
            numbers[i] = committed(transaction).number();
            assertThat(committed(transaction).number()).isEqualTo(numbers[i]);
        }
        List<String> expected = List.of(
                "SET a 0; Placed@0; " + STORE + "/log[0..3] text/plain [one]",
                "SET a 1; Placed@1; " + STORE + "/log[3..6] text/plain [one]");
        assertThat(shown(STORE)).isEqualTo(expected);
        assertThat(all(STORE, 0, 10)).map(Commit::number).containsExactly(numbers[0], numbers[1]);
        crash();
        assertThat(shown(STORE)).isEqualTo(expected);
        checkpoint();
        reopen();
        assertThat(shown(STORE)).isEqualTo(expected);
        assertThat(all(STORE, 0, 10)).map(Commit::number).containsExactly(numbers[0], numbers[1]);
    }

    private TransactionResult.Committed committed(Transaction transaction) {
        return (TransactionResult.Committed)
                engine.transactions().commit(STORE, transaction).join();
    }

    @Test
    void who_is_told_of_a_part_by_its_face_finds_the_commit() throws InterruptedException {
        set(STORE, "a", 1);
        BlockingQueue<Integer> found = new LinkedBlockingQueue<>();
        try (Subscription _ = engine.events().subscribe(STORE, _ -> {
            var _ = engine.transactions()
                    .commits(STORE, 0, 10)
                    .thenAccept(page -> found.add(page.commits().size()));
        })) {
            long head = event(STORE, "Placed");
            assertThat(head).isZero();
            assertThat(found.poll(10, TimeUnit.SECONDS)).isEqualTo(2);
        }
    }

    @Test
    void closing_a_stream_is_a_commit_without_messages() {
        set(STORE, "a", 1);
        create(STORE + "/log", TEXT);
        engine.streams().append(AppendRequest.closing(STORE + "/log")).join();
        assertThat(shown(STORE)).containsExactly("SET a 1", STORE + "/log[0..0] closed text/plain []");
    }

    @Test
    void a_stream_that_is_created_with_content_appends_it() {
        set(STORE, "a", 1);
        engine.streams()
                .create(CreateRequest.of(STORE + "/log", TEXT).withBody("one".getBytes(UTF_8)))
                .join();
        assertThat(shown(STORE)).containsExactly("SET a 1", STORE + "/log[0..3] text/plain [one]");
    }

    @Test
    void what_lies_outside_the_store_is_none_of_its_commits() {
        set(STORE, "a", 1);
        set("acme/other", "b", 2);
        create("acme/shop", TEXT);
        create("acme/shopping/list", TEXT);
        create("plain", TEXT);
        append("acme/shop", "text/plain", "x");
        append("acme/shopping/list", "text/plain", "x");
        append("plain", "text/plain", "x");
        event("acme/other", "Placed");
        assertThat(shown(STORE)).containsExactly("SET a 1");
        assertThat(shown("acme/other")).containsExactly("SET b 2", "Placed@0");
    }

    @Test
    void a_stream_belongs_to_its_store_from_when_there_is_one() throws IOException {
        create(STORE + "/log", TEXT);
        append(STORE + "/log", "text/plain", "before");
        engine.entries().createStore(STORE).join();
        append(STORE + "/log", "text/plain", "after");
        List<String> expected = List.of(STORE + "/log[6..11] text/plain [after]");
        assertThat(shown(STORE)).isEqualTo(expected);
        crash();
        assertThat(shown(STORE)).isEqualTo(expected);
    }

    @Test
    void refusals_and_writes_that_come_again_are_none() {
        set(STORE, "a", 1);
        write(STORE, EntryOp.set(EntryPath.of("a"), EntryValue.of(2)).ifMatch(7));
        AggregateId order = new AggregateId("order", "1");
        NewEvent placed = NewEvent.json("Placed", "{}");
        EventAppend append = EventAppend.to(order, ExpectedVersion.any(), List.of(placed));
        engine.events().append(STORE, append, true).join();
        engine.events().append(STORE, append, true).join();
        assertThat(shown(STORE)).containsExactly("SET a 1", "Placed@0");
    }

    @Test
    void expiries_and_rollbacks_are_commits() throws InterruptedException {
        write(STORE, EntryOp.set(EntryPath.of("s"), EntryValue.of(1)).expiringAfter(60_000));
        clock.advance(Duration.ofMinutes(1));
        while (shown(STORE).size() < 2) {
            Thread.sleep(2);
        }
        engine.entries().rollback(STORE, EntryPath.of("s"), 1, "device").join();
        assertThat(shown(STORE)).containsExactly("SET s 1", "DELETE s null", "SET s 1");
    }

    // ---- what becomes of the content

    @Test
    void content_is_shown_as_its_face_shows_it_now() throws IOException {
        event(STORE, "Placed", "Paid");
        event(STORE, "Shipped");
        create(STORE + "/kept", TEXT);
        create(STORE + "/gone", TEXT);
        append(STORE + "/kept", "text/plain", "one");
        append(STORE + "/gone", "text/plain", "two");
        engine.events().redact(STORE, 0, EventData.json("{\"gone\":true}")).join();
        engine.events().deleteEvents(STORE, List.of(2L)).join();
        engine.streams().delete(STORE + "/gone").join();
        create(STORE + "/gone", TEXT);
        append(STORE + "/gone", "text/plain", "new");

        List<String> expected = List.of(
                "Placed@0; Paid@1",
                "",
                STORE + "/kept[0..3] text/plain [one]",
                STORE + "/gone[0..3] null []",
                STORE + "/gone[0..3] text/plain [new]");
        assertThat(shown(STORE)).isEqualTo(expected);
        assertThat(all(STORE, 0, 1).getFirst().events().getFirst().redacted()).isTrue();
        crash();
        assertThat(shown(STORE)).isEqualTo(expected);
        checkpoint();
        assertThat(shown(STORE)).isEqualTo(expected);
        reopen();
        assertThat(shown(STORE)).isEqualTo(expected);
    }

    @Test
    void messages_that_a_stream_has_trimmed_are_left_out() throws InterruptedException {
        set(STORE, "a", 1);
        create(STORE + "/log", new StreamConfig("text/plain", null, null, new Retention(null, null, 1L)));
        append(STORE + "/log", "text/plain", "one");
        append(STORE + "/log", "text/plain", "two");
        while (!shown(STORE).get(1).endsWith("[]")) {
            Thread.sleep(2);
        }
        assertThat(shown(STORE))
                .containsExactly("SET a 1", STORE + "/log[0..3] text/plain []", STORE + "/log[3..6] text/plain [two]");
    }

    // ---- pages

    @Test
    void pages_are_bounded_and_refuse_what_makes_no_sense() {
        for (int i = 0; i < 30; i++) {
            set(STORE, "a", i);
        }
        CommitPage page = commits(engine, STORE, 0, 7);
        assertThat(page.commits()).hasSize(7);
        assertThat(page.hasMore()).isTrue();
        assertThat(all(STORE, 0, 7)).hasSize(30);
        assertThat(commits(engine, STORE, 0, 30).hasMore()).isFalse();
        assertThat(commits(engine, STORE, Long.MAX_VALUE, 1))
                .isEqualTo(new CommitPage(List.of(), Long.MAX_VALUE, false));
        fails(ErrorKind.INVALID_PARAMS, "limit", () -> commits(engine, STORE, 0, 0));
        fails(ErrorKind.INVALID_PARAMS, "limit", () -> commits(engine, STORE, 0, 1_001));
        fails(ErrorKind.INVALID_PARAMS, "after", () -> commits(engine, STORE, -1, 1));
        fails(ErrorKind.NOT_FOUND, "acme/none", () -> commits(engine, "acme/none", 0, 1));
    }

    @Test
    void a_page_ends_by_bytes_but_holds_one_whole_commit() {
        create(STORE + "/log", TEXT);
        engine.entries().createStore(STORE).join();
        String half = "x".repeat(CommitFeed.MAX_PAGE_BYTES / 2 - 1_000);
        String large = "y".repeat(2 * CommitFeed.MAX_PAGE_BYTES);
        for (String text : List.of(half, half, half, large, "z")) {
            append(STORE + "/log", "text/plain", text);
        }
        CommitPage page = commits(engine, STORE, 0, 10);
        assertThat(page.commits()).hasSize(2);
        page = commits(engine, STORE, page.next(), 10);
        assertThat(page.commits()).hasSize(1);
        page = commits(engine, STORE, page.next(), 10);
        assertThat(page.commits()
                        .getFirst()
                        .streams()
                        .getFirst()
                        .messages()
                        .getFirst()
                        .data()
                        .remaining())
                .isEqualTo(large.length());
        assertThat(page.hasMore()).isTrue();
        assertThat(all(STORE, page.next(), 10)).hasSize(1);
    }

    @Test
    void a_commit_of_more_than_a_page_of_changes_is_whole() {
        EntryOp[] ops = new EntryOp[EntryWrite.MAX_OPS];
        String text = "x".repeat(2_000);
        for (int i = 0; i < ops.length; i++) {
            ops[i] = EntryOp.set(EntryPath.of("k" + i), EntryValue.of(text));
        }
        write(STORE, ops);
        String[] types = new String[3_000];
        Arrays.fill(types, "Counted");
        event(STORE, types);
        List<Commit> commits = all(STORE, 0, 10);
        assertThat(commits).hasSize(2);
        assertThat(commits.get(0).entries()).hasSize(ops.length);
        assertThat(commits.get(1).events()).hasSize(types.length);
    }

    // ---- stores that come and go

    @Test
    void a_store_that_is_made_anew_begins_with_nothing_and_goes_on_in_numbers() throws IOException {
        set(STORE, "a", 1);
        long before = all(STORE, 0, 10).getLast().number();
        checkpoint();
        set(STORE, "b", 1);
        engine.entries().deleteStore(STORE).join();
        fails(ErrorKind.NOT_FOUND, STORE, () -> commits(engine, STORE, 0, 1));
        set(STORE, "c", 1);
        assertThat(shown(STORE)).containsExactly("SET c 1");
        assertThat(all(STORE, before, 10)).hasSize(1);
        crash();
        assertThat(shown(STORE)).containsExactly("SET c 1");
        checkpoint();
        reopen();
        assertThat(shown(STORE)).containsExactly("SET c 1");
    }

    @Test
    void a_copy_begins_with_nothing_and_says_so() {
        set(STORE, "a", 1);
        long before = all(STORE, 0, 10).getLast().number();
        engine.entries().cloneStore(STORE, "acme/copy").join();
        fails(ErrorKind.COMPACTED, "the next one comes after", () -> commits(engine, "acme/copy", before, 1));
        set("acme/copy", "b", 2);
        reopen();
        fails(ErrorKind.COMPACTED, "the earliest is", () -> commits(engine, "acme/copy", 0, 1));
        long earliest = earliest("acme/copy");
        assertThat(all("acme/copy", earliest - 1, 10)).map(CommitFeedTest::text).containsExactly("SET b 2");
    }

    private long earliest(String store) {
        try {
            commits(engine, store, 0, 1);
        } catch (CompletionException e) {
            String message = e.toString();
            return Long.parseLong(message.substring(message.lastIndexOf(' ') + 1));
        }
        throw new AssertionError("nothing was let go of");
    }

    // ---- retention

    @Test
    void commits_whose_changes_of_entries_are_not_kept_are_not_kept_either() throws IOException {
        set(STORE, "a", 1);
        event(STORE, "Placed");
        write(
                STORE,
                EntryOp.set(EntryPath.of("a"), EntryValue.of(2)),
                EntryOp.set(EntryPath.of("b"), EntryValue.of(2)));
        event(STORE, "Paid");
        set(STORE, "a", 3);
        List<Commit> before = all(STORE, 0, 10);
        for (int round = 0; round < 4; round++) {
            long through = round == 0 ? 2 : 3;
            engine.entries().compact(STORE, through).join();
            // Also where only a part of a commit is gone.
            fails(
                    ErrorKind.COMPACTED,
                    "the earliest is " + before.get(3).number(),
                    () -> commits(engine, STORE, before.get(1).number(), 1));
            assertThat(all(STORE, before.get(2).number(), 10)).isEqualTo(before.subList(3, 5));
            if (round == 1) {
                checkpoint();
            } else if (round == 2) {
                crash();
            }
        }
    }

    @Test
    void the_last_commits_and_the_young_ones_are_kept() throws InterruptedException {
        options = TestEngines.OPTIONS.withHistory(new HistoryPolicy(4, TimeUnit.MINUTES.toMillis(1)));
        reopen();
        for (int i = 0; i < 5; i++) {
            event(STORE, "Counted");
            event(STORE, "Counted");
            checkpoint();
        }
        assertThat(all(STORE, 0, 100)).hasSize(10);
        List<Commit> before = all(STORE, 0, 100);
        clock.advance(Duration.ofMinutes(2));
        event(STORE, "Counted");
        checkpoint();
        // By whole rows, so that one or two more than need be are there.
        fails(ErrorKind.COMPACTED, "the earliest is " + before.get(6).number(), () -> commits(engine, STORE, 0, 1));
        assertThat(all(STORE, before.get(5).number(), 100)).hasSize(5);
        reopen();
        fails(ErrorKind.COMPACTED, "the earliest is " + before.get(6).number(), () -> commits(engine, STORE, 0, 1));
        event(STORE, "Counted");
        checkpoint();
        assertThat(all(STORE, before.get(7).number(), 100)).hasSize(4);
    }

    // ---- by chance

    @Test
    void whatever_happens_each_commit_is_there_once_and_in_order() throws IOException {
        long seed = Long.getLong("varve.test.seed", new Random().nextLong());
        try {
            new LockStep(new Random(seed)).run(400);
        } catch (Throwable e) {
            throw new AssertionError("with -Dvarve.test.seed=" + seed, e);
        }
    }

    /** Random writes, beside lists of what they must be seen as. */
    private final class LockStep {
        private final Random random;
        private final Map<String, List<String>> expected =
                Map.of(STORE, new ArrayList<>(), "acme/other", new ArrayList<>());
        private final Map<String, List<Commit>> followed =
                Map.of(STORE, new ArrayList<>(), "acme/other", new ArrayList<>());
        private final Map<String, Integer> tails = new HashMap<>();
        private long value;

        LockStep(Random random) {
            this.random = random;
        }

        void run(int steps) throws IOException {
            for (String store : expected.keySet()) {
                engine.entries().createStore(store).join();
                for (String name : List.of("a", "b/c")) {
                    create(store + "/" + name, TEXT);
                    tails.put(store + "/" + name, 0);
                }
            }
            create("outside", TEXT);
            for (int step = 0; step < steps; step++) {
                step();
                if (random.nextInt(10) == 0) {
                    follow();
                }
            }
            follow();
            for (String store : expected.keySet()) {
                assertThat(shown(store)).isEqualTo(expected.get(store));
                assertThat(all(store, 0, 1 + random.nextInt(50))).isEqualTo(followed.get(store));
            }
        }

        /** Reads on where the follower was, as one does who was away. */
        private void follow() {
            for (Map.Entry<String, List<Commit>> entry : followed.entrySet()) {
                List<Commit> seen = entry.getValue();
                long after = seen.isEmpty() ? 0 : seen.getLast().number();
                seen.addAll(all(entry.getKey(), after, 1 + random.nextInt(20)));
                assertThat(seen).map(CommitFeedTest::text).isEqualTo(expected.get(entry.getKey()));
            }
        }

        private void step() throws IOException {
            String store = random.nextInt(3) == 0 ? "acme/other" : STORE;
            List<String> texts = requireNonNull(expected.get(store));
            switch (random.nextInt(20)) {
                case 0 -> checkpoint();
                case 1 -> {
                    if (random.nextInt(4) == 0) {
                        reopen();
                    }
                }
                case 2 -> {
                    if (random.nextInt(4) == 0) {
                        crash();
                    }
                }
                case 3 -> append("outside", "text/plain", "x");
                case 4, 5, 6, 7, 8 -> {
                    int ops = 1 + random.nextInt(3);
                    EntryOp[] made = new EntryOp[ops];
                    List<String> parts = new ArrayList<>();
                    for (int i = 0; i < ops; i++) {
                        made[i] = EntryOp.set(EntryPath.of("k" + i), EntryValue.of(++value));
                        parts.add("SET k" + i + " " + value);
                    }
                    write(store, made);
                    texts.add(String.join("; ", parts));
                }
                case 9, 10, 11, 12 -> {
                    long head = event(store, "E" + ++value);
                    texts.add("E" + value + "@" + head);
                }
                default -> {
                    List<AppendRequest> requests = new ArrayList<>();
                    List<String> parts = new ArrayList<>();
                    for (String name : random.nextBoolean() ? List.of("a") : List.of("b/c", "a")) {
                        String path = store + "/" + name;
                        String text = "m" + ++value;
                        requests.add(AppendRequest.of(path, "text/plain", text.getBytes(UTF_8)));
                        int tail = requireNonNull(tails.get(path));
                        tails.put(path, tail + text.length());
                        parts.add(path + "[" + tail + ".." + (tail + text.length()) + "] text/plain [" + text + "]");
                    }
                    engine.streams().appendAll(requests).join();
                    texts.add(String.join("; ", parts));
                }
            }
        }
    }

    @Test
    void a_follower_beside_writers_sees_each_commit_once_and_in_order() throws InterruptedException {
        engine.entries().createStore(STORE).join();
        create(STORE + "/log", TEXT);
        BlockingQueue<Long> woken = new LinkedBlockingQueue<>();
        Subscription subscription = engine.transactions().subscribeCommits(STORE, woken::add);
        int each = 300;
        List<Thread> writers = List.of(
                Thread.ofVirtual().start(() -> repeat(each, i -> set(STORE, "k", i))),
                Thread.ofVirtual().start(() -> repeat(each, i -> event(STORE, "Counted"))),
                Thread.ofVirtual().start(() -> repeat(each, i -> append(STORE + "/log", "text/plain", "x"))),
                Thread.ofVirtual().start(() -> repeat(5, i -> checkpoint())));
        List<Commit> seen = new ArrayList<>();
        long after = 0;
        while (seen.size() < 3 * each) {
            CommitPage page = commits(engine, STORE, after, 50);
            seen.addAll(page.commits());
            after = page.next();
            if (!page.hasMore() && seen.size() < 3 * each) {
                assertThat(woken.poll(30, TimeUnit.SECONDS)).isNotNull();
            }
        }
        for (Thread writer : writers) {
            writer.join();
        }
        subscription.close();
        assertThat(seen).isEqualTo(all(STORE, 0, 1_000)).hasSize(3 * each);
        assertThat(seen).map(Commit::number).isSorted().doesNotHaveDuplicates();
        assertThat(seen.stream().flatMap(commit -> commit.entries().stream()))
                .map(event -> event.storeSeq())
                .hasSize(each)
                .isSorted();
    }

    private static void repeat(int times, IntConsumer action) {
        for (int i = 0; i < times; i++) {
            action.accept(i);
        }
    }
}
