package dev.varve.api;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What names, texts and payloads of events may be, and how long. */
final class NewEventTest {

    /** Two bytes of UTF-8. */
    private static final String E = "\u00e9";

    private static void refused(ErrorKind kind, ThrowingCallable call) {
        assertThatExceptionOfType(VarveException.class)
                .isThrownBy(call)
                .extracting(VarveException::kind)
                .isEqualTo(kind);
    }

    private static void refused(ThrowingCallable call) {
        refused(ErrorKind.INVALID_PARAMS, call);
    }

    @Test
    void lengths_are_in_bytes() {
        assertThat(NewEvent.json(E.repeat(NewEvent.MAX_TYPE_BYTES / 2), "{}").type())
                .hasSize(NewEvent.MAX_TYPE_BYTES / 2);
        refused(() -> NewEvent.json(E.repeat(NewEvent.MAX_TYPE_BYTES / 2) + "x", "{}"));
        NewEvent event = NewEvent.json("T", "{}");
        assertThat(event.withTags(E.repeat(NewEvent.MAX_TAG_BYTES / 2)).tags()).hasSize(1);
        refused(() -> event.withTags(E.repeat(NewEvent.MAX_TAG_BYTES / 2) + "x"));
    }

    @Test
    void an_event_has_a_bounded_number_of_tags() {
        NewEvent event = NewEvent.json("T", "{}");
        String[] most =
                IntStream.range(0, NewEvent.MAX_TAGS).mapToObj(i -> "t" + i).toArray(String[]::new);
        assertThat(event.withTags(most).tags()).containsExactly(most);
        List<String> more = new ArrayList<>(List.of(most));
        more.add("one more");
        refused(() -> event.withTags(more.toArray(String[]::new)));
        assertThat(event.withTags("a", "b", "a").tags()).containsExactly("a", "b");
    }

    @Test
    void metadata_is_bounded_as_a_whole() {
        NewEvent event = NewEvent.json("T", "{}");
        NewEvent full = event.withMetadata("ab", "x".repeat(NewEvent.MAX_METADATA_BYTES - 2));
        assertThat(full.metadata()).hasSize(1);
        refused(() -> full.withMetadata("c", ""));
        refused(() -> event.withMetadata("ab", E.repeat(NewEvent.MAX_METADATA_BYTES / 2)));
        refused(() -> event.withMetadata("x".repeat(NewEvent.MAX_TAG_BYTES + 1), ""));
        assertThat(event.withMetadata("a", "1")
                        .withMetadata("b", "2")
                        .withMetadata("a", "3")
                        .metadata())
                .containsEntry("a", "3")
                .hasSize(2);
    }

    @Test
    void metadata_of_a_snapshot_is_bounded_as_that_of_an_event() {
        EventData state = EventData.json("{}");
        AggregateId id = new AggregateId("a", "1");
        String longest = "x".repeat(NewEvent.MAX_METADATA_BYTES - 2);
        assertThat(new Snapshot(id, 0, "", state, Map.of("ab", longest), Instant.EPOCH).metadata())
                .hasSize(1);
        refused(() -> new Snapshot(id, 0, "", state, Map.of("ab", longest + "x"), Instant.EPOCH));
        refused(() -> new Snapshot(id, 0, "", state, Map.of("", "x"), Instant.EPOCH));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\n", "a\u0000", "\u007f", "\ud83d", "\ude00x"})
    void text_that_names_is_not_empty_and_is_unicode_without_control_characters(String text) {
        NewEvent event = NewEvent.json("T", "{}");
        refused(() -> NewEvent.json(text, "{}"));
        refused(() -> event.withTags(text));
        refused(() -> event.withMetadata(text, "x"));
        refused(() -> new AggregateId(text, "x"));
        refused(() -> new AggregateId("x", text));
        refused(() -> EventData.of(text, new byte[0]));
        refused(() -> new EventAppend.Tracking(text, 0));
        refused(() -> EventRead.category(text));
    }

    @Test
    void a_value_of_metadata_may_be_any_unicode() {
        assertThat(NewEvent.json("T", "{}")
                        .withMetadata("a", "\n\t\ud83d\ude00")
                        .metadata())
                .containsEntry("a", "\n\t\ud83d\ude00");
        refused(() -> NewEvent.json("T", "{}").withMetadata("a", "\ud83d"));
    }

    @Test
    void payloads_are_bounded() {
        assertThat(EventData.of("x", new byte[EventData.MAX_BYTES]).size()).isEqualTo(EventData.MAX_BYTES);
        refused(ErrorKind.TOO_LARGE, () -> EventData.of("x", new byte[EventData.MAX_BYTES + 1]));
        refused(() -> EventData.of("x".repeat(EventData.MAX_CONTENT_TYPE_BYTES + 1), new byte[0]));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "application/json",
                "APPLICATION/JSON",
                "application/json; charset=utf-8",
                "application/vnd.x+json"
            })
    void is_json(String contentType) {
        assertThat(EventData.of(contentType, new byte[0]).isJson()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"text/plain", "application/jsonx", "json", "application/json+x"})
    void is_no_json(String contentType) {
        assertThat(EventData.of(contentType, new byte[0]).isJson()).isFalse();
    }

