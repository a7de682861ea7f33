package dev.varve.api;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** How events are stored, and what stored ones become. */
final class EventCodecTest {

    sealed interface CartEvent {}

    sealed interface ItemEvent extends CartEvent {
        String item();
    }

    @EventType(value = "item-added", version = 3)
    record ItemAdded(String item, int quantity) implements ItemEvent {}

    record ItemRemoved(String item) implements ItemEvent {}

    record CartClosed() implements CartEvent {}

    private static StoredEvent stored(String type, int version, String json) {
        Map<String, String> metadata =
                version == 1 ? Map.of() : Map.of(NewEvent.SCHEMA_VERSION, String.valueOf(version));
        return new StoredEvent(
                17,
                new AggregateId("cart", "4711"),
                3,
                UUID.randomUUID(),
                type,
                EventData.wrap(EventData.JSON, json.getBytes(UTF_8)),
                Set.of(),
                metadata,
                Instant.EPOCH,
                Instant.EPOCH,
                17,
                17,
                false);
    }

    private static StoredEvent stored(NewEvent event) {
        int version = Integer.parseInt(event.metadata().getOrDefault(NewEvent.SCHEMA_VERSION, "1"));
        return stored(event.type(), version, event.data().text());
    }

    private static final EventCodec<CartEvent> CODEC = EventCodec.builder(CartEvent.class)
            .type(CartClosed.class, "closed")
            .upcast("item-added", 1, old -> List.of(old.as("item-added", 2).with("quantity", EntryValue.of(1))))
            .upcast("item-added", 2, old -> List.of(old.as("item-added", 3).without("colour")))
            .upcast("looked-at", 1, old -> List.of())
            .upcast(
                    "item-moved",
                    1,
                    old -> List.of(
                            old.as("ItemRemoved", 1),
                            old.as("item-added", 1).withFields(Map.of("item", EntryValue.of("moved")))))
            .upcast("round", 1, old -> List.of(old.as("round", 2)))
            .upcast("round", 2, old -> List.of(old.as("round", 1)))
            .build();

    @Test
    void classes_are_stored_under_their_simple_name_or_what_is_said() {
        NewEvent removed = CODEC.encode(new ItemRemoved("book"));
        NewEvent closed = CODEC.encode(new CartClosed());
        NewEvent added = CODEC.encode(new ItemAdded("book", 2));

        assertThat(removed.type()).isEqualTo("ItemRemoved");
        assertThat(removed.metadata()).isEmpty();
        assertThat(removed.data()).isEqualTo(EventData.json("{\"item\":\"book\"}"));
        assertThat(closed.type()).isEqualTo("closed");
        assertThat(closed.data().text()).isEqualTo("{}");
        assertThat(added.type()).isEqualTo("item-added");
        assertThat(added.metadata()).containsExactly(Map.entry("schema_version", "3"));
        assertThat(CODEC.decode(stored(removed))).containsExactly(new ItemRemoved("book"));
        assertThat(CODEC.decode(stored(closed))).containsExactly(new CartClosed());
        assertThat(CODEC.decode(stored(added))).containsExactly(new ItemAdded("book", 2));
    }

    @Test
    void old_events_become_one_none_or_several() {
        assertThat(CODEC.decode(stored("item-added", 1, "{\"item\":\"pen\",\"colour\":\"red\"}")))
                .containsExactly(new ItemAdded("pen", 1));
        assertThat(CODEC.decode(stored("item-added", 2, "{\"item\":\"pen\",\"quantity\":4}")))
                .containsExactly(new ItemAdded("pen", 4));
        assertThat(CODEC.decode(stored("looked-at", 1, "no json at all"))).isEmpty();
        assertThat(CODEC.decode(stored("item-moved", 1, "{\"item\":\"pen\"}")))
                .containsExactly(new ItemRemoved("pen"), new ItemAdded("moved", 1));
    }

    @Test
    void what_cannot_be_read_names_its_position_and_type() {
        assertUnreadable(stored("CartBurnt", 1, "{}"), "the type CartBurnt is not known");
        assertUnreadable(stored("item-added", 4, "{}"), "version 4 of item-added is not known");
        assertUnreadable(stored("ItemRemoved", 1, "[1]"), "expected an object");
        assertUnreadable(stored("item-added", 1, "[1]"), "no JSON object");
        assertUnreadable(stored("round", 1, "{}"), "without end");
    }

    private static void assertUnreadable(StoredEvent event, String why) {
        assertThatExceptionOfType(VarveException.class)
                .isThrownBy(() -> CODEC.decode(event))
                .withMessageContaining("position 17")
                .withMessageContaining(event.type() + " of cart/4711")
                .withMessageContaining(why)
                .satisfies(e -> assertThat(e.kind()).isEqualTo(ErrorKind.INVALID_RECORD));
    }

