package dev.varve.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.varve.api.AggregateId;
import dev.varve.api.EventStorage;
import dev.varve.api.EventStore;
import dev.varve.api.ExpectedVersion;
import dev.varve.api.NewEvent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** How many may wait for readers of events. */
final class CheckpointWaitsTest {

    private static final String STORE = "acme/waits";
    private static final int MOST = 10_000;

    private static CompletableFuture<Boolean> wait(EventStorage events) {
        return events.awaitCheckpoints(STORE, Set.of("reader"), 1, Duration.ofMinutes(1));
    }

    @Test
    void those_who_wait_are_bounded_and_whoever_gives_up_makes_room() {
        try (Engine engine = Engine.inMemory(TestEngines.OPTIONS)) {
            EventStorage events = engine.events();
            EventStore store = EventStore.over(events, STORE);
            store.append(new AggregateId("a", "1"), ExpectedVersion.any(), NewEvent.json("e", "{}"));
            store.saveCheckpoint("reader", 0);
            List<CompletableFuture<Boolean>> all = new ArrayList<>();
            for (int i = 0; i < MOST; i++) {
                all.add(wait(events));
            }
            assertThat(all).noneMatch(CompletableFuture::isDone);
            assertThatThrownBy(() -> wait(events).join()).hasMessageContaining("waiting for readers");

            all.getFirst().cancel(false);

            all.add(wait(events));
            store.saveCheckpoint("reader", 1);
            assertThat(all.subList(1, all.size())).allMatch(CompletableFuture::join);
        }
    }
}
