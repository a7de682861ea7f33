package dev.varve.testkit;

import static dev.varve.testkit.StreamProbe.JSON;
import static dev.varve.testkit.StreamProbe.TEXT;
import static dev.varve.testkit.StreamProbe.refused;
import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.AppendRequest;
import dev.varve.api.AppendResult;
import dev.varve.api.ErrorKind;
import dev.varve.api.MessagesResult;
import dev.varve.api.Offset;
import dev.varve.api.ReadResult;
import dev.varve.api.Refusal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The end of a stream. */
interface StreamClosingRules {

    @Test
    default void closing_gives_the_final_offset(StreamProbe streams) {
        streams.created("t/log", TEXT, "abc");

        assertThat(streams.appended(AppendRequest.closing("t/log")))
                .isEqualTo(new AppendResult.Appended(Offset.at(3), true, null));
        assertThat(streams.metadata("t/log").closed()).isTrue();
        assertThat(streams.content("t/log")).isEqualTo("abc");
    }

    @Test
    default void closing_again_is_harmless(StreamProbe streams) {
        streams.created("t/log", TEXT, "abc");
        streams.closed("t/log");

        assertThat(streams.duplicate(AppendRequest.closing("t/log")))
                .isEqualTo(new AppendResult.Duplicate(Offset.at(3), true, null));
    }

    @Test
    default void the_last_data_and_the_closing_are_one_step(StreamProbe streams) {
        streams.created("t/log", TEXT, "abc");

        AppendResult.Appended result =
                streams.appended(streams.request("t/log", "d").withClose());

        assertThat(result).isEqualTo(new AppendResult.Appended(Offset.at(4), true, null));
        assertThat(streams.content("t/log")).isEqualTo("abcd");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    default void a_closed_stream_takes_no_more_data(boolean close, StreamProbe streams) {
        streams.created("t/log", TEXT, "abc");
        streams.closed("t/log");
        AppendRequest more = streams.request("t/log", "d");

        Refusal refusal = refused(streams.append(close ? more.withClose() : more), ErrorKind.CLOSED);

        assertThat(refusal.offset()).isEqualTo(Offset.at(3));
        assertThat(streams.content("t/log")).isEqualTo("abc");
    }

    @Test
    default void append_and_close_is_not_idempotent(StreamProbe streams) {
        streams.created("t/log", TEXT);
        AppendRequest last = streams.request("t/log", "abc").withClose();
        streams.appended(last);

        refused(streams.append(last), ErrorKind.CLOSED);
        assertThat(streams.content("t/log")).isEqualTo("abc");
    }

    @Test
    default void a_refused_last_append_does_not_close(StreamProbe streams) {
        streams.created("t/log", JSON);

        refused(streams.append(streams.request("t/log", "{").withClose()), ErrorKind.INVALID_JSON);
        refused(streams.append(streams.request("t/log", "[]").withClose()), ErrorKind.INVALID_JSON);

        streams.appended("t/log", "1");
    }

    @Test
    default void for_closing_alone_the_content_type_does_not_matter(StreamProbe streams) {
        streams.created("t/log", JSON, "1");

        streams.appended(AppendRequest.of("t/log", "text/html", new byte[0]).withClose());

        assertThat(streams.metadata("t/log").closed()).isTrue();
        assertThat(streams.content("t/log")).isEqualTo("[1]");
    }

    @Test
    default void closing_respects_the_sequence(StreamProbe streams) {
        streams.created("t/log", TEXT);
        streams.appended(streams.request("t/log", "1").withSequence("b"));

        refused(
                streams.append(streams.request("t/log", "2").withSequence("a").withClose()),
                ErrorKind.SEQUENCE_CONFLICT);
        assertThat(streams.metadata("t/log").closed()).isFalse();
    }

    @Test
    default void the_end_shows_only_on_the_page_that_reaches_it(StreamProbe streams) {
        streams.created("t/log", TEXT, "abc");
        streams.appended("t/log", "def");
        streams.closed("t/log");

        ReadResult.Page first = streams.page("t/log", Offset.ZERO, 3);
        assertThat(first.next()).isEqualTo(Offset.at(3));
        assertThat(first.hasMore()).isTrue();
        assertThat(first.closed()).isFalse();
        assertThat(streams.page("t/log", Offset.at(3)).closed()).isTrue();
        assertThat(streams.page("t/log", Offset.ZERO).closed()).isTrue();
        assertThat(streams.page("t/log", Offset.at(6)).closed()).isTrue();
        assertThat(streams.page("t/log", Offset.NOW).closed()).isTrue();
    }

    @Test
    default void the_end_shows_only_on_the_page_of_messages_that_reaches_it(StreamProbe streams) {
        streams.created("t/log", TEXT, "abc");
        streams.appended("t/log", "def");
        assertThat(messages(streams, Offset.ZERO, 100).closed()).isFalse();
        streams.closed("t/log");

        MessagesResult.Messages first = messages(streams, Offset.ZERO, 3);
        assertThat(first.next()).isEqualTo(Offset.at(3));
        assertThat(first.hasMore()).isTrue();
        assertThat(first.closed()).isFalse();
        assertThat(messages(streams, Offset.at(3), 100).closed()).isTrue();
        assertThat(messages(streams, Offset.ZERO, 100).closed()).isTrue();
        assertThat(messages(streams, Offset.at(6), 100).closed()).isTrue();
    }

    private static MessagesResult.Messages messages(StreamProbe streams, Offset from, int maxBytes) {
        return (MessagesResult.Messages) StreamProbe.await(streams.storage().readMessages("t/log", from, maxBytes));
    }

    @Test
    default void a_closed_stream_can_be_deleted_and_created_again(StreamProbe streams) {
        streams.created("t/log", TEXT, "abc");
        streams.closed("t/log");
        streams.deleted("t/log");

        streams.created("t/log", TEXT, "new");

        assertThat(streams.content("t/log")).isEqualTo("new");
        streams.appended("t/log", "er");
    }

    @Test
    default void closing_a_missing_stream_is_refused(StreamProbe streams) {
        refused(streams.append(AppendRequest.closing("t/none")), ErrorKind.NOT_FOUND);
    }
}
