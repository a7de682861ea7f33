package dev.varve.server;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How requests are read out of bytes that come as they like. What is refused over a socket stands in {@link FramingTest}. */
final class HeadReaderTest {

    private static final String HEAD = """
            POST /v1/stream/a?b=c HTTP/1.1\r
            Host: localhost\r
            Stream-Seq:\t a b \r
            content-TYPE: text/plain\r
            Stream-Seq: second\r
            X-Empty:\r
            Content-Length: 3\r
            \r
            """;

    private final HeadReader reader = new HeadReader(new Limits());

    private static ByteBuf bytes(String text) {
        return Unpooled.copiedBuffer(text, ISO_8859_1);
    }

    private static Request whole(@Nullable Request request) {
        if (request == null) {
            throw new AssertionError("the head is whole, but no request came of it");
        }
        return request;
    }

    private static void isTheRequest(Request request) {
        assertThat(request.method).isEqualTo("POST");
        assertThat(request.path).isEqualTo("/v1/stream/a");
        assertThat(request.query).isEqualTo("b=c");
        assertThat(request.host).isEqualTo("localhost");
        assertThat(request.contentLength).isEqualTo(3);
        assertThat(request.keepAlive).isTrue();
        assertThat(request.header(HeaderName.CONTENT_TYPE)).isEqualTo("text/plain");
        assertThat(request.headers(HeaderName.STREAM_SEQ)).containsExactly("a b", "second");
        assertThat(request.header(HeaderName.IF_MATCH)).isNull();
    }

    @Test
    void a_head_is_read_and_what_follows_it_is_left() {
        ByteBuf in = bytes(HEAD + "abc");

        isTheRequest(whole(reader.read(in)));

        assertThat(in.toString(US_ASCII)).isEqualTo("abc");
    }

    @Test
    void a_head_may_come_in_any_two_pieces() {
        for (int cut = 1; cut < HEAD.length(); cut++) {
            ByteBuf in = bytes(HEAD.substring(0, cut));
            assertThat(reader.read(in)).as("cut at %d", cut).isNull();
            assertThat(in.readableBytes()).isEqualTo(cut);
            isTheRequest(whole(reader.read(Unpooled.wrappedBuffer(in, bytes(HEAD.substring(cut))))));
        }
    }

    @Test
    void a_head_may_come_byte_by_byte_and_so_may_the_next() {
        ByteBuf in = Unpooled.buffer();
        for (int round = 0; round < 2; round++) {
            for (int i = 0; i < HEAD.length() - 1; i++) {
                in.writeByte(HEAD.charAt(i));
                assertThat(reader.read(in)).isNull();
            }
            in.writeByte('\n');
            isTheRequest(whole(reader.read(in)));
            assertThat(in.isReadable()).isFalse();
        }
    }

    @Test
    void a_head_that_comes_again_is_not_understood_again() {
        Request first = whole(reader.read(bytes(HEAD)));
        ByteBuf ahead = bytes(HEAD + "abc" + HEAD);

        assertThat(reader.read(ahead)).isSameAs(first);
        assertThat(ahead.readCharSequence(3, US_ASCII)).hasToString("abc");
        assertThat(reader.read(ahead)).isSameAs(first);
        assertThat(ahead.isReadable()).isFalse();
    }

    @Test
    void a_head_that_differs_in_any_byte_is_another_request() {
        for (int i = 0; i < HEAD.length(); i++) {
            HeadReader reader = new HeadReader(new Limits());
            Request first = whole(reader.read(bytes(HEAD)));
            char other = HEAD.charAt(i) == '1' ? '2' : '1';

            Request second;
            try {
                second = reader.read(bytes(HEAD.substring(0, i) + other + HEAD.substring(i + 1)));
            } catch (HttpProblem refused) {
                continue;
            }

            assertThat(second).as("with another byte at %d", i).isNotSameAs(first);
        }
    }

    @Test
    void a_head_that_continues_where_the_one_before_ended_is_another_request() {
        Request first = whole(reader.read(bytes("GET /a HTTP/1.1\r\nHost: x\r\n\r\n")));

        Request second = whole(reader.read(bytes("GET /a HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n\r\n")));

        assertThat(second).isNotSameAs(first);
        assertThat(second.header(HeaderName.EXPECT)).isEqualTo("100-continue");
    }

