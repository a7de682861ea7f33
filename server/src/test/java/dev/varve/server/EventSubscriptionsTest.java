package dev.varve.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.varve.server.EntriesApi.StoreCalls;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** Subscriptions of events over HTTP: how requests and answers look, and what is refused. What they promise is the contract's. */
final class EventSubscriptionsTest {

    private static final String ONE = "/subscriptions/mailer";

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

    private JsonNode ok(String method, String path, String body) throws Exception {
        HttpResponse<String> response =
                body.isEmpty() && method.equals("GET") ? store.get(path) : store.send(method, path, body);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return EntriesApi.json(response);
    }

    private void append(String... types) throws Exception {
        for (String type : types) {
            ok("POST", "/aggregates/order/1", "{\"events\":[{\"type\":\"" + type + "\",\"data\":{\"n\":  1}}]}");
        }
    }

    private List<String> next(String consumer) throws Exception {
        List<String> tokens = new ArrayList<>();
        ok("POST", ONE + "/next", "{\"consumer\":\"" + consumer + "\",\"max\":100}")
                .at("/deliveries")
                .forEach(delivery -> tokens.add(delivery.at("/token").asString()));
        return tokens;
    }

    private static String tokens(List<String> tokens) {
        return "\"tokens\":[\"" + String.join("\",\"", tokens) + "\"]";
    }

    @Test
    void a_subscription_is_made_shown_changed_and_deleted() throws Exception {
        append("A");
        JsonNode made = ok("PUT", ONE, """
                {"events":{"after":"now","category":"order","query":{"items":[{"types":["A"],"tags":["x"]}]},
                   "metadata":{"k":"v"},"since":"2026-01-01T00:00:00Z"},
                 "message_timeout_ms":1000,"max_retries":3,"retry_pause_ms":0,"max_in_flight":5,"max_consumers":2,
                 "distribution":"by_aggregate"}""");
        assertThat(made.at("/settings")).isEqualTo(EntriesApi.json("""
                {"events":{"after":"now","category":"order",
                   "query":{"items":[{"types":["A"],"tags":["x"],"excluded_types":[]}]},
                   "since":"2026-01-01T00:00:00Z","metadata":{"k":"v"}},
                 "message_timeout_ms":1000,"max_retries":3,"retry_pause_ms":0,"max_in_flight":5,"max_consumers":2,
                 "distribution":"by_aggregate"}"""));
        assertThat(made.at("/checkpoint").asLong()).isZero();
        assertThat(ok("GET", ONE, "")).isEqualTo(made);
        assertThat(ok("GET", "/subscriptions", "").at("/subscriptions/0")).isEqualTo(made);
        JsonNode changed = ok("PATCH", ONE, "{\"max_in_flight\":7}");
        assertThat(changed.at("/settings/max_in_flight").asInt()).isEqualTo(7);
        assertThat(changed.at("/settings/events")).isEqualTo(made.at("/settings/events"));
        assertThat(ok("DELETE", ONE, "").at("/deleted").asBoolean()).isTrue();
        assertThat(ok("DELETE", ONE, "").at("/deleted").asBoolean()).isFalse();
        assertThat(ok("GET", "/subscriptions", "").at("/subscriptions")).isEmpty();
    }

    @Test
    void events_are_handed_out_and_settled() throws Exception {
        append("A", "B", "C", "D");
        ok("PUT", ONE, "{\"retry_pause_ms\":0}");
        JsonNode first =
                ok("POST", ONE + "/next", "{\"consumer\":\"c\",\"max\":1}").at("/deliveries/0");
        assertThat(first.at("/attempt").asInt()).isEqualTo(1);
        assertThat(first.at("/deadline").asString()).endsWith("Z");
        assertThat(first.at("/event")).isEqualTo(ok("GET", "/events", "").at("/events/0"));
        List<String> rest = next("c");
        assertThat(rest).hasSize(3);
        assertThat(ok(
                                "POST",
                                ONE + "/ack",
                                "{\"tokens\":[\"" + first.at("/token").asString() + "\",\"none\"]}")
                        .at("/settled")
                        .asInt())
                .isEqualTo(1);
        ok("POST", ONE + "/park", "{" + tokens(rest.subList(0, 1)) + ",\"reason\":\"no address\"}");
        ok("POST", ONE + "/nak", "{" + tokens(rest.subList(1, 2)) + ",\"action\":\"skip\"}");
        ok("POST", ONE + "/nak", "{" + tokens(rest.subList(2, 3)) + "}");
        JsonNode again = ok("POST", ONE + "/next", "{\"consumer\":\"d\",\"wait_ms\":1000}");
        assertThat(again.at("/deliveries/0/attempt").asInt()).isEqualTo(2);
        JsonNode info = ok("GET", ONE, "");
        assertThat(info.at("/checkpoint").asLong()).isEqualTo(2);
        assertThat(info.at("/in_flight").asInt()).isEqualTo(1);
        assertThat(info.at("/parked").asInt()).isEqualTo(1);
        assertThat(info.at("/consumers").toString()).isEqualTo("[\"c\",\"d\"]");
        JsonNode parked = ok("GET", ONE + "/parked?limit=1", "").at("/parked/0");
        assertThat(parked.at("/position").asLong()).isEqualTo(1);
        assertThat(parked.at("/reason").asString()).isEqualTo("no address");
        assertThat(parked.at("/event/type").asString()).isEqualTo("B");
        assertThat(ok("GET", ONE + "/parked?after=1", "").at("/parked")).isEmpty();
        assertThat(ok("POST", ONE + "/replay", "{\"stop_at\":5}")
                        .at("/replayed")
                        .asInt())
                .isEqualTo(1);
        assertThat(ok("POST", ONE + "/leave", "{\"consumer\":\"d\"}")
                        .at("/left")
                        .asBoolean())
                .isTrue();
        assertThat(next("c")).hasSize(2);
        assertThat(ok("POST", ONE + "/reset", "{\"position\":\"now\"}")
                        .at("/checkpoint")
                        .asLong())
                .isEqualTo(3);
        assertThat(ok("POST", ONE + "/reset", "{\"position\":-1}")
                        .at("/checkpoint")
                        .asLong())
                .isEqualTo(-1);
        assertThat(next("c")).hasSize(4);
    }

