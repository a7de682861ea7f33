package dev.varve.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.EntryOp;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryValue;
import dev.varve.api.EntryWrite;
import dev.varve.engine.Engine;
import dev.varve.engine.EngineOptions;
import dev.varve.server.EntriesApi.StoreCalls;
import dev.varve.server.outbound.Verifier;
import dev.varve.server.outbound.WebhookReceiver;
import dev.varve.server.outbound.WebhookReceiver.Call;
import java.net.ServerSocket;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** Webhooks of stores, over real sockets to a real receiver. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(value = 2, unit = TimeUnit.MINUTES)
final class WebhooksTest {

    private static final Pattern SIGNATURE = Pattern.compile("t=(\\d+),kid=(ds_[^,]+),ed25519=([A-Za-z0-9_-]{86})");

    /** Short enough for tests, long enough to see that there is a wait. */
    private static final Duration WAIT = Duration.ofMillis(40);

    private final EntriesApi server =
            EntriesApi.start(builder -> builder.webhookRetryWaits(List.of(WAIT, WAIT, WAIT, WAIT)));
    private final List<WebhookReceiver> receivers = new ArrayList<>();

    @AfterEach
    void closeReceivers() {
        receivers.forEach(WebhookReceiver::close);
        receivers.clear();
    }

    @AfterAll
    void close() {
        server.close();
    }

    private WebhookReceiver receiver() {
        WebhookReceiver receiver = WebhookReceiver.open();
        receivers.add(receiver);
        return receiver;
    }

    /** A store in which something stands. */
    private StoreCalls store() throws Exception {
        StoreCalls store = server.freshStore();
        store.put("before", "1");
        return store;
    }

    private static HttpResponse<String> create(StoreCalls store, String url) throws Exception {
        return store.send("POST", "/webhooks", "{\"url\":\"" + url + "\"}");
    }

    private static JsonNode created(StoreCalls store, String url) throws Exception {
        HttpResponse<String> response = create(store, url);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(201);
        return EntriesApi.json(response);
    }

    private static JsonNode shown(StoreCalls store) throws Exception {
        return EntriesApi.json(store.get("/webhooks")).at("/webhooks/0");
    }

    private static List<JsonNode> deliveries(StoreCalls store, String id, String query) throws Exception {
        HttpResponse<String> response = store.get("/webhooks/" + id + "/deliveries" + query);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        List<JsonNode> all = new ArrayList<>();
        EntriesApi.json(response).at("/deliveries").forEach(all::add);
        return all;
    }

    private interface Check {
        boolean holds() throws Exception;
    }

