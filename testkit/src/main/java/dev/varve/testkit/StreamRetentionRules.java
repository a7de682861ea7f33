package dev.varve.testkit;

import static dev.varve.testkit.StreamProbe.JSON;
import static dev.varve.testkit.StreamProbe.TEXT;
import static dev.varve.testkit.StreamProbe.bytes;
import static dev.varve.testkit.StreamProbe.eventually;
import static dev.varve.testkit.StreamProbe.refused;
import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.CreateRequest;
import dev.varve.api.ErrorKind;
import dev.varve.api.Fork;
import dev.varve.api.MessagesResult;
import dev.varve.api.Offset;
import dev.varve.api.ReadResult;
import dev.varve.api.Refusal;
import dev.varve.api.Retention;
import dev.varve.api.StreamCapability;
import org.junit.jupiter.api.Test;

/** What retention removes, which a storage may do in its own time, and what it must not. */
interface StreamRetentionRules {

    Retention THREE_MESSAGES = new Retention(null, null, 3L);

    private static void eventuallyEarliest(StreamProbe streams, String path, Offset earliest) {
        eventually("the earliest offset of " + path + " is " + earliest, () -> {
            streams.page(path, Offset.BEGINNING);
            return streams.metadata(path).earliest().compareTo(earliest) >= 0;
        });
        assertThat(streams.metadata(path).earliest()).isEqualTo(earliest);
    }

    @Test
    default void a_number_of_messages_is_kept(StreamProbe streams) {
        streams.needs(StreamCapability.RETENTION);
        streams.created("t/log", TEXT.withRetention(THREE_MESSAGES));
        for (String message : "aa bb cc dd ee".split(" ")) {
            streams.appended("t/log", message);
        }

        eventuallyEarliest(streams, "t/log", Offset.at(4));

        assertThat(streams.messages("t/log")).containsExactly("cc", "dd", "ee");
        assertThat(streams.tail("t/log")).isEqualTo(Offset.at(10));
    }

    @Test
    default void the_messages_of_one_json_body_are_counted_one_by_one(StreamProbe streams) {
        streams.needs(StreamCapability.RETENTION);
        streams.created("t/log", JSON.withRetention(THREE_MESSAGES));
        streams.appended("t/log", "[1,2,3,4,5]");

        eventuallyEarliest(streams, "t/log", Offset.at(4));

        assertThat(streams.messages("t/log")).containsExactly("3", "4", "5");
    }

    @Test
    default void a_number_of_bytes_is_kept_rounded_up_to_messages(StreamProbe streams) {
        streams.needs(StreamCapability.RETENTION);
        streams.created("t/log", TEXT.withRetention(new Retention(null, 10L, null)));
        for (int i = 0; i < 5; i++) {
            streams.appended("t/log", "four");
        }

        eventuallyEarliest(streams, "t/log", Offset.at(8));

        assertThat(streams.content("t/log")).isEqualTo("fourfourfour");
    }

    @Test
    default void a_message_larger_than_the_bound_is_kept(StreamProbe streams) {
        streams.needs(StreamCapability.RETENTION);
        streams.created("t/log", TEXT.withRetention(new Retention(null, 1L, null)));
        streams.appended("t/log", "first");
        streams.appended("t/log", "second");

        eventuallyEarliest(streams, "t/log", Offset.at(5));

        assertThat(streams.content("t/log")).isEqualTo("second");
    }

    /** Which of the old messages go first is left to the storage: it may keep them together with younger ones. */
    @Test
    default void messages_go_when_they_and_what_follows_are_too_old_and_not_before(StreamProbe streams) {
        streams.needs(StreamCapability.RETENTION);
        streams.created("t/log", TEXT.withRetention(new Retention(100L, null, null)), "old");
        streams.advanceSeconds(60);
        streams.appended("t/log", "young");
        assertThat(streams.content("t/log")).isEqualTo("oldyoung");
        streams.advanceSeconds(60);
        assertThat(streams.content("t/log")).isIn("young", "oldyoung");
        assertThat(streams.metadata("t/log").earliest()).isIn(Offset.ZERO, Offset.at(3));
        streams.advanceSeconds(60);

        eventuallyEarliest(streams, "t/log", Offset.at(8));

        assertThat(streams.content("t/log")).isEmpty();
    }

    @Test
    default void a_stream_may_age_away_whole_and_go_on(StreamProbe streams) {
        streams.needs(StreamCapability.RETENTION);
        streams.created("t/log", TEXT.withRetention(new Retention(100L, null, null)), "abc");
        streams.advanceSeconds(101);

        eventuallyEarliest(streams, "t/log", Offset.at(3));
        assertThat(streams.content("t/log")).isEmpty();
        assertThat(streams.content("t/log", Offset.at(3))).isEmpty();

        assertThat(streams.appended("t/log", "de")).isEqualTo(Offset.at(5));
        assertThat(streams.content("t/log")).isEqualTo("de");
    }

    @Test
    default void a_closed_stream_that_aged_away_still_ends(StreamProbe streams) {
        streams.needs(StreamCapability.RETENTION);
        streams.created("t/log", TEXT.withRetention(new Retention(100L, null, null)), "abc");
        streams.closed("t/log");
        streams.advanceSeconds(101);

        eventuallyEarliest(streams, "t/log", Offset.at(3));

        assertThat(streams.page("t/log", Offset.BEGINNING).closed()).isTrue();
    }

    @Test
    default void the_strictest_bound_wins(StreamProbe streams) {
        streams.needs(StreamCapability.RETENTION);
        streams.created("t/messages", TEXT.withRetention(new Retention(1_000L, 1_000L, 2L)));
        streams.created("t/bytes", TEXT.withRetention(new Retention(1_000L, 4L, 1_000L)));
        for (int i = 0; i < 5; i++) {
            streams.appended("t/messages", "xx");
            streams.appended("t/bytes", "xx");
        }

        eventuallyEarliest(streams, "t/messages", Offset.at(6));
        eventuallyEarliest(streams, "t/bytes", Offset.at(6));
    }

