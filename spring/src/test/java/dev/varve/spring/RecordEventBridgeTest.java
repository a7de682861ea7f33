package dev.varve.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.varve.api.Repository;
import dev.varve.spring.reading.Link;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Listeners are told once that they were told nothing for a while, whenever that turns out. */
final class RecordEventBridgeTest {

    private final ModelVarve varve = new ModelVarve();
    private final Repository<Link> links = varve.store("acme/reading").repository(Link.class);
    private final List<Object> told = new CopyOnWriteArrayList<>();
    private final ScheduledExecutorService later = Executors.newSingleThreadScheduledExecutor();
    private final RecordEventBridge<Link> bridge = new RecordEventBridge<>(Link.class, links, told::add, later);

    @AfterEach
    void close() {
        bridge.close();
        later.shutdownNow();
        varve.close();
    }

    @Test
    void who_is_found_late_before_it_is_open_tells_when_it_is() {
        bridge.late();
        assertThat(told).isEmpty();
        bridge.open();
        assertThat(told).containsExactly(new VarveResyncEvent<>(Link.class));
    }

    @Test
    void who_is_found_late_when_it_has_just_been_opened_tells_at_once() {
        bridge.open();
        assertThat(told).isEmpty();
        bridge.late();
        await().untilAsserted(() -> assertThat(told).containsExactly(new VarveResyncEvent<>(Link.class)));
    }
}
