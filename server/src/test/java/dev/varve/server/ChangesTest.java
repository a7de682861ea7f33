package dev.varve.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.AppendRequest;
import dev.varve.api.CreateRequest;
import dev.varve.api.StoreInfo;
import dev.varve.api.StreamConfig;
import dev.varve.server.EntriesApi.StoreCalls;
import dev.varve.server.TokenServer.Made;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** The commits of a store over HTTP: as pages, as lines, and as they come. */
final class ChangesTest {

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

    private void event(String data) throws Exception {
        HttpResponse<String> response = store.send(
                "POST", "/events", "{\"events\":[{\"aggregate\":\"order/1\",\"type\":\"T\",\"data\":" + data + "}]}");
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    }

    private void create(String name, String contentType) {
        api.streams()
                .create(CreateRequest.of(store.name() + "/" + name, StreamConfig.of(contentType)))
                .join();
    }

    private void append(String name, String contentType, String body) {
        append(name, contentType, body.getBytes(StandardCharsets.UTF_8));
    }

    private void append(String name, String contentType, byte[] body) {
        api.streams()
                .append(AppendRequest.of(store.name() + "/" + name, contentType, body))
                .join();
    }

    private JsonNode page(String query, String... headers) throws IOException, InterruptedException {
        HttpResponse<String> response = store.get("/changes" + query, headers);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return EntriesApi.json(response);
    }

    private void assertRefused(String query, int status, String kind, String... headers) throws Exception {
        HttpResponse<String> response = store.get("/changes" + query, headers);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
        assertThat(response.headers().firstValue("content-type")).contains("application/problem+json");
        assertThat(EntriesApi.json(response).at("/kind").asString()).isEqualTo(kind);
    }

    private List<Long> numbers(JsonNode page) {
        List<Long> numbers = new ArrayList<>();
        page.at("/commits").forEach(commit -> numbers.add(commit.at("/commit").asLong()));
        return numbers;
    }

    // ---- pages

    @Test
    void a_page_shows_each_commit_with_what_each_face_shows_of_it() throws Exception {
        store.put("a/b", "{\"n\":1.50}");
        event("{\"total\": 1.0}");
        create("log", "text/plain");
        create("orders", "application/json");
        create("bytes", "image/png");
        append("log", "text/plain", "one\n\"two\"");
        append("orders", "application/json", "[{\"n\": 1.0},\n{\"m\":\n2}]");
        append("bytes", "image/png", new byte[] {0, -1});
        append("log", "text/plain", new byte[] {(byte) 0xff});

        JsonNode commits = page("").at("/commits");
        assertThat(commits.size()).isEqualTo(6);
        JsonNode entry = commits.at("/0");
        assertThat(entry.at("/entries/0/path").asString()).isEqualTo("a/b");
        assertThat(entry.at("/entries/0/op").asString()).isEqualTo("set");
        assertThat(entry.at("/events").size() + entry.at("/streams").size()).isZero();
        assertThat(entry.at("/time").asString()).endsWith("Z");
        assertThat(commits.at("/1/events/0/data").toString()).isEqualTo("{\"total\":1.0}");
        assertThat(commits.at("/1/events/0/aggregate/id").asString()).isEqualTo("1");
        JsonNode text = commits.at("/2/streams/0");
        assertThat(text.at("/path").asString()).isEqualTo(store.name() + "/log");
        assertThat(text.at("/content_type").asString()).isEqualTo("text/plain");
        assertThat(text.at("/from").asString()).endsWith("_0000000000000000");
        assertThat(text.at("/next").asString()).endsWith("_0000000000000009");
        assertThat(text.at("/closed").asBoolean()).isFalse();
        assertThat(text.at("/messages/0/text").asString()).isEqualTo("one\n\"two\"");
        JsonNode json = commits.at("/3/streams/0/messages");
        assertThat(json.at("/0/data/n").asDouble()).isEqualTo(1.0);
        assertThat(json.at("/0/data_base64").isMissingNode()).isTrue();
        // With its line break, which a line cannot show.
        assertThat(json.at("/1/data/m").asInt()).isEqualTo(2);
        assertThat(json.at("/1/data_base64").asString()).isEqualTo("eyJtIjoKMn0=");
        assertThat(commits.at("/4/streams/0/messages/0/data_base64").asString()).isEqualTo("AP8=");
        assertThat(commits.at("/5/streams/0/messages/0/data_base64").asString()).isEqualTo("/w==");
    }

