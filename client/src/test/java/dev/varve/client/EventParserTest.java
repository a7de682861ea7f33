package dev.varve.client;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.varve.api.ErrorKind;
import dev.varve.api.VarveException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class EventParserTest {

    private static final String CONTROL =
            "event: control\ndata:{\"streamNextOffset\":\"o1\",\"streamCursor\":\"7\"}\n\n";

    @Test
    void data_counts_with_the_control_event_behind_it() {
        EventParser parser = text();
        feed(parser, "event: data\ndata:a\ndata:b\n\n");
        assertThat(parser.poll()).isNull();
        feed(parser, CONTROL + "event: data\ndata:lost\n\n");
        EventParser.Run run = parser.poll();
        assertThat(run).isNotNull();
        if (run != null) {
            assertThat(new String(run.data(), UTF_8)).isEqualTo("a\nb");
            assertThat(run.next()).hasToString("o1");
            assertThat(run.cursor()).isEqualTo("7");
            assertThat(run.upToDate()).isFalse();
            assertThat(run.closed()).isFalse();
        }
        assertThat(parser.poll()).isNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"\n", "\r\n", "\r"})
    void lines_end_in_three_ways_and_pieces_may_be_cut_anywhere(String end) {
        String events =
                (": hello\nid: 1\nretry: 5\n\nevent: data\ndata: x\ndata:\ndata:y\n\n" + CONTROL).replace("\n", end);
        EventParser parser = text();
        for (byte b : events.getBytes(UTF_8)) {
            parser.take(ByteBuffer.wrap(new byte[] {b}));
        }
        assertThat(texts(parser)).containsExactly(" x\n\ny");
    }

    @Test
    void a_server_that_puts_a_blank_after_the_colon_is_understood() {
        EventParser parser = text();
        feed(parser, "event: data\ndata:  two blanks\ndata: x\n\n" + CONTROL.replace("data:", "data: "));
        assertThat(texts(parser)).containsExactly(" two blanks\nx");
    }

    @Test
    void several_data_events_before_one_control_event_are_one_run() {
        EventParser parser = text();
        feed(parser, "event: data\ndata:a\n\nevent: data\ndata:b\n\n" + CONTROL);
        assertThat(texts(parser)).containsExactly("ab");
        EventParser json = new EventParser(true, false, 1_000);
        feed(json, "event: data\ndata:[1,[2]]\n\nevent: data\ndata:[]\n\nevent: data\ndata:[\ndata:3]\n\n" + CONTROL);
        assertThat(texts(json)).containsExactly("[1,[2],3]");
        EventParser binary = new EventParser(false, true, 1_000);
        feed(binary, "event: data\ndata:AA\ndata:E=\n\nevent: data\ndata:Ag==\n\n" + CONTROL);
        EventParser.Run run = binary.poll();
        assertThat(run == null ? new byte[0] : run.data()).containsExactly(0, 1, 2);
    }

    @Test
    void the_end_of_a_stream_is_up_to_date() {
        EventParser parser = text();
        feed(parser, "event: control\ndata:{\"streamNextOffset\":\"o1\",\"streamClosed\":true}\n\n");
        EventParser.Run run = parser.poll();
        assertThat(run).isNotNull();
        if (run != null) {
            assertThat(run.closed()).isTrue();
            assertThat(run.upToDate()).isTrue();
            assertThat(run.data()).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "event: control\ndata:{}\n\n",
                "event: control\ndata:no json\n\n",
                "event: control\n\n",
                "event: control\ndata:{\"streamNextOffset\":\"a b\"}\n\n"
            })
    void a_control_event_without_an_offset_is_a_breach(String events) {
        breach(() -> feed(text(), events));
    }

    @Test
    void what_no_control_event_confirms_is_bounded_and_comments_are_not() {
        EventParser parser = text();
        for (int i = 0; i < 1_000; i++) {
            feed(parser, ": still here\n\nevent: other\ndata: passed over\n\n");
        }
        feed(parser, "event: data\n");
        breach(() -> feed(parser, "data:" + "x".repeat(2_000)));
    }

    private static void breach(Runnable call) {
        assertThatExceptionOfType(VarveException.class)
                .isThrownBy(call::run)
                .satisfies(e -> assertThat(e.kind()).isEqualTo(ErrorKind.HTTP));
    }

    private static EventParser text() {
        return new EventParser(false, false, 1_000);
    }

    private static void feed(EventParser parser, String events) {
        parser.take(ByteBuffer.wrap(events.getBytes(UTF_8)));
    }

    private static List<String> texts(EventParser parser) {
        List<String> texts = new ArrayList<>();
        for (EventParser.Run run = parser.poll(); run != null; run = parser.poll()) {
            texts.add(new String(run.data(), UTF_8));
        }
        return texts;
    }
}
