package dev.varve.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.varve.api.EntryValue;
import dev.varve.api.ErrorKind;
import dev.varve.api.StoreInfo;
import dev.varve.api.Subscription;
import dev.varve.api.VarveException;
import dev.varve.engine.io.Clock;
import dev.varve.engine.io.SystemClock;
import dev.varve.server.EntriesApi.StoreCalls;
import dev.varve.testkit.ForwardingEntryStorage;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** Changes of a store as server-sent events. */
final class EntriesWatchTest {

    private static EntriesApi server;
    private StoreCalls store;

    @BeforeAll
    static void start() {
        server = EntriesApi.start();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @BeforeEach
    void freshStore() throws Exception {
        store = server.freshStore();
    }

    /** One event. */
    private record Event(String name, String id, JsonNode data) {
        long seq() {
            return data.at("/store_seq").asLong();
        }
    }

    /** A client that reads events one by one. Confined to the test's thread. */
    private static final class Watcher implements AutoCloseable {
        private final RawConnection connection;
        private final List<Event> ready = new ArrayList<>();
        private String rest = "";
        private int comments;

        Watcher(EntriesApi from, StoreCalls store, String query, int receiveBufferBytes, String... headers)
                throws IOException {
            connection = RawConnection.open(from.http.server.port(), receiveBufferBytes);
            List<String> lines = new ArrayList<>(List.of(headers));
            lines.add("Accept: text/event-stream");
            connection.request("GET", store.url("/watch" + query), "", lines.toArray(String[]::new));
            RawConnection.Answer head = connection.answer();
            assertThat(head.status()).isEqualTo(200);
            assertThat(head.header("content-type")).isEqualTo("text/event-stream");
            assertThat(head.header("cache-control")).isEqualTo("no-cache");
        }

        Event next() throws IOException {
            while (ready.isEmpty()) {
                assertThat(readChunk()).as("the stream goes on").isTrue();
            }
            return ready.removeFirst();
        }

        /** False at the end of the stream. */
        boolean readChunk() throws IOException {
            String chunk = connection.chunkText();
            rest += chunk;
            for (int end = rest.indexOf("\n\n"); end >= 0; end = rest.indexOf("\n\n")) {
                take(rest.substring(0, end));
                rest = rest.substring(end + 2);
            }
            return !chunk.isEmpty();
        }

        private void take(String text) {
            Map<String, String> fields = new TreeMap<>();
            for (String line : text.split("\n")) {
                if (line.startsWith(":")) {
                    comments++;
                } else {
                    int colon = line.indexOf(": ");
                    fields.put(line.substring(0, colon), line.substring(colon + 2));
                }
            }
            if (!fields.isEmpty()) {
                ready.add(new Event(
                        fields.getOrDefault("event", "message"),
                        fields.getOrDefault("id", ""),
                        EntriesApi.json(fields.getOrDefault("data", "null"))));
            }
        }

        @Override
        public void close() throws IOException {
            connection.close();
        }
    }

    private Watcher watch(String query, String... headers) throws IOException {
        return new Watcher(server, store, query, 0, headers);
    }

    private static void assertCaughtUp(Event event, long through) {
        assertThat(event.name()).isEqualTo("catch_up_complete");
        assertThat(event.id()).isEqualTo(Long.toString(through));
        assertThat(event.data()).isEqualTo(EntriesApi.json("{\"through_seq\":" + through + "}"));
    }

    @Test
    void a_watcher_gets_what_was_and_then_what_comes() throws Exception {
        store.put("a/b", "1");
        store.batch(
                "[{\"op\":\"increment\",\"path\":\"n\",\"value\":5},{\"op\":\"increment\",\"path\":\"n\",\"value\":3}]");
        try (Watcher watcher = watch("?after=0")) {
            Event first = watcher.next();
            assertThat(first.name()).isEqualTo("message");
            assertThat(first.id()).isEqualTo("1");
            assertThat(first.data().at("/op").asString()).isEqualTo("set");
            assertThat(first.data().at("/path").asString()).isEqualTo("a/b");
            assertThat(first.data().at("/path_segments")).isEqualTo(EntriesApi.json("[\"a\",\"b\"]"));
            assertThat(first.data().at("/value").asLong()).isEqualTo(1);
            assertThat(first.data().at("/device_id").asString()).startsWith("http:");
            assertThat(first.data().at("/client_op_id").asString()).isNotEmpty();
            assertThat(watcher.next().data().at("/value").asLong()).isEqualTo(5);
            assertThat(watcher.next().data().at("/value").asLong()).isEqualTo(8);
            assertCaughtUp(watcher.next(), 3);
            store.put("price", "{\"_typed\":\"1.5\",\"_type\":\"decimal\"}");
            assertThat(watcher.next().data().at("/value"))
                    .isEqualTo(EntriesApi.json("{\"_typed\":\"1.5\",\"_type\":\"decimal\"}"));
            store.delete("a");
            Event deleted = watcher.next();
            assertThat(deleted.data().at("/op").asString()).isEqualTo("delete");
            assertThat(deleted.data().at("/value").isNull()).isTrue();
        }
    }

    @Test
    void without_a_position_a_watcher_begins_now() throws Exception {
        store.put("a", "1");
        try (Watcher watcher = watch("")) {
            assertCaughtUp(watcher.next(), 1);
            store.put("b", "2");
            assertThat(watcher.next().seq()).isEqualTo(2);
        }
    }

    @Test
    void the_last_event_id_wins_over_the_url() throws Exception {
        for (int i = 1; i <= 5; i++) {
            store.put("k", Integer.toString(i));
        }
        try (Watcher watcher = watch("?after=0", "Last-Event-ID: 3")) {
            assertThat(watcher.next().seq()).isEqualTo(4);
            assertThat(watcher.next().seq()).isEqualTo(5);
            assertCaughtUp(watcher.next(), 5);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"?after=x", "?after=-1", "?pattern=", "?pattern=**%2Fa", "?after=99999999999999999999"})
    void parameters_that_make_no_sense_are_refused(String query) throws Exception {
        store.put("a", "1");
        assertThat(store.get("/watch" + query, "Accept", "text/event-stream").statusCode())
                .isEqualTo(400);
    }

    @Test
    void a_pattern_shows_changes_at_and_above_what_it_means_and_the_rest_as_progress() throws Exception {
        store.put("links/a/title", "1");
        try (Watcher watcher = watch("?after=0&pattern=links%2F*%2Ftitle")) {
            assertThat(watcher.next().seq()).isEqualTo(1);
            assertCaughtUp(watcher.next(), 1);
            store.put("links/a/url", "1");
            store.put("other", "1");
            store.put("links/a", "{\"title\":2}");
            store.delete("links");
            assertThat(watcher.next().seq()).isEqualTo(4);
            assertThat(watcher.next().seq()).isEqualTo(5);
            String ops = "{\"op\":\"set\",\"path\":\"other\",\"value\":1},".repeat(999)
                    + "{\"op\":\"set\",\"path\":\"other\",\"value\":1}";
            store.batch("[" + ops + "]");
            Event progress = watcher.next();
            assertThat(progress.name()).isEqualTo("progress");
            assertThat(progress.data().at("/through_seq").asLong()).isGreaterThanOrEqualTo(1_005);
            assertThat(progress.id())
                    .isEqualTo(progress.data().at("/through_seq").asString());
        }
    }

    @Test
    void whoever_comes_too_late_gets_a_snapshot_and_goes_on_from_there() throws Exception {
        StringBuilder ops = new StringBuilder();
        for (int i = 0; i < 250; i++) {
            ops.append(i > 0 ? "," : "").append("{\"op\":\"set\",\"path\":\"k/%03d\",\"value\":%d}".formatted(i, i));
        }
        store.batch("[" + ops + "]");
        server.storage().compact(store.name(), 250).join();
        store.put("k/000", "{\"_typed\":\"1\",\"_type\":\"decimal\"}");
        try (Watcher watcher = watch("?after=10")) {
            Map<String, JsonNode> entries = new TreeMap<>();
            boolean more = true;
            for (int page = 0; more; page++) {
                Event part = watcher.next();
                assertThat(part.name()).isEqualTo("snapshot");
                assertThat(part.data().at("/page").asInt()).isEqualTo(page);
                assertThat(part.data().at("/snapshot_seq").asLong()).isEqualTo(251);
                part.data().at("/entries").forEachEntry(entries::put);
                more = part.data().at("/more").asBoolean();
                assertThat(part.id()).isEqualTo(more ? "" : "251");
            }
            assertThat(entries).hasSize(250);
            assertThat(entries.get("k/000"))
                    .isEqualTo(EntriesApi.json(
                            "{\"value\":{\"_typed\":\"1\",\"_type\":\"decimal\"},\"type\":\"decimal\"}"));
            assertThat(entries.get("k/249")).isEqualTo(EntriesApi.json("{\"value\":249,\"type\":\"integer\"}"));
            assertCaughtUp(watcher.next(), 251);
            store.put("k/001", "5");
            assertThat(watcher.next().seq()).isEqualTo(252);
        }
        try (Watcher watcher = watch("?after=250")) {
            assertThat(watcher.next().seq()).isEqualTo(251);
        }
    }

    @Test
    void whoever_knows_more_than_there_is_gets_a_snapshot() throws Exception {
        store.put("a", "1");
        try (Watcher watcher = watch("?after=77")) {
            Event snapshot = watcher.next();
            assertThat(snapshot.name()).isEqualTo("snapshot");
            assertThat(snapshot.id()).isEqualTo("1");
            assertCaughtUp(watcher.next(), 1);
        }
    }

    @Test
    void the_stream_ends_with_its_store() throws Exception {
        for (String end : List.of("archive", "delete")) {
            store = server.freshStore();
            store.put("a", "1");
            try (Watcher watcher = watch("?after=0")) {
                assertThat(watcher.next().seq()).isEqualTo(1);
                assertCaughtUp(watcher.next(), 1);
                if (end.equals("archive")) {
                    store.send("POST", "/archive", "");
                } else {
                    store.send("DELETE", "", "");
                }
                assertThat(watcher.next().name()).isEqualTo("closed");
                assertThat(watcher.readChunk()).isFalse();
            }
        }
    }

    // ---- lines ----

    private FeedClient lines(String query, String... headers) throws IOException {
        return new FeedClient(server, 0, store.url("/watch" + query), true, headers);
    }

    private List<JsonNode> page(String query) throws Exception {
        HttpResponse<String> response = store.get("/watch" + query, "Accept", "application/x-ndjson");
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return response.body().lines().map(EntriesApi::json).toList();
    }

    @Test
    void lines_have_all_that_is_known_of_changes() throws Exception {
        store.put("a", "1");
        store.send(
                "POST",
                "/entries/batch_write",
                "{\"ops\":[{\"op\":\"increment\",\"path\":\"n\",\"value\":2},{\"op\":\"delete\",\"path\":\"a\"}]}");
        List<JsonNode> all = page("?after=0");
        assertThat(all).hasSize(4);
        assertThat(all.get(0).at("/op").asString()).isEqualTo("set");
        assertThat(all.get(0).at("/first").asBoolean()).isTrue();
        assertThat(all.get(0).at("/time").asString()).endsWith("Z");
        assertThat(all.get(1).at("/value").asInt()).isEqualTo(2);
        assertThat(all.get(2).at("/path").asString()).isEqualTo("a");
        assertThat(all.get(2).at("/first").isMissingNode()).isTrue();
        assertThat(all.get(3)).isEqualTo(EntriesApi.json("{\"current_seq\":3}"));
        assertThat(page("")).isEqualTo(all);
        assertThat(page("?after=1&limit=1")).isEqualTo(List.of(all.get(1), all.get(3)));
        assertThat(page("?after=3")).containsExactly(all.get(3));
    }

    @Test
    void lines_say_where_writes_end_and_go_on() throws Exception {
        store.put("a", "1");
        String id = server.storage().store(store.name()).orElseThrow().id().toString();
        try (FeedClient client = lines("?after=0&follow=true");
                FeedClient now = lines("?follow=true");
                FeedClient again = lines("?after=0&follow=true", "Last-Event-ID: 1")) {
            for (FeedClient one : List.of(client, now, again)) {
                assertThat(one.line()).isEqualTo(EntriesApi.json("{\"store_id\":\"" + id + "\"}"));
            }
            assertThat(client.line().at("/store_seq").asInt()).isEqualTo(1);
            for (FeedClient one : List.of(client, now, again)) {
                assertThat(one.line()).isEqualTo(EntriesApi.json("{\"caught_up\":1}"));
            }
            store.send(
                    "POST",
                    "/entries/batch_write",
                    "{\"ops\":[{\"op\":\"set\",\"path\":\"b\",\"value\":2},{\"op\":\"set\",\"path\":\"c\",\"value\":3}]}");
            for (FeedClient one : List.of(client, now, again)) {
                JsonNode first = one.line();
                assertThat(first.at("/store_seq").asInt()).isEqualTo(2);
                assertThat(first.at("/more").asBoolean()).isTrue();
                JsonNode second = one.line();
                assertThat(second.at("/store_seq").asInt()).isEqualTo(3);
                assertThat(second.at("/more").isMissingNode()).isTrue();
            }
            server.storage().archiveStore(store.name()).join();
            for (FeedClient one : List.of(client, now, again)) {
                assertThat(one.line()).isEqualTo(EntriesApi.json("{\"closed\":3}"));
                assertThat(one.connection.chunkText()).isEmpty();
            }
        }
        try (FeedClient late = lines("?after=2&follow=true")) {
            assertThat(late.line().at("/store_id").asString()).isEqualTo(id);
            assertThat(late.line().at("/store_seq").asInt()).isEqualTo(3);
            assertThat(late.line()).isEqualTo(EntriesApi.json("{\"caught_up\":3}"));
            assertThat(late.line()).isEqualTo(EntriesApi.json("{\"closed\":3}"));
        }
    }

    @Test
    void lines_that_are_not_kept_or_make_no_sense_are_refused() throws Exception {
        store.put("a", "1");
        store.put("a", "2");
        server.storage().compact(store.name(), 1).join();
        for (String query : List.of("?after=0", "?after=0&follow=true")) {
            HttpResponse<String> response = store.get("/watch" + query, "Accept", "application/x-ndjson");
            assertThat(response.statusCode()).isEqualTo(409);
            assertThat(EntriesApi.json(response).at("/error").asString()).isEqualTo("compacted");
        }
        for (String query : List.of(
                "?pattern=a",
                "?after=x",
                "?after=-1",
                "?limit=0",
                "?limit=1001",
                "?follow=1",
                "?follow=true&limit=1")) {
            assertThat(store.get("/watch" + query, "Accept", "application/x-ndjson")
                            .statusCode())
                    .as(query)
                    .isEqualTo(400);
        }
    }

    @Test
    void the_stream_ends_when_the_server_does() throws Exception {
        EntriesApi other = EntriesApi.start();
        StoreCalls calls = other.freshStore();
        calls.put("a", "1");
        Thread closing;
        try (Watcher watcher = new Watcher(other, calls, "", 0)) {
            assertCaughtUp(watcher.next(), 1);
            closing = Thread.startVirtualThread(other::close);
            assertThat(watcher.readChunk()).isFalse();
        }
        closing.join(); // which waits a while for clients that do not leave
    }

    @Test
    void many_writers_and_a_watcher_that_comes_and_goes_never_miss_or_repeat_a_change() throws Exception {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        store.put("n", "0");
        int writes = 400;
        List<Thread> writers = new ArrayList<>();
        for (int w = 0; w < 4; w++) {
            writers.add(Thread.startVirtualThread(() -> {
                for (int i = 0; i < writes / 4; i++) {
                    try {
                        store.put("k/" + i, "1");
                    } catch (IOException e) {
                        throw new AssertionError(e);
                    } catch (InterruptedException e) {
                        return;
                    }
                }
            }));
        }
        long seen = 0;
        while (seen < writes + 1) {
            try (Watcher watcher = watch("?after=" + seen)) {
                for (int i = random.nextInt(1, 60); i > 0 && seen < writes + 1; i--) {
                    Event event = watcher.next();
                    if (event.name().equals("message")) {
                        assertThat(event.seq()).as("seed %d", seed).isEqualTo(seen + 1);
                        seen++;
                    }
                }
            }
        }
        for (Thread writer : writers) {
            writer.join();
        }
    }

    @Test
    void a_watcher_that_does_not_read_holds_no_memory_and_gets_everything_when_it_does() throws Exception {
        store.put("a", "0");
        String value = "\"" + "x".repeat(20_000) + "\"";
        try (Watcher watcher = new Watcher(server, store, "?after=0", 4096)) {
            long sentBefore = sentBytes();
            for (int i = 0; i < 400; i++) {
                store.put("a", value);
            }
            // 8 MB were written; what was produced for the client is bounded by its socket and one page.
            assertThat(sentBytes() - sentBefore).isLessThan(6_000_000);
            for (long seq = 1; seq <= 401; ) {
                Event event = watcher.next();
                if (event.name().equals("message")) {
                    assertThat(event.seq()).isEqualTo(seq++);
                }
            }
        }
    }

    @Test
    void a_watch_that_cannot_begin_is_refused_and_wakes_for_nothing() throws Exception {
        AtomicInteger subscriptions = new AtomicInteger();
        try (EntriesServer faulty = EntriesServer.start(
                        entries -> new ForwardingEntryStorage(entries) {
                            @Override
                            public Subscription subscribe(String name, LongConsumer listener) {
                                Subscription subscription = super.subscribe(name, listener);
                                subscriptions.incrementAndGet();
                                return () -> {
                                    subscription.close();
                                    subscriptions.decrementAndGet();
                                };
                            }

                            @Override
                            public Optional<StoreInfo> store(String name) {
                                if (subscriptions.get() > 0) {
                                    throw new VarveException(ErrorKind.UNAVAILABLE, "not now");
                                }
                                return super.store(name);
                            }
                        },
                        builder -> builder);
                RawConnection connection = faulty.connect()) {
            faulty.set("a/b", "x", EntryValue.of(1));
            connection.request("GET", "/api/stores/a/b/watch", "", "Accept: text/event-stream");
            assertThat(connection.answer().status()).isEqualTo(503);
            assertThat(subscriptions).hasValue(0);
            faulty.set("a/b", "x", EntryValue.of(2));
            connection.request("GET", "/api/stores/a/b/entries/x", "");
            assertThat(connection.answer().status()).isEqualTo(200);
        }
    }

    private static long sentBytes() throws Exception {
        return server.http
                .get("/metrics")
                .body()
                .lines()
                .filter(line -> line.startsWith("varve_http_sent_bytes_total "))
                .mapToLong(line -> (long) Double.parseDouble(line.substring(line.indexOf(' ') + 1)))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void readers_are_counted_while_they_are_there() throws Exception {
        store.put("a", "1");
        try (Watcher watcher = watch("")) {
            assertCaughtUp(watcher.next(), 1);
            assertThat(server.http.get("/metrics").body()).doesNotContain("varve_live_readers 0.0");
        }
        await().atMost(TestServer.PATIENCE)
                .untilAsserted(
                        () -> assertThat(server.http.get("/metrics").body()).contains("varve_live_readers 0.0"));
    }

    /** Real time, plus what a test adds. Thread-safe. */
    private static final class JumpingClock implements Clock {
        private final Clock real = new SystemClock();
        private final AtomicLong added = new AtomicLong();

        void jump(long nanos) {
            added.addAndGet(nanos);
        }

        @Override
        public long wallMillis() {
            return real.wallMillis();
        }

        @Override
        public long elapsedNanos() {
            return real.elapsedNanos() + added.get();
        }
    }

    @Test
    void an_idle_stream_shows_that_it_lives_and_an_idle_filter_how_far_it_is() throws Exception {
        JumpingClock clock = new JumpingClock();
        try (EntriesApi other = EntriesApi.start(builder -> builder.clock(clock))) {
            StoreCalls calls = other.freshStore();
            calls.put("a", "1");
            try (Watcher watcher = new Watcher(other, calls, "?pattern=b", 0)) {
                assertCaughtUp(watcher.next(), 1);
                clock.jump(TimeUnit.SECONDS.toNanos(15));
                watcher.readChunk();
                assertThat(watcher.comments).isEqualTo(1);
                calls.put("a", "2");
                calls.put("a", "3");
                await().atMost(TestServer.PATIENCE).untilAsserted(() -> {
                    clock.jump(TimeUnit.SECONDS.toNanos(15));
                    watcher.readChunk();
                    assertThat(watcher.ready).isNotEmpty();
                });
                Event progress = watcher.next();
                assertThat(progress.name()).isEqualTo("progress");
                assertThat(progress.id()).isEqualTo("3");
            }
        }
    }
}
