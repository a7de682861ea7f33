package dev.varve.server.subscriptions;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.varve.api.MessagesResult;
import dev.varve.api.Offset;
import dev.varve.server.outbound.WebhookReceiver;
import dev.varve.server.subscriptions.ControlApi.Answer;
import dev.varve.testkit.ModelStreamStorage;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** The control API from outside, over the model storage. */
final class SubscriptionsTest {

    private final ModelStreamStorage storage = new ModelStreamStorage();
    private final WebhookReceiver receiver = WebhookReceiver.open();
    private ControlApi api = new ControlApi(storage, SubscriptionOptions.LOOPBACK);

    @AfterEach
    void close() {
        api.close();
        receiver.close();
    }

    private String webhook(String rest) {
        return "{\"type\":\"webhook\",\"webhook\":{\"url\":\"" + receiver.url() + "\"}," + rest + "}";
    }

    private static String ack(JsonNode wake, String stream, String offset, boolean done) {
        return "{\"wake_id\":\"" + wake.path("wake_id").asString() + "\",\"generation\":"
                + wake.path("generation").asLong()
                + (stream.isEmpty() ? "" : ",\"acks\":[{\"stream\":\"" + stream + "\",\"offset\":\"" + offset + "\"}]")
                + ",\"done\":" + done + "}";
    }

    private void restart() {
        api.close();
        api = new ControlApi(storage, SubscriptionOptions.LOOPBACK);
    }

    @Test
    void a_webhook_subscription_is_created_confirmed_shown_and_deleted() {
        String body = webhook("\"pattern\":\"events/*\",\"lease_ttl_ms\":1000,\"description\":\"test\"");

        Answer created = api.put("s", body);
        assertThat(created.status()).isEqualTo(201);
        assertThat(created.headers()).containsEntry("content-type", "application/json");
        assertThat(created.body().propertyNames())
                .containsExactly(
                        "id",
                        "subscription_id",
                        "type",
                        "pattern",
                        "streams",
                        "webhook",
                        "lease_ttl_ms",
                        "created_at",
                        "status",
                        "description");
        JsonNode signing = created.body().path("webhook").path("signing");
        assertThat(signing.path("alg").asString()).isEqualTo("ed25519");
        assertThat(signing.path("jwks_url").asString()).isEqualTo(ControlApi.BASE_URL + "/v1/stream/__ds/jwks.json");

        Answer keys = api.call("GET", "jwks.json", null, null);
        assertThat(keys.headers())
                .containsEntry("content-type", "application/jwk-set+json")
                .containsEntry("cache-control", "public, max-age=300");
        assertThat(keys.body().path("keys").path(0).path("kid").asString())
                .startsWith("ds_")
                .isEqualTo(signing.path("kid").asString());

        assertThat(api.put("s", body).status()).isEqualTo(200);
        Answer other = api.put("s", webhook("\"pattern\":\"other/*\""));
        assertThat(other.status()).isEqualTo(409);
        assertThat(other.code()).isEqualTo("SUBSCRIPTION_ALREADY_EXISTS");
        assertThat(api.get("s").body()).isEqualTo(created.body());
        assertThat(api.call("DELETE", "subscriptions/s", null, null).status()).isEqualTo(204);
        assertThat(api.get("s").status()).isEqualTo(404);
        assertThat(api.get("s").code()).isEqualTo("SUBSCRIPTION_NOT_FOUND");
        assertThat(api.call("DELETE", "subscriptions/s", null, null).status()).isEqualTo(204);
    }

    @Test
    void a_webhook_that_answers_done_acknowledges_what_it_was_told() {
        receiver.answering(200, "{\"done\":true}");
        api.put("s", webhook("\"pattern\":\"events/*\""));
        api.create("events/a", "{\"event\":\"created\"}");

        JsonNode wake = ControlApi.JSON.readTree(receiver.next().body());
        assertThat(wake.path("subscription_id").asString()).isEqualTo("s");
        assertThat(wake.path("callback_url").asString())
                .isEqualTo(ControlApi.BASE_URL + "/v1/stream/__ds/subscriptions/s/callback");
        JsonNode told = wake.path("streams").path(0);
        assertThat(told.toString())
                .isEqualTo("{\"path\":\"events/a\",\"link_type\":\"glob\",\"acked_offset\":\"-1\","
                        + "\"tail_offset\":\"0000000000000000_0000000000000020\",\"has_pending\":true}");
        await().untilAsserted(() -> assertThat(
                        api.get("s").body().path("streams").path(0).path("acked_offset"))
                .isEqualTo(told.path("tail_offset")));
    }