    /** Waits until something holds; it is what the server does on its own. */
    private static void eventually(String what, Check check) {
        BooleanSupplier holds = () -> {
            try {
                return check.holds();
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        };
        long end = System.nanoTime() + TestServer.PATIENCE.toNanos();
        while (!holds.getAsBoolean()) {
            assertThat(System.nanoTime()).as(what).isLessThan(end);
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
        }
    }

    private static long seq(Call call) {
        return EntriesApi.json(call.text()).at("/store_seq").asLong();
    }

    private static List<Long> seqs(WebhookReceiver receiver, int count) {
        return LongStream.range(0, count).map(_ -> seq(receiver.next())).boxed().toList();
    }

    /** What was told up to a change, without what came again: at least once is promised, not once. */
    private static List<Long> toldThrough(WebhookReceiver receiver, long last) {
        List<Long> told = new ArrayList<>();
        while (told.isEmpty() || told.getLast() < last) {
            long seq = seq(receiver.next());
            if (told.isEmpty() || told.getLast() != seq) {
                told.add(seq);
            }
        }
        return told;
    }

    // ---- what is asked ----

    @Test
    void a_webhook_shows_its_secret_when_it_is_created_and_never_again() throws Exception {
        StoreCalls store = store();
        WebhookReceiver receiver = receiver();
        JsonNode created = created(store, receiver.url());
        assertThat(created.propertyNames()).containsExactly("id", "url", "secret", "active", "inserted_at");
        assertThat(created.at("/secret").asString()).matches("whsec_[0-9a-f]{64}");
        assertThat(created.at("/active").asBoolean()).isTrue();
        HttpResponse<String> listed = store.get("/webhooks");
        assertThat(listed.body()).doesNotContain("whsec_").doesNotContain("secret");
        JsonNode webhook = EntriesApi.json(listed).at("/webhooks/0");
        assertThat(webhook.propertyNames())
                .containsExactly("id", "url", "active", "failure_count", "last_delivered_seq", "inserted_at");
        assertThat(webhook.at("/id")).isEqualTo(created.at("/id"));
        assertThat(webhook.at("/last_delivered_seq").asLong()).isEqualTo(1);
        assertThat(webhook.at("/failure_count").asLong()).isZero();
    }

    @Test
    void webhooks_are_listed_the_newest_first_and_are_gone_when_deleted() throws Exception {
        StoreCalls store = store();
        WebhookReceiver receiver = receiver();
        String first = created(store, receiver.url()).at("/id").asString();
        String second = created(store, receiver.url() + "/2").at("/id").asString();
        assertThat(EntriesApi.json(store.get("/webhooks")).findValuesAsString("id"))
                .containsExactly(second, first);
        assertThat(store.send("DELETE", "/webhooks/" + first, "").body()).isEqualTo("{\"ok\":true}");
        assertThat(store.send("DELETE", "/webhooks/" + first, "").statusCode()).isEqualTo(404);
        assertThat(EntriesApi.json(store.get("/webhooks")).findValuesAsString("id"))
                .containsExactly(second);
        store.put("a", "1");
        assertThat(receiver.next().text()).contains("\"path\":\"a\"");
        assertThat(receiver.waiting()).isZero();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"url\":null}",
                "{\"url\":7}",
                "{\"url\":\"\"}",
                "{\"url\":\"ftp://example.com/\"}",
                "{\"url\":\"//example.com/\"}",
                "{\"url\":\"http://example.com/\"}",
                "{\"url\":\"https://10.0.0.1/\"}",
                "{\"url\":\"https://169.254.169.254/latest\"}",
                "{\"url\":\"https://[::ffff:192.168.0.1]/\"}",
                "{\"url\":\"https://user:word@example.com/\"}",
                "{\"url\":\"https://example.com/\",\"after\":-1}",
                "{\"url\":\"https://example.com/\",\"after\":2}",
                "{\"url\":\"https://example.com/\",\"after\":\"1\"}",
            })
    void what_cannot_be_called_is_refused(String body) throws Exception {
        StoreCalls store = store();
        HttpResponse<String> response = store.send("POST", "/webhooks", body);
        assertThat(response.statusCode()).isEqualTo(422);
        assertThat(response.body()).startsWith("{\"error\":\"invalid_params\",\"detail\":");
        assertThat(store.get("/webhooks").body()).isEqualTo("{\"webhooks\":[]}");
    }

    @Test
    void what_is_not_there_is_not_found() throws Exception {
        StoreCalls store = store();
        StoreCalls other = store();
        StoreCalls nobody = server.freshStore();
        String id = created(other, receiver().url()).at("/id").asString();
        for (String unknown : List.of(id, "none", "%C3%A4")) {
            assertThat(store.send("DELETE", "/webhooks/" + unknown, "").statusCode())
                    .isEqualTo(404);
            assertThat(store.send("POST", "/webhooks/" + unknown + "/ping", "").statusCode())
                    .isEqualTo(404);
            assertThat(store.get("/webhooks/" + unknown + "/deliveries").statusCode())
                    .isEqualTo(404);
        }
        assertThat(create(nobody, "https://example.com/").body()).startsWith("{\"error\":\"not_found\"");
        assertThat(nobody.get("/webhooks").statusCode()).isEqualTo(404);
        assertThat(server.storage().store(nobody.name())).isEmpty();
    }

