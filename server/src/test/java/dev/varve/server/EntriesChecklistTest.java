package dev.varve.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.EntryOp;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryValue;
import dev.varve.api.EntryWrite;
import dev.varve.server.EntriesApi.StoreCalls;
import dev.varve.server.PhoenixClient.Message;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URLEncoder;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/**
 * What every server of this protocol does, one behaviour a test, over real sockets: paths, patterns, and what clients were
 * found to depend on. The tables of refusals stand where the rest of their subject is tested: of lists and batches in {@link
 * EntriesManyTest}, of single writes and conditions in {@link EntriesRestTest}, of joins and pushes in {@link
 * EntriesSocketTest}, of frames in {@link WebSocketFramesTest}.
 */
final class EntriesChecklistTest {

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
    void freshStore() {
        store = server.freshStore();
    }

    private static PhoenixClient connect() {
        return PhoenixClient.connect(server.http.server);
    }

    private String topic() {
        return "store:" + store.name();
    }

    private static JsonNode json(String text) {
        return EntriesApi.json(text.replace('\'', '"'));
    }

    private static JsonNode ok(HttpResponse<String> response) {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return EntriesApi.json(response);
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    private List<String> keys(String query) throws Exception {
        List<String> keys = new ArrayList<>();
        ok(store.get("/entries?select=keys&limit=1000&" + query)).at("/items").forEach(key -> keys.add(key.asString()));
        return keys;
    }

    // ---- paths ----

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "a,b,c | a/b/c",
                "hello.world | hello.world",
                "posts,hello.world,title | posts/hello.world/title",
                "files,image/file | files/image~1file",
                "a~b | a~0b",
                "a/b~c | a~1b~0c",
                "~~ | ~0~0",
                "// | ~1~1",
                "packages,@scope,name | packages/@scope/name",
                "a,b.c,d/e,f~g | a/b.c/d~1e/f~0g",
                "x,* | x/*"
            })
    void segments_are_written_with_escapes_and_read_back(String segments, String written) throws Exception {
        String list = Arrays.stream(segments.split(",")).collect(Collectors.joining("','", "['", "']"));
        try (PhoenixClient client = connect()) {
            String join = client.joined(topic());
            client.push(join, topic(), "write", "{'op':'set','path_segments':" + list + ",'value':1}");
            JsonNode event = client.await("event").payload();
            assertThat(event.get("path").asString()).isEqualTo(written);
            assertThat(event.get("path_segments")).isEqualTo(json(list));
            client.push(join, topic(), "write", "{'op':'set','path':'" + written + "','value':2}");
            assertThat(client.await("event").payload().get("path_segments")).isEqualTo(json(list));
        }
        String url = Arrays.stream(written.split("/"))
                .map(EntriesChecklistTest::encoded)
                .collect(Collectors.joining("/"));
        assertThat(ok(store.get("/entries/" + url)))
                .isEqualTo(json("{'path':'" + written + "','value':2,'type':'integer','revision':2}"));
    }

    @ParameterizedTest
    @CsvSource({
        "'', empty_path",
        "/users, empty_segment",
        "users/, empty_segment",
        "users//alice, empty_segment",
        "a~, invalid_escape",
        "a~b, invalid_escape",
        "a~2b, invalid_escape",
        "~, invalid_escape"
    })
    void what_is_no_path_is_refused_by_name(String written, String reason) throws Exception {
        HttpResponse<String> batch = store.batch("[{\"op\":\"set\",\"path\":\"" + written + "\",\"value\":1}]");
        assertThat(batch.statusCode()).isEqualTo(400);
        assertThat(EntriesApi.json(batch).at("/detail").asString()).contains("invalid path (" + reason + ")");
        try (PhoenixClient client = connect()) {
            String join = client.joined(topic());
            assertThat(client.push(join, topic(), "write", "{'op':'set','path':'" + written + "','value':1}")
                            .response())
                    .isEqualTo(json("{'reason':'" + reason + "'}"));
        }
    }

    @Test
    void paths_are_in_the_order_of_their_written_bytes() throws Exception {
        List<String> paths = List.of("foo", "😀", "foo/a", "\uffee", "foo0/a", "z", "foo-x/a", "é", "foo.y/a", "fo~1o");
        for (String path : paths) {
            store.send("POST", "/entries", "{\"path\":\"" + path + "\",\"value\":1}");
        }
        List<String> sorted = new ArrayList<>(paths);
        sorted.sort((a, b) ->
                Arrays.compareUnsigned(a.getBytes(StandardCharsets.UTF_8), b.getBytes(StandardCharsets.UTF_8)));
        assertThat(keys("")).isEqualTo(sorted);
        assertThat(keys("order=desc")).isEqualTo(sorted.reversed());
        // UTF-16 would have it the other way.
        assertThat(sorted.indexOf("\uffee")).isLessThan(sorted.indexOf("😀"));
    }

    // ---- patterns ----

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "** | a a/b a/b/c a/b/d a/x/c a/x/y a/* a/** hello hello.world files/image~1file posts posts/hello posts/hello/title hello/world",
                "* | a hello hello.world posts",
                "posts/* | posts/hello",
                "posts/** | posts/hello posts/hello/title",
                "a/b/c | a/b/c",
                "a/*/c | a/b/c a/x/c",
                "hello.world | hello.world",
                "files/image~1file | files/image~1file",
                "a/\\* | a/*",
                "a/\\** | a/**",
                "hel* |",
                "post*/hello |"
            })
    void a_pattern_means_these_paths_and_no_others(String pattern, String matching) throws Exception {
        List<String> all = List.of(
                "a",
                "a/b",
                "a/b/c",
                "a/b/d",
                "a/x/c",
                "a/x/y",
                "a/*",
                "a/**",
                "hello",
                "hello.world",
                "files/image~1file",
                "posts",
                "posts/hello",
                "posts/hello/title",
                "hello/world");
        for (String path : all) {
            server.storage()
                    .write(new EntryWrite(
                            store.name(),
                            // Leaves what stands below alone.
                            List.of(EntryOp.of(EntryOp.Kind.INCREMENT, EntryPath.parse(path), EntryValue.of(1))),
                            "test",
                            "op",
                            false,
                            true))
                    .join();
        }
        List<String> expected = matching == null ? List.of() : List.of(matching.split(" "));
        assertThat(keys("pattern=" + encoded(pattern))).containsExactlyInAnyOrderElementsOf(expected);
        // The same by a snapshot of a join.
        try (PhoenixClient client = connect()) {
            client.join(topic(), "{'last_store_seq':1000000,'paths':['" + pattern.replace("\\", "\\\\") + "']}");
            List<String> snapshot = new ArrayList<>(
                    client.await("snapshot").payload().get("entries").propertyNames());
            assertThat(snapshot).containsExactlyInAnyOrderElementsOf(expected);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"a/**/z", "**/z", "", "a//b"})
    void what_is_no_pattern_is_refused(String pattern) throws Exception {
        assertThat(store.get("/entries?pattern=" + encoded(pattern)).statusCode())
                .isEqualTo(400);
        try (PhoenixClient client = connect()) {
            assertThat(client.join(topic(), "{'last_store_seq':0,'paths':['" + pattern + "']}")
                            .response()
                            .get("reason")
                            .asString())
                    .isEqualTo("invalid_pattern");
        }
    }

    // ---- what clients depend on ----

    @Test
    void a_conflict_in_a_batch_tells_which_and_what_stands_there_and_nothing_is_written() throws Exception {
        store.put("b", "1");
        HttpResponse<String> response = store.batch("""
                [{"op":"set","path":"a","value":1},{"op":"set","path":"b","value":2,"if_match":9}]""");
        assertThat(response.statusCode()).isEqualTo(412);
        JsonNode body = EntriesApi.json(response);
        assertThat(body.at("/op_index").asInt()).isEqualTo(1);
        assertThat(body.at("/path").asString()).isEqualTo("b");
        assertThat(body.at("/current_revision").isIntegralNumber()).isTrue();
        assertThat(keys("")).containsExactly("b");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "[{\"op\":\"explode\",\"path\":\"a\"}] | explode",
                "[] | empty",
                "[{\"op\":\"set\",\"path\":\"a\"}] | value",
                "[{\"op\":\"set\",\"path\":\"a\",\"value\":1,\"if_match\":\"5\"}] | if_match",
                "[{\"op\":\"set\",\"path\":\"a\",\"value\":1,\"if_match\":0}] | if_match",
                "[{\"op\":\"set\",\"path\":\"a\",\"value\":1,\"if_match\":-1}] | if_match"
            })
    void a_batch_that_makes_no_sense_is_refused_with_the_word(String ops, String word) throws Exception {
        HttpResponse<String> response = store.batch(ops);
        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(EntriesApi.json(response).at("/detail").asString()).contains(word);
    }

    @Test
    void a_batch_of_a_thousand_ops_is_taken_and_one_more_is_refused_with_the_number() throws Exception {
        UnaryOperator<String> ops = last -> IntStream.range(0, 1000)
                        .mapToObj(i -> "{\"op\":\"set\",\"path\":\"k" + i + "\",\"value\":1}")
                        .collect(Collectors.joining(",", "[", ""))
                + last + "]";
        JsonNode taken = ok(store.batch(ops.apply("")));
        long before = 0;
        for (JsonNode op : taken.at("/ops")) {
            assertThat(op.at("/store_seq").asLong()).isGreaterThan(before);
            before = op.at("/store_seq").asLong();
        }
        HttpResponse<String> refused = store.batch(ops.apply(",{\"op\":\"delete\",\"path\":\"a\"}"));
        assertThat(refused.statusCode()).isEqualTo(400);
        assertThat(refused.body()).contains("1000");
    }

    @Test
    void keys_prefixes_and_the_whole_of_a_subtree() throws Exception {
        store.put("users/alice/email", "1");
        store.put("users/alice/name", "2");
        store.put("users/bob/name", "3");
        assertThat(keys("pattern=users/**")).containsExactly("users/alice/email", "users/alice/name", "users/bob/name");
        assertThat(ok(store.get("/entries?select=prefixes&pattern=users/**")).at("/items"))
                .isEqualTo(json("['users/alice','users/bob']"));
        JsonNode users = ok(store.get("/entries/users"));
        assertThat(users.at("/type").asString()).isEqualTo("map");
        assertThat(users.at("/value")).isEqualTo(json("{'alice':{'email':1,'name':2},'bob':{'name':3}}"));
    }

    @Test
    void a_narrow_pattern_over_decoys_is_found_within_two_pages() throws Exception {
        for (int i = 0; i < 60; i++) {
            store.put("logs/%03d/info/x".formatted(i), "1");
        }
        store.put("logs/059/error/x", "1");
        JsonNode first = ok(store.get("/entries?select=keys&limit=50&pattern=logs/*/error/**"));
        List<String> found = new ArrayList<>();
        first.at("/items").forEach(key -> found.add(key.asString()));
        if (!first.at("/next_cursor").isNull()) {
            ok(store.get("/entries?select=keys&limit=50&pattern=logs/*/error/**&after="
                            + encoded(first.at("/next_cursor").asString())))
                    .at("/items")
                    .forEach(key -> found.add(key.asString()));
        }
        assertThat(found).containsExactly("logs/059/error/x");
    }

    @Test
    void signs_of_other_languages_are_literal_in_patterns() throws Exception {
        store.send("POST", "/entries", "{\"path\":\"weird%/child\",\"value\":1}");
        store.put("weirdo/child", "1");
        store.put("weird/child", "1");
        assertThat(keys("pattern=weird%25/**")).containsExactly("weird%/child");
    }

    @Test
    void head_tells_what_get_would_and_deleting_nothing_succeeds() throws Exception {
        store.put("a/b", "1");
        HttpResponse<String> leaf = store.send("HEAD", "/entries/a/b", "");
        assertThat(leaf.statusCode()).isEqualTo(200);
        assertThat(TestServer.header(leaf, "etag")).isEqualTo("\"1\"");
        assertThat(store.send("HEAD", "/entries/a", "").statusCode()).isEqualTo(200);
        HttpResponse<String> miss = store.send("HEAD", "/entries/none", "");
        assertThat(miss.statusCode()).isEqualTo(404);
        assertThat(miss.body()).isEmpty();
        assertThat(ok(store.delete("none"))).isEqualTo(json("{'revision':2,'store_seq':2}"));
    }

    @Test
    void a_dot_in_a_url_is_part_of_a_segment() throws Exception {
        try (PhoenixClient client = connect()) {
            client.joined(topic());
            store.put("foo.bar/baz", "1");
            assertThat(client.await("event").payload().get("path_segments")).isEqualTo(json("['foo.bar','baz']"));
        }
    }

    @Test
    void counters_are_told_as_of_each_change_live_and_in_catch_up() throws Exception {
        try (PhoenixClient live = connect();
                PhoenixClient late = connect()) {
            String join = live.joined(topic());
            live.push(join, topic(), "write", "{'op':'increment','path':'n','value':5}");
            live.push(join, topic(), "write", "{'op':'increment','path':'n','value':3}");
            late.join(topic(), "{'last_store_seq':0}");
            for (PhoenixClient client : List.of(live, late)) {
                assertThat(client.await("event").payload().get("value").asInt()).isEqualTo(5);
                assertThat(client.await("event").payload().get("value").asInt()).isEqualTo(8);
            }
            assertThat(late.await("catch_up_complete").payload()).isEqualTo(json("{'through_seq':2}"));
        }
        assertThat(store.value("n")).isEqualTo("8");
    }

    @Test
    void a_lease_names_its_token_end_and_holder_and_fences_who_lost_it() throws Exception {
        try (PhoenixClient client = connect()) {
            String join = client.joined(topic());
            JsonNode lease = client.push(join, topic(), "write", "{'op':'lease','path':'l','holder':'me'}")
                    .response();
            assertThat(lease.get("token").isIntegralNumber()).isTrue();
            assertThat(lease.get("expires_at").isIntegralNumber()).isTrue();
            assertThat(lease.get("holder").asString()).isEqualTo("me");
            long token = lease.get("token").asLong();
            assertThat(client.push(join, topic(), "write", "{'op':'release','path':'l','token':" + (token + 1) + "}")
                            .response())
                    .isEqualTo(json("{'released':false}"));
            client.push(join, topic(), "write", "{'op':'release','path':'l','token':" + token + "}");
            assertThat(client.push(
                                    join,
                                    topic(),
                                    "write",
                                    "{'op':'set','path':'a','value':1,'fence':{'key':'l','token':" + token + "}}")
                            .response())
                    .isEqualTo(json("{'reason':'fenced'}"));
        }
    }

    @Test
    void an_archived_store_takes_no_writes() throws Exception {
        store.put("a", "1");
        ok(store.send("POST", "/archive", ""));
        try (PhoenixClient client = connect()) {
            String join = client.joined(topic());
            assertThat(client.push(join, topic(), "write", "{'op':'set','path':'a','value':2}")
                            .response()
                            .get("reason")
                            .asString())
                    .isEqualTo("store_archived");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"&capver=2", "", "&capver=", "&capver=three", "&capver=-3"})
    void an_old_client_is_refused_at_the_door(String capver) throws Exception {
        try (RawConnection connection = server.http.connect()) {
            connection.request(
                    "GET", "/ws/sync/websocket?token=t&device_id=d&vsn=2.0.0" + capver, "", RawSocket.UPGRADE);
            assertThat(connection.answer().status()).isEqualTo(403);
        }
    }

    @Test
    void a_whole_record_is_compared_and_set() throws Exception {
        store.put("links/a", "{\"title\":\"x\",\"url\":\"y\"}");
        long read = store.revision("links/a");
        ok(store.put("links/a", "{\"title\":\"new\",\"url\":\"y\"}", "If-Match", "" + read));
        HttpResponse<String> late = store.put("links/a", "{\"title\":\"late\"}", "If-Match", "" + read);
        assertThat(late.statusCode()).isEqualTo(412);
        assertThat(EntriesApi.json(late).at("/current_revision").asLong()).isEqualTo(2);
        store.delete("links/a/url");
        assertThat(store.revision("links/a")).isEqualTo(3);
        assertThat(store.delete("links/a", "If-Match", "2").statusCode()).isEqualTo(412);
        ok(store.delete("links/a", "If-Match", "3"));
    }

    @Test
    void every_change_by_whatever_way_reaches_every_member_once_in_order() throws Exception {
        store.put("begin", "0");
        String id = server.storage().store(store.name()).orElseThrow().id().toString();
        try (PhoenixClient byName = connect();
                PhoenixClient byId = connect();
                RawConnection events = server.http.connect()) {
            String join = byName.joined(topic());
            byId.joined("store:" + id);
            events.request("GET", store.url("/watch?after=0"), "", "Accept: text/event-stream");
            store.put("rest", "1");
            store.delete("rest");
            ok(
                    store.batch(
                            "[{\"op\":\"merge\",\"path\":\"m\",\"value\":{\"x\":1}},{\"op\":\"increment\",\"path\":\"n\",\"value\":1}]"));
            ok(server.http.send(
                    "POST",
                    store.url("/import"),
                    "{\"path\":\"imported\",\"value\":1,\"type\":\"integer\"}\n",
                    "Content-Type",
                    "application/x-ndjson"));
            ok(store.send("POST", "/rollback", "{\"path\":\"rest\",\"to_seq\":2}"));
            ok(store.send("POST", "/leases/l", "{\"op\":\"acquire\"}"));
            byName.push(join, topic(), "write", "{'op':'add','path':'s','value':1}");
            byName.push(join, topic(), "batch", "{'ops':[{'op':'set','path':'ws','value':1}]}");
            server.storage()
                    .write(new EntryWrite(
                            store.name(),
                            List.of(EntryOp.set(EntryPath.parse("java"), EntryValue.of(1))),
                            "embedded",
                            "op",
                            false,
                            true))
                    .join();
            long last = server.storage().store(store.name()).orElseThrow().storeSeq();
            assertThat(last).isEqualTo(11);
            for (PhoenixClient client : List.of(byName, byId)) {
                for (long seq = 1; seq <= last; seq++) {
                    long wanted = seq;
                    Message event = client.await(message -> message.event().equals("event"));
                    assertThat(event.payload().get("store_seq").asLong()).isEqualTo(wanted);
                }
                assertThat(client.quiet()).isTrue();
            }
            assertThat(sequences(events, last))
                    .isEqualTo(LongStream.rangeClosed(1, last).boxed().toList());
        }
    }

    /** The numbers of the changes that server-sent events tell, up to one. */
    private static List<Long> sequences(RawConnection events, long last) throws IOException {
        BufferedReader lines = new BufferedReader(new InputStreamReader(events.input(), StandardCharsets.UTF_8));
        List<Long> sequences = new ArrayList<>();
        while (sequences.isEmpty() || sequences.getLast() < last) {
            String line = lines.readLine();
            if (line.startsWith("data: {\"store_seq\"")) {
                sequences.add(EntriesApi.json(line.substring("data: ".length()))
                        .at("/store_seq")
                        .asLong());
            }
        }
        return sequences;
    }
}
