package dev.varve.testkit;

import static dev.varve.testkit.StreamProbe.JSON;
import static dev.varve.testkit.StreamProbe.TEXT;
import static dev.varve.testkit.StreamProbe.refused;
import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.AppendAllResult;
import dev.varve.api.AppendRequest;
import dev.varve.api.AppendResult;
import dev.varve.api.ErrorKind;
import dev.varve.api.Offset;
import dev.varve.api.Producer;
import dev.varve.api.StreamCapability;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Appends to several streams in one commit. */
interface StreamAtomicAppendRules {

    private static void refusedAt(AppendAllResult result, int index, ErrorKind kind) {
        assertThat(result).isInstanceOf(AppendAllResult.RefusedAt.class);
        AppendAllResult.RefusedAt refusedAt = (AppendAllResult.RefusedAt) result;
        refused(refusedAt.refusal(), kind);
        assertThat(refusedAt.index()).isEqualTo(index);
    }

    private static List<AppendResult> appended(AppendAllResult result) {
        assertThat(result).isInstanceOf(AppendAllResult.AppendedAll.class);
        return ((AppendAllResult.AppendedAll) result).results();
    }

    @Test
    default void all_items_are_appended_in_order(StreamProbe streams) {
        streams.needs(StreamCapability.ATOMIC_APPEND);
        streams.created("t/text", TEXT, "abc");
        streams.created("t/json", JSON);

        AppendAllResult result = streams.appendAll(streams.request("t/text", "d"), streams.request("t/json", "[1,2]"));

        assertThat(appended(result))
                .containsExactly(
                        new AppendResult.Appended(Offset.at(4), false, null),
                        new AppendResult.Appended(Offset.at(4), false, null));
        assertThat(streams.content("t/text")).isEqualTo("abcd");
        assertThat(streams.content("t/json")).isEqualTo("[1,2]");
    }

    @Test
    default void an_append_of_nothing_appends_nothing(StreamProbe streams) {
        streams.needs(StreamCapability.ATOMIC_APPEND);

        assertThat(appended(streams.appendAll())).isEmpty();
    }

    @Test
    default void one_refusal_refuses_all(StreamProbe streams) {
        streams.needs(StreamCapability.ATOMIC_APPEND);
        streams.created("t/a", TEXT, "a");
        streams.created("t/b", JSON);

        refusedAt(
                streams.appendAll(
                        streams.request("t/a", "1"), streams.request("t/b", "{"), streams.request("t/a", "2")),
                1,
                ErrorKind.INVALID_JSON);
        refusedAt(
                streams.appendAll(
                        streams.request("t/a", "1"), AppendRequest.of("t/none", "text/plain", new byte[] {1})),
                1,
                ErrorKind.NOT_FOUND);
        refusedAt(streams.appendAll(streams.request("t/a", ""), streams.request("t/b", "{")), 0, ErrorKind.EMPTY_BODY);

        assertThat(streams.messages("t/a")).containsExactly("a");
        assertThat(streams.tail("t/a")).isEqualTo(Offset.at(1));
        assertThat(streams.messages("t/b")).isEmpty();
    }

    @Test
    default void a_refusal_takes_back_closing_sequence_and_producer(StreamProbe streams) {
        streams.needs(StreamCapability.ATOMIC_APPEND, StreamCapability.PRODUCERS);
        streams.created("t/a", TEXT);
        streams.appended(streams.request("t/a", "x", "q", 0, 0));

        refusedAt(
                streams.appendAll(
                        streams.request("t/a", "1", "p", 0, 0).withSequence("z"),
                        streams.request("t/a", "1", "q", 0, 1),
                        streams.request("t/a", "2").withClose(),
                        streams.request("t/a", "3")),
                3,
                ErrorKind.CLOSED);

        assertThat(streams.metadata("t/a").closed()).isFalse();
        refused(streams.append(streams.request("t/a", "1", "p", 0, 1)), ErrorKind.PRODUCER_GAP);
        streams.appended(streams.request("t/a", "1", "p", 0, 0).withSequence("a"));
        streams.appended(streams.request("t/a", "1", "q", 0, 1));
        assertThat(streams.content("t/a")).isEqualTo("x11");
    }

    @Test
    default void later_items_see_the_effects_of_earlier_ones(StreamProbe streams) {
        streams.needs(StreamCapability.ATOMIC_APPEND, StreamCapability.CONDITIONAL_APPEND);
        streams.created("t/a", TEXT);

        AppendAllResult result = streams.appendAll(
                streams.request("t/a", "12").withIfMatch(Offset.ZERO).withSequence("a"),
                streams.request("t/a", "3").withIfMatch(Offset.at(2)).withSequence("b"),
                AppendRequest.closing("t/a").withIfMatch(Offset.at(3)));

        assertThat(appended(result))
                .containsExactly(
                        new AppendResult.Appended(Offset.at(2), false, null),
                        new AppendResult.Appended(Offset.at(3), false, null),
                        new AppendResult.Appended(Offset.at(3), true, null));
        assertThat(streams.messages("t/a")).containsExactly("12", "3");
    }

    @Test
    default void duplicates_among_the_items_are_no_refusals(StreamProbe streams) {
        streams.needs(StreamCapability.ATOMIC_APPEND, StreamCapability.PRODUCERS);
        streams.created("t/a", TEXT);
        streams.created("t/b", TEXT);
        streams.appended(streams.request("t/a", "x", "p", 0, 0));

        AppendAllResult result = streams.appendAll(
                streams.request("t/a", "x", "p", 0, 0),
                streams.request("t/b", "y", "p", 0, 0),
                streams.request("t/b", "y", "p", 0, 0));

        assertThat(appended(result))
                .containsExactly(
                        new AppendResult.Duplicate(Offset.at(1), false, new Producer("p", 0, 0)),
                        new AppendResult.Appended(Offset.at(1), false, new Producer("p", 0, 0)),
                        new AppendResult.Duplicate(Offset.at(1), false, new Producer("p", 0, 0)));
        assertThat(streams.content("t/a") + streams.content("t/b")).isEqualTo("xy");
    }

    @Test
    default void items_share_their_first_path_segment(StreamProbe streams) {
        streams.needs(StreamCapability.ATOMIC_APPEND);
        streams.created("t/a", TEXT);
        streams.created("t", TEXT);
        streams.created("tt/a", TEXT);
        streams.created("u", TEXT);

        assertThat(appended(streams.appendAll(streams.request("t/a", "1"), streams.request("t", "2"))))
                .hasSize(2);
        refusedAt(
                streams.appendAll(streams.request("t/a", "1"), streams.request("t", "2"), streams.request("tt/a", "3")),
                2,
                ErrorKind.CROSS_SHARD);
        refusedAt(streams.appendAll(streams.request("t", "1"), streams.request("u", "2")), 1, ErrorKind.CROSS_SHARD);
        assertThat(streams.content("t/a")).isEqualTo("1");
    }

    @Test
    default void a_thousand_items_fit(StreamProbe streams) {
        streams.needs(StreamCapability.ATOMIC_APPEND);
        List<AppendRequest> requests = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            streams.created("t/" + i, TEXT);
        }
        for (int i = 0; i < 1_000; i++) {
            requests.add(AppendRequest.of("t/" + i % 10, "text/plain", StreamProbe.bytes(i + " ")));
        }

        assertThat(appended(streams.appendAll(requests.toArray(AppendRequest[]::new))))
                .hasSize(1_000);
        assertThat(streams.content("t/7")).startsWith("7 17 27 ").endsWith(" 987 997 ");
    }
}