    @Test
    void a_store_has_at_most_20_webhooks() throws Exception {
        StoreCalls store = store();
        WebhookReceiver receiver = receiver();
        for (int i = 0; i < 20; i++) {
            created(store, receiver.url());
        }
        HttpResponse<String> refused = create(store, receiver.url());
        assertThat(refused.statusCode()).isEqualTo(402);
        assertThat(refused.body()).contains("\"error\":\"limit_exceeded\"", "\"current\":20", "\"limit\":20");
    }

    @Test
    void a_page_of_another_origin_creates_no_webhook() throws Exception {
        StoreCalls store = store();
        HttpResponse<String> response =
                store.send("POST", "/webhooks", "{\"url\":\"https://example.com/\"}", "Origin", "https://evil.example");
        assertThat(response.statusCode()).isEqualTo(403);
    }

    // ---- delivery ----

    @Test
    void every_change_is_delivered_in_order_however_it_came() throws Exception {
        StoreCalls store = store();
        WebhookReceiver receiver = receiver();
        String id = created(store, receiver.url()).at("/id").asString();
        store.put("count", "1");
        store.batch("[{\"op\":\"increment\",\"path\":\"count\",\"value\":2},"
                + "{\"op\":\"add\",\"path\":\"set\",\"value\":\"a\"},{\"op\":\"delete\",\"path\":\"before\"}]");
        server.storage()
                .write(new EntryWrite(
                        store.name(),
                        List.of(EntryOp.set(EntryPath.parse("from/java"), EntryValue.of("x"))),
                        "dev",
                        "op",
                        false,
                        false))
                .join();
        store.send("POST", "/rollback", "{\"path\":\"from\",\"to_seq\":1}");

        Call first = receiver.next();
        JsonNode body = EntriesApi.json(first.text());
        assertThat(body.propertyNames())
                .containsExactly("event", "store", "store_seq", "op", "path", "value", "device_id", "timestamp");
        assertThat(body.at("/event").asString()).isEqualTo("entry.changed");
        assertThat(body.at("/store").asString()).isEqualTo(store.name());
        assertThat(body.at("/store_seq").asLong()).isEqualTo(2);
        assertThat(body.at("/timestamp").asString()).matches("\\d{4}-\\d\\d-\\d\\dT.*Z");

        JsonNode total = EntriesApi.json(receiver.next().text());
        assertThat(total.at("/op").asString()).isEqualTo("increment");
        assertThat(total.at("/value").asLong()).isEqualTo(3);
        JsonNode members = EntriesApi.json(receiver.next().text());
        assertThat(members.at("/value").toString()).isEqualTo("[\"a\"]");
        JsonNode deleted = EntriesApi.json(receiver.next().text());
        assertThat(deleted.at("/op").asString()).isEqualTo("delete");
        assertThat(deleted.at("/value").isNull()).isTrue();
        JsonNode java = EntriesApi.json(receiver.next().text());
        assertThat(java.at("/path").asString()).isEqualTo("from/java");
        assertThat(java.at("/device_id").asString()).isEqualTo("dev");
        assertThat(seqs(receiver, 1)).containsExactly(7L);

        eventually(
                "all is delivered", () -> shown(store).at("/last_delivered_seq").asLong() == 7);
        List<JsonNode> log = deliveries(store, id, "");
        assertThat(log).extracting(line -> line.at("/store_seq").asLong()).containsExactly(7L, 6L, 5L, 4L, 3L, 2L);
        assertThat(log.getFirst().propertyNames())
                .containsExactly("id", "store_seq", "status_code", "response_ms", "error", "attempted_at");
        assertThat(log.getFirst().at("/status_code").asInt()).isEqualTo(200);
        assertThat(log.getFirst().at("/error").isNull()).isTrue();
        assertThat(deliveries(store, id, "?limit=2")).hasSize(2);
        assertThat(deliveries(store, id, "?limit=1000")).hasSize(6);
        assertThat(store.get("/webhooks/" + id + "/deliveries?limit=0").statusCode())
                .isEqualTo(400);
    }

