package dev.varve.engine.entries;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.EntryValue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How long texts are. */
final class ValueCodecTest {

    private static final int HEAD_BYTES = 1 + Integer.BYTES;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "a",
                "plain text",
                "\u007f",
                "\u0080",
                "é",
                "plain, then é and € and 𝄞",
                "€uro",
                "𝄞",
                "𝄞𝄞 and then",
                "\uffff"
            })
    void a_text_takes_as_many_bytes_as_it_is_encoded_to(String text) {
        int bytes = text.getBytes(UTF_8).length;

        assertThat(ValueCodec.utf8Bytes(text)).isEqualTo(bytes);
        assertThat(ValueCodec.sizeOfUnicode(text)).isEqualTo(HEAD_BYTES + bytes);
        assertThat(ValueCodec.sizeOf(EntryValue.of(text))).isEqualTo(HEAD_BYTES + bytes);
        assertThat(ValueCodec.encode(EntryValue.of(text))).hasSize(HEAD_BYTES + bytes);
        assertThat(ValueCodec.isStorable(EntryValue.of(text))).isTrue();
    }

    @Test
    void half_of_a_surrogate_pair_is_no_unicode_wherever_it_stands() {
        String high = "\ud834";
        String low = "\udd1e";
        for (String text :
                new String[] {high, low, "a" + high, low + "a", high + "a", high + high + low, "é" + low, low + high}) {
            assertThat(ValueCodec.sizeOfUnicode(text)).as(escaped(text)).isEqualTo(-1);
            assertThat(ValueCodec.isStorable(EntryValue.of(text)))
                    .as(escaped(text))
                    .isFalse();
        }
    }

    @Test
    void a_value_is_encoded_behind_what_stays_free() {
        for (EntryValue value : new EntryValue[] {EntryValue.of("text"), EntryValue.of(7L), EntryValue.of(true)}) {
            byte[] alone = ValueCodec.encode(value);
            byte[] behind = ValueCodec.encode(3, value);

            assertThat(behind).startsWith(0, 0, 0).endsWith(alone).hasSize(3 + alone.length);
            assertThat(ValueCodec.decode(behind, 3)).isEqualTo(value);
        }
    }

    private static String escaped(String text) {
        StringBuilder escaped = new StringBuilder();
        text.chars().forEach(c -> escaped.append(Integer.toHexString(c)).append(' '));
        return escaped.toString();
    }
}
