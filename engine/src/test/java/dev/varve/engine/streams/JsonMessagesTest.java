package dev.varve.engine.streams;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.engine.streams.JsonMessages.Invalid;
import dev.varve.engine.streams.JsonMessages.Messages;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;

/** What is JSON, and how a body becomes messages. */
final class JsonMessagesTest {

    @Test
    void a_value_that_is_not_an_array_is_one_message() {
        assertThat(messages("{\"a\":1}")).containsExactly("{\"a\":1}");
        assertThat(messages("\"text\"")).containsExactly("\"text\"");
        assertThat(messages("-0.5e+3")).containsExactly("-0.5e+3");
        assertThat(messages("true")).containsExactly("true");
        assertThat(messages("false")).containsExactly("false");
        assertThat(messages("null")).containsExactly("null");
        assertThat(messages("0")).containsExactly("0");
    }

    @Test
    void an_array_is_cut_into_its_elements() {
        assertThat(messages("[1,\"two\",{\"three\":[3]},null]"))
                .containsExactly("1", "\"two\"", "{\"three\":[3]}", "null");
    }

    @Test
    void an_array_is_cut_one_level_deep_only() {
        assertThat(messages("[[1,2],[],[[3]]]")).containsExactly("[1,2]", "[]", "[[3]]");
        assertThat(messages("[[]]")).containsExactly("[]");
        assertThat(messages("{\"a\":[1,2]}")).containsExactly("{\"a\":[1,2]}");
    }

    @Test
    void an_empty_array_has_no_messages() {
        assertThat(messages("[]")).isEmpty();
        assertThat(messages(" [ \n ] ")).isEmpty();
        assertThat(split("[]".getBytes(UTF_8)).payload()).isEmpty();
    }

    @Test
    void white_space_goes_around_messages_and_stays_inside_them() {
        assertThat(messages(" \t\r\n{ \"a\" : [ 1 , 2 ] } \t\r\n")).containsExactly("{ \"a\" : [ 1 , 2 ] }");
        assertThat(messages("\n[ 1 ,\t{ \"b\" : 2 }\r, [ ] ]\n")).containsExactly("1", "{ \"b\" : 2 }", "[ ]");
    }

    @Test
    void the_payload_is_each_message_with_a_comma_and_the_ends_count_it() {
        Messages messages = split("[1, \"ab\" ,{}]".getBytes(UTF_8));

        assertThat(new String(messages.payload(), UTF_8)).isEqualTo("1,\"ab\",{},");
        assertThat(messages.ends()).containsExactly(2, 7, 10);

        assertThat(new String(split(" 42 ".getBytes(UTF_8)).payload(), UTF_8)).isEqualTo("42,");
        assertThat(split("42".getBytes(UTF_8)).ends()).containsExactly(3);
    }

