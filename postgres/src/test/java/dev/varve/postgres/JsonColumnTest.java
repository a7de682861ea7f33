package dev.varve.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.varve.api.AggregateId;
import dev.varve.api.EventData;
import dev.varve.api.EventStore;
import dev.varve.api.ExpectedVersion;
import dev.varve.api.NewEvent;
import dev.varve.api.StoredEvent;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is shown to people, and what cannot be. */
@Timeout(120)
final class JsonColumnTest {

    private static final List<String> PIECES = List.of(
            "{",
            "}",
            "[",
            "]",
            ",",
            ":",
            "\"",
            "\\",
            "\\u0000",
            "\\u0041",
            "\\ud83d",
            "\\ude00",
            "\\n",
            "\\x",
            "a",
            "\u00e9",
            "\ud83d\ude00",
            "\t",
            "\n",
            " ",
            "\0",
            "0",
            "1",
            "12",
            "-",
            "-1",
            ".",
            ".5",
            "e",
            "E+",
            "e9",
            "e999",
            "e9999",
            "true",
            "false",
            "null",
            "nul",
            "\"a\"",
            "\"a\":",
            "{}",
            "[]",
            "[1",
            ",2",
            "\u007f",
            "\ufeff",
            "\u2028",
            "//");

    private final TestPostgres server = TestPostgres.shared();

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0",
                "-0",
                "1.5e3",
                "\"\"",
                "\"\\ud83d\\ude00\"",
                "[ 1 ,\n {\"a\" : null} ]",
                "{\"a\":1,\"a\":2}",
                "1e999",
                "\"\u007f\""
            })
    void what_jsonb_takes_is_shown(String json) throws SQLException {
        assertThat(JsonColumn.of(unchecked(json))).isEqualTo(json);
        assertThat(isTaken(json)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "01",
                "1.",
                ".5",
                "+1",
                "1e",
                "nul",
                "\"",
                "\"\\u0000\"",
                "\"\\ud83d\"",
                "\"\\ude00\\ud83d\"",
                "[1,]",
                "{\"a\"}",
                "{a:1}",
                "1 2",
                "\"\t\"",
                "1e99999",
                "\ufeff1",
                "[1]]"
            })
    void what_jsonb_does_not_take_is_not_shown(String json) {
        assertThat(JsonColumn.of(unchecked(json))).isNull();
    }

    @Test
    void what_is_shown_is_always_taken() throws SQLException {
        long seed = Long.getLong("varve.test.seed", System.nanoTime());
        Random random = new Random(seed);
        int shown = 0;
        try (Connection connection = server.connection()) {
            for (int i = 0; i < 200_000 && shown < 3_000; i++) {
                StringBuilder json = new StringBuilder();
                for (int pieces = random.nextInt(7); pieces >= 0; pieces--) {
                    json.append(PIECES.get(random.nextInt(PIECES.size())));
                }
                String column = JsonColumn.of(unchecked(json.toString()));
                if (column != null) {
                    shown++;
                    assertThatCode(() -> isTaken(connection, column))
                            .as("%s, seed %s", column, seed)
                            .doesNotThrowAnyException();
                }
            }
        }
        assertThat(shown).isPositive();
    }

    private boolean isTaken(String json) throws SQLException {
        try (Connection connection = server.connection()) {
            return isTaken(connection, json);
        }
    }

    private static boolean isTaken(Connection connection, String json) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("SELECT ?::jsonb")) {
            statement.setString(1, json);
            return statement.execute();
        }
    }

    private static EventData unchecked(String json) {
        return EventData.wrap(EventData.JSON, bytes(json));
    }

    /** Whatever is JSON, also what jsonb does not take: the append is made and the bytes come back. */
    @Test
    void json_that_jsonb_does_not_take_fails_no_append() {
        List<byte[]> data = List.of(
                bytes("\"\\u0000\""),
                bytes("\"\\ud83d\""),
                bytes("[".repeat(EventData.MAX_DEPTH) + "]".repeat(EventData.MAX_DEPTH)),
                bytes("1e400000"),
                bytes("9".repeat(200_000)),
                bytes("{\"a\":" + "1".repeat(900) + "}"),
                bytes("[" + "1,".repeat(1_000_000) + "1]"),
                bytes("\"" + "x".repeat(EventData.MAX_BYTES - 2) + "\""));
        PostgresOptions options = PostgresOptions.DEFAULT.withSchema(TestPostgres.newSchema());
        AggregateId a = new AggregateId("order", "a");
        try (PostgresEventStore postgres = server.open(options)) {
            EventStore events = postgres.events("acme/app");
            for (byte[] bytes : data) {
                EventData json = EventData.of("application/json", bytes);
                events.append(a, ExpectedVersion.any(), NewEvent.of("x", json));
                List<StoredEvent> last = events.fetch(a, events.head() - 1).events();
                assertThat(last)
                        .singleElement()
                        .satisfies(
                                event -> assertThat(event.data().equals(json)).isTrue());
            }
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void texts_come_back_whatever_is_in_them() {
        Map<String, String> texts = new LinkedHashMap<>();
        texts.put("z", "\0\n\t\"\\\u001f\u007f");
        texts.put("a\"b\\", "");
        texts.put("\ud83d\ude00", "\ud83d half, \ude00 half");
        assertThat(JsonTexts.readTexts(JsonTexts.write(texts))).isEqualTo(texts);
        assertThat(JsonTexts.readTexts(JsonTexts.write(texts)).keySet()).containsExactlyElementsOf(texts.keySet());
        assertThat(JsonTexts.readTexts(JsonTexts.write(Map.of()))).isEmpty();
        texts.values()
                .forEach(text ->
                        assertThat(JsonTexts.readText(JsonTexts.write(text))).isEqualTo(text));
    }
}