    @Test
    void space_around_json_is_left_out() {
        assertThat(EventData.json(" \t{\"a\" : 1}\r\n").text()).isEqualTo("{\"a\" : 1}");
        assertThat(EventData.of("application/vnd.x+json", " 1 ".getBytes(UTF_8)).text())
                .isEqualTo("1");
        assertThat(EventData.wrap("application/json", "  ".getBytes(UTF_8)).size())
                .isZero();
        assertThat(EventData.of("text/plain", " 1\n".getBytes(UTF_8)).text()).isEqualTo(" 1\n");
    }

    @Test
    void null_is_appended_nowhere() {
        NewEvent nothing = NewEvent.json("T", " null ");
        refused(() -> new EventAppend.Addressed(null, nothing));
        refused(() -> new Transaction.Event(null, nothing));
        NewEvent text = NewEvent.of("T", EventData.of("text/plain", "null".getBytes(UTF_8)));
        assertThat(new EventAppend.Addressed(null, text).event()).isEqualTo(text);
    }

    @Test
    void a_payload_is_a_copy() {
        byte[] bytes = {1, 2, 3};
        EventData data = EventData.of("x", bytes);
        bytes[0] = 9;
        data.bytes()[1] = 9;

        assertThat(data.bytes()).containsExactly(1, 2, 3);
        assertThat(data.buffer().isReadOnly()).isTrue();
        assertThat(data)
                .isEqualTo(EventData.of("x", new byte[] {1, 2, 3}))
                .isNotEqualTo(EventData.of("y", data.bytes()));
    }

    @Test
    void aggregates_have_bounds() {
        AggregateId longest =
                new AggregateId("t".repeat(AggregateId.MAX_TYPE_BYTES), E.repeat(AggregateId.MAX_ID_BYTES / 2));
        assertThat(AggregateId.parse(longest.toString())).isEqualTo(longest);
        refused(() -> new AggregateId("t".repeat(AggregateId.MAX_TYPE_BYTES + 1), "x"));
        refused(() -> new AggregateId("t", E.repeat(AggregateId.MAX_ID_BYTES / 2) + "x"));
        refused(() -> new AggregateId("a/b", "x"));
        refused(() -> new AggregateId("__a", "x"));
        assertThat(new AggregateId("_a", "__x/").toString()).isEqualTo("_a/__x/");
    }

    @Test
    void aggregates_are_written_as_type_and_id() {
        assertThat(AggregateId.parse("order/a/b")).isEqualTo(new AggregateId("order", "a/b"));
        assertThat(AggregateId.parse("order//")).isEqualTo(new AggregateId("order", "/"));
        refused(() -> AggregateId.parse("order"));
        refused(() -> AggregateId.parse("order/"));
        refused(() -> AggregateId.parse("/x"));
    }

    @Test
    void aggregates_have_the_order_of_bytes() {
        List<AggregateId> ordered = List.of(
                new AggregateId("a", "\uffee"),
                new AggregateId("a", "\ud83d\ude00"),
                new AggregateId("a!", "a"),
                new AggregateId("b", "a"),
                new AggregateId("b", "a/b"),
                new AggregateId("b", "\u00e9"));
        List<AggregateId> shuffled = new ArrayList<>(ordered);
        Collections.reverse(shuffled);
        Collections.sort(shuffled);

        assertThat(shuffled).isEqualTo(ordered);
    }
}
