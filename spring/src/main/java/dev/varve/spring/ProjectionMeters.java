package dev.varve.spring;

import dev.varve.api.EventStore;
import dev.varve.api.ProjectionRun;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import org.jspecify.annotations.Nullable;

/** Shows how far projections have come. Thread-safe. */
final class ProjectionMeters implements MeterBinder {

    private final VarveProjections projections;

    ProjectionMeters(VarveProjections projections) {
        this.projections = projections;
    }

    @Override
    public void bindTo(MeterRegistry registry) {
        for (String name : projections.names()) {
            Gauge.builder("varve.projection.running", projections, all -> all.trouble(name) == null ? 1 : 0)
                    .description("1 while the projection is at work")
                    .tag("projection", name)
                    .register(registry);
            Gauge.builder("varve.projection.position", projections, all -> position(all.find(name)))
                    .description("Position of the last event that the projection has handled")
                    .tag("projection", name)
                    .register(registry);
        }
    }

    private static long position(@Nullable ProjectionRun run) {
        return run == null ? EventStore.EMPTY : run.position();
    }
}
