package dev.varve.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.EntryValue;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The short way of reading JSON says what the long one does, or nothing. */
final class PlainJsonTest {

    private static final String PARTS = "{}[]\":,\\ \n0123456789-+.eEtruefalsnu\u00e9\u0001a";
    private static final String[] WORDS = {
        "{\"a\":",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\"",
        "\"a\"",
        "\"b c\"",
        "true",
        "false",
        "null",
        "0",
        "-0",
        "00",
        "7",
        "-12",
        "1.5",
        "1e3",
        "999999999999999999",
        "9999999999999999999",
        " ",
        "\t",
        "\\u0041",
        "\u00fc",
        "\u007f"
    };

    private static @Nullable EntryValue any(byte[] json) {
        try {
            return EntryJson.parseAny(json);
        } catch (EntryJsonException e) {
            return null;
        }
    }

    private static @Nullable EntryValue plain(String json) {
        return PlainJson.parse(json.getBytes(StandardCharsets.UTF_8));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "null",
                " true ",
                "false",
                "0",
                "-7",
                "999999999999999999",
                "\"\"",
                "\"text, with {all} [of] it: 1\"",
                "\"\u007f\"",
                "[]",
                "{}",
                "{ \"b\" : [ 1 , null , { \"c\" : \"x\" } ] ,\r\n\t\"a\" : { } }"
            })
    void what_is_plain_is_read(String json) {
        assertThat(plain(json)).isNotNull().isEqualTo(any(json.getBytes(StandardCharsets.UTF_8)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "nul",
                "nulll",
                "tru",
                "-",
                "-0",
                "01",
                "-01",
                "1.5",
                "1e3",
                "1 2",
                "1234567890123456789",
                "\"",
                "\"a",
                "\"\\n\"",
                "\"\u00fc\"",
                "\"\t\"",
                "[",
                "[1",
                "[1,",
                "[1,]",
                "[,1]",
                "[1 2]",
                "{",
                "{\"a\"",
                "{\"a\":",
                "{\"a\":1",
                "{\"a\":1,",
                "{\"a\":1,}",
                "{\"a\" 1}",
                "{a:1}",
                "{\"a\":1,\"a\":2}",
                "{\"a\":1}x",
                "1\u00fc",
                "[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]"
            })
    void everything_else_is_left_to_the_parser_of_all_json(String json) {
        assertThat(plain(json)).isNull();
    }

    @Test
    void random_texts_are_read_as_by_the_parser_of_all_json_or_not_at_all() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        int read = 0;
        for (int i = 0; i < 200_000; i++) {
            StringBuilder text = new StringBuilder();
            for (int n = random.nextInt(8); n >= 0; n--) {
                if (random.nextInt(4) == 0) {
                    text.append(PARTS.charAt(random.nextInt(PARTS.length())));
                } else {
                    text.append(WORDS[random.nextInt(WORDS.length)]);
                }
            }
            byte[] json = text.toString().getBytes(StandardCharsets.UTF_8);
            EntryValue plain = PlainJson.parse(json);
            if (plain != null) {
                read++;
                assertThat(plain).as("seed %d, %s", seed, text).isEqualTo(any(json));
            }
        }
        assertThat(read).as("seed %d", seed).isGreaterThan(1_000);
    }

    @Test
    void a_long_text_is_left_to_the_parser_of_all_json() {
        assertThat(plain("\"" + "x".repeat(64 * 1024) + "\"")).isNull();
        assertThat(plain("\"" + "x".repeat(60 * 1024) + "\"")).isNotNull();
    }
}
