package dev.varve.engine.events;

import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.AggregateId;
import dev.varve.api.EventData;
import dev.varve.api.EventStore;
import dev.varve.api.NewEvent;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

final class EventFormatTest {

    private static final EventFormat.InAppend LAST_OF_THREE = new EventFormat.InAppend(2, 3);

    @Test
    void what_is_made_is_known_as_it_would_be_read() {
        NewEvent plain = NewEvent.json("e", "{}");
        List<NewEvent> events = List.of(
                plain,
                plain.withTags("b", "a"),
                plain.withTime(Instant.ofEpochSecond(17, 5)),
                plain.withMetadata("name", "\u00e9"),
                NewEvent.of("t", EventData.wrap("text/plain", new byte[200])).withTags("a"));
        for (NewEvent event : events) {
            same(EventFormat.encoded(event, null, EventStore.EMPTY, 99, LAST_OF_THREE));
            same(EventFormat.encoded(event, new AggregateId("order", "1"), 300, 99, LAST_OF_THREE));
        }
    }

    private static void same(EventFormat.Encoded made) {
        EventFormat.Head read = EventFormat.head(made.bytes());
        assertThat(made.head()).isEqualTo(read);
        assertThat(made.head().contentHash()).isEqualTo(read.contentHash());
        assertThat(made.head().time()).isEqualTo(read.time());
    }
}