    @Test
    default void nothing_goes_that_the_bounds_keep(StreamProbe streams) {
        streams.needs(StreamCapability.RETENTION);
        streams.created("t/log", TEXT.withRetention(new Retention(1_000L, 10L, 5L)));
        for (int i = 0; i < 5; i++) {
            streams.appended("t/log", "xx");
        }

        assertThat(streams.content("t/log")).isEqualTo("xxxxxxxxxx");
        assertThat(streams.metadata("t/log").earliest()).isEqualTo(Offset.ZERO);
    }

    @Test
    default void a_read_before_the_earliest_offset_names_it(StreamProbe streams) {
        streams.needs(StreamCapability.RETENTION);
        streams.created("t/log", TEXT.withRetention(THREE_MESSAGES));
        for (int i = 0; i < 5; i++) {
            streams.appended("t/log", "xx");
        }
        eventuallyEarliest(streams, "t/log", Offset.at(4));

        for (Offset compacted : new Offset[] {Offset.ZERO, Offset.at(2)}) {
            assertThat(refused(streams.read("t/log", compacted), ErrorKind.COMPACTED)
                            .offset())
                    .isEqualTo(Offset.at(4));
            assertThat(refused(streams.readMessages("t/log", compacted), ErrorKind.COMPACTED)
                            .offset())
                    .isEqualTo(Offset.at(4));
        }
        assertThat(streams.read("t/log", Offset.at(4))).isInstanceOf(ReadResult.Page.class);
        assertThat(streams.readMessages("t/log", Offset.at(4))).isInstanceOf(MessagesResult.Messages.class);
        ReadResult.Page first = streams.page("t/log", Offset.BEGINNING);
        assertThat(first.start()).isEqualTo(Offset.at(4));
    }

    @Test
    default void producers_and_sequences_outlive_their_data(StreamProbe streams) {
        streams.needs(StreamCapability.RETENTION, StreamCapability.PRODUCERS);
        streams.created("t/log", TEXT.withRetention(new Retention(null, null, 1L)));
        streams.appended(streams.request("t/log", "a", "p", 0, 0).withSequence("b"));
        for (int i = 0; i < 5; i++) {
            streams.appended("t/log", "x");
        }
        eventuallyEarliest(streams, "t/log", Offset.at(5));

        streams.duplicate(streams.request("t/log", "a", "p", 0, 0));
        refused(streams.append(streams.request("t/log", "y").withSequence("a")), ErrorKind.SEQUENCE_CONFLICT);
        streams.appended(streams.request("t/log", "y", "p", 0, 1).withSequence("c"));
    }

    @Test
    default void a_fork_before_the_earliest_offset_is_refused(StreamProbe streams) {
        streams.needs(StreamCapability.RETENTION, StreamCapability.FORKS);
        streams.created("t/source", TEXT.withRetention(THREE_MESSAGES));
        for (int i = 0; i < 5; i++) {
            streams.appended("t/source", "x" + i);
        }
        eventuallyEarliest(streams, "t/source", Offset.at(4));

        Refusal refusal = refused(
                streams.create(CreateRequest.of("t/fork", TEXT).withFork(new Fork("t/source", Offset.at(2), null))),
                ErrorKind.COMPACTED);

        assertThat(refusal.offset()).isEqualTo(Offset.at(4));
        streams.isAbsent("t/fork", ErrorKind.NOT_FOUND);
        streams.forked("t/fork", new Fork("t/source", Offset.at(6), null));
        assertThat(streams.messages("t/fork")).containsExactly("x2");
        assertThat(streams.metadata("t/fork").earliest()).isEqualTo(Offset.at(4));
        refused(streams.read("t/fork", Offset.ZERO), ErrorKind.COMPACTED);
    }

    @Test
    default void a_fork_keeps_what_its_source_drops_later(StreamProbe streams) {
        streams.needs(StreamCapability.RETENTION, StreamCapability.FORKS);
        streams.created("t/source", TEXT.withRetention(THREE_MESSAGES));
        for (int i = 0; i < 3; i++) {
            streams.appended("t/source", "x" + i);
        }
        streams.forked("t/fork", Fork.atTailOf("t/source"));
        for (int i = 3; i < 9; i++) {
            streams.appended("t/source", "x" + i);
        }
        eventuallyEarliest(streams, "t/source", Offset.at(12));

        assertThat(streams.messages("t/fork")).containsExactly("x0", "x1", "x2");
        assertThat(streams.metadata("t/fork").retention()).isEqualTo(Retention.NONE);
        assertThat(streams.content("t/fork", Offset.at(2))).isEqualTo("x1x2");
    }

    @Test
    default void a_fork_may_have_a_retention_of_its_own(StreamProbe streams) {
        streams.needs(StreamCapability.RETENTION, StreamCapability.FORKS);
        streams.created("t/source", TEXT);
        for (int i = 0; i < 3; i++) {
            streams.appended("t/source", "x" + i);
        }
        streams.created(CreateRequest.of("t/fork", TEXT.withRetention(THREE_MESSAGES))
                .withFork(Fork.atTailOf("t/source"))
                .withBody(bytes("y")));
        streams.appended("t/fork", "z");

        eventuallyEarliest(streams, "t/fork", Offset.at(4));

        assertThat(streams.messages("t/fork")).containsExactly("x2", "y", "z");
        assertThat(streams.messages("t/source")).containsExactly("x0", "x1", "x2");
    }
}