    @Test
    void after_a_head_that_is_refused_or_too_long_to_be_remembered_none_is_remembered() {
        Request first = whole(reader.read(bytes(HEAD)));
        String longHead = HEAD.replace("X-Empty:", "X-Long: " + "x".repeat(1024));
        assertThatThrownBy(() -> reader.read(bytes("GET /a HTTP/1.1\nHost: x\r\n\r\n")))
                .isInstanceOf(HttpProblem.class);
        Request again = whole(reader.read(bytes(HEAD)));
        Request tooLong = whole(reader.read(bytes(longHead)));

        assertThat(again).isNotSameAs(first);
        assertThat(whole(reader.read(bytes(longHead)))).isNotSameAs(tooLong);
        assertThat(whole(reader.read(bytes(HEAD)))).isNotSameAs(again);
    }

    @Test
    void a_head_that_was_forgotten_is_understood_anew() {
        Request first = whole(reader.read(bytes(HEAD)));

        reader.forget();

        Request second = whole(reader.read(bytes(HEAD)));
        isTheRequest(second);
        assertThat(second).isNotSameAs(first);
    }

    @Test
    void empty_lines_in_front_of_a_request_are_ignored() {
        isTheRequest(whole(reader.read(bytes("\r\n\r\n" + HEAD))));
    }

    @ParameterizedTest
    @ValueSource(strings = {"\n", "\r\n\n", "\n\r\n", "\r\r\n"})
    void empty_lines_in_front_of_a_request_end_with_cr_lf_too(String front) {
        assertThatThrownBy(() -> reader.read(bytes(front + HEAD))).isInstanceOf(HttpProblem.class);
    }

    @Test
    void bytes_above_127_in_a_value_are_latin_1() {
        Request request = whole(reader.read(bytes("GET / HTTP/1.1\r\nHost: a\r\nStream-Seq: \u00e9\u00ff\r\n\r\n")));

        assertThat(request.header(HeaderName.STREAM_SEQ)).isEqualTo("\u00e9\u00ff");
    }

    @ParameterizedTest
    @ValueSource(strings = {"close", "Close", "keep-alive, close", "upgrade ,\tclose ,x"})
    void a_client_may_ask_to_close(String options) {
        Request request = whole(reader.read(bytes("GET / HTTP/1.1\r\nHost: a\r\nConnection: " + options + "\r\n\r\n")));

        assertThat(request.keepAlive).isFalse();
    }

    @Test
    void a_request_line_without_an_end_is_refused_before_it_fills_memory() {
        ByteBuf in = bytes("GET /" + "a".repeat(new Limits().urlBytes + 100));

        assertThatThrownBy(() -> reader.read(in)).isInstanceOf(HttpProblem.class);
    }

    @Test
    void headers_without_an_end_are_refused_before_they_fill_memory() {
        ByteBuf in = bytes("GET / HTTP/1.1\r\nHost: a\r\nX: " + "a".repeat(new Limits().headerBytes));

        assertThatThrownBy(() -> reader.read(in)).isInstanceOf(HttpProblem.class);
    }

    @Test
    void more_header_lines_than_allowed_are_refused_as_soon_as_they_have_come() {
        ByteBuf in = bytes("GET / HTTP/1.1\r\nHost: a\r\n" + "X: y\r\n".repeat(new Limits().headerLines));

        assertThatThrownBy(() -> reader.read(in)).isInstanceOf(HttpProblem.class);
    }

    @Test
    void a_chunked_body_may_come_byte_by_byte() {
        ChunkedFraming framing = new ChunkedFraming(new Limits());
        StringBuilder body = new StringBuilder();
        ByteBuf in = Unpooled.buffer();
        String sent = "4;name=value\r\nabcd\r\n00A\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n";
        for (int i = 0; i < sent.length(); i++) {
            assertThat(framing.ended()).isFalse();
            in.writeByte(sent.charAt(i));
            for (int length = framing.next(in); length > 0; length = framing.next(in)) {
                body.append(in.readCharSequence(length, US_ASCII));
            }
        }

        assertThat(framing.ended()).isTrue();
        assertThat(body.toString()).isEqualTo("abcd0123456789");
    }
}
