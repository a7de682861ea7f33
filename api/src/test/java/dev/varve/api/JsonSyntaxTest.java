package dev.varve.api;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class JsonSyntaxTest {

    private static final int MAX_DEPTH = 9;

    private static boolean isValue(String text) {
        return isValue(text.getBytes(UTF_8));
    }

    private static boolean isValue(byte[] text) {
        return JsonSyntax.isValue(text, MAX_DEPTH);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0",
                "-0",
                "-12.50E+3",
                "1e9",
                "true",
                "false",
                " null\n",
                "\"\"",
                "\"\u00e9\ud83d\ude00 / \\\" \\\\ \\/ \\b\\f\\n\\r\\t \\u00e9 \\uD83D\"",
                "[]",
                "[ ]",
                "{}",
                "\t{ \"\" : [ 1 , {\"a\":{}, \"a\":[[],[{}]]} , \"x\" ] }\r\n"
            })
    void what_the_grammar_allows_is_a_value(String text) {
        assertThat(isValue(text)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "-",
                "01",
                "-01",
                "1.",
                ".5",
                "+1",
                "1e",
                "1e+",
                "0x1",
                "NaN",
                "tru",
                "truex",
                "True",
                "'a'",
                "\"",
                "\"a",
                "\"\\\"",
                "\"\\x\"",
                "\"\\u12g4\"",
                "\"\\u123",
                "\"\t\"",
                "[",
                "]",
                "[1,]",
                "[,1]",
                "[1 2]",
                "[1}",
                "{",
                "}",
                "{\"a\"}",
                "{\"a\":}",
                "{\"a\":1,}",
                "{,\"a\":1}",
                "{a:1}",
                "{1:1}",
                "{\"a\" 1}",
                "{\"a\":1 \"b\":2}",
                "{\"a\":1]",
                "1 2",
                "{} {}",
                "1,",
                "/**/1",
                "\u00a01",
                "\ufeff1",
                "\u00e9"
            })
    void what_it_does_not_allow_is_none(String text) {
        assertThat(isValue(text)).isFalse();
    }

    @Test
    void bytes_that_are_no_text_are_no_value() {
        byte[] cut = "\"\u00e9\"".getBytes(UTF_8);
        cut[2] = 'x';
        assertThat(isValue(cut)).isFalse();
        assertThat(isValue(new byte[] {'"', (byte) 0xed, (byte) 0xa0, (byte) 0x80, '"'}))
                .isFalse();
        assertThat(isValue(new byte[] {0, '1'})).isFalse();
    }

    @Test
    void arrays_and_objects_stand_within_each_other_up_to_a_bound() {
        for (int deep = 1; deep < 2 * MAX_DEPTH; deep++) {
            boolean allowed = deep <= MAX_DEPTH;
            assertThat(isValue("[".repeat(deep) + "]".repeat(deep))).isEqualTo(allowed);
            assertThat(isValue("{\"a\":".repeat(deep) + "1" + "}".repeat(deep))).isEqualTo(allowed);
            assertThat(isValue("[".repeat(deep) + "]".repeat(deep - 1))).isFalse();
        }
        assertThat(isValue("[" + "[[]],".repeat(100) + "{}]")).isTrue();
        assertThat(isValue("[".repeat(1_000_000))).isFalse();
    }

    @Test
    void a_value_that_is_cut_anywhere_is_none() {
        SplittableRandom random = new SplittableRandom(17);
        for (int i = 0; i < 300; i++) {
            byte[] text = ("[" + any(random, 4) + "]").getBytes(UTF_8);
            assertThat(isValue(text)).isTrue();
            for (int length = 0; length < text.length; length++) {
                assertThat(isValue(Arrays.copyOf(text, length))).isFalse();
            }
        }
    }

    private static String any(SplittableRandom random, int depth) {
        StringBuilder text = new StringBuilder(" ".repeat(random.nextInt(2)));
        switch (random.nextInt(depth > 0 ? 6 : 4)) {
            case 0 -> text.append(random.nextInt());
            case 1 -> text.append(random.nextDouble());
            case 2 ->
                text.append("\"\u00e9\\n\\u0041 ").append(random.nextInt()).append('"');
            case 3 -> text.append(random.nextBoolean() ? "null" : "false");
            case 4 -> {
                text.append("{\"a\":").append(any(random, depth - 1)).append(", \"b\" :");
                text.append(any(random, depth - 1)).append('}');
            }
            default -> {
                text.append('[').append(any(random, depth - 1)).append(" ,");
                text.append(any(random, depth - 1)).append(']');
            }
        }
        return text.append(" ".repeat(random.nextInt(2))).toString();
    }
}