    @Test
    void pages_follow_each_other() throws Exception {
        for (int i = 0; i < 5; i++) {
            store.put("a", Integer.toString(i));
        }
        List<Long> all = numbers(page(""));
        assertThat(all).hasSize(5).isSorted();
        JsonNode first = page("?limit=2");
        assertThat(numbers(first)).isEqualTo(all.subList(0, 2));
        assertThat(first.at("/more").asBoolean()).isTrue();
        assertThat(first.at("/next").asLong()).isEqualTo(all.get(1));
        JsonNode rest = page("?after=" + all.get(1));
        assertThat(numbers(rest)).isEqualTo(all.subList(2, 5));
        assertThat(rest.at("/more").asBoolean()).isFalse();
        assertThat(page("?after=" + all.get(4)).toString())
                .isEqualTo("{\"commits\":[],\"next\":" + all.get(4) + ",\"more\":false}");
    }

    @Test
    void the_end_is_after_the_last_commit() throws Exception {
        assertRefused("?after=end", 404, "not_found");
        assertRefused("?after=end&follow=true", 404, "not_found");
        store.put("a", "1");
        store.put("a", "2");
        long last = numbers(page("")).getLast();
        assertThat(page("?after=end").toString()).isEqualTo("{\"commits\":[],\"next\":" + last + ",\"more\":false}");
        assertThat(lines("?after=end")).isEmpty();
        try (FeedClient client = follow(false, "?after=end");
                FeedClient again = follow(false, "?after=end", "Last-Event-ID: 0")) {
            assertNote(client, "caught_up", last);
            store.put("a", "3");
            assertThat(assertCommit(client)).isGreaterThan(last);
            assertThat(assertCommit(again)).isLessThan(last);
            assertThat(assertCommit(again)).isEqualTo(last);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "?limit=0",
                "?limit=1001",
                "?limit=x",
                "?after=-1",
                "?after=x",
                "?after=end&limit=0",
                "?after=end&after=1",
                "?after=1&after=2",
                "?follow=perhaps",
                "?follow=true&limit=1",
                "?before=1"
            })
    void what_makes_no_sense_is_refused(String query) throws Exception {
        store.put("a", "1");
        assertRefused(query, 400, "invalid_params");
    }

    @Test
    void what_is_not_there_is_not_found() throws Exception {
        assertRefused("", 404, "not_found");
        assertRefused("?follow=true", 404, "not_found");
    }

    @Test
    void commits_that_are_not_kept_are_gone_whatever_form_is_asked_for() throws Exception {
        store.put("a", "1");
        store.put("a", "2");
        store.put("a", "3");
        List<Long> numbers = numbers(page(""));
        api.storage().compact(store.name(), 2).join();
        assertRefused("", 410, "compacted");
        assertRefused("", 410, "compacted", "Accept", "application/x-ndjson");
        assertRefused("?follow=true", 410, "compacted");
        assertRefused("", 410, "compacted", "Accept", "text/event-stream");
        assertRefused(
                "?after=" + numbers.get(1), 410, "compacted", "Accept", "text/event-stream", "Last-Event-ID", "0");
        assertThat(store.get("/changes").body()).contains("the earliest is " + numbers.get(2));
        assertThat(numbers(page("?after=" + numbers.get(1)))).containsExactly(numbers.get(2));
    }

    // ---- lines

    @Test
    void lines_are_all_there_is_or_as_many_as_are_wanted() throws Exception {
        for (int i = 0; i < 1_200; i++) {
            store.put("a", Integer.toString(i));
        }
        assertThat(lines("")).hasSize(1_200);
        List<String> some = lines("?limit=1100");
        assertThat(some).hasSize(1_100).isEqualTo(lines("").subList(0, 1_100));
        long last = EntriesApi.json(some.getLast()).at("/commit").asLong();
        assertThat(lines("?after=" + last)).hasSize(100);
    }

    private List<String> lines(String query) throws Exception {
        HttpResponse<String> response = store.get("/changes" + query, "Accept", "application/x-ndjson");
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return response.body().lines().toList();
    }

    // ---- following

    private FeedClient follow(boolean lines, String query, String... headers) throws IOException {
        return new FeedClient(api, 0, store.url("/changes" + query), lines, headers);
    }

    private static void assertNote(FeedClient client, String what, long number) throws IOException {
        assertThat(client.next())
                .isEqualTo("event: " + what + "\nid: " + number + "\ndata: {\"commit\":" + number + "}");
    }

    private static long assertCommit(FeedClient client) throws IOException {
        String block = client.next();
        assertThat(block).startsWith("event: commit\nid: ");
        JsonNode commit = EntriesApi.json(block.substring(block.indexOf("data: ") + 6));
        assertThat(block).contains("id: " + commit.at("/commit").asLong() + "\n");
        return commit.at("/commit").asLong();
    }

