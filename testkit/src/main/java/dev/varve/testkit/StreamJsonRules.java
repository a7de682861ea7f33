package dev.varve.testkit;

import static dev.varve.testkit.StreamProbe.JSON;
import static dev.varve.testkit.StreamProbe.bytes;
import static dev.varve.testkit.StreamProbe.refused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.varve.api.AppendRequest;
import dev.varve.api.ErrorKind;
import dev.varve.api.Offset;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** JSON mode: what is a message, and what is not JSON. */
interface StreamJsonRules {

    static Stream<Arguments> bodies() {
        return Stream.of(
                arguments("1", List.of("1")),
                arguments("null", List.of("null")),
                arguments("true", List.of("true")),
                arguments("false", List.of("false")),
                arguments("\"text\"", List.of("\"text\"")),
                arguments("\"\"", List.of("\"\"")),
                arguments("{}", List.of("{}")),
                arguments(" \t\r\n{ \"a\" : [ ] }\n", List.of("{ \"a\" : [ ] }")),
                arguments("[1,2]", List.of("1", "2")),
                arguments(" [ 1 ,\n 2 ] ", List.of("1", "2")),
                arguments("[[1,2],[3,4]]", List.of("[1,2]", "[3,4]")),
                arguments("[[[1,2,3]]]", List.of("[[1,2,3]]")),
                arguments("[[]]", List.of("[]")),
                arguments("[{\"a\":1},{\"a\":2}]", List.of("{\"a\":1}", "{\"a\":2}")),
                arguments("[\"[\",\",\",\"\\\"]\"]", List.of("\"[\"", "\",\"", "\"\\\"]\"")),
                arguments("[-0,0.5,-1.5e+10,2E-3]", List.of("-0", "0.5", "-1.5e+10", "2E-3")),
                arguments("[123456789012345678901234567890,1e400]", List.of("123456789012345678901234567890", "1e400")),
                arguments("\"é😀\\u00e9\\ud83d\\ude00\"", List.of("\"é😀\\u00e9\\ud83d\\ude00\"")),
                arguments("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", List.of("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"")),
                arguments("{\"a\":1,\"a\":2,\"\":3}", List.of("{\"a\":1,\"a\":2,\"\":3}")),
                arguments(nested(64), List.of(nested(63))),
                arguments("{\"a\":" + nested(63) + "}", List.of("{\"a\":" + nested(63) + "}")));
    }

    private static String nested(int depth) {
        return "[".repeat(depth) + "]".repeat(depth);
    }

    @ParameterizedTest
    @MethodSource("dev.varve.testkit.StreamJsonRules#bodies")
    default void a_body_is_cut_one_level_deep_and_each_message_keeps_its_bytes(
            String body, List<String> messages, StreamProbe streams) {
        streams.created("t/log", JSON);

        streams.appended("t/log", body);

        assertThat(streams.messages("t/log")).isEqualTo(messages);
        assertThat(streams.content("t/log")).isEqualTo("[" + String.join(",", messages) + "]");
    }

    static Stream<byte[]> invalidBodies() {
        Stream<String> texts = Stream.of(
                "[]",
                " [ ] ",
                " ",
                "\n",
                "{",
                "}",
                "[",
                "]",
                ",",
                ":",
                "[1,]",
                "[,1]",
                "[1 2]",
                "[1,,2]",
                "[1]]",
                "[1}",
                "1 2",
                "{}{}",
                "{}x",
                "{\"a\"}",
                "{\"a\":}",
                "{\"a\":1,}",
                "{,}",
                "{a:1}",
                "{1:1}",
                "{\"a\" 1}",
                "{\"a\":1 \"b\":2}",
                "'a'",
                "01",
                "-01",
                "1.",
                ".5",
                "+1",
                "-",
                "1e",
                "1e+",
                "1.e5",
                "0x10",
                "1_000",
                "nul",
                "nulls",
                "tru",
                "True",
                "NaN",
                "Infinity",
                "-Infinity",
                "undefined",
                "\"a",
                "\"\\x\"",
                "\"\\u12g4\"",
                "\"\\u123\"",
                "\"a\nb\"",
                "\"a\tb\"",
                "\"a\u0000b\"",
                "1\u0000",
                "\u00a01",
                "\uFEFF1",
                "[1] // comment",
                "/* comment */ 1",
                "[\"a\"",
                "{\"a\":\"b\"",
                "\"\\",
                nested(65),
                "{\"a\":" + nested(64) + "}",
                nested(100_000));
        Stream<byte[]> notUtf8 = Stream.of(
                new byte[] {'"', (byte) 0xFF, '"'},
                new byte[] {'"', (byte) 0xC3, '"'},
                new byte[] {'"', (byte) 0xC0, (byte) 0x80, '"'},
                new byte[] {'"', (byte) 0xED, (byte) 0xA0, (byte) 0x80, '"'},
                new byte[] {'"', (byte) 0xF4, (byte) 0x90, (byte) 0x80, (byte) 0x80, '"'},
                "\"a\"".getBytes(StandardCharsets.UTF_16LE));
        return Stream.concat(texts.map(StreamProbe::bytes), notUtf8);
    }

    @ParameterizedTest
    @MethodSource("dev.varve.testkit.StreamJsonRules#invalidBodies")
    default void a_body_that_is_not_json_or_holds_no_message_is_refused(byte[] body, StreamProbe streams) {
        streams.created("t/log", JSON, "[0]");

        refused(streams.append(AppendRequest.of("t/log", "application/json", body)), ErrorKind.INVALID_JSON);

        assertThat(streams.messages("t/log")).containsExactly("0");
    }

    @Test
    default void a_message_counts_its_bytes_plus_one(StreamProbe streams) {
        streams.created("t/log", JSON);

        assertThat(streams.appended("t/log", " {\"a\":1} ")).isEqualTo(Offset.at(8));
        assertThat(streams.appended("t/log", "[1, \"é\"]")).isEqualTo(Offset.at(8 + 2 + 5));
        assertThat(streams.boundaries("t/log"))
                .containsExactly(Offset.ZERO, Offset.at(8), Offset.at(10), Offset.at(15));
    }

    @Test
    default void a_large_array_becomes_many_messages(StreamProbe streams) {
        streams.created("t/log", JSON);
        StringBuilder body = new StringBuilder("[0");
        for (int i = 1; i < 20_000; i++) {
            body.append(", ").append(i);
        }

        streams.appended("t/log", body + "]");

        List<String> messages = streams.messages("t/log");
        assertThat(messages).hasSize(20_000);
        assertThat(messages.get(19_999)).isEqualTo("19999");
        assertThat(streams.content("t/log", Offset.BEGINNING, 1_000)).isEqualTo((body + "]").replace(" ", ""));
    }

    @Test
    default void json_lines_are_not_json(StreamProbe streams) {
        streams.created("t/log", JSON);

        refused(
                streams.append(AppendRequest.of("t/log", "application/json", bytes("{}\n{}\n"))),
                ErrorKind.INVALID_JSON);
    }
}
