package dev.varve.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Small readers and writers of text. */
final class TextTest {

    @Test
    void a_code_point_is_unfinished_until_its_last_byte() {
        for (String text : List.of("\u00e9", "\u20ac", "\ud83d\ude00")) {
            byte[] bytes = ("ab" + text).getBytes(StandardCharsets.UTF_8);
            for (int length = 0; length <= bytes.length; length++) {
                boolean whole = length <= 2 || length == bytes.length;
                assertThat(Utf8.unfinished(ByteBuffer.wrap(bytes), length))
                        .as("%d bytes of %s", length, text)
                        .isEqualTo(whole ? 0 : length - 2);
            }
        }
    }

    @Test
    void bytes_that_are_no_text_are_never_unfinished() {
        assertThat(Utf8.unfinished(ByteBuffer.wrap(new byte[] {(byte) 0x80}), 1))
                .isZero();
        assertThat(Utf8.unfinished(
                        ByteBuffer.wrap(new byte[] {(byte) 0x80, (byte) 0x80, (byte) 0x80, (byte) 0x80, (byte) 0x80}),
                        5))
                .isZero();
    }

    @ParameterizedTest
    @CsvSource({
        "gzip, true",
        "GZIP, true",
        "'br, gzip', true",
        "gzip;q=1.0, true",
        "gzip;q=0.001, true",
        "*, true",
        "gzip;q=0, false",
        "gzip; q=0.000, false",
        "'*;q=0', false",
        "'gzip;q=0, *', false",
        "identity, false",
        "'', false",
        "gzipped, false"
    })
    void gzip_is_used_when_it_is_accepted(String header, boolean accepted) {
        assertThat(Gzip.accepted(List.of(header))).isEqualTo(accepted);
    }

    @ParameterizedTest
    @CsvSource({
        "text/plain, true",
        "TEXT/HTML; charset=utf-8, true",
        "text/plain; charset=\"UTF-8\"; x=y, true",
        "text/plain; charset=us-ascii, true",
        "text/plain; charset=iso-8859-1, false",
        "text/plain; charset=utf-16, false",
        "application/json, true",
        "application/json; charset=utf-8, true",
        "application/octet-stream, false",
        "application/x-ndjson, false",
        "image/png, false"
    })
    void events_carry_text_as_it_is_and_everything_else_encoded(String contentType, boolean text) {
        assertThat(MediaTypes.isText(contentType)).isEqualTo(text);
    }

    @ParameterizedTest
    @CsvSource({"a%20b, a b", "%C3%A9, \u00e9", "a+b, a+b", "%41%42, AB"})
    void percent_escapes_are_utf_8(String encoded, String text) {
        assertThat(PercentDecoder.decode(encoded, false)).isEqualTo(text);
    }

    @Test
    void json_text_is_always_valid() {
        assertThat(new JsonText()
                        .field("a\"", "\\\n\t\u0001\u007f\ud800x\ud83d\ude00")
                        .field("n", 1)
                        .field("b", true)
                        .toString())
                .isEqualTo("{\"a\\\"\":\"\\\\\\n\\t\\u0001\\u007f\\ud800x\ud83d\ude00\",\"n\":1,\"b\":true}");
    }
}