    @Test
    void a_callback_acknowledges_and_the_second_one_is_fenced() {
        api.put("s", webhook("\"pattern\":\"events/*\""));
        api.create("events/a", "{\"event\":\"created\"}");
        JsonNode wake = ControlApi.JSON.readTree(receiver.next().body());
        String token = wake.path("callback_token").asString();
        String tail = wake.path("streams").path(0).path("tail_offset").asString();
        String body = ack(wake, "events/a", tail, true);

        Answer first = api.post("s", "callback", body, token);
        assertThat(first.status()).isEqualTo(200);
        assertThat(first.body().toString()).isEqualTo("{\"ok\":true,\"next_wake\":false}");
        Answer second = api.post("s", "callback", body, token);
        assertThat(second.status()).isEqualTo(409);
        assertThat(second.code()).isEqualTo("FENCED");
        Answer forged = api.post("s", "callback", body, "forged");
        assertThat(forged.status()).isEqualTo(401);
        assertThat(forged.code()).isEqualTo("TOKEN_INVALID");
        assertThat(api.post("s", "callback", body).code()).isEqualTo("TOKEN_INVALID");
    }

    @Test
    void streams_are_linked_and_unlinked_by_name_whether_they_exist_or_not() {
        api.put("s", webhook("\"streams\":[\"manual/a\"]"));
        assertThat(api.post("s", "streams", "{\"streams\":[\"manual/b\"]}").status())
                .isEqualTo(204);
        assertThat(api.get("s").body().path("streams").toString())
                .isEqualTo("[{\"path\":\"manual/a\",\"link_type\":\"explicit\",\"acked_offset\":\"" + Offset.ZERO
                        + "\"},{\"path\":\"manual/b\",\"link_type\":\"explicit\",\"acked_offset\":\"" + Offset.ZERO
                        + "\"}]");
        assertThat(api.call("DELETE", "subscriptions/s/streams/manual%2Fb", null, null)
                        .status())
                .isEqualTo(204);
        assertThat(api.get("s").body().path("streams").size()).isEqualTo(1);
    }

    /** All that a wake stream has announced. */
    private List<JsonNode> wakeEvents(String wakeStream) {
        MessagesResult result =
                storage.readMessages(wakeStream, Offset.BEGINNING, 1 << 20).join();
        return result instanceof MessagesResult.Messages page
                ? page.messages().stream()
                        .map(message -> ControlApi.JSON.readTree(StandardCharsets.UTF_8
                                .decode(message.data().duplicate())
                                .toString()))
                        .toList()
                : List.of();
    }

