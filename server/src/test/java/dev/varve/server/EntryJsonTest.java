package dev.varve.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.varve.api.EntryType;
import dev.varve.api.EntryValue;
import dev.varve.api.ErrorKind;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** JSON to entries and back. */
final class EntryJsonTest {

    private static EntryValue parse(String json) {
        return EntryJson.parse(json.getBytes(StandardCharsets.UTF_8));
    }

    private static String envelopes(EntryValue value) {
        return EntryJson.text(value, EntryJson.Form.ENVELOPES);
    }

    private static ErrorKind refused(String json) {
        try {
            EntryJson.requireStorable(parse(json));
        } catch (EntryJsonException e) {
            assertThat(e.detail()).isNotBlank();
            return e.kind();
        }
        throw new AssertionError("was taken: " + json);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "null",
                "true",
                "false",
                "0",
                "255",
                "256",
                "-1",
                "9223372036854775807",
                "-9223372036854775808",
                "1.5",
                "1.50",
                "0.1234567890123456789012345678901234567890",
                "-0.0001",
                "1E+300",
                "1E0",
                "12E0",
                "0.0",
                "\"\"",
                "\"a\\\"b\\\\c\\n\\u0000\"",
                "\"\u00fc \u20ac \ud83c\udf0b\"",
                "[]",
                "[1,[2.0,null],{\"a\":[]}]",
                "{}",
                "{\"b\":1,\"a\":{\"c\":\"x\"}}",
                "{\"_typed\":\"29.99\",\"_type\":\"decimal\"}",
                "{\"_typed\":\"2026-03-31T12:00:00Z\",\"_type\":\"datetime\"}",
                "{\"_type\":\"file\",\"hash\":\"sha256:00\",\"size\":1}",
                "{\"_type\":\"lease\",\"holder\":null,\"token\":7,\"expires_at\":1}",
                "[{\"_typed\":\"1\",\"_type\":\"decimal\"}]"
            })
    void what_is_taken_is_given_back_as_it_was(String json) {
        EntryValue value = EntryJson.requireStorable(parse(json));
        assertThat(envelopes(value)).isEqualTo(json);
        assertThat(parse(envelopes(value))).isEqualTo(value);
    }

    @Test
    void random_values_survive_the_way_there_and_back() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        for (int i = 0; i < 2_000; i++) {
            EntryValue value = random(random, 4);
            assertThat(parse(envelopes(value))).as("seed %d, round %d", seed, i).isEqualTo(value);
        }
    }

    private static EntryValue random(Random random, int depth) {
        return switch (random.nextInt(depth > 0 ? 7 : 5)) {
            case 0 -> new EntryValue.Null();
            case 1 -> EntryValue.of(random.nextBoolean());
            case 2 -> EntryValue.of(random.nextLong() >> random.nextInt(64));
            case 3 -> new EntryValue.Fraction(BigDecimal.valueOf(random.nextLong(), random.nextInt(-280, 280)));
            case 4 -> EntryValue.of(text(random));
            case 5 -> {
                List<EntryValue> items = new ArrayList<>();
                for (int i = random.nextInt(4); i > 0; i--) {
                    items.add(random(random, depth - 1));
                }
                yield new EntryValue.Items(items);
            }
            default -> {
                Map<String, EntryValue> fields = new LinkedHashMap<>();
                for (int i = random.nextInt(4); i > 0; i--) {
                    fields.put(text(random), random(random, depth - 1));
                }
                yield new EntryValue.Fields(fields);
            }
        };
    }

    private static String text(Random random) {
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(6); i > 0; i--) {
            int codePoint = random.nextInt(random.nextBoolean() ? 0x80 : 0x110000);
            text.appendCodePoint(codePoint >= 0xd800 && codePoint < 0xe000 ? 'x' : codePoint);
        }
        return text.toString();
    }

    @Test
    void numbers_keep_their_kind_and_their_digits() {
        assertThat(parse("5")).isEqualTo(EntryValue.of(5));
        assertThat(EntryType.of(parse("5"))).isEqualTo(EntryType.INTEGER);
        assertThat(EntryType.of(parse("5.0"))).isEqualTo(EntryType.FLOAT);
        assertThat(EntryType.of(parse("5e0"))).isEqualTo(EntryType.FLOAT);
        assertThat(parse("1.10")).isNotEqualTo(parse("1.1"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "9223372036854775808 | INVALID_PARAMS",
                "-9223372036854775809 | INVALID_PARAMS",
                "1e400 | INVALID_PARAMS",
                "-1e400 | INVALID_PARAMS",
                "1e-400 | INVALID_PARAMS",
                "0e999999 | INVALID_PARAMS",
                "1e2147483647 | INVALID_PARAMS",
                "1e99999999999999999999 | INVALID_PARAMS",
                "{\"a\":1,\"a\":2} | INVALID_PARAMS",
                "{\"a\":{\"b\":1,\"b\":1}} | INVALID_PARAMS",
                "{\"\":1} | INVALID_PARAMS",
                "[{\"\":1}] | INVALID_PARAMS",
                "\"\\ud83c\" | INVALID_PARAMS",
                "\"\\udf0b\\ud83c\" | INVALID_PARAMS",
                "{\"\\ud83c\":1} | INVALID_JSON",
                "{\"_type\":\"other\"} | INVALID_PARAMS",
                "{\"_type\":1} | INVALID_PARAMS",
                "{\"_type\":null,\"a\":1} | INVALID_PARAMS",
                "{\"a\":[{\"_type\":\"map\"}]} | INVALID_PARAMS",
                "{\"_typed\":\"1\"} | INVALID_PARAMS",
                "{\"_type\":\"decimal\"} | INVALID_PARAMS",
                "{\"_type\":\"decimal\",\"_typed\":1} | INVALID_PARAMS",
                "{\"_type\":\"datetime\",\"_typed\":\"x\",\"a\":1} | INVALID_PARAMS",
                "{\"_type\":\"x\",\"_typed\":\"x\"} | INVALID_PARAMS",
                "`` | INVALID_JSON",
                "nul | INVALID_JSON",
                "{\"a\":1 | INVALID_JSON",
                "[1,] | INVALID_JSON",
                "1 2 | INVALID_JSON",
                "NaN | INVALID_JSON",
                "'a' | INVALID_JSON",
                "01 | INVALID_JSON",
                "/**/1 | INVALID_JSON"
            })
    void what_could_not_be_given_back_is_refused(String json, ErrorKind kind) {
        assertThat(refused(json)).isEqualTo(kind);
    }

    @Test
    void text_that_is_not_utf_8_is_no_json() {
        assertThatExceptionOfType(EntryJsonException.class)
                .isThrownBy(() -> EntryJson.parse(new byte[] {'"', (byte) 0xff, '"'}))
                .satisfies(e -> assertThat(e.kind()).isEqualTo(ErrorKind.INVALID_JSON));
    }

    @Test
    void nesting_is_bounded() {
        String deepest = "[".repeat(EntryValue.MAX_DEPTH) + "]".repeat(EntryValue.MAX_DEPTH);
        assertThat(envelopes(EntryJson.requireStorable(parse(deepest)))).isEqualTo(deepest);
        assertThat(refused("[" + deepest + "]")).isEqualTo(ErrorKind.INVALID_PARAMS);
        assertThat(refused("{\"a\":".repeat(100_000) + "1" + "}".repeat(100_000)))
                .isEqualTo(ErrorKind.INVALID_PARAMS);
    }

    @Test
    void the_number_of_values_is_bounded() {
        assertThat(refused("[" + "0,".repeat(EntryJson.MAX_VALUES) + "0]")).isEqualTo(ErrorKind.TOO_LARGE);
    }

    @Test
    void the_plain_form_shows_decimals_and_times_as_their_text_but_leaves_lists_alone() {
        EntryValue value = parse("""
                {"price":{"_typed":"29.99","_type":"decimal"},"list":[{"_typed":"1","_type":"decimal"}],
                 "at":{"on":{"_typed":"2026-03-31T12:00:00Z","_type":"datetime"}}}""");
        assertThat(EntryJson.text(value, EntryJson.Form.PLAIN))
                .isEqualTo("{\"price\":\"29.99\",\"list\":[{\"_typed\":\"1\",\"_type\":\"decimal\"}],"
                        + "\"at\":{\"on\":\"2026-03-31T12:00:00Z\"}}");
        assertThat(EntryJson.text(parse("{\"_typed\":\"29.99\",\"_type\":\"decimal\"}"), EntryJson.Form.PLAIN))
                .isEqualTo("\"29.99\"");
    }
}
