package dev.varve.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.varve.api.EntryOp;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryStorage;
import dev.varve.api.EntryValue;
import dev.varve.api.EntryWrite;
import dev.varve.api.EntryWriteResult;
import dev.varve.server.PhoenixClient.Message;
import dev.varve.testkit.ForwardingEntryStorage;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.msgpack.core.MessageBufferPacker;
import org.msgpack.core.MessagePack;
import org.msgpack.core.MessagePacker;
import org.msgpack.core.MessageUnpacker;
import tools.jackson.databind.JsonNode;

/** Stores over Phoenix Channels, as clients of the protocol depend on it. */
@Timeout(60)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class EntriesSocketTest {

    private static final AtomicInteger STORES = new AtomicInteger();

    private final EntriesServer server = EntriesServer.start();
    private PhoenixClient client = PhoenixClient.connect(server.server);
    private String store = "";
    private String topic = "";

    @BeforeEach
    void connect() throws IOException {
        client.close();
        client = PhoenixClient.connect(server.server);
        store = "acme/store-" + STORES.incrementAndGet();
        topic = "store:" + store;
    }

    @AfterEach
    void disconnect() throws IOException {
        client.close();
    }

    @AfterAll
    void stop() {
        server.close();
    }

    private static JsonNode json(String singleQuoted) {
        return PhoenixClient.JSON.readTree(singleQuoted.replace('\'', '"'));
    }

    private Message write(String join, String payload) {
        return client.push(join, topic, "write", payload);
    }

    private long seq(Message reply) {
        assertThat(reply.status()).as("%s", reply).isEqualTo("ok");
        return reply.response().get("store_seq").asLong();
    }

    /** The next event, which must be next. */
    private JsonNode event() {
        Message message = client.next();
        assertThat(message.event()).as("%s", message).isEqualTo("event");
        return message.payload();
    }

    // ---- joining ----

    @Test
    void a_join_is_answered_with_what_clients_build_their_status_from() {
        Message reply = client.join(topic, "{'last_store_seq':0}");
        assertThat(reply.status()).isEqualTo("ok");
        assertThat(reply.joinRef()).isEqualTo("1");
        assertThat(reply.ref()).isEqualTo("1");
        JsonNode response = reply.response();
        assertThat(response.get("store_seq")).isEqualTo(json("0"));
        assertThat(response.get("capver")).isEqualTo(json("3"));
        assertThat(response.get("capver_min")).isEqualTo(json("3"));
        assertThat(response.get("permissions")).isEqualTo(json("{'read':true,'write':true}"));
        assertThat(response.get("scopes").toString()).contains("entries:read", "entries:write");
        assertThat(response.get("store_access")).isEqualTo(json("{'mode':'all','store_ids':[]}"));
        Message complete = client.next();
        assertThat(complete.event()).isEqualTo("catch_up_complete");
        assertThat(complete.joinRef()).isEqualTo("1");
        assertThat(complete.ref()).isNull();
        assertThat(complete.payload()).isEqualTo(json("{'through_seq':0}"));
    }

    @Test
    void a_join_creates_a_store_that_is_not_there() {
        client.joined(topic);
        assertThat(server.entries.store(store)).isPresent();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "[]",
                "null",
                "{'last_store_seq':null}",
                "{'last_store_seq':'1'}",
                "{'last_store_seq':-1}",
                "{'last_store_seq':1.5}"
            })
    void a_join_without_a_position_crashes(String payload) {
        Message reply = client.join(topic, payload);
        assertThat(reply.status()).isEqualTo("error");
        assertThat(reply.response()).isEqualTo(json("{'reason':'join crashed'}"));
        assertThat(client.push("1", topic, "status", "{}").response()).isEqualTo(json("{'reason':'unmatched topic'}"));
    }

    @ParameterizedTest
    @CsvSource({
        "store:00000000-0000-4000-8000-000000000000, unauthorized",
        "store:Acme/reading, unauthorized",
        "store:acme/, unauthorized",
        "store:acme, unauthorized",
        "store:, unauthorized",
        "room:acme/reading, unmatched topic",
        "phoenix, unmatched topic"
    })
    void a_topic_that_is_no_store_is_refused(String wrong, String reason) {
        Message reply = client.join(wrong, "{'last_store_seq':0}");
        assertThat(reply.status()).isEqualTo("error");
        assertThat(reply.response().get("reason").asString()).isEqualTo(reason);
    }

    @Test
    void what_was_written_before_is_replayed_with_its_values_as_of_then() {
        server.write(store, EntryOp.of(EntryOp.Kind.INCREMENT, EntryPath.parse("n"), EntryValue.of(5)));
        server.write(store, EntryOp.of(EntryOp.Kind.INCREMENT, EntryPath.parse("n"), EntryValue.of(3)));
        Message reply = client.join(topic, "{'last_store_seq':0}");
        assertThat(reply.response().get("store_seq")).isEqualTo(json("2"));
        Message first = client.next();
        assertThat(first.joinRef()).isEqualTo("1");
        assertThat(first.ref()).isNull();
        assertThat(first.payload())
                .isEqualTo(json("{'store_seq':1,'op':'increment','path':'n','path_segments':['n'],'value':5,"
                        + "'device_id':'test','client_op_id':'op'}"));
        assertThat(event().get("value")).isEqualTo(json("8"));
        assertThat(client.next().payload()).isEqualTo(json("{'through_seq':2}"));
        assertThat(server.get(store, "n").orElseThrow().value()).isEqualTo(EntryValue.of(8));
    }

    @Test
    void a_join_goes_on_after_the_position_it_names() {
        for (int i = 1; i <= 5; i++) {
            server.set(store, "n", EntryValue.of(i));
        }
        client.join(topic, "{'last_store_seq':3}");
        assertThat(event().get("store_seq")).isEqualTo(json("4"));
        assertThat(event().get("store_seq")).isEqualTo(json("5"));
        assertThat(client.next().payload()).isEqualTo(json("{'through_seq':5}"));
    }

    @Test
    void a_join_at_the_end_is_told_at_once_that_it_is_there() {
        server.set(store, "n", EntryValue.of(1));
        client.join(topic, "{'last_store_seq':1}");
        Message complete = client.next();
        assertThat(complete.event()).isEqualTo("catch_up_complete");
        assertThat(complete.payload()).isEqualTo(json("{'through_seq':1}"));
    }

    @Test
    void a_second_join_of_a_topic_closes_the_first() {
        String first = client.joined(topic);
        Message second = client.join(topic, "{'last_store_seq':0}");
        Message closed = client.await("phx_close");
        assertThat(closed.joinRef()).isEqualTo(first);
        assertThat(closed.ref()).isEqualTo(first);
        client.await("catch_up_complete");
        seq(write(String.valueOf(second.joinRef()), "{'op':'set','path':'a','value':1}"));
        assertThat(event().get("store_seq")).isEqualTo(json("1"));
        assertThat(client.quiet()).isTrue();
    }

    @Test
    void a_client_that_leaves_gets_nothing_more_and_can_join_again() {
        String join = client.joined(topic);
        Message left = client.push(join, topic, "phx_leave", "{}");
        assertThat(left.status()).isEqualTo("ok");
        Message closed = client.next();
        assertThat(closed.event()).isEqualTo("phx_close");
        assertThat(closed.ref()).isEqualTo(join);
        server.set(store, "a", EntryValue.of(1));
        assertThat(write(join, "{'op':'set','path':'a','value':1}").response())
                .isEqualTo(json("{'reason':'unmatched topic'}"));
        assertThat(client.quiet()).isTrue();
        client.join(topic, "{'last_store_seq':0}");
        assertThat(event().get("store_seq")).isEqualTo(json("1"));
    }

    @Test
    void leaving_what_was_not_joined_is_fine() {
        assertThat(client.push("1", topic, "phx_leave", "{}").status()).isEqualTo("ok");
    }

    @ParameterizedTest
    @CsvSource({"nonsense, {}", "write, []", "write, 5", "ack_seq, {}", "batch, null"})
    void an_event_that_is_not_known_kills_the_channel_and_the_client_can_join_again(String event, String payload) {
        String join = client.joined(topic);
        client.send(join, topic, event, payload);
        Message error = client.next();
        assertThat(error.event()).isEqualTo("phx_error");
        assertThat(error.joinRef()).isEqualTo(join);
        assertThat(error.ref()).isEqualTo(join);
        assertThat(error.payload()).isEqualTo(json("{}"));
        client.joined(topic);
    }

    @Test
    void a_heartbeat_is_answered() {
        Message reply = client.push(null, "phoenix", "heartbeat", "{}");
        assertThat(reply.joinRef()).isNull();
        assertThat(reply.topic()).isEqualTo("phoenix");
        assertThat(reply.payload()).isEqualTo(json("{'status':'ok','response':{}}"));
    }

    @Test
    void messages_that_follow_a_join_without_waiting_are_handled_after_it() {
        client.send("1", topic, "phx_join", "{'last_store_seq':0}");
        String ref = client.send("1", topic, "write", "{'op':'set','path':'a','value':1}");
        assertThat(seq(client.reply(ref))).isEqualTo(1);
    }

    @Test
    void one_socket_joins_as_many_stores_as_it_may() throws Exception {
        try (EntriesServer small = EntriesServer.start(builder -> builder.limits(new Limits().socketChannels(2)));
                PhoenixClient other = PhoenixClient.connect(small.server)) {
            other.joined("store:a/1");
            other.joined("store:a/2");
            assertThat(other.join("store:a/3", "{'last_store_seq':0}")
                            .response()
                            .get("reason")
                            .asString())
                    .isEqualTo("limit_exceeded");
            other.push(null, "store:a/1", "phx_leave", "{}");
            other.await("phx_close");
            other.joined("store:a/3");
        }
    }

    // ---- live changes ----

    @Test
    void a_write_is_told_before_it_is_answered() {
        String join = client.joined(topic);
        String ref =
                client.send(join, topic, "write", "{'op':'set','path':'a/b~1c','value':'hello','client_op_id':'op1'}");
        Message event = client.next();
        assertThat(event.joinRef()).isNull();
        assertThat(event.ref()).isNull();
        assertThat(event.topic()).isEqualTo(topic);
        assertThat(event.event()).isEqualTo("event");
        assertThat(event.payload())
                .isEqualTo(json("{'store_seq':1,'op':'set','path':'a/b~1c','path_segments':['a','b/c'],'value':'hello',"
                        + "'device_id':'dev_test','client_op_id':'op1'}"));
        Message reply = client.next();
        assertThat(reply.ref()).isEqualTo(ref);
        assertThat(reply.payload()).isEqualTo(json("{'status':'ok','response':{'store_seq':1}}"));
    }

    @Test
    void every_op_is_told_with_its_value_as_of_then() {
        String join = client.joined(topic);
        String[][] ops = {
            {"{'op':'set','path':'m','value':{'x':1,'y':{'z':[1,2]}}}", "set", "{'x':1,'y':{'z':[1,2]}}"},
            {"{'op':'merge','path':'m','value':{'x':2}}", "merge", "{'x':2}"},
            {"{'op':'increment','path':'n','value':5}", "increment", "5"},
            {"{'op':'increment','path':'n','value':3}", "increment", "8"},
            {"{'op':'add','path':'s','value':'a'}", "add", "['a']"},
            {"{'op':'add','path':'s','value':'b'}", "add", "['b','a']"},
            {"{'op':'remove','path':'s','value':'a'}", "remove", "['b']"},
            {
                "{'op':'set','path':'d','value':{'_type':'decimal','_typed':'1.50'}}",
                "set",
                "{'_type':'decimal','_typed':'1.50'}"
            },
            {"{'op':'set','path':'nothing'}", "set", "null"},
            {"{'op':'delete','path':'m'}", "delete", "null"},
            {"{'op':'delete','path':'never'}", "delete", "null"},
        };
        for (int i = 0; i < ops.length; i++) {
            assertThat(seq(write(join, ops[i][0]))).isEqualTo(i + 1);
            JsonNode event = event();
            assertThat(event.get("store_seq").asLong()).isEqualTo(i + 1);
            assertThat(event.get("op").asString()).isEqualTo(ops[i][1]);
            assertThat(event.get("value")).isEqualTo(json(ops[i][2]));
        }
    }

    @Test
    void every_member_gets_every_change_once_by_name_and_by_id() throws Exception {
        server.set(store, "before", EntryValue.of(0));
        String byId = "store:" + server.entries.store(store).orElseThrow().id();
        try (PhoenixClient other = PhoenixClient.connect(server.server, "dev_other")) {
            String mine = client.joined(topic);
            other.join(byId, "{'last_store_seq':1}");
            other.await("catch_up_complete");
            client.await("event");
            server.set(store, "a", EntryValue.of(1));
            write(mine, "{'op':'set','path':'b','value':2}");
            server.write(
                    store, EntryOp.set(EntryPath.parse("c"), EntryValue.of(3)), EntryOp.delete(EntryPath.parse("a")));
            for (PhoenixClient each : List.of(client, other)) {
                for (long seq = 2; seq <= 5; seq++) {
                    Message event = each.await("event");
                    assertThat(event.payload().get("store_seq").asLong()).isEqualTo(seq);
                    assertThat(event.topic()).isEqualTo(each == client ? topic : byId);
                }
                assertThat(each.quiet()).isTrue();
            }
        }
    }

    @Test
    void whoever_joins_while_others_write_gets_every_change_in_order() throws Exception {
        int changes = 4_000;
        server.set(store, "n", EntryValue.of(0));
        Thread writer = Thread.ofVirtual().start(() -> {
            for (int i = 1; i < changes; i++) {
                server.set(store, "n", EntryValue.of(i));
            }
        });
        List<PhoenixClient> clients = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            Thread.sleep(ThreadLocalRandom.current().nextInt(20));
            PhoenixClient joining = PhoenixClient.connect(server.server);
            clients.add(joining);
            joining.send("1", topic, "phx_join", "{'last_store_seq':0}");
        }
        for (PhoenixClient each : clients) {
            long complete = -1;
            long seq = 0;
            while (seq < changes || complete < 0) {
                Message message = each.next();
                if (message.event().equals("event")) {
                    assertThat(message.payload().get("store_seq").asLong()).isEqualTo(++seq);
                    assertThat(message.joinRef() == null).isEqualTo(complete >= 0);
                } else if (message.event().equals("catch_up_complete")) {
                    complete = message.payload().get("through_seq").asLong();
                    assertThat(complete).isEqualTo(seq);
                }
            }
            each.close();
        }
        writer.join();
    }

    @Test
    void a_reader_that_does_not_read_holds_nobody_up_and_misses_nothing() throws Exception {
        int changes = 400;
        String large = "x".repeat(20_000);
        server.set(store, "first", EntryValue.of(1));
        String fast = client.joined(topic);
        client.await("event");
        try (RawSocket slow = RawSocket.open(RawConnection.open(server.server.port(), 8 * 1024), "2.0.0")) {
            slow.text("[\"1\",\"1\",\"" + topic + "\",\"phx_join\",{\"last_store_seq\":1}]");
            assertThat(slow.read().text()).contains("\"status\":\"ok\"");
            assertThat(slow.read().text()).contains("catch_up_complete");
            for (int i = 0; i < changes; i++) {
                assertThat(seq(write(fast, "{'op':'set','path':'p','value':'" + large + "'}")))
                        .isEqualTo(i + 2);
            }
            for (int i = 0; i < changes; i++) {
                assertThat(PhoenixClient.JSON
                                .readTree(slow.read().text())
                                .get(4)
                                .get("store_seq")
                                .asLong())
                        .isEqualTo(i + 2);
            }
        }
    }

    @Test
    void what_is_written_while_the_writer_still_catches_up_is_told_to_others_at_once() throws Exception {
        int backlog = 2_000;
        for (int i = 0; i < backlog; i++) {
            server.set(store, "n", EntryValue.of(i));
        }
        client.join(topic, "{'last_store_seq':" + backlog + "}");
        client.await("catch_up_complete");
        for (int round = 1; round <= 20; round++) {
            try (PhoenixClient behind = PhoenixClient.connect(server.server)) {
                behind.send("1", topic, "phx_join", "{'last_store_seq':0}");
                String ref = behind.send("1", topic, "write", "{'op':'set','path':'by/behind','value':1}");
                assertThat(client.await("event").payload().get("store_seq").asInt())
                        .isEqualTo(backlog + round);
                assertThat(seq(behind.reply(ref))).isEqualTo(backlog + round);
            }
        }
    }

    @Test
    void many_members_of_one_loop_are_all_told() throws Exception {
        int members = 600;
        List<RawSocket> sockets = new ArrayList<>();
        try {
            for (int i = 0; i < members; i++) {
                RawSocket socket = RawSocket.open(server.server);
                sockets.add(socket);
                socket.text("[\"1\",\"1\",\"" + topic + "\",\"phx_join\",{\"last_store_seq\":0}]");
                assertThat(socket.read().text()).contains("\"status\":\"ok\"");
                assertThat(socket.read().text()).contains("catch_up_complete");
            }
            for (int i = 0; i < 300; i++) {
                server.set(store, "n", EntryValue.of(i));
            }
            for (RawSocket socket : sockets) {
                for (int i = 0; i < 300; i++) {
                    assertThat(socket.read().text()).contains("\"store_seq\":" + (i + 1) + ",");
                }
            }
        } finally {
            for (RawSocket socket : sockets) {
                socket.close();
            }
        }
    }

    @Test
    void a_store_that_is_archived_closes_its_channels_and_takes_no_writes() {
        String join = client.joined(topic);
        write(join, "{'op':'set','path':'a','value':1}");
        server.entries.archiveStore(store).join();
        assertThat(client.await("phx_close").joinRef()).isEqualTo(join);
        String again = client.joined(topic);
        assertThat(write(again, "{'op':'set','path':'a','value':2}").response())
                .isEqualTo(json("{'reason':'store_archived'}"));
        String upToDate =
                String.valueOf(client.join(topic, "{'last_store_seq':1}").joinRef());
        client.await("catch_up_complete");
        for (int i = 0; i < 3; i++) {
            assertThat(write(upToDate, "{'op':'set','path':'a','value':2}").response())
                    .as("the channel stays, also of one who knows everything")
                    .isEqualTo(json("{'reason':'store_archived'}"));
        }
    }

    @Test
    void a_store_that_is_deleted_closes_its_channels() {
        String join = client.joined(topic);
        write(join, "{'op':'set','path':'a','value':1}");
        server.entries.deleteStore(store).join();
        assertThat(client.await("phx_close").joinRef()).isEqualTo(join);
        assertThat(client.join(topic, "{'last_store_seq':0}").response().get("store_seq"))
                .isEqualTo(json("0"));
    }

    // ---- writes ----

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{'path':'a'} | invalid op",
                "{'op':5,'path':'a'} | invalid op",
                "{'op':'shout','path':'a'} | invalid op",
                "{'op':'check','path':'a'} | invalid op",
                "{'op':'set','value':1} | missing_path",
                "{'op':'set','path':''} | empty_path",
                "{'op':'set','path_segments':[]} | empty_path",
                "{'op':'set','path':'/a'} | empty_segment",
                "{'op':'set','path':'a//b'} | empty_segment",
                "{'op':'set','path_segments':['a','']} | empty_segment",
                "{'op':'set','path':'a~2'} | invalid_escape",
                "{'op':'set','path':5} | not_a_string",
                "{'op':'set','path_segments':['a',5]} | not_a_string",
                "{'op':'set','path_segments':'a'} | not_a_list",
                "{'op':'merge','path':'a','value':5} | merge_requires_map_value",
                "{'op':'merge','path':'a'} | merge_requires_map_value",
                "{'op':'increment','path':'a','value':'x'} | increment_requires_number_value",
                "{'op':'increment','path':'a'} | increment_requires_number_value",
                "{'op':'increment','path':'text','value':1} | increment_requires_number_value",
                "{'op':'add','path':'a'} | add_requires_value",
                "{'op':'remove','path':'a','value':null} | remove_requires_value",
                "{'op':'set','path':'a','value':1,'if_match':0} | invalid_precondition",
                "{'op':'set','path':'a','value':1,'if_match':'1'} | invalid_precondition",
                "{'op':'set','path':'a','value':1,'if_match':1.5} | invalid_precondition",
                "{'op':'set','path':'a','value':1,'if_absent':1} | invalid_precondition",
                "{'op':'set','path':'a','value':1,'if_match':1,'if_absent':true} | invalid_precondition",
                "{'op':'set','path':'a','value':{'x':1},'if_absent':true} | if_absent_multi_leaf",
                "{'op':'set','path':'a','value':1,'fence':5} | invalid_precondition",
                "{'op':'set','path':'a','value':1,'fence':{'key':'k'}} | invalid_precondition",
                "{'op':'set','path':'a','value':1,'fence':{'key':'','token':1}} | invalid_precondition",
                "{'op':'set','path':'a','value':1,'fence':{'key':'k','token':1}} | fenced",
                "{'op':'renew','path':'a'} | invalid_lease_op",
                "{'op':'release','path':'a'} | invalid_lease_op",
                "{'op':'lease','path':'a','ttl_ms':0} | invalid_lease_op",
                "{'op':'lease','path':'a','ttl_ms':'x'} | invalid_lease_op",
                "{'op':'lease','path':'text'} | occupied",
                "{'op':'renew','path':'a','token':1} | not_held",
                "{'op':'set','path':'a','value':1,'client_op_id':5} | invalid_client_op_id",
                "{'op':'set','path':'a','value':1,'ttl_ms':0} | invalid_ttl",
                "{'op':'set','path':'a','value':1,'ttl_ms':'5'} | invalid_ttl",
                "{'op':'increment','path':'a','value':1,'ttl_ms':5} | invalid_ttl",
                "{'op':'set','path':'a','value':{'_type':'x'}} | invalid_value",
                "{'op':'set','path':'a','value':{'':1}} | invalid_value",
                "{'op':'set','path':'a','value':1e400} | invalid_value",
                "{'op':'set','path':'a','value':9223372036854775808} | invalid_value",
                "{'op':'set','path':'a','value':{'x':1,'x':2}} | invalid_value",
                "{'op':'put_file','path':'a','value':{}} | not_supported"
            })
    void a_write_that_cannot_be_done_says_why_and_changes_nothing(String payload, String reason) {
        server.set(store, "text", EntryValue.of("x"));
        String join = client.joined(topic);
        client.await("event");
        Message reply = write(join, payload);
        assertThat(reply.status()).isEqualTo("error");
        assertThat(reply.response().get("reason").asString()).isEqualTo(reason);
        assertThat(client.quiet()).isTrue();
        assertThat(server.entries.store(store).orElseThrow().storeSeq()).isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource({"increment, if_match, if_match_unsupported_op", "delete, if_absent, if_absent_unsupported_op"})
    void a_condition_that_does_not_go_with_an_op_names_the_op(String op, String condition, String reason) {
        String join = client.joined(topic);
        String value = condition.equals("if_match") ? "1" : "true";
        assertThat(write(join, "{'op':'" + op + "','path':'a','value':1,'" + condition + "':" + value + "}")
                        .response())
                .isEqualTo(json("{'reason':'" + reason + "','op':'" + op + "'}"));
    }

    @Test
    void conflicts_tell_the_revision_that_stands_there() {
        String join = client.joined(topic);
        write(join, "{'op':'set','path':'a','value':1}");
        write(join, "{'op':'set','path':'a','value':2}");
        assertThat(write(join, "{'op':'set','path':'a','value':3,'if_match':1}").response())
                .isEqualTo(json("{'reason':'conflict','current_revision':2}"));
        assertThat(write(join, "{'op':'delete','path':'b','if_match':1}").response())
                .isEqualTo(json("{'reason':'conflict','current_revision':null}"));
        assertThat(write(join, "{'op':'set','path':'a','value':3,'if_absent':true}")
                        .response())
                .isEqualTo(json("{'reason':'exists','current_revision':2}"));
        assertThat(seq(write(join, "{'op':'set','path':'a','value':3,'if_match':2}")))
                .isEqualTo(3);
        assertThat(seq(write(join, "{'op':'set','path':'b','value':1,'if_absent':true}")))
                .isEqualTo(4);
        assertThat(seq(write(join, "{'op':'delete','path':'a','if_match':3}"))).isEqualTo(5);
    }

    @Test
    void a_record_is_compared_and_set_as_a_whole() {
        String join = client.joined(topic);
        seq(write(join, "{'op':'set','path':'links/x','value':{'title':'a','url':'b'}}"));
        seq(write(join, "{'op':'delete','path':'links/x/url'}"));
        assertThat(write(join, "{'op':'set','path':'links/x','value':{'title':'c'},'if_match':1}")
                        .response())
                .isEqualTo(json("{'reason':'conflict','current_revision':2}"));
        assertThat(seq(write(join, "{'op':'set','path':'links/x','value':{'title':'c'},'if_match':2}")))
                .isEqualTo(3);
        assertThat(write(join, "{'op':'set','path':'links/x','value':{},'if_none':true}")
                        .response()
                        .get("reason")
                        .asString())
                .isEqualTo("exists");
    }

    @Test
    void leases_are_taken_extended_given_back_and_fence() {
        String join = client.joined(topic);
        JsonNode taken = write(join, "{'op':'lease','path':'l','holder':'me','ttl_ms':60000}")
                .response();
        assertThat(taken.get("token")).isEqualTo(json("1"));
        assertThat(taken.get("store_seq")).isEqualTo(json("1"));
        assertThat(taken.get("holder")).isEqualTo(json("'me'"));
        assertThat(taken.get("expires_at").isIntegralNumber()).isTrue();
        assertThat(event().get("value").get("_type")).isEqualTo(json("'lease'"));
        assertThat(write(join, "{'op':'lease','path':'l'}").response()).isEqualTo(json("{'reason':'held'}"));
        assertThat(seq(write(join, "{'op':'set','path':'a','value':1,'fence':{'key':'l','token':1}}")))
                .isEqualTo(2);
        JsonNode renewed = write(join, "{'op':'renew','path':'l','token':1,'ttl_ms':90000}")
                .response();
        assertThat(renewed.get("token")).isEqualTo(json("1"));
        assertThat(renewed.get("expires_at").asLong())
                .isGreaterThan(taken.get("expires_at").asLong());
        assertThat(write(join, "{'op':'release','path':'l','token':9}").response())
                .isEqualTo(json("{'released':false}"));
        assertThat(seq(write(join, "{'op':'release','path':'l','token':1}"))).isEqualTo(4);
        assertThat(write(join, "{'op':'set','path':'a','value':2,'fence':{'key':'l','token':1}}")
                        .response())
                .isEqualTo(json("{'reason':'fenced'}"));
        JsonNode again = write(join, "{'op':'lease','path':'l'}").response();
        assertThat(again.get("token")).isEqualTo(json("5"));
        assertThat(again.get("holder")).isEqualTo(json("null"));
    }

    @Test
    void an_op_that_is_sent_again_is_done_once() throws Exception {
        String join = client.joined(topic);
        String increment = "{'op':'increment','path':'n','value':5,'client_op_id':'op_1'}";
        assertThat(seq(write(join, increment))).isEqualTo(1);
        assertThat(seq(write(join, "{'op':'set','path':'x','value':1,'client_op_id':'op_2'}")))
                .isEqualTo(2);
        assertThat(seq(write(join, increment))).isEqualTo(1);
        try (PhoenixClient reconnected = PhoenixClient.connect(server.server);
                PhoenixClient other = PhoenixClient.connect(server.server, "dev_other")) {
            String rejoined = reconnected.joined(topic);
            assertThat(seq(reconnected.push(rejoined, topic, "write", increment)))
                    .isEqualTo(1);
            String foreign = other.joined(topic);
            assertThat(seq(other.push(foreign, topic, "write", increment))).isEqualTo(3);
        }
        assertThat(server.get(store, "n").orElseThrow().value()).isEqualTo(EntryValue.of(10));
    }

    @Test
    void an_entry_that_expires_is_deleted_before_the_eyes_of_all() {
        String join = client.joined(topic);
        assertThat(seq(write(join, "{'op':'set','path':'a','value':1,'ttl_ms':50}")))
                .isEqualTo(1);
        event();
        JsonNode expired = event();
        assertThat(expired.get("op")).isEqualTo(json("'delete'"));
        assertThat(expired.get("path")).isEqualTo(json("'a'"));
        assertThat(expired.get("device_id")).isEqualTo(json("'system:expiry'"));
    }

    @Test
    void segments_win_over_the_written_path() {
        String join = client.joined(topic);
        write(join, "{'op':'set','path':'other','path_segments':['a/b','*'],'value':1}");
        assertThat(event().get("path").asString()).isEqualTo("a~1b/*");
    }

    @Test
    void writes_without_waiting_are_done_and_answered_in_order() {
        String join = client.joined(topic);
        List<String> refs = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            refs.add(client.send(join, topic, "write", "{'op':'increment','path':'n','value':1}"));
        }
        long told = 0;
        for (int i = 0; i < 1_000; i++) {
            Message message = client.next();
            while (message.event().equals("event")) {
                told++;
                assertThat(message.payload().get("store_seq").asLong()).isEqualTo(told);
                assertThat(message.payload().get("value").asLong()).isEqualTo(told);
                message = client.next();
            }
            assertThat(message.ref()).isEqualTo(refs.get(i));
            assertThat(seq(message)).isEqualTo(i + 1).isLessThanOrEqualTo(told);
        }
    }

    // ---- other pushes ----

    @Test
    void a_batch_is_done_as_one() {
        String join = client.joined(topic);
        Message reply = client.push(
                join,
                topic,
                "batch",
                "{'client_op_id':'b1','ops':[{'op':'set','path':'a','value':1,'if_none':true},"
                        + "{'op':'increment','path':'n','value':2},{'op':'check','path':'a','if_match':1},"
                        + "{'op':'delete','path_segments':['a']}]}");
        assertThat(seq(reply)).isEqualTo(3);
        assertThat(reply.response().get("ops"))
                .isEqualTo(json("[{'path':'a','revision':1,'store_seq':1},{'path':'n','revision':2,'store_seq':2},"
                        + "{'path':'a','revision':2,'store_seq':2},{'path':'a','revision':3,'store_seq':3}]"));
        assertThat(event().get("client_op_id").asString()).isEqualTo("b1:0");
        assertThat(event().get("client_op_id").asString()).isEqualTo("b1:1");
        assertThat(event().get("client_op_id").asString()).isEqualTo("b1:3");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{} | invalid_params | ",
                "{'ops':{}} | invalid_params | ",
                "{'ops':[]} | invalid_params | ",
                "{'ops':[5]} | invalid_params | 0",
                "{'ops':[{'op':'set','path':'a','value':1},{'op':'shout','path':'b'}]} | invalid op | 1",
                "{'ops':[{'op':'set','path':'a','value':1},{'op':'set','path':'b','value':1,'if_match':7}]} | conflict | 1",
                "{'ops':[{'op':'set','path':'a','value':1},{'op':'check','path':'a','if_none':true}]} | exists | 1"
            })
    void a_batch_that_cannot_be_done_names_the_op_and_changes_nothing(String payload, String reason, String index) {
        String join = client.joined(topic);
        JsonNode response = client.push(join, topic, "batch", payload).response();
        assertThat(response.get("reason").asString()).isEqualTo(reason);
        assertThat(response.has("op_index") ? response.get("op_index").asString() : null)
                .isEqualTo(index);
        assertThat(server.entries.store(store).orElseThrow().storeSeq()).isZero();
    }

    @Test
    void a_batch_of_too_many_ops_is_refused() {
        String join = client.joined(topic);
        String op = "{'op':'set','path':'a','value':1}";
        assertThat(client.push(join, topic, "batch", "{'ops':[" + op + ("," + op).repeat(1000) + "]}")
                        .response()
                        .get("message")
                        .asString())
                .contains("1000");
    }

    @Test
    void the_status_tells_where_the_store_is() {
        String join = client.joined(topic);
        for (int i = 0; i < 7; i++) {
            write(join, "{'op':'set','path':'p" + i + "','value':1}");
        }
        JsonNode status = client.push(join, topic, "status", "{}").response();
        assertThat(status.get("current_seq")).isEqualTo(json("7"));
        assertThat(status.get("entry_count")).isEqualTo(json("7"));
        assertThat(status.get("op_count")).isEqualTo(json("7"));
        assertThat(status.get("file_storage_bytes")).isEqualTo(json("0"));
        assertThat(status.get("recent_ops")).hasSize(5);
        assertThat(status.get("recent_ops").get(0).get("path").asString()).isEqualTo("p6");
        assertThat(status.get("recent_ops").get(0).get("inserted_at").asString())
                .startsWith("2");
        assertThat(status.get("permissions").get("write")).isEqualTo(json("true"));
        assertThat(status.get("db_size_bytes").asLong()).isPositive();
        assertThat(status.get("latest_snapshot_at")).isEqualTo(json("null"));
        server.entries.compact(store, 5).join();
        JsonNode compacted = client.push(join, topic, "status", "{}").response();
        assertThat(compacted.get("op_count")).isEqualTo(json("2"));
        assertThat(compacted.get("entry_count")).isEqualTo(json("7"));
        assertThat(compacted.get("latest_snapshot_seq")).isEqualTo(json("5"));
        assertThat(Instant.parse(compacted.get("latest_snapshot_at").asString()))
                .isEqualTo(server.entries.store(store).orElseThrow().compactedAt());
    }

    @Test
    void how_far_a_client_is_is_taken_note_of() {
        String join = client.joined(topic);
        assertThat(client.push(join, topic, "ack_seq", "{'seq':0}").payload())
                .isEqualTo(json("{'status':'ok','response':{}}"));
    }

    @Test
    void a_file_is_stored_and_told_as_a_change() {
        String join = client.joined(topic);
        String push = "{'path':'docs/a','content':'aGVsbG8=','filename':'a.txt','content_type':'text/plain',"
                + "'client_op_id':'f1'}";

        JsonNode stored = client.push(join, topic, "put_file", push).response();

        String hash = "sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
        assertThat(stored).isEqualTo(json("{'store_seq':1,'hash':'" + hash + "'}"));
        JsonNode event = client.await("event").payload();
        assertThat(event.get("op").asString()).isEqualTo("put_file");
        assertThat(event.at("/value/hash").asString()).isEqualTo(hash);
        assertThat(event.at("/value/filename").asString()).isEqualTo("a.txt");
        assertThat(event.get("client_op_id").asString()).isEqualTo("f1");
        // Sent again after a reconnect it is the same write.
        assertThat(client.push(join, topic, "put_file", push).response().get("store_seq"))
                .isEqualTo(json("1"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{'path':'a','content':'no base64!'} | invalid_base64",
                "{'path':'a','content':7} | invalid_base64",
                "{'path':'a'} | invalid_base64",
                "{'content':''} | missing_path",
                "{'path':'a//b','content':''} | empty_segment",
                "{'path':'a','content':'','filename':7} | invalid_params"
            })
    void a_file_that_makes_no_sense_is_refused(String push, String reason) {
        String join = client.joined(topic);
        assertThat(client.push(join, topic, "put_file", push)
                        .response()
                        .get("reason")
                        .asString())
                .isEqualTo(reason);
    }

    @Test
    void a_path_and_a_store_are_rolled_back_by_new_changes() {
        String join = client.joined(topic);
        write(join, "{'op':'set','path':'a','value':1}");
        write(join, "{'op':'set','path':'a','value':2}");
        write(join, "{'op':'set','path':'b','value':3}");
        for (int i = 0; i < 3; i++) {
            event();
        }
        assertThat(client.push(join, topic, "rollback", "{'path':'a','to_seq':1}")
                        .response())
                .isEqualTo(json("{'store_seq':4}"));
        JsonNode event = event();
        assertThat(event.get("value")).isEqualTo(json("1"));
        assertThat(event.get("device_id")).isEqualTo(json("'system:rollback'"));
        assertThat(client.push(join, topic, "rollback", "{'path_segments':['a'],'to_seq':1}")
                        .response())
                .isEqualTo(json("{'store_seq':4,'noop':true}"));
        assertThat(client.push(join, topic, "rollback", "{'to_seq':2}").response())
                .isEqualTo(json("{'ops_written':2}"));
        assertThat(event().get("store_seq")).isEqualTo(json("5"));
        assertThat(event().get("store_seq")).isEqualTo(json("6"));
        assertThat(server.get(store, "a").orElseThrow().value()).isEqualTo(EntryValue.of(2));
        assertThat(server.get(store, "b")).isEmpty();
        server.entries.compact(store, 5).join();
        assertThat(client.push(join, topic, "rollback", "{'to_seq':2}")
                        .response()
                        .get("reason"))
                .isEqualTo(json("'beyond_retention'"));
    }

    // ---- snapshots ----

    private void compacted() {
        server.write(
                store,
                EntryOp.set(EntryPath.parse("links/x"), object("title", EntryValue.of("a"))),
                EntryOp.set(EntryPath.parse("links/y"), object("title", EntryValue.of("b"))),
                EntryOp.set(EntryPath.parse("n"), EntryValue.of(1)),
                EntryOp.set(EntryPath.parse("d"), decimal()),
                EntryOp.set(EntryPath.parse("n"), EntryValue.of(2)));
        server.entries.compact(store, 4).join();
    }

    private static EntryValue object(String name, EntryValue value) {
        return new EntryValue.Fields(Map.of(name, value));
    }

    private static EntryValue decimal() {
        Map<String, EntryValue> fields = new LinkedHashMap<>();
        fields.put("_typed", EntryValue.of("1.50"));
        fields.put("_type", EntryValue.of("decimal"));
        return new EntryValue.Fields(fields);
    }

    @Test
    void who_lacks_what_is_compacted_gets_a_snapshot_and_then_goes_on() {
        compacted();
        String join = String.valueOf(client.join(topic, "{'last_store_seq':2}").joinRef());
        Message snapshot = client.next();
        assertThat(snapshot.event()).isEqualTo("snapshot");
        assertThat(snapshot.joinRef()).isEqualTo("1");
        assertThat(snapshot.payload())
                .isEqualTo(json("{'snapshot_seq':5,'entries':{"
                        + "'d':{'value':{'_typed':'1.50','_type':'decimal'},'type':'decimal'},"
                        + "'links/x/title':{'value':'a','type':'string'},"
                        + "'links/y/title':{'value':'b','type':'string'},"
                        + "'n':{'value':2,'type':'integer'}}}"));
        assertThat(client.next().payload()).isEqualTo(json("{'through_seq':5}"));
        assertThat(seq(write(join, "{'op':'set','path':'a','value':1}"))).isEqualTo(6);
        assertThat(event().get("store_seq")).isEqualTo(json("6"));
    }

    @Test
    void who_lacks_nothing_that_is_compacted_gets_no_snapshot() {
        compacted();
        client.join(topic, "{'last_store_seq':4}");
        assertThat(event().get("store_seq")).isEqualTo(json("5"));
    }

    @Test
    void who_is_ahead_of_the_store_gets_a_snapshot() {
        server.set(store, "a", EntryValue.of(1));
        client.join(topic, "{'last_store_seq':77}");
        Message snapshot = client.next();
        assertThat(snapshot.payload())
                .isEqualTo(json("{'snapshot_seq':1,'entries':{'a':{'value':1,'type':'integer'}}}"));
        assertThat(client.next().payload()).isEqualTo(json("{'through_seq':1}"));
    }

    @Test
    void a_snapshot_holds_the_paths_of_the_join_each_once() {
        compacted();
        client.join(topic, "{'last_store_seq':0,'paths':['links/**','links/x/*','n']}");
        assertThat(client.next().payload().get("entries").propertyNames())
                .containsExactly("links/x/title", "links/y/title", "n");
    }

    @Test
    void a_snapshot_that_does_not_fit_into_a_message_is_refused_unless_it_may_come_in_parts() throws Exception {
        int entries = 2_500;
        try (EntriesServer small =
                        EntriesServer.start(builder -> builder.limits(new Limits().socketMessageBytes(64 * 1024)));
                PhoenixClient one = PhoenixClient.connect(small.server)) {
            for (int i = 0; i < entries; i++) {
                small.set(store, "p" + i, EntryValue.of("x".repeat(500)));
            }
            small.entries.compact(store, entries).join();
            JsonNode refused = one.join(topic, "{'last_store_seq':0}").response();
            assertThat(refused.get("reason")).isEqualTo(json("'snapshot_too_large'"));
            assertThat(refused.get("limit")).isEqualTo(json("65536"));
            assertThat(one.join(topic, "{'last_store_seq':0,'paths':['p1','p2']}")
                            .status())
                    .isEqualTo("ok");
            assertThat(one.next().payload().get("entries")).hasSize(2);
            one.push("2", topic, "phx_leave", "{}");
            assertThat(one.join(topic, "{'last_store_seq':0,'chunked':true}").status())
                    .isEqualTo("ok");
            Set<String> paths = new HashSet<>();
            for (int part = 1; ; part++) {
                JsonNode payload = one.await("snapshot").payload();
                assertThat(payload.get("part").asInt()).isEqualTo(part);
                assertThat(payload.get("snapshot_seq").asInt()).isEqualTo(entries);
                paths.addAll(payload.get("entries").propertyNames());
                if (payload.get("last").asBoolean()) {
                    assertThat(part).isGreaterThan(4);
                    break;
                }
            }
            assertThat(paths).hasSize(entries);
            assertThat(one.await("catch_up_complete").payload()).isEqualTo(json("{'through_seq':" + entries + "}"));
        }
    }

    @Test
    void a_snapshot_takes_memory_by_its_size_so_many_small_ones_are_read_at_once_and_no_large_one() throws Exception {
        try (EntriesServer small =
                        EntriesServer.start(builder -> builder.limits(new Limits().inFlightBodyBytes(300 * 1024)));
                PhoenixClient one = PhoenixClient.connect(small.server)) {
            small.set(store, "small", EntryValue.of(1));
            small.set(store, "large", EntryValue.of("x".repeat(100 * 1024)));
            assertThat(one.join(topic, "{'last_store_seq':9}").status()).isEqualTo("ok");
            try (PhoenixClient other = PhoenixClient.connect(small.server)) {
                small.set(store, "large", EntryValue.of("x".repeat(280 * 1024)));
                assertThat(other.join(topic, "{'last_store_seq':9}").response().get("reason"))
                        .isEqualTo(json("'overloaded'"));
                assertThat(other.join(topic, "{'last_store_seq':9,'paths':['small']}")
                                .status())
                        .isEqualTo("ok");
            }
        }
    }

    @Test
    void a_reader_whose_next_change_is_compacted_meanwhile_has_to_join_again() throws Exception {
        String large = "x".repeat(50_000);
        server.set(store, "first", EntryValue.of(1));
        try (RawSocket slow = RawSocket.open(RawConnection.open(server.server.port(), 8 * 1024), "2.0.0")) {
            slow.text("[\"1\",\"1\",\"" + topic + "\",\"phx_join\",{\"last_store_seq\":1}]");
            assertThat(slow.read().text()).contains("\"status\":\"ok\"");
            for (int i = 0; i < 400; i++) {
                server.set(store, "p", EntryValue.of(large));
            }
            server.entries.compact(store, 401).join();
            String message = slow.read().text();
            while (!message.contains("phx_error")) {
                message = slow.read().text();
            }
            slow.text("[\"2\",\"2\",\"" + topic + "\",\"phx_join\",{\"last_store_seq\":1}]");
            assertThat(slow.read().text()).contains("\"status\":\"ok\"");
            assertThat(slow.read().text()).contains("\"snapshot_seq\":401");
        }
    }

    // ---- parts of a store ----

    @Test
    void a_join_that_names_paths_gets_what_concerns_them_and_is_told_how_far_it_is() {
        client.join(topic, "{'last_store_seq':0,'paths':['links/*/title','tags/**']}");
        client.await("catch_up_complete");
        server.set(store, "other", EntryValue.of(1));
        server.set(store, "links/x/title", EntryValue.of("told"));
        server.set(store, "links/x/url", EntryValue.of("not told"));
        server.set(store, "tags/a/b", EntryValue.of("told"));
        server.set(store, "tags", EntryValue.of("told: it replaces what is below"));
        server.write(store, EntryOp.delete(EntryPath.parse("links")));
        server.set(store, "link", EntryValue.of("not told"));
        for (int seq : new int[] {2, 4, 5, 6}) {
            assertThat(client.await("event").payload().get("store_seq").asInt()).isEqualTo(seq);
        }
        while (true) {
            Message progress = client.await("progress");
            long through = progress.payload().get("through_seq").asLong();
            assertThat(through).isLessThanOrEqualTo(7);
            if (through == 7) {
                break;
            }
        }
        assertThat(client.quiet()).isTrue();
    }

    @Test
    void a_change_says_whether_more_of_its_write_follow() {
        server.set(store, "before", EntryValue.of(0));
        List<EntryOp> ops = IntStream.range(0, 300)
                .mapToObj(i -> EntryOp.set(EntryPath.parse("many/" + i), EntryValue.of(i)))
                .toList();
        server.write(store, ops.toArray(EntryOp[]::new));
        server.write(store, ops.subList(0, 2).toArray(EntryOp[]::new));

        for (String start : List.of("{'last_store_seq':0}", "{'last_store_seq':303}")) {
            client.join(topic, start);
            if (start.contains("303")) {
                server.write(store, ops.toArray(EntryOp[]::new)); // as it is told live
            }
            long seq = start.contains("303") ? 304 : 1;
            for (long last : start.contains("303") ? List.of(603L) : List.of(1L, 301L, 303L)) {
                for (; seq <= last; seq++) {
                    JsonNode event = client.await("event").payload();
                    assertThat(event.get("store_seq").asLong()).isEqualTo(seq);
                    assertThat(event.path("more").asBoolean())
                            .as("after change %d", seq)
                            .isEqualTo(seq < last);
                }
            }
        }
    }

    @Test
    void progress_tells_the_end_of_a_write_whose_last_changes_do_not_concern_the_client() {
        client.join(topic, "{'last_store_seq':0,'paths':['links/**']}");
        client.await("catch_up_complete");
        server.write(
                store,
                EntryOp.set(EntryPath.parse("links/a"), EntryValue.of(1)),
                EntryOp.set(EntryPath.parse("other"), EntryValue.of(2)),
                EntryOp.set(EntryPath.parse("another"), EntryValue.of(3)));
        JsonNode event = client.await("event").payload();
        assertThat(event.get("more").asBoolean()).isTrue();
        assertThat(client.await("progress").payload().get("through_seq").asLong())
                .isEqualTo(3);
    }

    @Test
    void a_join_may_begin_with_a_snapshot() {
        server.set(store, "links/a", EntryValue.of(1));
        server.set(store, "links/b", EntryValue.of(2));
        client.join(topic, "{'last_store_seq':1,'snapshot':true,'paths':['links/**']}");
        JsonNode snapshot = client.await("snapshot").payload();
        assertThat(snapshot.get("snapshot_seq").asLong()).isEqualTo(2);
        assertThat(snapshot.get("entries").size()).isEqualTo(2);
        assertThat(client.await("catch_up_complete")
                        .payload()
                        .get("through_seq")
                        .asLong())
                .isEqualTo(2);
    }

    @Test
    void a_write_outside_the_paths_is_answered_all_the_same() {
        Message reply = client.join(topic, "{'last_store_seq':0,'paths':['a']}");
        client.await("catch_up_complete");
        assertThat(seq(write(String.valueOf(reply.joinRef()), "{'op':'set','path':'b','value':1}")))
                .isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"'a'", "[]", "[5]", "['']", "['a/**/b']", "['a//b']"})
    void a_pattern_that_is_none_refuses_the_join(String paths) {
        assertThat(client.join(topic, "{'last_store_seq':0,'paths':" + paths + "}")
                        .response()
                        .get("reason")
                        .asString())
                .isEqualTo("invalid_pattern");
    }

    // ---- MessagePack ----

    /** A message as another implementation of MessagePack writes it. */
    private static byte[] packed(String json) throws IOException {
        try (MessageBufferPacker packer = MessagePack.newDefaultBufferPacker()) {
            pack(packer, json(json));
            return packer.toByteArray();
        }
    }

    private static void pack(MessagePacker packer, JsonNode node) throws IOException {
        switch (node.getNodeType()) {
            case ARRAY -> {
                packer.packArrayHeader(node.size());
                for (JsonNode item : node) {
                    pack(packer, item);
                }
            }
            case OBJECT -> {
                packer.packMapHeader(node.size());
                for (Map.Entry<String, JsonNode> field : node.properties()) {
                    packer.packString(field.getKey());
                    pack(packer, field.getValue());
                }
            }
            case NUMBER -> {
                if (node.isIntegralNumber()) {
                    packer.packLong(node.asLong());
                } else {
                    packer.packDouble(node.asDouble());
                }
            }
            case STRING -> packer.packString(node.asString());
            case BOOLEAN -> packer.packBoolean(node.asBoolean());
            default -> packer.packNil();
        }
    }

    /** The next message, which is binary, as another implementation reads it. */
    private static JsonNode unpacked(RawSocket socket) throws IOException {
        RawSocket.Frame frame = socket.read();
        assertThat(frame.opcode()).isEqualTo(RawSocket.BINARY);
        assertThat(frame.payload()[0]).isEqualTo((byte) 0x95);
        try (MessageUnpacker unpacker = MessagePack.newDefaultUnpacker(frame.payload())) {
            return PhoenixClient.JSON.readTree(unpacker.unpackValue().toJson());
        }
    }

    @Test
    void a_client_of_version_3_speaks_messagepack() throws Exception {
        int binary = RawSocket.FINAL | RawSocket.BINARY;
        try (RawSocket socket = RawSocket.open(server.connect(), "3.0.0")) {
            socket.send(binary, packed("['1','1','" + topic + "','phx_join',{'last_store_seq':0.0}]"));
            JsonNode joined = unpacked(socket);
            assertThat(joined.get(3)).isEqualTo(json("'phx_reply'"));
            assertThat(joined.get(4).get("status")).isEqualTo(json("'ok'"));
            assertThat(unpacked(socket))
                    .isEqualTo(json("['1',null,'" + topic + "','catch_up_complete',{'through_seq':0}]"));
            socket.send(
                    binary,
                    packed("['1','2','" + topic + "','write',{'op':'set','path':'a','value':"
                            + "{'x':[1.5,null,true,4294967296]},'client_op_id':'c'}]"));
            assertThat(unpacked(socket))
                    .isEqualTo(json("[null,null,'" + topic + "','event',{'store_seq':1,'op':'set','path':'a',"
                            + "'path_segments':['a'],'value':{'x':[1.5,null,true,4294967296]},'device_id':'raw',"
                            + "'client_op_id':'c'}]"));
            assertThat(unpacked(socket))
                    .isEqualTo(
                            json("['1','2','" + topic + "','phx_reply',{'status':'ok','response':{'store_seq':1}}]"));
            assertThat(server.get(store, "a/x").orElseThrow().value())
                    .isEqualTo(new EntryValue.Items(List.of(
                            new EntryValue.Fraction(new BigDecimal("1.5")),
                            new EntryValue.Null(),
                            EntryValue.of(true),
                            EntryValue.of(4_294_967_296L))));
        }
    }

    @Test
    void a_client_of_version_3_may_send_json_and_gets_messagepack() throws Exception {
        try (RawSocket socket = RawSocket.open(server.connect(), "3.0.0")) {
            socket.text("[null,\"1\",\"phoenix\",\"heartbeat\",{}]");
            assertThat(unpacked(socket))
                    .isEqualTo(json("[null,'1','phoenix','phx_reply',{'status':'ok','response':{}}]"));
        }
    }

    @Test
    void a_value_that_messagepack_can_say_and_entries_cannot_hold_is_refused() throws Exception {
        try (RawSocket socket = RawSocket.open(server.connect(), "3.0.0")) {
            int binary = RawSocket.FINAL | RawSocket.BINARY;
            socket.send(binary, packed("['1','1','" + topic + "','phx_join',{'last_store_seq':0}]"));
            unpacked(socket);
            unpacked(socket);
            byte[] write = packed("['1','2','" + topic + "','write',{'op':'set','path':'a','value':1}]");
            byte[] nan = Arrays.copyOf(write, write.length + 4);
            nan[write.length - 1] = (byte) 0xca;
            nan[write.length] = 0x7f;
            nan[write.length + 1] = (byte) 0xc0;
            socket.send(binary, nan);
            assertThat(unpacked(socket).get(4).get("response").get("reason")).isEqualTo(json("'invalid_value'"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"00", "01 02 03", "94 c0 c0 a1 61 a1 62", "95 c0", "c1"})
    void binary_messages_that_are_none_close_the_socket(String hex) throws Exception {
        try (RawSocket socket = RawSocket.open(server.connect(), "3.0.0")) {
            socket.send(
                    RawSocket.FINAL | RawSocket.BINARY,
                    HexFormat.ofDelimiter(" ").parseHex(hex));
            assertThat(socket.closeCode()).isEqualTo(1007);
        }
    }

    // ---- closing ----

    /** Entries whose writes are done and answered when the test says so. */
    private static EntryStorage held(EntryStorage entries, CountDownLatch asked, CompletableFuture<Void> release) {
        return (EntryStorage) Proxy.newProxyInstance(
                EntryStorage.class.getClassLoader(),
                new Class<?>[] {EntryStorage.class},
                (proxy, method, arguments) -> {
                    try {
                        Object result = method.invoke(entries, arguments);
                        if (method.getName().equals("write")) {
                            asked.countDown();
                            return release.thenCompose(_ -> (CompletableFuture<?>) result);
                        }
                        return result;
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    @Test
    void a_server_that_closes_answers_what_is_under_way_and_says_so() throws Exception {
        CountDownLatch asked = new CountDownLatch(2);
        CompletableFuture<Void> release = new CompletableFuture<>();
        EntriesServer closing = EntriesServer.start(entries -> held(entries, asked, release), builder -> builder);
        Thread closer;
        try (PhoenixClient last = PhoenixClient.connect(closing.server)) {
            String join = last.joined("store:a/b");
            String one = last.send(join, "store:a/b", "write", "{'op':'increment','path':'n','value':1}");
            String two = last.send(join, "store:a/b", "write", "{'op':'increment','path':'n','value':1}");
            asked.await();
            closer = Thread.ofVirtual().start(closing::close);
            await().atMost(TestServer.PATIENCE).until(() -> refusesConnections(closing.server.port()));
            assertThat(last.isOpen()).isTrue();
            release.complete(null);
            assertThat(seq(last.reply(one))).isEqualTo(1);
            assertThat(seq(last.reply(two))).isEqualTo(2);
            assertThat(last.closeCode()).isEqualTo(1001);
        }
        closer.join();
    }

    private static boolean refusesConnections(int port) {
        try {
            RawConnection.open(port).close();
            return false;
        } catch (IOException e) {
            return true;
        }
    }

    @Test
    void no_more_is_read_while_much_is_under_way() throws Exception {
        int pushes = 2_000;
        CountDownLatch asked = new CountDownLatch(PhoenixSocket.MAX_UNDER_WAY);
        AtomicInteger writes = new AtomicInteger();
        CompletableFuture<Void> release = new CompletableFuture<>();
        try (EntriesServer busy = EntriesServer.start(
                        entries -> held(counted(entries, writes), asked, release), builder -> builder);
                PhoenixClient one = PhoenixClient.connect(busy.server)) {
            String join = one.joined("store:a/b");
            List<String> refs = new ArrayList<>();
            for (int i = 0; i < pushes; i++) {
                refs.add(one.send(join, "store:a/b", "write", "{'op':'increment','path':'n','value':1}"));
            }
            asked.await();
            // What is too much has come to the server by now, and waits.
            assertThat(one.isOpen()).isTrue();
            assertThat(writes).hasValue(PhoenixSocket.MAX_UNDER_WAY);
            release.complete(null);
            for (int i = 0; i < pushes; i++) {
                assertThat(seq(one.reply(refs.get(i)))).isEqualTo(i + 1);
            }
        }
    }

    @Test
    void a_push_whose_answer_cannot_be_made_is_answered_and_ends() throws Exception {
        AtomicInteger writes = new AtomicInteger();
        try (EntriesServer faulty = EntriesServer.start(
                        entries -> new ForwardingEntryStorage(entries) {
                            @Override
                            public CompletableFuture<EntryWriteResult> write(EntryWrite write) {
                                if (writes.getAndIncrement() % 2 == 1) {
                                    throw new IllegalStateException("nothing was written");
                                }
                                // A write has one change at least, of which the answer tells.
                                return CompletableFuture.completedFuture(new EntryWriteResult.Written(List.of(), 1));
                            }
                        },
                        builder -> builder);
                PhoenixClient one = PhoenixClient.connect(faulty.server)) {
            String join = one.joined("store:a/b");
            // More than may be under way at a time: each gives its place back.
            for (int i = 0; i < 2 * PhoenixSocket.MAX_UNDER_WAY; i++) {
                Message reply = one.push(join, "store:a/b", "write", "{'op':'increment','path':'n','value':1}");
                assertThat(reply.status()).isEqualTo("error");
                assertThat(reply.response().at("/reason").asString()).isEqualTo("internal");
            }
        }
    }

    private static EntryStorage counted(EntryStorage entries, AtomicInteger writes) {
        return (EntryStorage) Proxy.newProxyInstance(
                EntryStorage.class.getClassLoader(),
                new Class<?>[] {EntryStorage.class},
                (proxy, method, arguments) -> {
                    if (method.getName().equals("write")) {
                        writes.incrementAndGet();
                    }
                    try {
                        return method.invoke(entries, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }
}
