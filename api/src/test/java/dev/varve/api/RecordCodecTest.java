package dev.varve.api;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Records as JSON without a library. */
final class RecordCodecTest {

    private record Line(String item, int quantity) {}

    private record Order(
            @Required @Nullable String number,
            @Field("placed_at") @Nullable Instant placedAt,
            @Nullable BigDecimal total,
            double weight,
            List<Line> lines,
            Map<String, Line> named,
            Optional<String> note) {}

    private record Pair<T>(T one, T other) {}

    private static Order read(String json) {
        return StreamCodec.of(Order.class).decode(ByteBuffer.wrap(json.getBytes(UTF_8)));
    }

    @Test
    void records_are_written_and_read() {
        Order order = new Order(
                "17",
                Instant.parse("2026-11-21T10:00:00.123456789Z"),
                new BigDecimal("12.50"),
                0.1,
                List.of(new Line("book", 2)),
                Map.of("a", new Line("pen", 1)),
                Optional.of("\"quick\""));

        byte[] json = StreamCodec.of(Order.class).encode(order);

        assertThat(new String(json, UTF_8))
                .isEqualTo("{\"number\":\"17\",\"placed_at\":\"2026-11-21T10:00:00.123456789Z\",\"total\":\"12.50\","
                        + "\"weight\":0.1,\"lines\":[{\"item\":\"book\",\"quantity\":2}],"
                        + "\"named\":{\"a\":{\"item\":\"pen\",\"quantity\":1}},\"note\":\"\\\"quick\\\"\"}");
        assertThat(StreamCodec.of(Order.class).decode(ByteBuffer.wrap(json))).isEqualTo(order);
    }

    @Test
    void what_is_unknown_is_passed_over_and_what_is_missing_is_empty() {
        assertThat(read("{\"number\":\"17\",\"colour\":{\"deep\":[1]},\"weight\":3}"))
                .isEqualTo(new Order("17", null, null, 3, List.of(), Map.of(), Optional.empty()));
    }

    @Test
    void what_does_not_fit_is_refused_with_its_field() {
        assertThatExceptionOfType(VarveException.class)
                .isThrownBy(() -> read("{\"number\":\"17\",\"lines\":[{\"item\":\"book\",\"quantity\":\"two\"}]}"))
                .withMessageContaining("Order cannot be read: lines[0]/quantity: expected a whole number")
                .satisfies(e -> assertThat(e.kind()).isEqualTo(ErrorKind.INVALID_RECORD));
        assertThatExceptionOfType(VarveException.class)
                .isThrownBy(() -> read("{}"))
                .withMessageContaining("the fields number");
        assertThatExceptionOfType(VarveException.class).isThrownBy(() -> read("[]"));
        assertThatExceptionOfType(VarveException.class)
                .isThrownBy(() -> read("{"))
                .withMessageContaining("Order cannot be read: no JSON");
        Order endless = new Order("1", null, null, Double.NaN, List.of(), Map.of(), Optional.empty());
        assertThatExceptionOfType(VarveException.class)
                .isThrownBy(() -> StreamCodec.of(Order.class).encode(endless))
                .withMessageContaining("weight: expected a finite number");
    }

    @Test
    void types_that_cannot_be_mapped_are_refused_at_once() {
        assertThatIllegalArgumentException().isThrownBy(() -> StreamCodec.of(Pair.class));
        assertThatIllegalArgumentException().isThrownBy(() -> RecordCodec.of(String.class));
    }

    private record Item(String name, int count) {}

    private record LongItem(String name, long count) {}

    private record State(List<Item> items, Map<String, Item> more) {}

    private record Renamed(List<Item> items, Map<String, Item> more) {}

    private record Other(List<LongItem> items, Map<String, Item> more) {}

    private record Tree(String name, List<Tree> below) {}

    @Test
    void a_fingerprint_follows_from_the_components_also_of_records_inside() {
        String state = RecordCodec.fingerprint(State.class);
        assertThat(state).startsWith("State:").hasSize(22);
        assertThat(RecordCodec.fingerprint(Renamed.class)).isEqualTo(state.replace("State", "Renamed"));
        assertThat(RecordCodec.fingerprint(Other.class)).isNotEqualTo(state.replace("State", "Other"));
        assertThat(RecordCodec.fingerprint(Tree.class)).startsWith("Tree:");
    }
}
