package dev.varve.spring;

import dev.varve.api.LiveSync;
import io.micrometer.core.instrument.binder.MeterBinder;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.context.annotation.Bean;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;

/**
 * Meters, where Micrometer is on the class path: {@code varve.operations} by {@code operation}, {@code transport} and {@code outcome},
 * {@code varve.client.retries} by {@code kind}, {@code varve.live.state} by {@code state}, {@code varve.live.store.seq}, {@code
 * varve.live.entries} and {@code varve.live.writes.waiting}, {@code varve.projection.running} and {@code varve.projection.position} by {@code
 * projection}. Operations are timed of the {@link dev.varve.api.Varve} that the properties
 * describe, and not of one that the application makes itself; retries are not counted when a {@link VarveClientCustomizer} of the
 * application has them told to itself.
 */
@AutoConfiguration(after = {VarveLiveAutoConfiguration.class, VarveEventStoreAutoConfiguration.class})
@ConditionalOnClass(MeterBinder.class)
public final class VarveMetricsAutoConfiguration {

    /** For Spring. */
    public VarveMetricsAutoConfiguration() {}

    @Bean
    @Order(Ordered.HIGHEST_PRECEDENCE)
    VarveMeters varveMeters(ObjectProvider<LiveSync> live) {
        return new VarveMeters(live);
    }

    @Bean
    @ConditionalOnBean(VarveProjections.class)
    ProjectionMeters varveProjectionMeters(VarveProjections projections) {
        return new ProjectionMeters(projections);
    }
}