    @Test
    void a_request_waits_for_events() throws Exception {
        append("A");
        ok("PUT", ONE, "{\"events\":{\"after\":\"now\"}}");
        CompletableFuture<JsonNode> waiting = CompletableFuture.supplyAsync(() -> {
            try {
                return ok("POST", ONE + "/next", "{\"consumer\":\"c\",\"wait_ms\":60000}");
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        });
        await().untilAsserted(
                        () -> assertThat(ok("GET", ONE, "").at("/consumers")).hasSize(1));
        append("B");
        assertThat(waiting.join().at("/deliveries/0/event/type").asString()).isEqualTo("B");
    }

    @Test
    void what_comes_for_somebody_who_is_gone_is_handed_to_others() throws Exception {
        append("A");
        ok("PUT", ONE, "{\"events\":{\"after\":\"now\"},\"message_timeout_ms\":86400000,\"retry_pause_ms\":0}");
        String body = "{\"consumer\":\"gone\",\"wait_ms\":60000}";
        try (RawConnection connection = api.http.connect()) {
            connection.request(
                    "POST", "/api/stores/" + store.name() + ONE + "/next", body, "Content-Type: application/json");
            await().untilAsserted(() ->
                    assertThat(ok("GET", ONE, "").at("/consumers")).hasSize(1));
        }
        append("B");
        await().untilAsserted(() -> assertThat(next("c")).hasSize(1));
    }

    @Test
    void a_pause_is_refused_where_it_changes_nothing() throws Exception {
        append("A");
        ok("PUT", ONE, "{}");
        assertThat(ok("POST", ONE + "/pause", "").at("/paused").asBoolean()).isTrue();
        assertRefused(store.send("POST", ONE + "/pause", ""), 409, "conflict");
        assertThat(next("c")).isEmpty();
        assertThat(ok("POST", ONE + "/resume", "").at("/paused").asBoolean()).isFalse();
        assertRefused(store.send("POST", ONE + "/resume", ""), 409, "conflict");
        List<String> tokens = next("c");
        ok("POST", ONE + "/nak", "{" + tokens(tokens) + ",\"action\":\"stop\",\"reason\":\"enough\"}");
        assertThat(ok("GET", ONE, "").at("/paused_reason").asString()).isEqualTo("enough");
    }

    private static void assertRefused(HttpResponse<String> response, int status, String kind) {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
        assertThat(EntriesApi.json(response).at("/kind").asString())
                .as(response.body())
                .isEqualTo(kind);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "PUT|/subscriptions/x|{\"distribution\":\"random\"}|400|invalid_params",
                "PUT|/subscriptions/x|{\"unknown\":1}|400|invalid_params",
                "PUT|/subscriptions/x|{\"events\":{\"limit\":1}}|400|invalid_params",
                "PUT|/subscriptions/x|{\"events\":{\"backward\":true}}|400|invalid_params",
                "PUT|/subscriptions/x|{\"max_in_flight\":0}|400|invalid_params",
                "PUT|/subscriptions/x|{\"message_timeout_ms\":99}|400|invalid_params",
                "PUT|/subscriptions/x|{|400|invalid_json",
                "PUT|/subscriptions/a%2Fb|{}|400|invalid_params",
                "PUT|/subscriptions/mailer|{}|409|already_exists",
                "GET|/subscriptions/none||404|not_found",
                "PATCH|/subscriptions/none|{}|404|not_found",
                "POST|/subscriptions/none/next|{\"consumer\":\"c\"}|404|not_found",
                "POST|/subscriptions/mailer/next|{}|400|invalid_params",
                "POST|/subscriptions/mailer/next|{\"consumer\":\"c\",\"max\":0}|400|invalid_params",
                "POST|/subscriptions/mailer/next|{\"consumer\":\"c\",\"wait_ms\":300001}|400|invalid_params",
                "POST|/subscriptions/mailer/next|{\"consumer\":\"second\"}|429|consumer_limit",
                "POST|/subscriptions/mailer/ack|{}|400|invalid_params",
                "POST|/subscriptions/mailer/ack|{\"tokens\":[],\"reason\":\"x\"}|400|invalid_params",
                "POST|/subscriptions/mailer/nak|{\"tokens\":[],\"action\":\"ack\"}|400|invalid_params",
                "POST|/subscriptions/mailer/park|{\"tokens\":[],\"action\":\"skip\"}|400|invalid_params",
                "POST|/subscriptions/mailer/leave|{}|400|invalid_params",
                "POST|/subscriptions/mailer/replay|{\"stop_at\":-1}|400|invalid_params",
                "POST|/subscriptions/mailer/reset|{\"position\":\"then\"}|400|invalid_params",
                "POST|/subscriptions/mailer/reset|{\"position\":1}|400|invalid_params",
                "POST|/subscriptions/mailer/reset|{}|400|invalid_params",
                "GET|/subscriptions/mailer/parked?limit=101||400|invalid_params",
            })
    void what_makes_no_sense_is_refused(String method, String path, String body, int status, String kind)
            throws Exception {
        append("A");
        ok("PUT", ONE, "{\"max_consumers\":1}");
        next("first");
        assertRefused(
                method.equals("GET") ? store.get(path) : store.send(method, path, body == null ? "" : body),
                status,
                kind);
    }
}
