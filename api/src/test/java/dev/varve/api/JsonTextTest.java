package dev.varve.api;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Values as JSON text and back. */
final class JsonTextTest {

    private static EntryValue read(String json) {
        return JsonText.read(ByteBuffer.wrap(json.getBytes(UTF_8)));
    }

    private static String write(EntryValue value) {
        return new String(JsonText.write(value), UTF_8);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "null",
                "true",
                "false",
                "0",
                "-1",
                "9223372036854775807",
                "-9223372036854775808",
                "9223372036854775808",
                "0.10",
                "1E+400",
                "-2.5E-7",
                "\"\"",
                "\"a\\\"b\\\\c\\n\\r\\t\\u0001é€😀\"",
                "[]",
                "{}",
                "[1,[2,{\"a\":null}],\"x\"]",
                "{\"a\":{\"b\":[true]},\"\":1}"
            })
    void what_is_read_is_written_as_it_was(String json) {
        assertThat(write(read(json))).isEqualTo(json);
    }

    @Test
    void white_space_and_escapes_mean_nothing() {
        assertThat(read(" { \"a\\u0062\" :\t[ 1 ,\r\n \"\\/\\b\\f\\ud83d\\ude00\" ] } "))
                .isEqualTo(new EntryValue.Fields(
                        Map.of("ab", new EntryValue.Items(List.of(EntryValue.of(1), EntryValue.of("/\b\f😀"))))));
    }

    @Test
    void half_a_character_is_written_as_an_escape() {
        assertThat(write(EntryValue.of("\ud83d!"))).isEqualTo("\"\\ud83d!\"");
        assertThat(read("\"\\ud83d!\"")).isEqualTo(EntryValue.of("\ud83d!"));
    }

    @Test
    void numbers_keep_their_digits() {
        assertThat(read("1.50")).isEqualTo(new EntryValue.Fraction(new BigDecimal("1.50")));
        assertThat(read("-0")).isEqualTo(EntryValue.of(0));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "nul",
                "nulll",
                "tru",
                "01",
                "-",
                "+1",
                ".5",
                "1.",
                "1e",
                "1e+",
                "1e99999999999",
                "0x1",
                "NaN",
                "'a'",
                "\"a",
                "\"\\x\"",
                "\"\\u12g4\"",
                "\"\\u٠٠٠٠\"",
                "\"a\nb\"",
                "[",
                "[1",
                "[1,]",
                "[1 2]",
                "{",
                "{a:1}",
                "{\"a\"}",
                "{\"a\":}",
                "{\"a\":1,}",
                "{\"a\":1 \"b\":2}",
                "{\"a\":1,\"a\":2}",
                "1 2",
                "\ufeff1"
            })
    void what_is_no_json_is_refused(String text) {
        assertThatIllegalArgumentException().isThrownBy(() -> read(text)).withMessageStartingWith("no JSON: ");
    }

    @Test
    void bounds_are_kept() {
        int depth = EntryValue.MAX_DEPTH;
        assertThat(read("[".repeat(depth + 1) + "]".repeat(depth + 1))).isInstanceOf(EntryValue.Items.class);
        assertThatIllegalArgumentException().isThrownBy(() -> read("[".repeat(depth + 2) + "]".repeat(depth + 2)));
        assertThatIllegalArgumentException().isThrownBy(() -> read("1".repeat(1_001)));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> JsonText.read(ByteBuffer.wrap(new byte[] {'"', (byte) 0xff, '"'})));
    }
}
