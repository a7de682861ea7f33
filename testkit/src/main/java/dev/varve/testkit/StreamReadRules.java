package dev.varve.testkit;

import static dev.varve.testkit.StreamProbe.BYTES;
import static dev.varve.testkit.StreamProbe.JSON;
import static dev.varve.testkit.StreamProbe.TEXT;
import static dev.varve.testkit.StreamProbe.refused;
import static dev.varve.testkit.StreamProbe.text;
import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.ErrorKind;
import dev.varve.api.MessagesResult;
import dev.varve.api.Offset;
import dev.varve.api.ReadResult;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Pages, offsets and sentinels. */
interface StreamReadRules {

    @Test
    default void an_empty_stream_gives_an_empty_page(StreamProbe streams) {
        streams.created("t/text", TEXT);
        streams.created("t/json", JSON);

        for (Offset from : List.of(Offset.BEGINNING, Offset.ZERO, Offset.NOW)) {
            assertThat(text(streams.page("t/text", from).data())).isEmpty();
            ReadResult.Page page = streams.page("t/json", from);
            assertThat(text(page.data())).isEqualTo("[]");
            assertThat(page.start()).isEqualTo(Offset.ZERO);
            assertThat(page.next()).isEqualTo(Offset.ZERO);
            assertThat(page.hasMore()).isFalse();
            assertThat(page.closed()).isFalse();
            assertThat(streams.messages("t/json", from)).isEmpty();
        }
    }

    @Test
    default void every_minted_offset_reads_what_follows_it(StreamProbe streams) {
        streams.created("t/log", TEXT, "one ");
        streams.appended("t/log", "two ");
        streams.appended("t/log", "three");

        assertThat(streams.content("t/log", Offset.BEGINNING)).isEqualTo("one two three");
        assertThat(streams.content("t/log", Offset.ZERO)).isEqualTo("one two three");
        assertThat(streams.content("t/log", Offset.at(4))).isEqualTo("two three");
        assertThat(streams.content("t/log", Offset.at(8))).isEqualTo("three");
        assertThat(streams.content("t/log", Offset.at(13))).isEmpty();
        assertThat(streams.messages("t/log", Offset.at(4))).containsExactly("two ", "three");
    }

    @Test
    default void a_page_says_where_it_starts_and_ends(StreamProbe streams) {
        long incarnation = streams.created("t/log", TEXT, "abc").incarnation();
        streams.appended("t/log", "de");

        ReadResult.Page page = streams.page("t/log", Offset.at(3));

        assertThat(page.start()).isEqualTo(Offset.at(3));
        assertThat(page.next()).isEqualTo(Offset.at(5));
        assertThat(page.hasMore()).isFalse();
        assertThat(page.incarnation()).isEqualTo(incarnation);
        assertThat(streams.page("t/log", Offset.BEGINNING).start()).isEqualTo(Offset.ZERO);
    }

