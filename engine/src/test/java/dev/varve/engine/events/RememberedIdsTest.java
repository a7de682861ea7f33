package dev.varve.engine.events;

import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.EventData;
import dev.varve.api.EventStore;
import dev.varve.api.NewEvent;
import dev.varve.engine.events.RememberedIds.Noted;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** What is known of the last events by their ids when the state is read late. */
final class RememberedIdsTest {

    private final Map<Long, byte[]> replaced = new HashMap<>();
    private final RememberedIds ids = new RememberedIds(replaced);

    private static byte[] encoded(NewEvent event) {
        return EventFormat.encode(event, null, EventStore.EMPTY, 17, new EventFormat.InAppend(0, 1));
    }

    private Noted found(NewEvent event) {
        return Objects.requireNonNull(ids.find(event.id()));
    }

    @Test
    void what_was_replaced_since_the_state_was_written_is_known_as_it_is_now() {
        NewEvent kept = NewEvent.json("kept", "1");
        NewEvent deleted = NewEvent.json("deleted", "2");
        NewEvent redacted = NewEvent.json("redacted", "3");
        replaced.put(1L, EventFormat.deleted(encoded(deleted)));
        replaced.put(2L, EventFormat.redacted(encoded(redacted), 2, EventData.json("{}")));
        replaced.put(3L, EventFormat.deleted(encoded(NewEvent.json("unknown", "4"))));

        ids.complete(List.of(
                Noted.of(EventFormat.head(encoded(kept)), 0),
                Noted.of(EventFormat.head(encoded(deleted)), 1),
                Noted.of(EventFormat.head(encoded(redacted)), 2)));

        assertThat(ids.complete).isTrue();
        assertThat(found(kept).gone()).isFalse();
        assertThat(found(deleted).gone()).isTrue();
        assertThat(found(redacted).gone()).isFalse();
        assertThat(found(redacted).isSame(NewEvent.json("redacted", "5"))).isTrue();
        assertThat(found(redacted).isSame(NewEvent.json("other", "3"))).isFalse();
        assertThat(found(kept).isSame(NewEvent.json("kept", "1"))).isTrue();
        assertThat(found(kept).isSame(NewEvent.json("kept", "5"))).isFalse();
    }
}
