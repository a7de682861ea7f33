package dev.varve.server.subscriptions;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.varve.api.AppendRequest;
import dev.varve.api.ErrorKind;
import dev.varve.api.MessagesResult;
import dev.varve.api.Offset;
import dev.varve.server.subscriptions.ControlApi.Answer;
import dev.varve.testkit.ModelStreamStorage;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** The log of subscriptions: compaction, failing writes, and crashes in the middle of either. */
final class SubscriptionLogTest {

    private static final String PULL =
            "{\"type\":\"pull-wake\",\"pattern\":\"events/*\",\"wake_stream\":\"wake/pool\",\"lease_ttl_ms\":600000}";

    private final ModelStreamStorage storage = new ModelStreamStorage();
    private final FaultyStorage faulty = new FaultyStorage(storage);

    private ControlApi open(long minCompactBytes) {
        return new ControlApi(faulty, SubscriptionOptions.LOOPBACK, minCompactBytes);
    }

    private boolean exists(String path) {
        return storage.readMessages(path, Offset.BEGINNING, 1).join() instanceof MessagesResult.Messages;
    }

    private static Answer ack(ControlApi api, JsonNode claim, long position) {
        String body = "{\"wake_id\":\"" + claim.path("wake_id").asString() + "\",\"generation\":"
                + claim.path("generation").asLong() + ",\"acks\":[{\"stream\":\"events/a\",\"offset\":\""
                + Offset.at(position) + "\"}]}";
        return api.post("p", "ack", body, claim.path("token").asString());
    }

    private static JsonNode claim(ControlApi api) {
        api.create("wake/pool");
        assertThat(api.put("p", PULL).status()).isEqualTo(201);
        api.create("events/a", "[1]");
        return api.post("p", "claim", "{\"worker\":\"w\"}").body();
    }

    @Test
    void a_log_that_has_grown_is_replaced_by_a_snapshot() {
        JsonNode before;
        try (ControlApi api = open(2_000)) {
            JsonNode claim = claim(api);
            for (int i = 2; i < 200; i++) {
                api.append("events/a", "1");
                assertThat(ack(api, claim, 2L * i).status()).isEqualTo(200);
            }
            before = api.get("p").body();
            await().untilAsserted(() -> assertThat(exists("__ds/state-0")).isNotEqualTo(exists("__ds/state-1")));
        }
        int used = faulty.reservedWrites();
        assertThat(used).as("appends and the deletions of compactions").isGreaterThan(200);
        try (ControlApi api = open(2_000)) {
            assertThat(api.get("p").body()).isEqualTo(before);
            assertThat(api.post("p", "claim", "{\"worker\":\"x\"}").code()).isEqualTo("ALREADY_CLAIMED");
        }
    }