    @Test
    default void now_is_an_empty_page_at_the_tail(StreamProbe streams) {
        streams.created("t/log", JSON, "[1,2]");

        ReadResult.Page page = streams.page("t/log", Offset.NOW);

        assertThat(text(page.data())).isEqualTo("[]");
        assertThat(page.start()).isEqualTo(Offset.at(4));
        assertThat(page.next()).isEqualTo(Offset.at(4));
        assertThat(page.hasMore()).isFalse();
        streams.appended("t/log", "3");
        assertThat(streams.content("t/log", page.next())).isEqualTo("[3]");
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 4, 7, 100, Offset.MAX_POSITION})
    default void an_offset_inside_a_body_or_past_the_tail_is_refused(long position, StreamProbe streams) {
        streams.created("t/log", TEXT, "abc");
        streams.appended("t/log", "def");

        refused(streams.read("t/log", Offset.at(position)), ErrorKind.INVALID_OFFSET);
        refused(streams.readMessages("t/log", Offset.at(position)), ErrorKind.INVALID_OFFSET);
    }

    @Test
    default void of_a_json_batch_exactly_the_message_boundaries_are_offsets(StreamProbe streams) {
        streams.created("t/log", JSON);
        streams.appended("t/log", "[10, [2, 3], \"four\"]");
        List<Long> boundaries = List.of(0L, 3L, 10L, 17L);

        assertThat(streams.boundaries("t/log").stream().map(Offset::position)).isEqualTo(boundaries);
        LongStream.rangeClosed(0, 20).forEach(position -> {
            if (boundaries.contains(position)) {
                assertThat(streams.read("t/log", Offset.at(position))).isInstanceOf(ReadResult.Page.class);
            } else {
                refused(streams.read("t/log", Offset.at(position)), ErrorKind.INVALID_OFFSET);
            }
        });
        assertThat(streams.content("t/log", Offset.at(3))).isEqualTo("[[2, 3],\"four\"]");
    }

    @ParameterizedTest
    @CsvSource({"TEXT, 1", "TEXT, 5", "TEXT, 64", "TEXT, 1000", "TEXT, 1048576", "JSON, 1", "JSON, 64", "JSON, 1000"})
    default void pages_cover_a_stream_without_gap_or_overlap(String mode, int pageBytes, StreamProbe streams) {
        boolean json = mode.equals("JSON");
        streams.created("t/log", json ? JSON : TEXT);
        List<String> messages = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            String message = "\"" + "x".repeat(i * 7 % 40) + i + "\"";
            messages.add(message);
            streams.appended("t/log", message);
        }

        Offset at = Offset.ZERO;
        List<Offset> boundaries = streams.boundaries("t/log");
        ReadResult.Page page;
        do {
            page = streams.page("t/log", at, pageBytes);
            assertThat(page.start()).isEqualTo(at);
            assertThat(page.next()).as("a message boundary").isIn(boundaries).isGreaterThan(at);
            boolean oneMessage = boundaries.indexOf(page.next()) - boundaries.indexOf(at) == 1;
            if (!oneMessage) {
                assertThat(page.next().position() - at.position())
                        .as("bytes of a page with several messages")
                        .isLessThanOrEqualTo(pageBytes);
            }
            at = page.next();
        } while (page.hasMore());

        assertThat(at).isEqualTo(streams.tail("t/log"));
        assertThat(streams.content("t/log", Offset.ZERO, pageBytes))
                .isEqualTo(json ? "[" + String.join(",", messages) + "]" : String.join("", messages));
        assertThat(streams.messagesFrom("t/log", Offset.ZERO, pageBytes).stream()
                        .map(message -> text(message.data())))
                .isEqualTo(messages);
    }

    @Test
    default void a_message_larger_than_a_page_comes_whole(StreamProbe streams) {
        streams.created("t/log", TEXT, "x".repeat(100_000));
        streams.appended("t/log", "y");

        ReadResult.Page page = streams.page("t/log", Offset.ZERO, 10);

        assertThat(page.data().remaining()).isEqualTo(100_000);
        assertThat(page.hasMore()).isTrue();
    }

    @Test
    default void each_message_names_the_offset_after_it(StreamProbe streams) {
        streams.created("t/log", TEXT, "abc");
        streams.appended("t/log", "de");

        List<MessagesResult.Message> messages = streams.messagesFrom("t/log", Offset.BEGINNING, StreamProbe.LARGE);

        assertThat(messages).extracting(MessagesResult.Message::next).containsExactly(Offset.at(3), Offset.at(5));
    }

    @Test
    default void old_offsets_stay_valid(StreamProbe streams) {
        streams.created("t/log", BYTES);
        List<Offset> tails = new ArrayList<>(List.of(Offset.ZERO));
        for (int i = 0; i < 200; i++) {
            tails.add(streams.appended("t/log", "x".repeat(i % 50 + 1)));
        }

        String all = streams.content("t/log");
        for (Offset tail : tails) {
            assertThat(streams.content("t/log", tail)).isEqualTo(all.substring((int) tail.position()));
        }
    }

    @Test
    default void reading_twice_gives_the_same(StreamProbe streams) {
        streams.created("t/log", TEXT, "abc");

        ReadResult.Page first = streams.page("t/log", Offset.BEGINNING);
        text(first.data());
        first.data().position(first.data().limit());

        assertThat(text(streams.page("t/log", Offset.BEGINNING).data())).isEqualTo("abc");
    }

    @Test
    default void every_page_is_of_the_streams_incarnation(StreamProbe streams) {
        long incarnation = streams.created("t/log", TEXT, "abc").incarnation();
        streams.appended("t/log", "def");

        assertThat(streams.page("t/log", Offset.ZERO).incarnation()).isEqualTo(incarnation);
        assertThat(streams.page("t/log", Offset.NOW).incarnation()).isEqualTo(incarnation);
        assertThat(streams.metadata("t/log").incarnation()).isEqualTo(incarnation);
    }
}
