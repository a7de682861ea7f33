package dev.varve.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.varve.api.EntryValue;
import dev.varve.engine.io.SystemClock;
import dev.varve.server.PhoenixClient.Message;
import io.netty.channel.DefaultEventLoop;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** Who is present in a store, as it is told over WebSockets. */
@Timeout(60)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class PresenceTest {

    private static final AtomicInteger STORES = new AtomicInteger();

    private final EntriesServer server = EntriesServer.start();
    private final List<PhoenixClient> clients = new ArrayList<>();
    private final DefaultEventLoop eventLoop = new DefaultEventLoop();

    @AfterEach
    void disconnect() throws IOException {
        for (PhoenixClient client : clients) {
            client.close();
        }
        clients.clear();
    }

    @AfterAll
    void stop() {
        server.close();
        var _ = eventLoop.shutdownGracefully();
    }

    private PhoenixClient client(String device) {
        PhoenixClient client = PhoenixClient.connect(server.server, device);
        clients.add(client);
        return client;
    }

    private static String topic() {
        return "store:acme/presence-" + STORES.incrementAndGet();
    }

    /** Joins with presence and gives who was there. */
    private static JsonNode enter(PhoenixClient client, String topic, String presence) {
        Message reply = client.join(topic, "{'last_store_seq':0,'presence':" + presence + "}");
        assertThat(reply.status()).isEqualTo("ok");
        Message state = client.await("presence_state");
        assertThat(state.joinRef()).isEqualTo(reply.joinRef());
        return state.payload();
    }

    private static JsonNode difference(PhoenixClient client) {
        return client.await("presence_diff").payload();
    }

    @Test
    void who_comes_is_told_who_is_there_itself_included() {
        String topic = topic();
        JsonNode alone = enter(client("a"), topic, "true");
        assertThat(alone.propertyNames()).containsExactly("a");
        JsonNode meta = alone.at("/a/metas/0");
        assertThat(meta.propertyNames()).containsExactly("phx_ref", "online_at", "device_id");
        assertThat(meta.at("/online_at").asLong()).isPositive();
        assertThat(meta.at("/device_id").asString()).isEqualTo("a");
        JsonNode both = enter(client("b"), topic, "{'meta':{'name':'Bea'}}");
        assertThat(both.propertyNames()).containsExactly("a", "b");
        assertThat(both.at("/a/metas/0")).isEqualTo(meta);
        assertThat(both.at("/b/metas/0/meta/name").asString()).isEqualTo("Bea");
    }

    @Test
    void those_who_are_there_are_told_who_comes_and_goes() throws Exception {
        String topic = topic();
        PhoenixClient watcher = client("a");
        enter(watcher, topic, "true");
        PhoenixClient other = client("b");
        JsonNode state = enter(other, topic, "{'meta':{'name':'Bea'}}");
        JsonNode came = difference(watcher);
        assertThat(came.at("/joins/b")).isEqualTo(state.at("/b"));
        assertThat(came.at("/leaves").isEmpty()).isTrue();
        other.close();
        JsonNode gone = difference(watcher);
        assertThat(gone.at("/joins").isEmpty()).isTrue();
        assertThat(gone.at("/leaves/b")).isEqualTo(state.at("/b"));
    }

    @Test
    void a_device_is_there_until_its_last_socket_is_gone() throws Exception {
        String topic = topic();
        PhoenixClient watcher = client("a");
        enter(watcher, topic, "true");
        PhoenixClient first = client("b");
        String firstRef = enter(first, topic, "true").at("/b/metas/0/phx_ref").asString();
        difference(watcher);
        JsonNode state = enter(client("b"), topic, "true");
        assertThat(state.at("/b/metas").size()).isEqualTo(2);
        assertThat(difference(watcher).at("/joins/b/metas").size()).isEqualTo(1);
        first.close();
        JsonNode left = difference(watcher);
        assertThat(left.at("/leaves/b/metas").size()).isEqualTo(1);
        assertThat(left.at("/leaves/b/metas/0/phx_ref").asString()).isEqualTo(firstRef);
    }

    @Test
    void a_channel_that_leaves_is_gone_although_its_socket_stays() {
        String topic = topic();
        PhoenixClient watcher = client("a");
        enter(watcher, topic, "true");
        PhoenixClient other = client("b");
        enter(other, topic, "true");
        difference(watcher);
        other.push(null, topic, "phx_leave", "{}");
        assertThat(difference(watcher).at("/leaves").propertyNames()).containsExactly("b");
    }

    @Test
    void a_channel_that_joins_again_is_another_one() {
        String topic = topic();
        PhoenixClient watcher = client("a");
        enter(watcher, topic, "true");
        PhoenixClient other = client("b");
        String before = enter(other, topic, "true").at("/b/metas/0/phx_ref").asString();
        difference(watcher);
        String now = enter(other, topic, "true").at("/b/metas/0/phx_ref").asString();
        assertThat(now).isNotEqualTo(before);
        JsonNode change = difference(watcher);
        assertThat(change.at("/joins/b/metas/0/phx_ref").asString()).isEqualTo(now);
        assertThat(change.at("/leaves/b/metas/0/phx_ref").asString()).isEqualTo(before);
    }

    @Test
    void a_client_that_does_not_ask_is_neither_seen_nor_told() {
        String topic = topic();
        PhoenixClient silent = client("silent");
        silent.joined(topic);
        PhoenixClient other = client("b");
        assertThat(enter(other, topic, "true").propertyNames()).containsExactly("b");
        enter(client("c"), topic, "true");
        difference(other);
        assertThat(silent.quiet()).isTrue();
        assertThat(enter(silent, topic, "true").propertyNames()).containsExactly("b", "c", "silent");
    }

    @Test
    void stores_do_not_know_of_each_other() {
        PhoenixClient one = client("a");
        enter(one, topic(), "true");
        enter(client("b"), topic(), "true");
        PhoenixClient two = client("c");
        assertThat(enter(two, topic(), "true").propertyNames()).containsExactly("c");
        one.await("catch_up_complete");
        assertThat(one.quiet()).isTrue();
    }

    @Test
    void a_store_that_is_archived_has_nobody_any_more() {
        String topic = topic();
        PhoenixClient client = client("a");
        enter(client, topic, "true");
        server.entries.archiveStore(topic.substring("store:".length())).join();
        client.await("phx_close");
        assertThat(enter(client("b"), topic, "true").propertyNames()).containsExactly("b");
    }

    @Test
    void a_socket_that_answers_no_ping_is_gone() throws Exception {
        try (EntriesServer impatient =
                EntriesServer.start(builder -> builder.limits(new Limits().socketIdle(Duration.ofSeconds(4))))) {
            String topic = topic();
            PhoenixClient watcher = PhoenixClient.connect(impatient.server, "a");
            clients.add(watcher);
            enter(watcher, topic, "true");
            try (RawSocket deaf = RawSocket.open(impatient.server)) {
                deaf.text("[\"1\",\"1\",\"" + topic + "\",\"phx_join\",{\"last_store_seq\":0,\"presence\":true}]");
                JsonNode came = difference(watcher).at("/joins");
                assertThat(came.propertyNames()).hasSize(1);
                // It neither reads nor answers from here on, but its connection stays open.
                assertThat(difference(watcher).at("/leaves")).isEqualTo(came);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"1", "'yes'", "[]", "{'meta':1}", "{'meta':'x'}", "{'meta':{'long':'LONG'}}"})
    void what_makes_no_sense_is_refused(String presence) {
        Message reply = client("a")
                .join(topic(), "{'last_store_seq':0,'presence':" + presence.replace("LONG", "x".repeat(1_024)) + "}");
        assertThat(reply.status()).isEqualTo("error");
        assertThat(reply.payload().at("/response/reason").asString()).isEqualTo("invalid_presence");
    }

    @ParameterizedTest
    @ValueSource(strings = {"false", "null"})
    void presence_may_be_declined(String presence) {
        PhoenixClient client = client("a");
        assertThat(client.join(topic(), "{'last_store_seq':0,'presence':" + presence + "}")
                        .status())
                .isEqualTo("ok");
        client.await("catch_up_complete");
        assertThat(client.quiet()).isTrue();
    }

    // ---- what a store remembers ----

    private record Someone(String ref, String deviceId, Loop loop) implements StorePresence.Present {

        @Override
        public EntryValue meta() {
            return new EntryValue.Fields(Map.of("phx_ref", EntryValue.of(ref)));
        }

        @Override
        public void told() {}
    }

    private final Loop loop = new Loop(eventLoop, Loop.Kind.LIVE, null, new SystemClock());

    private Someone someone(int number) {
        return new Someone("ref-" + number, "dev-" + number, loop);
    }

    private static String text(StorePresence.Update update) {
        PresenceMessage message = update.message();
        return message == null
                ? "nothing"
                : message.event + " " + new String(message.payload(PhoenixJson.CODEC), StandardCharsets.UTF_8);
    }

    @Test
    void who_comes_and_goes_between_two_messages_is_not_told() {
        StorePresence store = new StorePresence();
        store.add(someone(1));
        long known = store.since(StorePresence.NOTHING).through();
        store.add(someone(2));
        store.remove(someone(2));
        assertThat(text(store.since(known))).isEqualTo("nothing");
        store.add(someone(3));
        store.remove(someone(1));
        assertThat(text(store.since(known)))
                .isEqualTo("presence_diff {\"joins\":{\"dev-3\":{\"metas\":[{\"phx_ref\":\"ref-3\"}]}},"
                        + "\"leaves\":{\"dev-1\":{\"metas\":[{\"phx_ref\":\"ref-1\"}]}}}");
        assertThat(text(store.since(store.since(known).through()))).isEqualTo("nothing");
    }

    @Test
    void one_that_was_not_told_for_long_is_told_everything() {
        StorePresence store = new StorePresence();
        store.add(someone(0));
        long known = store.since(StorePresence.NOTHING).through();
        for (int i = 1; i <= 1_000; i++) {
            store.add(someone(i % 10 + 1));
            store.remove(someone(i % 10 + 1));
        }
        assertThat(text(store.since(known))).isEqualTo("nothing");
        store.add(someone(5));
        assertThat(text(store.since(known)))
                .isEqualTo("presence_state {\"dev-0\":{\"metas\":[{\"phx_ref\":\"ref-0\"}]},"
                        + "\"dev-5\":{\"metas\":[{\"phx_ref\":\"ref-5\"}]}}");
    }

    @Test
    void there_is_an_end_to_how_many_are_present() {
        StorePresence store = new StorePresence();
        for (int i = 0; i < StorePresence.MAX_PRESENT; i++) {
            store.add(someone(i));
        }
        assertThatThrownBy(() -> store.add(someone(-1))).isInstanceOf(PushProblem.class);
        store.remove(someone(0));
        store.add(someone(-1));
    }
}