    @Test
    void more_messages_than_the_first_guess_are_all_found() {
        StringBuilder body = new StringBuilder("[");
        List<String> expected = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            body.append(i == 0 ? "" : ",").append(i);
            expected.add(Integer.toString(i));
        }
        assertThat(messages(body.append(']').toString())).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "-0",
                "1",
                "10",
                "1.0",
                "1e5",
                "1E5",
                "1e-5",
                "1e+05",
                "-12.34E-56",
                "1e400",
                "123456789012345678901234567890",
                "\"\"",
                "\" \"",
                "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"",
                "\"\\u0000\\uABCD\\uabcd\"",
                "\"\\ud800\"",
                "{\"\\ud800\":1}",
                "\"\\udc00\\ud800\"",
                "\"a'b\"",
                "\"/\"",
                "\"\u007f\"",
                "\"é\"",
                "\"€\"",
                "\"\uD83D\uDE00\"",
                "\"\u0080\"",
                "\"\u07ff\"",
                "\"\u0800\"",
                "\"\ud7ff\"",
                "\"\ue000\"",
                "\"\uffff\"",
                "\"\uFEFF\"",
                "\"\uDBFF\uDFFF\"",
                "{}",
                "{ }",
                "{\"\":\"\"}",
                "{\"a\":1,\"a\":2}",
                "{\"a\":{\"b\":{\"c\":[{}]}}}"
            })
    void what_the_grammar_allows_is_one_message_kept_as_it_is(String body) {
        assertThat(messages(body)).containsExactly(body);
        assertThat(messages("[" + body + "]")).containsExactly(body);
        assertThat(messages(" [ " + body + " , " + body + " ] ")).containsExactly(body, body);
    }

    @Test
    void what_the_grammar_does_not_have_is_refused_at_its_place() {
        refused("", 0, "a value is needed, but the body ends");
        refused("  \n", 3, "a value is needed, but the body ends");
        refused("\u0000", 0, "a value is needed, but there is 0x00");
        refused("\u00a01", 0, "a value is needed, but there is 0xc2");
        refused("\uFEFF{}", 0, "a value is needed, but there is 0xef");
        refused("NaN", 0, "a value is needed, but there is 'N'");
        refused("Infinity", 0, "a value");
        refused("-Infinity", 1, "a digit is needed, but there is 'I'");
        refused("nul", 3, "a value is needed: true, false or null, but the body ends");
        refused("nulL", 3, "a value");
        refused("True", 0, "a value");
        refused("truefalse", 4, "nothing may follow the value, but there is 'f'");
        refused("undefined", 0, "a value");
        refused("'a'", 0, "a value");
        refused("/**/1", 0, "a value");
        refused("1//", 1, "nothing may follow");
        refused("1 2", 2, "nothing may follow");
        refused("{}{}", 2, "nothing may follow");
        refused("[]]", 2, "nothing may follow");
        refused("1,", 1, "nothing may follow");
        refused("1\u0000", 1, "nothing may follow");
        refused(",", 0, "a value");
        refused("]", 0, "a value");
        refused("}", 0, "a value");
        refused("[", 1, "a value is needed, but the body ends");
        refused("[1", 2, "a comma or ']' is needed, but the body ends");
        refused("[1,", 3, "a value is needed, but the body ends");
        refused("[1,]", 3, "a value is needed, but there is ']'");
        refused("[,1]", 1, "a value");
        refused("[1,,2]", 3, "a value");
        refused("[1 2]", 3, "a comma or ']' is needed, but there is '2'");
        refused("[1}", 2, "a comma or ']' is needed, but there is '}'");
        refused("[1:2]", 2, "a comma or ']'");
        refused("[\"a\",\n4\n,1,1.", 13, "a digit is needed, but the body ends");
        refused("{", 1, "a name in double quotes is needed, but the body ends");
        refused("{1:2}", 1, "a name in double quotes is needed, but there is '1'");
        refused("{a:2}", 1, "a name");
        refused("{'a':2}", 1, "a name");
        refused("{\"a\"}", 4, "a colon is needed, but there is '}'");
        refused("{\"a\"", 4, "a colon is needed, but the body ends");
        refused("{\"a\":}", 5, "a value is needed, but there is '}'");
        refused("{\"a\":1", 6, "a comma or '}' is needed, but the body ends");
        refused("{\"a\":1]", 6, "a comma or '}' is needed, but there is ']'");
        refused("{\"a\":1,}", 7, "a name in double quotes is needed, but there is '}'");
        refused("{\"a\":1,,\"b\":2}", 7, "a name");
        refused("{,}", 1, "a name");
        refused("{[]:1}", 1, "a name");
        refused("{\"a\":1 \"b\":2}", 7, "a comma or '}'");
        refused("{\"a\" 1}", 5, "a colon");
    }

    @Test
    void numbers_follow_the_grammar() {
        refused("-", 1, "a digit is needed, but the body ends");
        refused("--1", 1, "a digit is needed, but there is '-'");
        refused("+1", 0, "a value");
        refused(".5", 0, "a value");
        refused("1.", 2, "a digit");
        refused("1.e5", 2, "a digit");
        refused("1e", 2, "a digit");
        refused("1e+", 3, "a digit");
        refused("1e1.5", 3, "nothing may follow");
        refused("01", 1, "a number must not begin with a zero");
        refused("-01", 2, "a number must not begin with a zero");
        refused("00", 1, "a number must not begin with a zero");
        refused("0x1", 1, "nothing may follow");
        refused("1_000", 1, "nothing may follow");
        refused("1a", 1, "nothing may follow");
        refused("[1a]", 2, "a comma or ']'");
    }

    @Test
    void strings_follow_the_grammar() {
        refused("\"", 1, "the end of the string is needed, but the body ends");
        refused("\"a", 2, "the end of the string");
        refused("\"abcdefghijklmnop", 17, "the end of the string");
        refused("\"\\", 2, "one of \" \\ / b f n r t u is needed after a backslash, but the body ends");
        refused("\"\\\"", 3, "the end of the string");
        refused("\"\\x41\"", 2, "one of \" \\ / b f n r t u is needed after a backslash, but there is 'x'");
        refused("\"\\'\"", 2, "one of");
        refused("\"\\0\"", 2, "one of");
        refused("\"\\U0041\"", 2, "one of");
        refused("\"\\\n\"", 2, "one of");
        refused("\"\\u\"", 3, "four hexadecimal digits are needed in an escape, but there is '\"'");
        refused("\"\\u12\"", 5, "four hexadecimal digits");
        refused("\"\\u123g\"", 6, "four hexadecimal digits");
        refused("\"\\u123", 6, "four hexadecimal digits are needed in an escape, but the body ends");
        refused("\"\n\"", 1, "the control character 0x0a must be escaped in a string");
        refused("\"\u0000\"", 1, "the control character 0x00 must be escaped in a string");
        refused("{\"\t\":1}", 2, "the control character 0x09 must be escaped in a string");
        for (int control = 0; control < ' '; control++) {
            for (int before = 0; before < 20; before++) {
                refused("\"" + "x".repeat(before) + (char) control + "yyyyyyyyyyyy\"", before + 1, "the control");
            }
        }
    }

    @Test
    void a_special_byte_is_found_wherever_it_lies_in_a_long_string() {
        for (int length = 0; length < 40; length++) {
            for (int place = 0; place < length; place++) {
                String before = "z".repeat(place);
                String after = "!".repeat(length - place - 1);
                String escaped = "\"" + before + "\\n" + after + "\"";
                String foreign = "\"" + before + "\u20ac" + after + "\"";
                assertThat(messages("[" + escaped + "," + foreign + "]")).containsExactly(escaped, foreign);
                refused("\"" + before + "\"" + after + "\"", place + 2, "nothing may follow");
            }
        }
    }

    @Test
    void only_well_formed_utf_8_is_accepted() {
        refusedBytes("\"\u0080\"", 1); // a continuation byte alone
        refusedBytes("\"\u00bf\"", 1);
        refusedBytes("\"\u00c3\"", 1); // a lead byte alone
        refusedBytes("\"\u00c3", 1);
        refusedBytes("\"\u00c0\u0080\"", 1); // overlong
        refusedBytes("\"\u00c1\u00bf\"", 1);
        refusedBytes("\"\u00e0\u0080\u0080\"", 1);
        refusedBytes("\"\u00e0\u009f\u00bf\"", 1);
        refusedBytes("\"\u00f0\u0080\u0080\u0080\"", 1);
        refusedBytes("\"\u00f0\u008f\u00bf\u00bf\"", 1);
        refusedBytes("\"\u00ed\u00a0\u0080\"", 1); // surrogates
        refusedBytes("\"\u00ed\u00bf\u00bf\"", 1);
        refusedBytes("\"\u00f4\u0090\u0080\u0080\"", 1); // above 0x10ffff
        refusedBytes("\"\u00f5\u0080\u0080\u0080\"", 1);
        refusedBytes("\"\u00ff\"", 1);
        refusedBytes("\"\u00fe\"", 1);
        refusedBytes("\"ab\u00e2\u0082\"", 3); // cut short
        refusedBytes("\"ab\u00f0\u009f\u0098\"", 3);
        refusedBytes("\"ab\u00f0\u009f\u0098", 3);
        refusedBytes("\"ab\u00e2(\u00a1\"", 3); // not a continuation byte
        refusedBytes("\"ab\u00f0\u009f(\u0080\"", 3);
        refusedBytes("\"abcdefghijk\u00e9\"", 12); // Latin-1
        refusedBytes("{\"\u00ff\":1}", 2);
    }

    /** Every sequence of two bytes, and every lead with every second byte, against the JDK's own decoder. */
    @Test
    void utf_8_is_what_the_jdk_says_it_is() {
        byte[] tail = {(byte) 0x80, (byte) 0xbf};
        for (int first = 0x80; first < 0x100; first++) {
            for (int second = 0; second < 0x100; second++) {
                for (int more = 0; more <= 2; more++) {
                    ByteArrayOutputStream text = new ByteArrayOutputStream();
                    text.write(first);
                    text.write(second);
                    text.write(tail, 0, more);
                    if (second == '"' || second == '\\' || second < ' ') {
                        continue;
                    }
                    ByteArrayOutputStream body = new ByteArrayOutputStream();
                    body.write('"');
                    body.writeBytes(text.toByteArray());
                    body.write('"');
                    assertThat(JsonMessages.split(body.toByteArray()) instanceof Messages)
                            .as("0x%02x 0x%02x and %s more", first, second, more)
                            .isEqualTo(isUtf8(text.toByteArray()));
                }
            }
        }
    }

    @Test
    void nesting_is_bounded() {
        int deepest = JsonMessages.MAX_DEPTH;
        String arrays = "[".repeat(deepest) + "]".repeat(deepest);
        String objects = "{\"a\":".repeat(deepest - 1) + "{}" + "}".repeat(deepest - 1);
        assertThat(messages(arrays)).containsExactly(arrays.substring(1, arrays.length() - 1));
        assertThat(messages(objects)).containsExactly(objects);

        String words = "arrays and objects may be nested 64 deep at most";
        refused("[" + arrays + "]", deepest, words);
        refused("[" + objects + "]", 1 + 5 * (deepest - 1), words);
        refused("[".repeat(100_000), deepest, words);
        refused("{\"a\":".repeat(100_000), 5 * deepest, words);
    }

    @Test
    void a_container_is_closed_by_its_own_kind_at_every_depth() {
        for (int depth = 1; depth <= JsonMessages.MAX_DEPTH; depth++) {
            for (int objectAt = 0; objectAt < depth; objectAt++) {
                StringBuilder open = new StringBuilder();
                StringBuilder close = new StringBuilder();
                for (int d = 0; d < depth; d++) {
                    open.append(d == objectAt ? "{\"k\":" : "[");
                    close.insert(0, d == objectAt ? '}' : ']');
                }
                assertThat(JsonMessages.split((open + "1" + close).getBytes(UTF_8)))
                        .isInstanceOf(Messages.class);
                String wrong = close.toString().replace('}', ']');
                assertThat(JsonMessages.split((open + "1" + wrong).getBytes(UTF_8)))
                        .isInstanceOf(Invalid.class);
            }
        }
    }

    /** Valid documents, and the same with a few bytes changed, against Jackson. The seed is in the message of a failure. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void what_is_accepted_is_what_a_strict_parser_accepts(long seed) {
        Random random = new Random(seed);
        int valid = 0;
        int invalid = 0;
        for (int i = 0; i < 10_000; i++) {
            StringBuilder text = new StringBuilder();
            List<String> expected = new ArrayList<>();
            document(random, text, expected);
            byte[] body = text.toString().getBytes(UTF_8);
            assertThat(messages(body))
                    .as("seed %s, document %s: %s", seed, i, text)
                    .isEqualTo(expected);

            byte[] mutant = mutate(random, body);
            boolean accepted = JsonMessages.split(mutant) instanceof Messages;
            assertThat(accepted)
                    .as("seed %s, mutant %s: %s", seed, i, new String(mutant, ISO_8859_1))
                    .isEqualTo(isStrictJson(mutant));
            valid += accepted ? 1 : 0;
            invalid += accepted ? 0 : 1;
        }
        assertThat(valid).as("mutants that stayed valid").isGreaterThan(500);
        assertThat(invalid).as("mutants that became invalid").isGreaterThan(500);
    }

    private static void document(Random random, StringBuilder text, List<String> messages) {
        space(random, text);
        if (random.nextInt(3) > 0) {
            int start = text.length();
            boolean array = value(random, text, 0);
            if (array) { // a value that happens to be an array is cut
                text.setLength(start);
                text.append("true");
            }
            messages.add(text.substring(start));
        } else {
            text.append('[');
            space(random, text);
            int count = random.nextInt(5);
            for (int i = 0; i < count; i++) {
                if (i > 0) {
                    text.append(',');
                }
                space(random, text);
                int start = text.length();
                value(random, text, 1);
                messages.add(text.substring(start));
                space(random, text);
            }
            text.append(']');
        }
        space(random, text);
    }

    /** Appends a random value and tells whether it is an array. */
    private static boolean value(Random random, StringBuilder text, int depth) {
        switch (random.nextInt(depth > 4 ? 5 : 8)) {
            case 0 -> text.append(random.nextBoolean() ? "true" : "false");
            case 1 -> text.append("null");
            case 2 -> text.append(random.nextInt(-1_000, 1_000));
            case 3 -> text.append(random.nextDouble(-1e30, 1e30));
            case 4 -> string(random, text);
            case 5, 6 -> {
                text.append('{');
                int count = random.nextInt(4);
                for (int i = 0; i < count; i++) {
                    text.append(i > 0 ? "," : "");
                    space(random, text);
                    string(random, text);
                    space(random, text);
                    text.append(':');
                    space(random, text);
                    value(random, text, depth + 1);
                    space(random, text);
                }
                text.append('}');
            }
            default -> {
                text.append('[');
                int count = random.nextInt(4);
                for (int i = 0; i < count; i++) {
                    text.append(i > 0 ? "," : "");
                    space(random, text);
                    value(random, text, depth + 1);
                    space(random, text);
                }
                text.append(']');
                return true;
            }
        }
        return false;
    }

    private static void string(Random random, StringBuilder text) {
        text.append('"');
        int length = random.nextInt(24);
        for (int i = 0; i < length; i++) {
            switch (random.nextInt(16)) {
                case 0 -> text.append('\\').append("\"\\/bfnrt".charAt(random.nextInt(8)));
                case 1 -> text.append("\\u%04x".formatted(random.nextInt(0x10000)));
                case 2 -> text.appendCodePoint(random.nextInt(0x80, 0x800));
                case 3 -> text.appendCodePoint(random.nextInt(0xe000, 0x10000));
                case 4 -> text.appendCodePoint(random.nextInt(0x10000, 0x110000));
                default -> text.append((char) random.nextInt('a', 'z' + 1));
            }
        }
        text.append('"');
    }

    private static void space(Random random, StringBuilder text) {
        if (random.nextInt(4) == 0) {
            text.append(" \t\r\n".charAt(random.nextInt(4)));
        }
    }

    private static byte[] mutate(Random random, byte[] body) {
        byte[] mutant = body.clone();
        int changes = random.nextInt(1, 4);
        for (int i = 0; i < changes && mutant.length > 1; i++) {
            int place = random.nextInt(mutant.length);
            byte[] likely = "{}[],:\"\\0123456789-+.eEtfnu \t\n/".getBytes(UTF_8);
            byte replacement =
                    random.nextInt(4) == 0 ? (byte) random.nextInt(256) : likely[random.nextInt(likely.length)];
            switch (random.nextInt(4)) {
                case 0 -> mutant[place] = replacement;
                case 1 -> mutant = without(mutant, place);
                case 2 -> mutant = with(mutant, place, mutant[random.nextInt(mutant.length)]);
                default -> mutant = with(mutant, place, replacement);
            }
        }
        return mutant;
    }

    private static byte[] without(byte[] bytes, int place) {
        byte[] less = new byte[bytes.length - 1];
        System.arraycopy(bytes, 0, less, 0, place);
        System.arraycopy(bytes, place + 1, less, place, less.length - place);
        return less;
    }

    private static byte[] with(byte[] bytes, int place, byte value) {
        byte[] more = new byte[bytes.length + 1];
        System.arraycopy(bytes, 0, more, 0, place);
        more[place] = value;
        System.arraycopy(bytes, place, more, place + 1, bytes.length - place);
        return more;
    }

    private static final JsonFactory STRICT = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(JsonMessages.MAX_DEPTH)
                    .build())
            .build();

    /** One value of strict JSON in UTF-8; decoded by the JDK first, because Jackson guesses encodings and lets some bad bytes pass. */
    private static boolean isStrictJson(byte[] body) {
        if (!isUtf8(body)) {
            return false;
        }
        // Jackson takes a character for a hexadecimal digit when its low byte is one, and refuses a lone surrogate in a
        // name, which the grammar allows. Neither is at stake: plainer characters and another escape stand in for them.
        String text =
                new String(body, UTF_8).replaceAll("[^\\x00-\\x7f]", "~").replaceAll("\\\\u[dD][89a-fA-F]", "\\\\u00");
        try (JsonParser parser = STRICT.createParser(ObjectReadContext.empty(), text)) {
            int depth = 0;
            int roots = 0;
            for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
                if (depth == 0) {
                    roots++;
                }
                depth += token.isStructStart() ? 1 : token.isStructEnd() ? -1 : 0;
                if (token == JsonToken.VALUE_STRING) {
                    assertThat(parser.getString()).isNotNull(); // strings are read lazily
                }
            }
            return roots == 1 && depth == 0;
        } catch (JacksonException e) {
            return false;
        }
    }

    private static boolean isUtf8(byte[] bytes) {
        try {
            UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
            return true;
        } catch (CharacterCodingException e) {
            return false;
        }
    }

    private static void refused(String body, int offset, String what) {
        refused(body.getBytes(UTF_8), offset, what);
    }

    /** The characters of the text are the bytes of the body. */
    private static void refusedBytes(String body, int offset) {
        refused(body.getBytes(ISO_8859_1), offset, "are not UTF-8");
    }

    private static void refused(byte[] body, int offset, String what) {
        assertThat(JsonMessages.split(body))
                .as(new String(body, ISO_8859_1))
                .isInstanceOfSatisfying(Invalid.class, e -> {
                    assertThat(e.message())
                            .startsWith("not valid JSON at byte " + offset + ": ")
                            .contains(what);
                    assertThat(e.offset()).isEqualTo(offset);
                });
    }

    private static List<String> messages(String body) {
        return messages(body.getBytes(UTF_8));
    }

    private static List<String> messages(byte[] body) {
        Messages messages = split(body);
        List<String> found = new ArrayList<>();
        int start = 0;
        for (int end : messages.ends()) {
            assertThat(messages.payload()[end - 1]).isEqualTo((byte) ',');
            found.add(new String(messages.payload(), start, end - 1 - start, UTF_8));
            start = end;
        }
        assertThat(start).isEqualTo(messages.payload().length);
        return found;
    }

    private static Messages split(byte[] body) {
        return switch (JsonMessages.split(body)) {
            case Messages messages -> messages;
            case Invalid invalid -> throw new AssertionError(invalid.message());
        };
    }
}
