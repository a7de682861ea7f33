package dev.varve.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.EntryPattern;
import dev.varve.api.StoreInfo;
import dev.varve.server.TokenServer.Made;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** Tokens over HTTP: making, listing and revoking them, what may be given away, what is kept. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
final class TokensRestTest {

    private static TokenServer server;
    private static StoreInfo reading;
    private static StoreInfo writing;
    private static StoreInfo foreign;
    private static Made admin;

    @BeforeAll
    static void start() {
        server = TokenServer.start();
        reading = server.store("acme/reading");
        writing = server.store("acme/writing");
        foreign = server.store("umbrella/secrets");
        admin = server.all("acme");
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static HttpResponse<String> create(Made by, String json) throws Exception {
        return server.send(by, "POST", "/api/tokens", json);
    }

    private static JsonNode created(Made by, String json) throws Exception {
        HttpResponse<String> response = create(by, json);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(201);
        assertThat(TestServer.header(response, "Cache-Control")).isEqualTo("no-store");
        return EntriesApi.json(response);
    }

    private static List<String> texts(JsonNode list) {
        List<String> texts = new ArrayList<>();
        list.forEach(item -> texts.add(item.asString()));
        return texts;
    }

    /** The token with this id as it is listed for somebody, or a missing node. */
    private static JsonNode listed(Made by, String id) throws Exception {
        for (JsonNode token : EntriesApi.json(server.get(by, "/api/tokens")).path("tokens")) {
            if (token.path("id").asString().equals(id)) {
                return token;
            }
        }
        return EntriesApi.json("{}").path("missing");
    }

    // ---- making

    @Test
    void a_token_is_made_shown_once_and_works_at_once() throws Exception {
        JsonNode made = created(admin, """
                {"name":"reader","scopes":["entries:read"],"store_name":"reading"}""");
        String raw = made.path("raw_token").asString();
        assertThat(raw).matches("dust_tok_[A-Za-z0-9_-]{43}");
        assertThat(made.path("store_access_mode").asString()).isEqualTo("selected");
        assertThat(made.path("stores"))
                .isEqualTo(EntriesApi.json("[{\"id\":\"" + reading.id() + "\",\"name\":\"reading\"}]"));
        assertThat(texts(made.path("scopes"))).containsExactly("entries:read");
        assertThat(made.path("permissions")).isEqualTo(EntriesApi.json("{\"read\":true,\"write\":false}"));

        assertThat(server.http
                        .get("/api/stores/acme/reading/entries", "Authorization", "Bearer " + raw)
                        .statusCode())
                .isEqualTo(200);
        String list = server.get(admin, "/api/tokens").body();
        assertThat(list).doesNotContain(raw).doesNotContain(AccessToken.hashOf(raw));
        JsonNode shown = listed(admin, made.path("id").asString());
        assertThat(shown.path("name").asString()).isEqualTo("reader");
        assertThat(shown.path("last_four").asString()).isEqualTo(raw.substring(raw.length() - 4));
        assertThat(shown.path("store_name").asString()).isEqualTo("reading");
        assertThat(shown.path("expires_at").isNull()).isTrue();
        assertThat(shown.path("last_used_at").asString()).isNotEmpty();
        assertThat(shown.path("inserted_at").asString()).isNotEmpty();
    }

    @Test
    void only_the_hash_and_the_last_four_characters_are_kept() throws Exception {
        String raw = created(admin, """
                {"name":"kept","scopes":["entries:read"]}""").path("raw_token").asString();
        ServerRecords records = new ServerRecords(server.engine.reservedEntries());
        String kept = records.list(EntryPattern.ALL, null, 1000).join().toString();
        String hash = HexFormat.of()
                .formatHex(MessageDigest.getInstance("SHA-256").digest(raw.getBytes(StandardCharsets.US_ASCII)));
        assertThat(kept)
                .contains(hash)
                .contains(raw.substring(raw.length() - 4))
                .doesNotContain(raw.substring(0, 20))
                .doesNotContain(raw.substring("dust_tok_".length()));
    }

    @Test
    void the_old_booleans_stand_for_their_scopes() throws Exception {
        assertThat(texts(created(admin, "{\"name\":\"r\",\"read\":true}").path("scopes")))
                .containsExactlyInAnyOrderElementsOf(Scope.LEGACY_READ);
        assertThat(texts(created(admin, "{\"name\":\"w\",\"write\":true}").path("scopes")))
                .containsExactlyInAnyOrderElementsOf(Scope.LEGACY_WRITE);
        JsonNode both = created(admin, "{\"name\":\"rw\",\"read\":true,\"write\":true}");
        assertThat(both.path("permissions")).isEqualTo(EntriesApi.json("{\"read\":true,\"write\":true}"));
        assertThat(texts(both.path("scopes"))).doesNotContain("stores:create");
    }

    @Test
    void stores_are_named_in_any_of_the_ways() throws Exception {
        for (String access : List.of(
                "\"store_ids\":[\"" + reading.id() + "\",\"" + writing.id() + "\"]",
                "\"store_names\":[\"reading\",\"acme/writing\"]",
                "\"store_access_mode\":\"selected\",\"store_name\":\"reading\",\"store_ids\":[\"" + writing.id()
                        + "\"]")) {
            JsonNode made = created(admin, "{\"name\":\"n\",\"scopes\":[\"entries:read\"]," + access + "}");
            assertThat(made.path("stores").size()).as(access).isEqualTo(2);
            String storeName =
                    listed(admin, made.path("id").asString()).path("store_name").asString();
            assertThat(Set.of(storeName.split(",")))
                    .isEqualTo(Set.of(reading.id().toString(), writing.id().toString()));
        }
        JsonNode all = created(admin, "{\"name\":\"n\",\"scopes\":[\"entries:read\"],\"store_name\":\"*\"}");
        assertThat(all.path("store_access_mode").asString()).isEqualTo("all");
        assertThat(listed(admin, all.path("id").asString()).path("store_name").asString())
                .isEqualTo("*");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {}                                                                | 400 | name is required
            {"name":"  "}                                                     | 400 | name is required
            {"name":"n","read":true,"store_access_mode":"selected"}           | 400 | selected store access requires store_ids or store_name
            {"name":"n","read":true,"expires_in":0}                           | 400 | expires_in
            {"name":"n","read":true,"store_name":"nothing"}                   | 404 | not_found
            {"name":"n","read":true,"store_name":"umbrella/secrets"}          | 404 | not_found
            {"name":"n","read":true,"store_ids":["no-id"]}                    | 404 | not_found
            {"name":"n","read":true,"org":"umbrella"}                         | 404 | not_found
            {"name":"n"}                                                      | 422 | "scopes":[
            {"name":"n","scopes":["entries:fly"]}                             | 422 | "scopes":[
            {"name":"n","scopes":"entries:read"}                              | 422 | "scopes":[
            {"name":"n","read":true,"store_access_mode":"some"}               | 422 | "store_access_mode":[
            {"name":"n","read":true,"expires_at":"tomorrow"}                  | 422 | "expires_at":[
            {"name":"n","read":true,"expires_at":"2001-01-01T00:00:00Z"}      | 422 | "expires_at":[
            [1]                                                               | 400 | object
            """)
    void what_is_asked_for_wrongly_is_refused(String json, int status, String words) throws Exception {
        int before = server.tokens().list(null).size();
        HttpResponse<String> response = create(admin, json);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
        assertThat(response.body()).contains(words).contains("\"kind\":");
        assertThat(server.tokens().list(null)).hasSize(before);
    }

    @Test
    void a_name_has_a_bound() throws Exception {
        assertThat(create(admin, "{\"name\":\"" + "n".repeat(201) + "\",\"read\":true}")
                        .statusCode())
                .isEqualTo(422);
    }

    // ---- what may be given away

    @Test
    void nobody_gives_away_scopes_or_stores_that_he_does_not_have() throws Exception {
        Made some = server.selected("acme", List.of("tokens:write", "tokens:read", "entries:read"), reading);
        assertThat(create(some, "{\"name\":\"n\",\"scopes\":[\"entries:read\"],\"store_name\":\"reading\"}")
                        .statusCode())
                .isEqualTo(201);
        for (String beyond : List.of(
                "{\"name\":\"n\",\"scopes\":[\"entries:write\"],\"store_name\":\"reading\"}",
                "{\"name\":\"n\",\"scopes\":[\"entries:read\",\"ops\"],\"store_name\":\"reading\"}",
                "{\"name\":\"n\",\"scopes\":[\"entries:read\"],\"store_name\":\"writing\"}",
                "{\"name\":\"n\",\"scopes\":[\"entries:read\"],\"store_names\":[\"reading\",\"writing\"]}",
                "{\"name\":\"n\",\"scopes\":[\"entries:read\"],\"store_access_mode\":\"all\"}",
                "{\"name\":\"n\",\"scopes\":[\"entries:read\"]}")) {
            HttpResponse<String> response = create(some, beyond);
            assertThat(response.statusCode()).as(beyond).isEqualTo(403);
            assertThat(EntriesApi.json(response).path("error").asString()).isEqualTo("forbidden");
        }
    }

    @Test
    void a_token_that_ends_makes_none_that_lasts_longer() throws Exception {
        long end = Instant.parse("2099-01-01T00:00:00Z").toEpochMilli();
        Made ending = server.token("acme", Scope.ALL, null, end);
        assertThat(created(ending, "{\"name\":\"n\",\"read\":true}")
                        .path("expires_at")
                        .asString())
                .isEqualTo("2099-01-01T00:00:00Z");
        assertThat(created(ending, "{\"name\":\"n\",\"read\":true,\"expires_in\":60}")
                        .path("expires_at")
                        .asString())
                .isLessThan("2099");
        assertThat(create(ending, "{\"name\":\"n\",\"read\":true,\"expires_at\":\"2099-01-01T00:00:01Z\"}")
                        .statusCode())
                .isEqualTo(403);
    }

    @Test
    void only_tokens_within_ones_own_are_seen_and_revoked() throws Exception {
        Made some = server.selected("acme", List.of("tokens:write", "tokens:read", "entries:read"), reading);
        Made within = server.selected("acme", List.of("entries:read"), reading);
        Made moreScopes = server.selected("acme", List.of("entries:write"), reading);
        Made moreStores = server.selected("acme", List.of("entries:read"), reading, writing);
        Made everywhere = server.token("acme", "entries:read");
        Made foreignOne = server.selected("umbrella", List.of("entries:read"), foreign);

        List<String> seen = new ArrayList<>();
        EntriesApi.json(server.get(some, "/api/tokens"))
                .path("tokens")
                .forEach(token -> seen.add(token.path("id").asString()));
        assertThat(seen)
                .contains(within.token().id().toString(), some.token().id().toString())
                .doesNotContain(
                        moreScopes.token().id().toString(),
                        moreStores.token().id().toString(),
                        everywhere.token().id().toString(),
                        foreignOne.token().id().toString());

        for (Made other : List.of(moreScopes, moreStores, everywhere)) {
            assertThat(revoke(some, other).statusCode()).isEqualTo(403);
        }
        assertThat(revoke(some, foreignOne).statusCode()).isEqualTo(404);
        assertThat(revoke(admin, foreignOne).statusCode()).isEqualTo(404);
        assertThat(server.tokens().find(foreignOne.raw())).isNotNull();
        assertThat(revoke(some, within).statusCode()).isEqualTo(200);
    }

    private static HttpResponse<String> revoke(Made by, Made token) throws Exception {
        return server.send(by, "DELETE", "/api/tokens/" + token.token().id(), "");
    }

    // ---- the end

    @Test
    void a_revoked_token_is_of_no_effect_at_once() throws Exception {
        Made token = server.token("acme", "entries:read");
        assertThat(server.get(token, "/api/stores/acme/reading/entries").statusCode())
                .isEqualTo(200);
        HttpResponse<String> response = revoke(admin, token);
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.body()).isEqualTo("{\"ok\":true}");
        HttpResponse<String> refused = server.get(token, "/api/stores/acme/reading/entries");
        assertThat(refused.statusCode()).isEqualTo(401);
        assertThat(EntriesApi.json(refused).path("error").asString()).isEqualTo("unauthorized");
        assertThat(TestServer.header(refused, "WWW-Authenticate")).isEqualTo("Bearer");
        assertThat(revoke(admin, token).statusCode()).isEqualTo(404);
    }

    @ParameterizedTest
    @ValueSource(strings = {"no-id", "00000000-0000-4000-8000-000000000000"})
    void a_token_that_is_not_there_cannot_be_revoked(String id) throws Exception {
        assertThat(server.send(admin, "DELETE", "/api/tokens/" + id, "").statusCode())
                .isEqualTo(404);
    }

    @Test
    void a_token_may_revoke_itself() throws Exception {
        Made token = server.token("acme", "tokens:write");
        assertThat(revoke(token, token).statusCode()).isEqualTo(200);
        assertThat(revoke(token, token).statusCode()).isEqualTo(401);
    }

    // ---- stores and streams of others

    @Test
    void stores_are_listed_only_as_far_as_the_token_reaches() throws Exception {
        Made some = server.selected("acme", List.of("stores:read"), reading);
        JsonNode list = EntriesApi.json(server.get(some, "/api/stores"));
        assertThat(list.path("org").asString()).isEqualTo("acme");
        assertThat(list.path("stores").size()).isEqualTo(1);
        assertThat(list.at("/stores/0/full_name").asString()).isEqualTo("acme/reading");
        assertThat(EntriesApi.json(server.get(admin, "/api/stores?org=umbrella"))
                        .path("stores")
                        .size())
                .isZero();
        assertThat(server.get(admin, "/api/stores").body()).doesNotContain("umbrella");
    }

    @Test
    void a_store_is_created_in_the_organisation_of_the_token_and_no_other() throws Exception {
        HttpResponse<String> own = server.send(admin, "POST", "/api/stores", "{\"name\":\"short-name\"}");
        assertThat(own.statusCode()).as(own.body()).isEqualTo(201);
        assertThat(EntriesApi.json(own).at("/store/full_name").asString()).isEqualTo("acme/short-name");
        assertThat(server.send(admin, "POST", "/api/stores", "{\"name\":\"umbrella/other\"}")
                        .statusCode())
                .isEqualTo(404);
        assertThat(server.entries().store("umbrella/other")).isEmpty();
    }

    @Test
    void a_write_creates_no_store() throws Exception {
        assertThat(server.send(admin, "PUT", "/api/stores/acme/never/entries/a", "1")
                        .statusCode())
                .isEqualTo(404);
        assertThat(server.entries().store("acme/never")).isEmpty();
    }

    @Test
    void changes_tell_which_token_made_them() throws Exception {
        server.send(admin, "PUT", "/api/stores/acme/writing/entries/who", "1");
        JsonNode log = EntriesApi.json(server.get(admin, "/api/stores/acme/writing/log?path=who"));
        assertThat(log.at("/ops/0/device_id").asString())
                .isEqualTo("http:" + admin.token().id());
    }

    @Test
    void streams_outside_of_stores_are_for_those_who_reach_everything() throws Exception {
        Made some = server.selected("acme", Scope.ALL, reading);
        String[] text = {"Content-Type", "text/plain"};
        assertThat(server.send(some, "PUT", "/v1/stream/plain/one", "x", text).statusCode())
                .isEqualTo(403);
        assertThat(server.send(admin, "PUT", "/v1/stream/plain/one", "x", text).statusCode())
                .isEqualTo(201);
        assertThat(server.send(some, "PUT", "/v1/stream/acme/reading/one", "x", text)
                        .statusCode())
                .isEqualTo(201);
        Made umbrella = server.all("umbrella");
        HttpResponse<String> there = server.get(umbrella, "/v1/stream/acme/reading/one");
        HttpResponse<String> notThere = server.get(umbrella, "/v1/stream/umbrella/secrets/none");
        assertThat(there.statusCode()).isEqualTo(404);
        assertThat(there.body().replace("acme/reading/one", "P"))
                .isEqualTo(notThere.body().replace("umbrella/secrets/none", "P"));

        assertThat(server.get(some, "/v1/streams").body())
                .contains("acme/reading/one")
                .doesNotContain("plain/one");
        assertThat(server.get(umbrella, "/v1/streams").body())
                .contains("plain/one")
                .doesNotContain("acme/reading/one");
    }

    @Test
    void neither_a_fork_nor_an_append_to_many_reaches_around_the_check() throws Exception {
        String[] text = {"Content-Type", "text/plain"};
        server.send(admin, "PUT", "/v1/stream/acme/writing/source", "secret", text);
        Made some = server.selected("acme", Scope.ALL, reading);
        HttpResponse<String> fork = server.send(
                some,
                "PUT",
                "/v1/stream/acme/reading/fork",
                "",
                "Content-Type",
                "text/plain",
                "Stream-Forked-From",
                "/v1/stream/acme/writing/source");
        assertThat(fork.statusCode()).as(fork.body()).isEqualTo(403);
        HttpResponse<String> many = server.send(some, "POST", "/v1/streams/append", """
                {"appends":[{"path":"acme/writing/source","content_type":"text/plain","text":"x"}]}""");
        assertThat(many.statusCode()).as(many.body()).isIn(400, 403);
        assertThat(server.get(admin, "/v1/stream/acme/writing/source").body()).isEqualTo("secret");
    }

    @Test
    void what_needed_a_token_is_not_for_shared_caches() throws Exception {
        String[] text = {"Content-Type", "text/plain"};
        server.send(admin, "PUT", "/v1/stream/acme/reading/cached", "x", text);
        HttpResponse<String> page = server.get(admin, "/v1/stream/acme/reading/cached");
        assertThat(TestServer.header(page, "Cache-Control")).startsWith("private");
        assertThat(page.headers().allValues("Vary")).contains("Authorization");
    }

    @Test
    void the_feed_of_all_streams_needs_the_scope_of_subscriptions() throws Exception {
        assertThat(server.get(server.token("acme", "streams:read"), "/v1/stream/__registry__")
                        .statusCode())
                .isEqualTo(403);
        assertThat(server.get(server.token("acme", "streams:read", "streams:subscribe"), "/v1/stream/__registry__")
                        .statusCode())
                .isEqualTo(200);
    }

    @Test
    void keys_of_webhooks_are_open_and_progress_carries_its_own_token() throws Exception {
        assertThat(server.get(null, "/v1/stream/__ds/jwks.json").statusCode()).isEqualTo(200);
        HttpResponse<String> ack = server.send(null, "POST", "/v1/stream/__ds/subscriptions/none/ack", "{\"acks\":[]}");
        assertThat(ack.body()).contains("TOKEN_INVALID");
    }

    // ---- when it was used

    @Test
    void when_a_token_was_last_used_is_saved_now_and_then_and_found_again() throws Exception {
        Made token = server.token("acme", "entries:read");
        assertThat(listed(admin, token.token().id().toString())
                        .path("last_used_at")
                        .isNull())
                .isTrue();
        server.get(token, "/api/stores/acme/reading/entries");
        server.tokens().saveUses().join();
        ServerRecords records = new ServerRecords(server.engine.reservedEntries());
        Tokens others = new Tokens(records, server.http.server.context().clock);
        records.start();
        assertThat(others.lastUsedMillis(token.token()))
                .isNotNull()
                .isEqualTo(server.tokens().lastUsedMillis(token.token()));
        records.close();
    }

    @Test
    void a_record_of_a_use_goes_with_its_token() throws Exception {
        Made token = server.token("acme", "tokens:write");
        server.get(token, "/api/tokens");
        server.tokens().saveUses().join();
        server.tokens().revoke(token.token().id()).join();
        UUID id = token.token().id();
        ServerRecords records = new ServerRecords(server.engine.reservedEntries());
        assertThat(records.list(EntryPattern.ALL, null, 1000).join())
                .noneMatch(saved -> saved.path().segments().contains(id.toString()));
    }
}