    @Test
    void a_version_that_is_no_number_is_refused() {
        StoredEvent event = stored("ItemRemoved", 1, "{\"item\":\"book\"}");
        StoredEvent odd = new StoredEvent(
                event.position(),
                null,
                EventStore.EMPTY,
                event.id(),
                event.type(),
                event.data(),
                Set.of(),
                Map.of(NewEvent.SCHEMA_VERSION, "new"),
                event.time(),
                event.recordedAt(),
                17,
                17,
                false);
        assertThatExceptionOfType(VarveException.class)
                .isThrownBy(() -> CODEC.decode(odd))
                .withMessageContaining("position 17, ItemRemoved, cannot be read");
    }

    @Test
    void events_get_tags() {
        EventCodec<ItemEvent> codec = EventCodec.builder(ItemEvent.class)
                .tags(event -> List.of("item:" + event.item()))
                .build();
        assertThat(codec.encode(new ItemRemoved("book")).tags()).containsExactly("item:book");
    }

    @Test
    void one_record_will_do() {
        EventCodec<CartClosed> codec = EventCodec.of(CartClosed.class);
        assertThat(codec.decode(stored(codec.encode(new CartClosed())))).containsExactly(new CartClosed());
    }

    interface Open {}

    sealed interface Twice {
        record Same() implements Twice {}

        @EventType("Same")
        record Other() implements Twice {}
    }

    sealed interface Odd {
        final class NoRecord implements Odd {}
    }

    @Test
    void what_cannot_be_stored_is_refused_when_the_codec_is_made() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> EventCodec.of(Open.class))
                .withMessageContaining("neither sealed");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> EventCodec.of(Twice.class))
                .withMessageContaining("would both be stored as Same");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> EventCodec.of(Odd.class))
                .withMessageContaining("is not a record");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> EventCodec.builder(CartClosed.class)
                        .upcast("CartClosed", 1, List::of)
                        .build())
                .withMessageContaining("give that another version");
    }

    @Test
    void deciders_go_step_by_step_and_all_or_nothing() {
        Steps<Integer, Integer> steps = Steps.<Integer, Integer>from(1, Integer::sum)
                .then(state -> List.of(state * 10))
                .then(state -> state * 2, part -> List.of(part, 1));
        assertThat(steps.events()).containsExactly(10, 22, 1);
        assertThat(steps.state()).isEqualTo(34);
        assertThatExceptionOfType(IllegalStateException.class)
                .isThrownBy(() -> steps.then(state -> {
                    throw new IllegalStateException("no");
                }));
        assertThat(steps.events()).containsExactly(10, 22, 1);
    }

    @Test
    void lines_of_events() {
        StoredEvent event = stored("Incremented", 1, "{\n  \"by\": 3\n}\n");
        assertThat(EventDump.line(event)).isEqualTo("Incremented{   \"by\": 3 }");
        assertThat(EventDump.json(event))
                .isEqualTo("{\"position\":17,\"aggregate\":{\"type\":\"cart\",\"id\":\"4711\"},\"version\":3,\"id\":\""
                        + event.id() + "\",\"type\":\"Incremented\",\"data\":{   \"by\": 3 },"
                        + "\"content_type\":\"application/json\",\"tags\":[],\"metadata\":{},"
                        + "\"time\":\"1970-01-01T00:00:00Z\",\"recorded_at\":\"1970-01-01T00:00:00Z\","
                        + "\"append_id\":17,\"append_last\":17}");
        StoredEvent bytes = new StoredEvent(
                0,
                null,
                EventStore.EMPTY,
                event.id(),
                "Raw",
                EventData.of("text/plain", new byte[] {1, 2}),
                Set.of("a", "b"),
                Map.of("k", "v"),
                Instant.EPOCH,
                Instant.EPOCH,
                0,
                1,
                true);
        assertThat(EventDump.line(bytes)).isEqualTo("Raw\"AQI=\"");
        assertThat(EventDump.json(bytes))
                .startsWith("{\"position\":0,\"id\":")
                .contains("\"data_base64\":\"AQI=\",\"content_type\":\"text/plain\"")
                .contains("\"metadata\":{\"k\":\"v\"}")
                .endsWith("\"append_last\":1,\"redacted\":true}");
    }

    @Test
    void every_pair_of_versions_compares() {
        long empty = EventStore.EMPTY;
        assertThat(VersionComparison.of(empty, empty)).isEqualTo(VersionComparison.EQUAL);
        assertThat(VersionComparison.of(empty, 0)).isEqualTo(VersionComparison.NEXT);
        assertThat(VersionComparison.of(empty, 5)).isEqualTo(VersionComparison.FUTURE);
        assertThat(VersionComparison.of(5, empty)).isEqualTo(VersionComparison.PAST);
        assertThat(VersionComparison.of(5, 5)).isEqualTo(VersionComparison.EQUAL);
        assertThat(VersionComparison.of(5, 6)).isEqualTo(VersionComparison.NEXT);
        assertThat(VersionComparison.of(5, 7)).isEqualTo(VersionComparison.FUTURE);
        assertThat(VersionComparison.of(5, 4)).isEqualTo(VersionComparison.PAST);
    }
}
