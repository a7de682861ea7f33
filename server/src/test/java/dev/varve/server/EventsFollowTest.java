package dev.varve.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.varve.engine.io.Clock;
import dev.varve.engine.io.SystemClock;
import dev.varve.server.EntriesApi.StoreCalls;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** Events as they come, as server-sent events and as lines. */
final class EventsFollowTest {

    private static EntriesApi api;
    private StoreCalls store;

    @BeforeAll
    static void start() {
        api = EntriesApi.start();
    }

    @AfterAll
    static void stop() {
        api.close();
    }

    @BeforeEach
    void freshStore() {
        store = api.freshStore();
    }

    private void append(String path, String type, int events) throws Exception {
        String all = ("{\"type\":\"" + type + "\",\"data\":{\"a\": 1.0}},").repeat(events);
        assertThat(store.send("POST", path, "{\"events\":[" + all.substring(0, all.length() - 1) + "]}")
                        .statusCode())
                .isEqualTo(200);
    }

    private void append(String type) throws Exception {
        append("/events", type, 1);
    }

    /** A client that knows events. */
    private static final class Follower extends FeedClient {

        Follower(EntriesApi from, int receiveBufferBytes, String url, boolean lines, String... headers)
                throws IOException {
            super(from, receiveBufferBytes, url, lines, headers);
        }

        void assertEvent(long id, String type) throws IOException {
            String block = next();
            assertThat(block).startsWith("event: event\nid: " + id + "\ndata: {");
            assertThat(EntriesApi.json(block.substring(block.indexOf("data: ") + 6))
                            .at("/type")
                            .asString())
                    .isEqualTo(type);
        }

        void assertNote(String what, long position) throws IOException {
            assertThat(next())
                    .isEqualTo("event: " + what + "\nid: " + position + "\ndata: {\"position\":" + position + "}");
        }
    }

    private Follower events(String query, String... headers) throws IOException {
        return new Follower(api, 0, store.url("/events" + query), false, headers);
    }

    private Follower lines(String query, String... headers) throws IOException {
        return new Follower(api, 0, store.url("/events" + query), true, headers);
    }

    @Test
    void a_follower_gets_what_was_and_then_what_comes() throws Exception {
        append("A");
        append("/aggregates/order/1", "B", 2);
        try (Follower follower = events("")) {
            follower.assertEvent(0, "A");
            follower.assertEvent(1, "B");
            follower.assertEvent(2, "B");
            follower.assertNote("caught_up", 2);
            append("C");
            String block = follower.next();
            assertThat(block).contains("\"data\":{\"a\": 1.0}").contains("\"append_id\":3,\"append_last\":3");
        }
    }

    @Test
    void a_follower_may_begin_with_the_last_event_of_a_type() throws Exception {
        append("A");
        append("B");
        append("B");
        append("C");
        try (Follower follower = events("?from_latest=B")) {
            follower.assertEvent(2, "B");
            follower.assertEvent(3, "C");
            follower.assertNote("caught_up", 3);
        }
        try (Follower follower = events("?from_latest=B", "Last-Event-ID: 0")) {
            follower.assertEvent(1, "B");
        }
        try (Follower follower = events("?from_latest=D&after=2")) {
            follower.assertEvent(3, "C");
        }
    }

    @Test
    void who_comes_again_goes_on_behind_the_last_event() throws Exception {
        append("A");
        append("B");
        try (Follower follower = events("?after=-1")) {
            follower.assertEvent(0, "A");
        }
        append("C");
        try (Follower follower = events("?after=-1", "Last-Event-ID: 0")) {
            follower.assertEvent(1, "B");
            follower.assertEvent(2, "C");
            follower.assertNote("caught_up", 2);
        }
        try (Follower follower = lines("?follow=true&after=now", "Last-Event-ID: 1")) {
            assertThat(follower.line().at("/event/type").asString()).isEqualTo("C");
        }
    }

    @Test
    void lines_are_followed_too() throws Exception {
        append("A");
        try (Follower follower = lines("?follow=true")) {
            assertThat(follower.line().at("/event/position").asLong()).isZero();
            assertThat(follower.line()).isEqualTo(EntriesApi.json("{\"caught_up\":0}"));
            append("B");
            assertThat(follower.line().at("/event/type").asString()).isEqualTo("B");
        }
    }

    @Test
    void from_now_on() throws Exception {
        append("A");
        try (Follower follower = events("?after=now")) {
            follower.assertNote("caught_up", 0);
            append("B");
            follower.assertEvent(1, "B");
        }
    }

    @Test
    void from_a_time_on() throws Exception {
        append("A");
        try (Follower follower = events("?from_time=2999-01-01T00:00:00Z")) {
            follower.assertNote("caught_up", 0);
            append("B");
            follower.assertEvent(1, "B");
        }
        try (Follower follower = events("?from_time=2000-01-01T00:00:00Z")) {
            follower.assertEvent(0, "A");
        }
    }

    @Test
    void a_store_that_is_not_there_yet_can_be_followed() throws Exception {
        try (Follower follower = events("")) {
            follower.assertNote("caught_up", -1);
            append("A");
            follower.assertEvent(0, "A");
        }
    }

    @Test
    void a_filter_that_matches_nothing_advances() throws Exception {
        try (Follower follower = events("?type=Wanted&after=now")) {
            follower.assertNote("caught_up", -1);
            append("/events", "Other", 600);
            append("/events", "Other", 600);
            follower.assertNote("checkpoint", 1199);
            append("Wanted");
            follower.assertEvent(1200, "Wanted");
        }
    }