    @Test
    void pull_wake_is_announced_claimed_acknowledged_and_released() {
        api.create("wake/pool");
        Answer created = api.put(
                "p",
                "{\"type\":\"pull-wake\",\"pattern\":\"events/*\",\"wake_stream\":\"wake/pool\",\"lease_ttl_ms\":10000}");
        assertThat(created.status()).isEqualTo(201);
        api.create("events/a", "{\"event\":\"created\"}");
        JsonNode event = await().until(() -> wakeEvents("wake/pool"), events -> !events.isEmpty())
                .getFirst();
        assertThat(event.propertyNames()).containsExactly("type", "subscription_id", "stream", "generation", "ts");
        assertThat(event.path("stream").asString()).isEqualTo("events/a");

        Answer claimed = api.post("p", "claim", "{\"worker\":\"worker-1\"}");
        assertThat(claimed.status()).isEqualTo(200);
        assertThat(claimed.body().path("generation")).isEqualTo(event.path("generation"));
        Answer second = api.post("p", "claim", "{\"worker\":\"worker-2\"}");
        assertThat(second.status()).isEqualTo(409);
        assertThat(second.code()).isEqualTo("ALREADY_CLAIMED");
        assertThat(second.body().path("error").path("current_holder").asString())
                .isEqualTo("worker-1");

        String tail = claimed.body().path("streams").path(0).path("tail_offset").asString();
        Answer acked = api.post(
                "p",
                "ack",
                ack(claimed.body(), "events/a", tail, true),
                claimed.body().path("token").asString());
        assertThat(acked.body().toString()).isEqualTo("{\"ok\":true,\"next_wake\":false}");
        assertThat(api.post("p", "claim", "{\"worker\":\"worker-1\"}").code()).isEqualTo("NO_PENDING_WORK");

        api.append("events/a", "{\"event\":\"second\"}");
        Answer again = api.post("p", "claim", "{\"worker\":\"worker-1\"}");
        assertThat(again.status()).isEqualTo(200);
        Answer released = api.post(
                "p",
                "release",
                ack(again.body(), "", "", false),
                again.body().path("token").asString());
        assertThat(released.status()).isEqualTo(204);
        long generation = again.body().path("generation").asLong();
        // What was appended may have been announced before it was claimed; what was released is announced again.
        await().untilAsserted(() -> assertThat(wakeEvents("wake/pool"))
                .anySatisfy(wake -> assertThat(wake.path("generation").asLong()).isGreaterThan(generation)));
    }

    @Test
    void a_restart_keeps_subscriptions_links_offsets_and_the_lease() {
        api.create("wake/pool");
        api.create("events/old", "[1,2,3]");
        api.put("p", "{\"type\":\"pull-wake\",\"pattern\":\"events/*\",\"wake_stream\":\"wake/pool\"}");
        api.create("events/a", "[1]");
        api.create("events/b", "[1]");
        Answer claimed = api.post("p", "claim", "{\"worker\":\"w\"}");
        String token = claimed.body().path("token").asString();
        String tail = Offset.at(2).toString();
        api.post("p", "ack", ack(claimed.body(), "events/a", tail, false), token);
        JsonNode before = api.get("p").body();

        restart();

        assertThat(api.get("p").body()).isEqualTo(before);
        assertThat(api.post("p", "claim", "{\"worker\":\"x\"}").code()).isEqualTo("ALREADY_CLAIMED");
        Answer acked = api.post("p", "ack", ack(claimed.body(), "events/b", tail, true), token);
        assertThat(acked.body().toString()).isEqualTo("{\"ok\":true,\"next_wake\":false}");
    }

    @Test
    void a_restart_finds_what_was_appended_while_nobody_looked() {
        api.create("wake/pool");
        api.put("p", "{\"type\":\"pull-wake\",\"pattern\":\"events/*\",\"wake_stream\":\"wake/pool\"}");
        api.close();
        api.create("events/a", "[1]");

        restart();

        JsonNode streams = api.post("p", "claim", "{\"worker\":\"w\"}").body().path("streams");
        assertThat(streams.path(0).path("acked_offset").asString()).isEqualTo("-1");
        assertThat(streams.path(0).path("has_pending").asBoolean()).isTrue();
    }

    @Test
    void a_failed_webhook_is_called_again_with_the_next_generation() {
        receiver.answering(500, "");
        api.put("s", webhook("\"pattern\":\"events/*\""));
        api.create("events/a", "[1]");
        JsonNode first = ControlApi.JSON.readTree(receiver.next().body());
        await().untilAsserted(() ->
                assertThat(api.get("s").body().path("status").asString()).isEqualTo("failed"));

        receiver.answering(200, "{\"done\":true}");
        JsonNode second = ControlApi.JSON.readTree(receiver.next().body());
        assertThat(second.path("generation").asLong())
                .isGreaterThan(first.path("generation").asLong());
        await().atMost(Duration.ofSeconds(20))
                .untilAsserted(
                        () -> assertThat(api.get("s").body().path("status").asString())
                                .isEqualTo("active"));
    }
}
