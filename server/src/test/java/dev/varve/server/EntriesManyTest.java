package dev.varve.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.server.EntriesApi.StoreCalls;
import java.net.URLEncoder;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** Many entries in one request: lists, ranges, batches. */
final class EntriesManyTest {

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

    private static JsonNode json(HttpResponse<String> response) {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return EntriesApi.json(response);
    }

    private static JsonNode json(String text) {
        return EntriesApi.json(text);
    }

    private static String query(String... namesAndValues) {
        StringBuilder query = new StringBuilder("?");
        for (int i = 0; i < namesAndValues.length; i += 2) {
            query.append(i > 0 ? "&" : "")
                    .append(namesAndValues[i])
                    .append('=')
                    .append(URLEncoder.encode(namesAndValues[i + 1], StandardCharsets.UTF_8));
        }
        return query.toString();
    }

    private JsonNode list(String... namesAndValues) throws Exception {
        return json(store.get("/entries" + query(namesAndValues)));
    }

    private static List<String> texts(JsonNode array) {
        List<String> texts = new ArrayList<>();
        array.forEach(item -> texts.add(item.asString()));
        return texts;
    }

    private List<String> keys(String... namesAndValues) throws Exception {
        List<String> all = new ArrayList<>(List.of(namesAndValues));
        all.addAll(List.of("select", "keys"));
        return texts(list(all.toArray(String[]::new)).at("/items"));
    }

    private void putAll(String... paths) throws Exception {
        String ops = Arrays.stream(paths)
                .map(path -> "{\"op\":\"set\",\"path\":\"" + path + "\",\"value\":\"" + path + "\"}")
                .collect(Collectors.joining(",", "[", "]"));
        json(store.batch(ops));
    }

    // ---- lists ----

    @Test
    void entries_are_listed_in_byte_order_with_value_type_and_revision() throws Exception {
        putAll("foo", "foo/a", "foo-x/a", "foo.y/a", "foo0", "\u00e9", "z", "Z");
        assertThat(keys()).containsExactly("Z", "foo", "foo-x/a", "foo.y/a", "foo/a", "foo0", "z", "\u00e9");
        assertThat(list("pattern", "foo/*"))
                .isEqualTo(json("{\"items\":[{\"path\":\"foo/a\",\"value\":\"foo/a\",\"type\":\"string\","
                        + "\"revision\":2}],\"next_cursor\":null}"));
    }

    @Test
    void keys_and_prefixes_are_selected() throws Exception {
        putAll("users/alice/email", "users/alice/name", "users/bob/name", "other/x");
        assertThat(keys("pattern", "users/**"))
                .containsExactly("users/alice/email", "users/alice/name", "users/bob/name");
        assertThat(list("pattern", "users/**", "select", "prefixes"))
                .isEqualTo(json("{\"items\":[\"users/alice\",\"users/bob\"],\"next_cursor\":null}"));
        assertThat(texts(list("select", "prefixes").at("/items"))).containsExactly("other", "users");
        assertThat(texts(list("select", "prefixes", "order", "desc").at("/items")))
                .containsExactly("users", "other");
        assertThat(texts(list("pattern", "*/alice/**", "select", "prefixes").at("/items")))
                .containsExactly("users/alice/email", "users/alice/name");
    }

    @ParameterizedTest
    @CsvSource({"asc", "desc"})
    void pages_follow_each_other_until_the_cursor_is_null(String order) throws Exception {
        List<String> all = IntStream.range(100, 107).mapToObj(i -> "k/" + i).toList();
        putAll(all.toArray(String[]::new));
        List<String> seen = new ArrayList<>();
        String after = "";
        int pages = 0;
        while (true) {
            JsonNode page = list("pattern", "k/*", "limit", "3", "order", order, "after", after, "select", "keys");
            seen.addAll(texts(page.at("/items")));
            pages++;
            if (page.at("/next_cursor").isNull()) {
                break;
            }
            after = page.at("/next_cursor").asString();
        }
        assertThat(pages).isEqualTo(3);
        assertThat(seen).isEqualTo(order.equals("asc") ? all : all.reversed());
        assertThat(list("pattern", "k/*", "limit", "7").at("/next_cursor").isNull())
                .as("a full page that is the last one")
                .isTrue();
    }

    @Test
    void fifty_entries_are_shown_by_default() throws Exception {
        putAll(IntStream.range(0, 60).mapToObj(i -> "k" + i).toArray(String[]::new));
        assertThat(list().at("/items").size()).isEqualTo(50);
        assertThat(list("limit", "1000").at("/items").size()).isEqualTo(60);
    }