    @Test
    void an_aggregate_is_followed_by_its_versions() throws Exception {
        append("A");
        append("/aggregates/order/1", "B", 2);
        try (Follower follower = new Follower(api, 0, store.url("/aggregates/order/1?after=0"), false)) {
            follower.assertEvent(1, "B");
            follower.assertNote("caught_up", 1);
            append("/aggregates/order/2", "C", 1);
            append("/aggregates/order/1", "D", 1);
            follower.assertEvent(2, "D");
            assertThat(store.send("DELETE", "/aggregates/order/1?mode=soft", "").statusCode())
                    .isEqualTo(200);
            append("/aggregates/order/1", "E", 1);
            follower.assertEvent(3, "E");
            assertThat(store.send("DELETE", "/aggregates/order/1?mode=tombstone", "")
                            .statusCode())
                    .isEqualTo(200);
            append("C");
            follower.assertNote("closed", 3);
        }
    }

    @Test
    void a_query_in_a_body_is_followed() throws Exception {
        append("A");
        append("B");
        try (RawConnection connection = api.http.connect()) {
            connection.request(
                    "POST",
                    store.url("/events/query"),
                    "{\"query\":{\"items\":[{\"types\":[\"B\"]}]},\"follow\":true}",
                    "Content-Type: application/json");
            assertThat(connection.answer().status()).isEqualTo(200);
            assertThat(connection.chunkText()).contains("\"type\":\"B\"").contains("{\"caught_up\":1}");
        }
    }

    @Test
    void an_idle_follower_hears_that_the_server_is_there() throws Exception {
        AtomicLong ahead = new AtomicLong();
        Clock system = new SystemClock();
        Clock clock = new Clock() {
            @Override
            public long wallMillis() {
                return system.wallMillis();
            }

            @Override
            public long elapsedNanos() {
                return system.elapsedNanos() + ahead.get();
            }
        };
        try (EntriesApi own = EntriesApi.start(builder -> builder.clock(clock))) {
            StoreCalls quiet = own.freshStore();
            try (Follower events = new Follower(own, 0, quiet.url("/events"), false);
                    Follower lines = new Follower(own, 0, quiet.url("/events?follow=true&type=X"), true)) {
                events.assertNote("caught_up", -1);
                assertThat(lines.line()).isEqualTo(EntriesApi.json("{\"caught_up\":-1}"));
                ahead.addAndGet(15_000_000_000L);
                assertThat(events.next()).isEqualTo(": ping");
                assertThat(lines.line()).isEqualTo(EntriesApi.json("{\"ping\":true}"));
                quiet.send("POST", "/events", "{\"events\":[{\"type\":\"Y\",\"data\":1}]}");
                await().atMost(TestServer.PATIENCE)
                        .until(() -> quiet.get("/events").body().contains("\"head\":0"));
                events.assertEvent(0, "Y");
                ahead.addAndGet(15_000_000_000L);
                assertThat(lines.line()).isEqualTo(EntriesApi.json("{\"checkpoint\":0}"));
            }
        }
    }

    @Test
    void a_slow_follower_gets_everything_in_order() throws Exception {
        String large = "x".repeat(100_000);
        int events = 60;
        try (Follower follower = new Follower(api, 4096, store.url("/events?follow=true"), true)) {
            assertThat(follower.line()).isEqualTo(EntriesApi.json("{\"caught_up\":-1}"));
            for (int i = 0; i < events; i++) {
                store.send("POST", "/events", "{\"events\":[{\"type\":\"T\",\"data\":\"" + large + "\"}]}");
            }
            for (int i = 0; i < events; i++) {
                JsonNode line = follower.line();
                while (!line.has("event")) {
                    // It fell behind, and may catch up again before the next comes.
                    assertThat(line.propertyNames()).containsAnyOf("fell_behind", "caught_up");
                    line = follower.line();
                }
                assertThat(line.at("/event/position").asLong()).isEqualTo(i);
            }
        }
    }

    @Test
    void a_server_that_closes_ends_the_answer() throws Exception {
        EntriesApi own = EntriesApi.start();
        StoreCalls other = own.freshStore();
        Thread closing;
        try (Follower follower = new Follower(own, 0, other.url("/events"), false)) {
            follower.assertNote("caught_up", -1);
            closing = Thread.startVirtualThread(own::close);
            assertThat(follower.connection.chunkText()).isEmpty();
        }
        closing.join(); // which waits a while for clients that do not leave
    }

    @Test
    void a_token_that_is_revoked_ends_the_answer() throws Exception {
        try (TokenServer server = TokenServer.start()) {
            server.store("acme/followed");
            TokenServer.Made token = server.token("acme", Scope.EVENTS_READ);
            try (RawConnection connection = server.http.connect()) {
                connection.request(
                        "GET",
                        "/api/stores/acme/followed/events?follow=true",
                        "",
                        "Authorization: Bearer " + token.raw());
                assertThat(connection.answer().status()).isEqualTo(200);
                assertThat(connection.chunkText()).isEqualTo("{\"caught_up\":-1}\n");
                server.tokens().revoke(token.token().id()).join();
                assertThat(connection.chunkText()).isEmpty();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"?backward=true", "?limit=5", "?skip=1", "?up_to=7", "?after=x"})
    void what_only_pages_take_is_refused(String query) throws Exception {
        var response = store.get("/events" + query, "Accept", "text/event-stream");
        assertThat(response.statusCode()).isEqualTo(400);
    }

    @Test
    void a_last_event_id_that_makes_no_sense_is_refused() throws Exception {
        var response = store.get("/events", "Accept", "text/event-stream", "Last-Event-ID", "x");
        assertThat(response.statusCode()).isEqualTo(400);
    }
}
