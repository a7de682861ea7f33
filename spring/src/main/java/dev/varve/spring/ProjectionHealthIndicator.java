package dev.varve.spring;

import dev.varve.api.ProjectionRun;
import org.springframework.boot.health.contributor.AbstractHealthIndicator;
import org.springframework.boot.health.contributor.Health;

/** Up while all projections are at work. Asks nothing of a store. Thread-safe. */
final class ProjectionHealthIndicator extends AbstractHealthIndicator {

    private final VarveProjections projections;

    ProjectionHealthIndicator(VarveProjections projections) {
        this.projections = projections;
    }

    @Override
    protected void doHealthCheck(Health.Builder health) {
        health.up();
        for (String name : projections.names()) {
            String trouble = projections.trouble(name);
            ProjectionRun run = projections.find(name);
            if (trouble != null) {
                health.down();
                health.withDetail(name, trouble);
            } else if (run != null) {
                health.withDetail(name, run.position());
            }
        }
    }
}
