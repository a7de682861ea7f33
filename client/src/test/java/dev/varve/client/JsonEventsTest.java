package dev.varve.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.varve.api.EventCodec;
import dev.varve.api.EventStore;
import dev.varve.api.NewEvent;
import dev.varve.api.StoredEvent;
import dev.varve.api.VarveException;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.json.JsonMapper;

/** Events whose data Jackson writes and reads. */
final class JsonEventsTest {

    sealed interface Payment {
        record Paid(BigDecimal amount, Instant at, int[] parts) implements Payment {}

        record Cancelled() implements Payment {}
    }

    private static final EventCodec<Payment> CODEC =
            EventCodec.builder(Payment.class).payloads(JsonCodec::of).build();

    private static StoredEvent stored(NewEvent event) {
        return new StoredEvent(
                7,
                null,
                EventStore.EMPTY,
                event.id(),
                event.type(),
                event.data(),
                event.tags(),
                event.metadata(),
                Instant.EPOCH,
                Instant.EPOCH,
                7,
                7,
                false);
    }

    @Test
    void what_only_jackson_knows_is_written_and_read() {
        Payment.Paid paid =
                new Payment.Paid(new BigDecimal("12.5"), Instant.parse("2026-11-21T10:00:00Z"), new int[] {5, 7});

        NewEvent event = CODEC.encode(paid);

        assertThat(event.type()).isEqualTo("Paid");
        assertThat(event.data().text()).isEqualTo("{\"amount\":12.5,\"at\":\"2026-11-21T10:00:00Z\",\"parts\":[5,7]}");
        assertThat(CODEC.decode(stored(event))).usingRecursiveComparison().isEqualTo(List.of(paid));
        assertThat(CODEC.decode(stored(CODEC.encode(new Payment.Cancelled()))))
                .containsExactly(new Payment.Cancelled());
    }

    record Ordered(String orderNumber) {}

    @Test
    void a_mapper_may_say_how() {
        EventCodec<Ordered> codec = EventCodec.builder(Ordered.class)
                .payloads(JsonCodec.payloads(JsonMapper.builder()
                        .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
                        .build()))
                .build();
        NewEvent event = codec.encode(new Ordered("17"));
        assertThat(event.data().text()).isEqualTo("{\"order_number\":\"17\"}");
        assertThat(codec.decode(stored(event))).containsExactly(new Ordered("17"));
    }

    @Test
    void what_jackson_cannot_read_names_its_position() {
        assertThatExceptionOfType(VarveException.class)
                .isThrownBy(() -> CODEC.decode(stored(NewEvent.json("Paid", "{\"amount\":\"much\"}"))))
                .withMessageContaining("position 7, Paid");
    }
}
