package dev.varve.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.varve.api.EntryOp;
import dev.varve.api.EntryWriteResult;
import dev.varve.api.LiveSync;
import dev.varve.api.ProjectionRun;
import dev.varve.api.Subscription;
import dev.varve.api.Varve;
import dev.varve.api.VarveException;
import dev.varve.api.spi.Transport;
import dev.varve.client.VarveClient;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.support.StaticListableBeanFactory;

/** The page about Spring names all meters with their tags and units, and all operations. */
final class MetersDocsTest {

    /** Nothing happens to it. */
    private static final class Still implements LiveSync {

        @Override
        public Status status() {
            return new Status(State.LIVE, 7, 3, 2);
        }

        @Override
        public boolean awaitLive(Duration timeout) {
            return true;
        }

        @Override
        public Subscription onStatus(Consumer<? super Status> listener) {
            throw VarveException.notSupported("listeners");
        }

        @Override
        public CompletableFuture<EntryWriteResult> enqueue(List<EntryOp> ops) {
            throw VarveException.notSupported("writes");
        }

        @Override
        public Transport transport() {
            throw VarveException.notSupported("transports");
        }

        @Override
        public void close() {}
    }

    @Test
    void meters_stand_there_with_tags_and_units() throws IOException {
        Map<String, String> shown = new TreeMap<>();
        for (List<String> row : SpringPage.rows("Meters")) {
            if (row.get(0).startsWith("varve.")) {
                shown.put(row.get(0), row.get(1) + "; " + row.get(2));
            }
        }
        Map<String, String> made = new TreeMap<>();
        for (Meter meter : all().getMeters()) {
            String unit = meter.getId().getBaseUnit();
            made.put(
                    meter.getId().getName(),
                    meter.getId().getTags().stream().map(Tag::getKey).sorted().collect(Collectors.joining(", ")) + "; "
                            + (unit == null ? "" : unit));
            assertThat(meter.getId().getDescription()).isNotBlank();
        }
        assertThat(shown).isEqualTo(made);
    }

    private static MeterRegistry all() {
        MeterRegistry registry = new SimpleMeterRegistry();
        VarveMeters meters = new VarveMeters(
                new StaticListableBeanFactory(Map.of("live", new Still())).getBeanProvider(LiveSync.class));
        meters.bindTo(registry);
        try (Varve model = new ModelVarve()) {
            new ProjectionMeters(new VarveProjections(List.of(
                            ProjectionRun.builder(model.store("acme/reading").events(), "titles", event -> {}))))
                    .bindTo(registry);
        }
        VarveClient.Builder nobody =
                VarveClient.builder(URI.create("http://127.0.0.1:1")).retryFor(Duration.ofSeconds(3));
        meters.customize(nobody);
        try (Varve varve = meters.wrap(nobody.connect(), Transport.Kind.HTTP)) {
            assertThatThrownBy(() -> varve.streams().find("log")).isInstanceOf(VarveException.class);
        }
        return registry;
    }

    @Test
    void operations_stand_there() throws IOException {
        TreeSet<String> shown = new TreeSet<>();
        for (List<String> row : SpringPage.rows("Meters")) {
            if (!row.get(0).startsWith("varve.")) {
                shown.addAll(Arrays.asList(row.get(0).split(", ")));
            }
        }
        assertThat(shown)
                .isEqualTo(Arrays.stream(Operation.values())
                        .map(Operation::tag)
                        .collect(Collectors.toCollection(TreeSet::new)));
    }
}