    @Test
    void a_range_takes_its_start_and_leaves_its_end() throws Exception {
        putAll("a", "b", "b/x", "c", "d");
        assertThat(keys("from", "b", "to", "d")).containsExactly("b", "b/x", "c");
        assertThat(keys("from", "d", "to", "b")).isEmpty();
        assertThat(keys("from", "b", "to", "d", "order", "desc", "limit", "2")).containsExactly("c", "b/x");
        assertThat(keys("from", "b", "to", "d", "after", "b/x")).containsExactly("c");
    }

    @Test
    void a_narrow_glob_in_a_wide_store_does_not_end_early() throws Exception {
        putAll(IntStream.range(0, 60)
                .mapToObj(i -> "logs/%03d/info/x".formatted(i))
                .toArray(String[]::new));
        putAll("logs/031/error/a", "logs/059/error/b");
        assertThat(keys("pattern", "logs/*/error/**", "limit", "50"))
                .containsExactly("logs/031/error/a", "logs/059/error/b");
    }

    @Test
    void characters_of_other_query_languages_are_literal() throws Exception {
        putAll("weird%/child", "weirdx/child", "under_score/a", "underxscore/a", "back\\\\slash/a");
        assertThat(keys("pattern", "weird%/**")).containsExactly("weird%/child");
        assertThat(keys("pattern", "under_score/*")).containsExactly("under_score/a");
        assertThat(keys("pattern", "back\\slash/*")).containsExactly("back\\slash/a");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "pattern=a&from=a&to=b | conflicting_params | use either pattern or from/to, not both",
                "pattern=a&to=b | conflicting_params | use either pattern or from/to, not both",
                "from=a | invalid_params | from requires to",
                "to=a | invalid_params | to requires from",
                "limit=0 | invalid_params | limit must be 1..1000",
                "limit=1001 | invalid_params | limit must be 1..1000",
                "limit=x | invalid_params | limit must be 1..1000",
                "limit= | invalid_params | limit must be 1..1000",
                "order=up | invalid_params | order=\"up\"",
                "select=all | invalid_params | select=\"all\"",
                "pattern= | invalid_params | pattern must be a non-empty string",
                "pattern=a%2F%2Fb | invalid_params | pattern has empty segments",
                "pattern=**%2Fa | invalid_params | pattern has empty segments",
                "from=&to=b | invalid_params | from must be a non-empty string",
                "from=a&to=b%2F%2Fc | invalid_params | to must be a valid path",
                "after=a%2F%2Fb | invalid_params | after must be a valid path",
                "select=prefixes&from=a&to=b | unsupported_select | select=prefixes not supported for range"
            })
    void parameters_that_make_no_sense_are_refused(String query, String error, String detail) throws Exception {
        putAll("a");
        HttpResponse<String> response = store.get("/entries?" + query);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(400);
        assertThat(EntriesApi.json(response).at("/error").asString()).isEqualTo(error);
        assertThat(EntriesApi.json(response).at("/detail").asString()).isEqualTo(detail);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "select=prefixes&pattern=a%2F* | invalid_pattern_for_prefixes | <base>.**",
                "select=prefixes&pattern=a | invalid_pattern_for_prefixes | **",
                "limit=1&limit=2 | invalid_params | once"
            })
    void a_refusal_says_what_would_do(String query, String error, String words) throws Exception {
        putAll("a");
        HttpResponse<String> response = store.get("/entries?" + query);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(400);
        assertThat(EntriesApi.json(response).at("/error").asString()).isEqualTo(error);
        assertThat(EntriesApi.json(response).at("/detail").asString()).contains(words);
    }

    @Test
    void what_a_detail_must_not_say_stands_beside_it() throws Exception {
        putAll("a");
        assertThat(EntriesApi.json(store.get("/entries?pattern=**%2Fa"))
                        .at("/hint")
                        .asString())
                .isEqualTo("wildcard_many_not_tail");
        assertThat(EntriesApi.json(store.get("/entries?order=up")).at("/hint").asString())
                .isEqualTo("use asc or desc");
    }

    // ---- batch read ----

    private HttpResponse<String> read(String body) throws Exception {
        return store.send("POST", "/entries/batch", body);
    }

    @Test
    void many_paths_are_read_at_once_and_interior_ones_are_missing() throws Exception {
        putAll("a", "b/c");
        assertThat(json(read("{\"paths\":[\"a\",\"b\",\"none\",\"b/c\",\"a\",\"none\"]}")))
                .isEqualTo(
                        json(
                                "{\"entries\":{\"a\":{\"value\":\"a\",\"type\":\"string\",\"revision\":1},"
                                        + "\"b/c\":{\"value\":\"b/c\",\"type\":\"string\",\"revision\":2}},\"missing\":[\"b\",\"none\"]}"));
        assertThat(json(read("{\"paths\":[]}"))).isEqualTo(json("{\"entries\":{},\"missing\":[]}"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{} | paths required",
                "{\"paths\":\"a\"} | paths required",
                "{\"paths\":[1]} | paths must be strings",
                "{\"paths\":[\"a\",\"b//c\"]} | invalid path: \"b//c\""
            })
    void paths_that_make_no_sense_are_refused(String body, String detail) throws Exception {
        HttpResponse<String> response = read(body);
        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(EntriesApi.json(response).at("/detail").asString()).isEqualTo(detail);
    }

    @Test
    void at_most_a_thousand_paths_are_read() throws Exception {
        putAll("a");
        String paths = IntStream.range(0, 1001).mapToObj(i -> "\"k" + i + "\"").collect(Collectors.joining(","));
        HttpResponse<String> response = read("{\"paths\":[" + paths + "]}");
        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(response.body()).contains("maximum 1000 paths per batch");
        assertThat(json(read("{\"paths\":[" + paths.replaceFirst("\"k0\",", "") + "]}"))
                        .at("/missing")
                        .size())
                .isEqualTo(1000);
    }

    // ---- batch write ----

    @Test
    void ops_of_a_batch_get_one_number_each_and_see_the_ones_before() throws Exception {
        assertThat(json(store.batch("""
                        [{"op":"set","path":"a/b","value":1},{"op":"delete","path":"a"},
                         {"op":"set","path":"a","value":{"c":1},"if_none":true},{"op":"set","path":"a/c","value":2,"if_match":3}]"""))).isEqualTo(json("""
                        {"ops":[{"path":"a/b","revision":1,"store_seq":1},{"path":"a","revision":2,"store_seq":2},
                          {"path":"a","revision":3,"store_seq":3},{"path":"a/c","revision":4,"store_seq":4}],"store_seq":4}"""));
        assertThat(store.value("a")).isEqualTo("{\"c\":2}");
    }

    @Test
    void a_conflict_names_the_op_and_nothing_is_written() throws Exception {
        store.put("b", "1");
        HttpResponse<String> response = store.batch(
                "[{\"op\":\"set\",\"path\":\"a\",\"value\":1},{\"op\":\"set\",\"path\":\"b\",\"value\":2,\"if_match\":7}]");
        assertThat(response.statusCode()).isEqualTo(412);
        assertThat(EntriesApi.json(response))
                .isEqualTo(json("{\"error\":\"conflict\",\"kind\":\"conflict\",\"current_revision\":1,"
                        + "\"op_index\":1,\"path\":\"b\"}"));
        assertThat(store.get("/entries/a").statusCode()).isEqualTo(404);
        HttpResponse<String> missing = store.batch("[{\"op\":\"delete\",\"path\":\"none\",\"if_match\":1}]");
        assertThat(missing.statusCode()).isEqualTo(412);
        assertThat(EntriesApi.json(missing).at("/current_revision").isNull()).isTrue();
    }

    @Test
    void counters_sets_and_objects_change_in_batches_too() throws Exception {
        json(store.batch("""
                [{"op":"increment","path":"n","value":5},{"op":"increment","path":"n","value":3},
                 {"op":"add","path":"s","value":"x"},{"op":"add","path":"s","value":"y"},{"op":"remove","path":"s","value":"x"},
                 {"op":"merge","path":"o","value":{"a":1,"b":{"c":2}}}]"""));
        assertThat(EntriesApi.json(store.get("/entries/n")).at("/type").asString())
                .isEqualTo("counter");
        assertThat(store.value("n")).isEqualTo("8");
        assertThat(EntriesApi.json(store.get("/entries/s")).at("/type").asString())
                .isEqualTo("set");
        assertThat(store.value("s")).isEqualTo("[\"y\"]");
        assertThat(store.value("o")).isEqualTo("{\"a\":1,\"b\":{\"c\":2}}");
        HttpResponse<String> wrong = store.batch("[{\"op\":\"increment\",\"path\":\"o/a\",\"value\":\"x\"}]");
        assertThat(wrong.statusCode()).isEqualTo(400);
        assertThat(EntriesApi.json(wrong).at("/error").asString()).isEqualTo("increment_requires_number_value");
        assertThat(EntriesApi.json(wrong).at("/op_index").asInt()).isZero();
    }

    @Test
    void a_check_changes_nothing_but_must_hold() throws Exception {
        store.put("a", "1");
        assertThat(json(store.batch("[{\"op\":\"check\",\"path\":\"a\",\"if_match\":1},"
                        + "{\"op\":\"set\",\"path\":\"b\",\"value\":1}]")))
                .isEqualTo(json("{\"ops\":[{\"path\":\"a\",\"revision\":null,\"store_seq\":1},"
                        + "{\"path\":\"b\",\"revision\":2,\"store_seq\":2}],\"store_seq\":2}"));
        HttpResponse<String> failed = store.batch("[{\"op\":\"set\",\"path\":\"b\",\"value\":2},"
                + "{\"op\":\"check\",\"path\":\"a\",\"if_absent\":true}]");
        assertThat(failed.statusCode()).isEqualTo(412);
        assertThat(EntriesApi.json(failed).at("/error").asString()).isEqualTo("exists");
        assertThat(EntriesApi.json(failed).at("/op_index").asInt()).isEqualTo(1);
        assertThat(store.value("b")).isEqualTo("1");
    }

    @Test
    void if_match_on_an_op_that_takes_none_names_it() throws Exception {
        HttpResponse<String> response =
                store.batch("[{\"op\":\"increment\",\"path\":\"a\",\"value\":1,\"if_match\":1}]");
        assertThat(response.statusCode()).isEqualTo(400);
        JsonNode body = EntriesApi.json(response);
        assertThat(body.at("/error").asString()).isEqualTo("if_match_unsupported_op");
        assertThat(body.at("/op_index").asInt()).isZero();
        assertThat(body.at("/path").asString()).isEqualTo("a");
        assertThat(body.at("/detail").asString()).isNotEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{} | ops array required",
                "{\"ops\":1} | ops array required",
                "{\"ops\":[]} | ops cannot be empty",
                "{\"ops\":[1]} | op 0 must be an object",
                "{\"ops\":[{\"op\":\"delete\",\"path\":\"a\"},{\"op\":\"explode\",\"path\":\"a\"}]} | op 1: unknown op \"explode\"",
                "{\"ops\":[{\"op\":\"lease\",\"path\":\"a\"}]} | op 0: unknown op \"lease\"",
                "{\"ops\":[{\"op\":5,\"path\":\"a\"}]} | op 0: unknown op 5",
                "{\"ops\":[{\"path\":\"a\"}]} | op 0: missing 'op' field",
                "{\"ops\":[{\"op\":\"set\",\"value\":1}]} | op 0: 'path' required and must be a string",
                "{\"ops\":[{\"op\":\"set\",\"path\":1,\"value\":1}]} | op 0: 'path' required and must be a string",
                "{\"ops\":[{\"op\":\"set\",\"path\":\"a//b\",\"value\":1}]} | op 0: invalid path (empty_segment)",
                "{\"ops\":[{\"op\":\"set\",\"path\":\"\",\"value\":1}]} | op 0: invalid path (empty_path)",
                "{\"ops\":[{\"op\":\"set\",\"path\":\"a\"}]} | op 0: 'value' required for set",
                "{\"ops\":[{\"op\":\"merge\",\"path\":\"a\"}]} | op 0: 'value' required for merge",
                "{\"ops\":[{\"op\":\"set\",\"path\":\"a\",\"value\":1,\"if_match\":\"x\"}]} | op 0: if_match must be a positive integer (got \"x\")",
                "{\"ops\":[{\"op\":\"set\",\"path\":\"a\",\"value\":1,\"if_match\":0}]} | op 0: if_match must be a positive integer (got 0)",
                "{\"ops\":[{\"op\":\"delete\",\"path\":\"a\",\"if_match\":-1}]} | op 0: if_match must be a positive integer (got -1)",
                "{\"ops\":[{\"op\":\"check\",\"path\":\"a\"}]} | op 0: check needs",
                "{\"ops\":[{\"op\":\"set\",\"path\":\"a\",\"value\":{\"_type\":\"x\"}}]} | op 0: the names _type"
            })
    void ops_that_make_no_sense_are_refused(String body, String words) throws Exception {
        HttpResponse<String> response = store.send("POST", "/entries/batch_write", body);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(400);
        assertThat(EntriesApi.json(response).at("/error").asString()).isEqualTo("invalid_params");
        assertThat(EntriesApi.json(response).at("/detail").asString()).startsWith(words);
    }

    @Test
    void at_most_a_thousand_ops_are_made() throws Exception {
        String[] paths = IntStream.range(0, 1001).mapToObj(i -> "k" + i).toArray(String[]::new);
        String ops = Arrays.stream(paths)
                .map(path -> "{\"op\":\"delete\",\"path\":\"" + path + "\"}")
                .collect(Collectors.joining(",", "[", "]"));
        HttpResponse<String> response = store.batch(ops);
        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(response.body()).contains("maximum 1000 ops per batch");
        putAll(Arrays.copyOf(paths, 1000));
        assertThat(store.revision("k999")).isEqualTo(1000);
    }
}