    @Test
    void a_follower_gets_what_was_and_then_what_comes_of_every_face() throws Exception {
        store.put("a", "1");
        create("log", "text/plain");
        try (FeedClient client = follow(false, "")) {
            long first = assertCommit(client);
            assertNote(client, "caught_up", first);
            event("1");
            long second = assertCommit(client);
            append("log", "text/plain", "one");
            String block = client.next();
            assertThat(block).contains("\"text\":\"one\"");
            assertThat(second).isGreaterThan(first);
        }
        try (FeedClient client = follow(true, "?follow=true")) {
            assertThat(client.line().at("/entries/0/path").asString()).isEqualTo("a");
            assertThat(client.line().at("/events/0/position").asLong()).isZero();
            long last = client.line().at("/commit").asLong();
            assertThat(client.line().toString()).isEqualTo("{\"caught_up\":" + last + "}");
            store.put("b", "1");
            assertThat(client.line().at("/entries/0/path").asString()).isEqualTo("b");
        }
    }

    @Test
    void who_comes_again_goes_on_behind_the_last_commit() throws Exception {
        store.put("a", "1");
        store.put("a", "2");
        List<Long> numbers = numbers(page(""));
        try (FeedClient client = follow(false, "?after=0", "Last-Event-ID: " + numbers.get(0))) {
            assertThat(assertCommit(client)).isEqualTo(numbers.get(1));
            assertNote(client, "caught_up", numbers.get(1));
        }
        try (FeedClient client = follow(false, "?after=" + numbers.get(1))) {
            assertNote(client, "caught_up", numbers.get(1));
        }
    }

    @Test
    void a_follower_is_told_when_the_store_is_deleted() throws Exception {
        store.put("a", "1");
        try (FeedClient client = follow(false, "")) {
            long number = assertCommit(client);
            assertNote(client, "caught_up", number);
            api.storage().deleteStore(store.name()).join();
            assertNote(client, "closed", number);
            assertThat(client.connection.chunkText()).isEmpty();
        }
    }

    @Test
    void a_slow_follower_misses_nothing() throws Exception {
        String text = "x".repeat(100_000);
        create("log", "text/plain");
        store.put("a", "0");
        try (FeedClient client = new FeedClient(api, 8 << 10, store.url("/changes"), false)) {
            for (int i = 0; i < 100; i++) {
                append("log", "text/plain", i + " " + text);
            }
            long last = assertCommit(client);
            for (int seen = 0; seen < 100; ) {
                String block = client.next();
                if (!block.startsWith("event: commit\n")) {
                    continue; // caught up, or fell behind
                }
                JsonNode commit = EntriesApi.json(block.substring(block.indexOf("data: ") + 6));
                assertThat(commit.at("/commit").asLong()).isGreaterThan(last);
                last = commit.at("/commit").asLong();
                assertThat(commit.at("/streams/0/messages/0/text").asString()).isEqualTo(seen++ + " " + text);
            }
        }
    }

    @Test
    void the_head_of_each_form_is_told() throws Exception {
        store.put("a", "1");
        for (String type : List.of("application/json", "application/x-ndjson", "text/event-stream")) {
            HttpResponse<String> response = api.http.send("HEAD", store.url("/changes"), "", "Accept", type);
            assertThat(response.statusCode()).isEqualTo(200);
            assertThat(response.headers().firstValue("content-type")).contains(type);
        }
    }

    // ---- tokens

    @Test
    void a_token_needs_the_scope_of_every_face() throws Exception {
        try (TokenServer server = TokenServer.start()) {
            StoreInfo mine = server.store("acme/mine");
            StoreInfo other = server.store("acme/other");
            List<String> needed = List.of(Scope.ENTRIES_READ, Scope.EVENTS_READ, Scope.STREAMS_READ);
            String path = "/api/stores/acme/mine/changes";
            for (String lacking : needed) {
                List<String> scopes =
                        needed.stream().filter(scope -> !scope.equals(lacking)).toList();
                HttpResponse<String> response = server.send(server.selected("acme", scopes, mine), "GET", path, "");
                assertThat(response.statusCode()).isEqualTo(403);
                assertThat(response.body()).contains(lacking);
            }
            Made reader = server.selected("acme", needed, mine);
            assertThat(server.send(reader, "GET", path, "").statusCode()).isEqualTo(200);
            assertThat(server.send(server.selected("acme", needed, other), "GET", path, "")
                            .statusCode())
                    .isEqualTo(403);
            assertThat(server.send(server.all("umbrella"), "GET", path, "").statusCode())
                    .isEqualTo(404);
        }
    }
}
