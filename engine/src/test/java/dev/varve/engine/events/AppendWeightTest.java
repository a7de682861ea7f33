package dev.varve.engine.events;

import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.EventData;
import dev.varve.api.NewEvent;
import org.junit.jupiter.api.Test;

/** What waits to be decided is bounded by what it weighs, so that all of an event counts. */
final class AppendWeightTest {

    private static final NewEvent SMALL = NewEvent.of("t", EventData.wrap("text/plain", new byte[100]));

    private static int more(NewEvent event) {
        return AppendCommand.weightBytes(event) - AppendCommand.weightBytes(SMALL);
    }

    @Test
    void an_event_weighs_at_least_what_its_data_type_tags_and_metadata_have() {
        assertThat(AppendCommand.weightBytes(SMALL)).isBetween(100, 1_000);
        assertThat(more(NewEvent.of("t", EventData.wrap("text/plain", new byte[5_100]))))
                .isEqualTo(5_000);
        assertThat(more(NewEvent.of("t".repeat(201), SMALL.data()))).isEqualTo(200);
        assertThat(more(SMALL.withTags("a".repeat(250), "b".repeat(250)))).isBetween(500, 1_000);
        assertThat(more(SMALL.withMetadata("name".repeat(50), "x".repeat(9_000))))
                .isBetween(9_200, 10_000);
    }
}