    @Test
    void a_crash_anywhere_in_a_compaction_loses_nothing_that_was_answered() {
        for (int writes = 0; writes < 40; writes++) {
            ModelStreamStorage fresh = new ModelStreamStorage();
            FaultyStorage crashing = new FaultyStorage(fresh);
            long acknowledged = 0;
            JsonNode claim;
            try (ControlApi api = new ControlApi(crashing, SubscriptionOptions.LOOPBACK, 1_000)) {
                claim = claim(api);
                crashing.failAfter(writes, ErrorKind.OUTCOME_UNKNOWN);
                for (int i = 1; i < 60; i++) {
                    api.append("events/a", "1");
                    if (ack(api, claim, 2L * i).status() != 200) {
                        break;
                    }
                    acknowledged = 2L * i;
                }
            }
            try (ControlApi api = new ControlApi(fresh, SubscriptionOptions.LOOPBACK, 1_000)) {
                String acked = api.get("p")
                        .body()
                        .path("streams")
                        .path(0)
                        .path("acked_offset")
                        .asString();
                assertThat(acked)
                        .as("after %s writes", writes)
                        .isEqualTo(
                                acknowledged == 0
                                        ? "-1"
                                        : Offset.at(acknowledged).toString());
                assertThat(ack(api, claim, acknowledged + 2).status()).isEqualTo(200);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"OUT_OF_SPACE, 507", "UNAVAILABLE, 503", "OVERLOADED, 503", "OUTCOME_UNKNOWN, 500"})
    void what_could_not_be_logged_is_refused_by_name_and_did_not_happen(ErrorKind kind, int status) {
        try (ControlApi api = open(1 << 20)) {
            JsonNode claim = claim(api);
            faulty.failAfter(0, kind);
            Answer refused = ack(api, claim, 2);
            assertThat(refused.status()).isEqualTo(status);
            assertThat(refused.code()).isEqualTo(kind.name());
            Answer meanwhile = api.get("p");
            assertThat(meanwhile.status()).as("until the log was read again").isIn(status, 200);
            faulty.heal();
            await().untilAsserted(() -> assertThat(api.get("p").status()).isEqualTo(200));
            assertThat(api.get("p")
                            .body()
                            .path("streams")
                            .path(0)
                            .path("acked_offset")
                            .asString())
                    .isEqualTo("-1");
            assertThat(ack(api, claim, 2).status()).isEqualTo(200);
        }
    }

    @Test
    void a_subscription_whose_creation_could_not_be_logged_does_not_exist() {
        try (ControlApi api = open(1 << 20)) {
            api.create("wake/pool");
            assertThat(api.put("q", PULL).status()).isEqualTo(201);
            faulty.failAfter(0, ErrorKind.OUT_OF_SPACE);
            assertThat(api.put("p", PULL).code()).isEqualTo("OUT_OF_SPACE");
            faulty.heal();
            await().untilAsserted(() -> assertThat(api.get("q").status()).isEqualTo(200));
            assertThat(api.get("p").status()).isEqualTo(404);
            assertThat(api.put("p", PULL).status()).isEqualTo(201);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[{\"event\":\"log_opened\",\"generation\":0,\"format\":2},{\"event\":\"snapshot_ended\"}]",
                "[{\"event\":\"log_opened\",\"generation\":0,\"format\":1},{\"event\":\"snapshot_ended\"},"
                        + "{\"event\":\"from_the_future\"}]",
                "[{\"event\":\"snapshot_ended\"}]",
                "[{\"event\":\"log_opened\",\"generation\":0,\"format\":1},{\"event\":\"snapshot_ended\"},"
                        + "{\"event\":\"freed\",\"id\":\"nobody\"}]",
            })
    void a_log_that_cannot_be_understood_is_left_alone_and_nothing_is_served(String log) {
        storage.appendReserved(
                        AppendRequest.of("__ds/state-0", "application/json", log.getBytes(StandardCharsets.UTF_8)))
                .join();
        try (ControlApi api = open(1 << 20)) {
            assertThat(api.put("p", PULL).code()).isEqualTo("UNAVAILABLE");
            assertThat(faulty.reservedWrites()).isZero();
        }
    }

    @Test
    void many_links_are_created_whole_or_not_at_all() {
        ModelStreamStorage fresh = new ModelStreamStorage();
        FaultyStorage crashing = new FaultyStorage(fresh);
        int streams = 12_000; // more than fits into one append
        try (ControlApi api = new ControlApi(crashing, SubscriptionOptions.LOOPBACK)) {
            api.create("wake/pool");
            for (int i = 0; i < streams; i++) {
                api.create("events/with-a-name-that-takes-some-space-in-the-log-" + i);
            }
            crashing.failAfter(1, ErrorKind.UNAVAILABLE);
            assertThat(api.put("p", PULL).status()).isEqualTo(503);
        }
        try (ControlApi api = new ControlApi(fresh, SubscriptionOptions.LOOPBACK)) {
            assertThat(api.get("p").status()).isEqualTo(404);
            JsonNode created = api.put("p", PULL).body();
            assertThat(created.path("streams").size()).isEqualTo(1_000);
            assertThat(created.path("streams_total").asInt()).isEqualTo(streams);
        }
        try (ControlApi api = new ControlApi(fresh, SubscriptionOptions.LOOPBACK)) {
            assertThat(api.get("p").body().path("streams_total").asInt()).isEqualTo(streams);
        }
    }
}