    @Test
    void a_call_has_both_signatures() throws Exception {
        StoreCalls store = store();
        WebhookReceiver receiver = receiver();
        String secret = created(store, receiver.url()).at("/secret").asString();
        store.put("a", "\"\u00fc\"");
        Call call = receiver.next();
        assertThat(call.header("x-dust-signature")).isEqualTo(WebhookCalls.hmac(secret, call.body()));
        Matcher signature = SIGNATURE.matcher(call.signature());
        assertThat(signature.matches()).isTrue();
        JsonNode key =
                EntriesApi.json(server.http.get("/v1/stream/__ds/jwks.json")).at("/keys/0");
        assertThat(key.at("/kid").asString()).isEqualTo(signature.group(2));
        assertThat(Verifier.verifies(key.at("/x").asString(), signature.group(1), call.body(), signature.group(3)))
                .isTrue();
    }

    @Test
    void the_signature_with_the_secret_is_hmac_sha256() {
        // RFC 4231, test case 2.
        assertThat(WebhookCalls.hmac(
                        "Jefe", "what do ya want for nothing?".getBytes(java.nio.charset.StandardCharsets.US_ASCII)))
                .isEqualTo("sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    }

    @Test
    void a_webhook_may_begin_with_earlier_changes() throws Exception {
        StoreCalls store = store();
        store.put("a", "1");
        WebhookReceiver receiver = receiver();
        store.send("POST", "/webhooks", "{\"url\":\"" + receiver.url() + "\",\"after\":0}");
        assertThat(seqs(receiver, 2)).containsExactly(1L, 2L);
    }

    @Test
    void many_changes_come_all_and_in_order() throws Exception {
        StoreCalls store = store();
        WebhookReceiver receiver = receiver();
        created(store, receiver.url());
        for (int i = 0; i < 10; i++) {
            StringBuilder ops = new StringBuilder();
            for (int j = 0; j < 10; j++) {
                ops.append(j == 0 ? "[" : ",")
                        .append("{\"op\":\"set\",\"path\":\"p")
                        .append(j)
                        .append("\",\"value\":")
                        .append(i)
                        .append("}");
            }
            store.batch(ops + "]");
        }
        assertThat(toldThrough(receiver, 101))
                .containsExactlyElementsOf(
                        LongStream.rangeClosed(2, 101).boxed().toList());
    }

    @Test
    void a_change_that_fails_comes_again_and_nothing_overtakes_it() throws Exception {
        StoreCalls store = store();
        WebhookReceiver receiver = receiver().answering(500, "no");
        String id = created(store, receiver.url()).at("/id").asString();
        store.put("a", "1");
        store.put("b", "2");
        assertThat(seqs(receiver, 2)).containsExactly(2L, 2L);
        assertThat(shown(store).at("/last_delivered_seq").asLong()).isEqualTo(1);
        receiver.answering(204, "");
        eventually(
                "all is delivered", () -> shown(store).at("/last_delivered_seq").asLong() == 3);
        assertThat(shown(store).at("/failure_count").asLong()).isZero();
        List<JsonNode> log = deliveries(store, id, "?limit=100");
        assertThat(log.getFirst().at("/status_code").asInt()).isEqualTo(204);
        assertThat(log.getLast().at("/status_code").asInt()).isEqualTo(500);
        assertThat(log.getLast().at("/error").asString()).contains("500");
        assertThat(log.getLast().at("/store_seq").asLong()).isEqualTo(2);
    }

    @Test
    void the_fifth_failure_in_a_row_switches_off_and_a_ping_on_again() throws Exception {
        StoreCalls store = store();
        WebhookReceiver receiver = receiver().answering(503, "");
        String id = created(store, receiver.url()).at("/id").asString();
        store.put("a", "1");
        assertThat(seqs(receiver, 5)).containsExactly(2L, 2L, 2L, 2L, 2L);
        eventually("it is switched off", () -> !shown(store).at("/active").asBoolean());
        assertThat(shown(store).at("/failure_count").asLong()).isEqualTo(5);
        store.put("b", "1");

        HttpResponse<String> refused = store.send("POST", "/webhooks/" + id + "/ping", "");
        assertThat(refused.statusCode()).isEqualTo(200);
        assertThat(refused.body()).matches("\\{\"ok\":false,\"status_code\":503,\"response_ms\":\\d+}");
        assertThat(EntriesApi.json(receiver.next().text()).at("/event").asString())
                .isEqualTo("ping");
        assertThat(shown(store).at("/active").asBoolean()).isFalse();

        receiver.answering(200, "");
        HttpResponse<String> pinged = store.send("POST", "/webhooks/" + id + "/ping", "");
        assertThat(pinged.body()).matches("\\{\"ok\":true,\"status_code\":200,\"response_ms\":\\d+}");
        JsonNode ping = EntriesApi.json(receiver.next().text());
        assertThat(ping.propertyNames()).containsExactly("event", "store", "timestamp");
        assertThat(ping.at("/store").asString()).isEqualTo(store.name());
        assertThat(seqs(receiver, 2)).containsExactly(2L, 3L);
        assertThat(shown(store).at("/active").asBoolean()).isTrue();
        assertThat(shown(store).at("/failure_count").asLong()).isZero();
    }

    @Test
    void a_ping_that_nobody_answers_says_why() throws Exception {
        StoreCalls store = store();
        int port;
        try (ServerSocket closing = new ServerSocket(0)) {
            port = closing.getLocalPort();
        }
        String id = created(store, "http://127.0.0.1:" + port + "/").at("/id").asString();
        HttpResponse<String> response = store.send("POST", "/webhooks/" + id + "/ping", "");
        assertThat(response.statusCode()).isEqualTo(502);
        assertThat(response.body()).startsWith("{\"ok\":false,\"error\":\"127.0.0.1:" + port);
    }

    @Test
    void a_redirect_is_a_failure_and_is_not_followed() throws Exception {
        StoreCalls store = store();
        WebhookReceiver receiver = receiver().answering(307, "");
        String id = created(store, receiver.url()).at("/id").asString();
        HttpResponse<String> response = store.send("POST", "/webhooks/" + id + "/ping", "");
        assertThat(response.body()).startsWith("{\"ok\":false,\"status_code\":307");
        receiver.next();
        assertThat(receiver.waiting()).isZero();
    }

    @Test
    void receivers_that_do_not_answer_hold_up_nobody() throws Exception {
        StoreCalls store = store();
        List<ServerSocket> silent = new ArrayList<>();
        try {
            for (int i = 0; i < 19; i++) {
                ServerSocket socket = new ServerSocket(0, 50, java.net.InetAddress.ofLiteral("127.0.0.1"));
                silent.add(socket);
                created(store, "http://127.0.0.1:" + socket.getLocalPort() + "/");
            }
            WebhookReceiver receiver = receiver();
            created(store, receiver.url());
            store.put("a", "1");
            // Those that do not answer are found out in their first call, and then wait among themselves.
            for (int i = 0; i < 20; i++) {
                assertThat(seq(receiver.next())).isEqualTo(2 + i);
                store.put("a", "1");
            }
        } finally {
            for (ServerSocket socket : silent) {
                socket.close();
            }
        }
    }

    @Test
    void changes_that_were_compacted_are_named_in_the_log_and_passed_over() throws Exception {
        StoreCalls store = store();
        WebhookReceiver receiver = receiver().answering(500, "");
        String id = created(store, receiver.url()).at("/id").asString();
        store.put("a", "1");
        eventually("it is switched off", () -> !shown(store).at("/active").asBoolean());
        for (int i = 0; i < 5; i++) {
            store.put("a", "" + i);
        }
        server.storage().compact(store.name(), 5).join();
        while (receiver.waiting() > 0) {
            receiver.next();
        }
        receiver.answering(200, "");
        store.send("POST", "/webhooks/" + id + "/ping", "");
        receiver.next();
        assertThat(seqs(receiver, 2)).containsExactly(6L, 7L);
        eventually(
                "all is delivered", () -> shown(store).at("/last_delivered_seq").asLong() == 7);
        JsonNode skip = deliveries(store, id, "").get(2);
        assertThat(skip.at("/store_seq").asLong()).isEqualTo(5);
        assertThat(skip.at("/status_code").isNull()).isTrue();
        assertThat(skip.at("/error").asString())
                .isEqualTo("changes 2 to 5 are not kept any more and were not delivered");
    }

    @Test
    void an_archived_store_is_told_to_its_end_and_takes_no_webhook() throws Exception {
        StoreCalls store = store();
        WebhookReceiver receiver = receiver();
        created(store, receiver.url());
        store.put("a", "1");
        store.send("POST", "/archive", "{}");
        assertThat(seqs(receiver, 1)).containsExactly(2L);
        assertThat(create(store, receiver.url()).statusCode()).isEqualTo(404);
    }

    @Test
    void a_deleted_store_takes_its_webhooks_along() throws Exception {
        StoreCalls store = store();
        WebhookReceiver receiver = receiver();
        created(store, receiver.url());
        store.send("DELETE", "", "");
        store.put("a", "1");
        assertThat(store.get("/webhooks").body()).isEqualTo("{\"webhooks\":[]}");
        assertThat(receiver.waiting()).isZero();
    }

    @Test
    void a_restart_goes_on_where_it_was() throws Exception {
        WebhookReceiver receiver = receiver().answering(500, "");
        try (Engine engine = Engine.inMemory(EngineOptions.DEFAULT)) {
            UnaryOperator<VarveServer.Builder> options = builder -> builder.entries(engine.entries())
                    .records(engine.reservedEntries())
                    .webhookRetryWaits(List.of(WAIT, Duration.ofSeconds(1)));
            String path = "/api/stores/acme/restarted";
            String[] json = {"Content-Type", "application/json"};
            String id;
            try (TestServer first = TestServer.start(engine.streams(), options)) {
                assertThat(first.send("PUT", path + "/entries/a", "1", json).statusCode())
                        .isEqualTo(200);
                HttpResponse<String> created =
                        first.send("POST", path + "/webhooks", "{\"url\":\"" + receiver.url() + "\"}", json);
                id = EntriesApi.json(created).at("/id").asString();
                first.send("PUT", path + "/entries/a", "2", json);
                seqs(receiver, 2);
                eventually(
                        "it is kept",
                        () -> EntriesApi.json(first.get(path + "/webhooks"))
                                        .at("/webhooks/0/failure_count")
                                        .asInt()
                                == 2);
            }
            receiver.answering(200, "");
            try (TestServer second = TestServer.start(engine.streams(), options)) {
                assertThat(EntriesApi.json(second.get(path + "/webhooks"))
                                .at("/webhooks/0/id")
                                .asString())
                        .isEqualTo(id);
                second.send("PUT", path + "/entries/a", "3", json);
                assertThat(toldThrough(receiver, 3)).containsExactly(2L, 3L);
                eventually(
                        "all is kept",
                        () -> EntriesApi.json(second.get(path + "/webhooks"))
                                        .at("/webhooks/0/last_delivered_seq")
                                        .asInt()
                                == 3);
                assertThat(EntriesApi.json(second.get(path + "/webhooks/" + id + "/deliveries"))
                                .findValues("store_seq"))
                        .extracting(JsonNode::asInt)
                        .containsExactly(3, 2, 2, 2);
            }
        }
    }

    @Test
    void metrics_count_what_was_delivered() throws Exception {
        StoreCalls store = store();
        WebhookReceiver receiver = receiver();
        created(store, receiver.url());
        store.put("a", "1");
        receiver.next();
        eventually(
                "it is counted",
                () -> server.http
                        .get("/metrics")
                        .body()
                        .lines()
                        .anyMatch(line -> line.startsWith("varve_webhook_delivered_total ") && !line.endsWith(" 0.0")));
        assertThat(server.http.get("/metrics").body())
                .contains("varve_webhook_failed_total ", "varve_webhooks ", "varve_webhooks_inactive ");
    }
}
