package dev.varve.spring;

import dev.varve.api.ErrorKind;
import dev.varve.api.LiveSync;
import dev.varve.api.Store;
import dev.varve.api.Varve;
import dev.varve.api.VarveException;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.BeanCreationException;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.annotation.Bean;

/**
 * Tells whether the store answers, and whether all projections are at work, where Spring Boot's health is on the class path; {@code
 * management.health.varve.enabled=false} and {@code management.health.varve-projections.enabled=false} switch that off.
 */
@AutoConfiguration(
        after = {VarveAutoConfiguration.class, VarveLiveAutoConfiguration.class, VarveEventStoreAutoConfiguration.class
        },
        beforeName = "org.springframework.boot.health.autoconfigure.contributor.HealthContributorAutoConfiguration")
@ConditionalOnClass({HealthIndicator.class, ConditionalOnEnabledHealthIndicator.class})
public final class VarveHealthAutoConfiguration {

    /** For Spring. */
    public VarveHealthAutoConfiguration() {}

    @Bean
    @ConditionalOnEnabledHealthIndicator(
            "varve") // here, as it is not there to be looked at where the class is passed over
    @ConditionalOnMissingBean(name = "varveHealthIndicator")
    HealthIndicator varveHealthIndicator(
            Varve varve, ObjectProvider<Store> stores, ObjectProvider<LiveSync> live, VarveProperties properties) {
        return new VarveHealthIndicator(varve, configured(stores), live, properties.healthTimeout());
    }

    @Bean
    @ConditionalOnBean(VarveProjections.class)
    @ConditionalOnEnabledHealthIndicator("varve-projections")
    @ConditionalOnMissingBean(name = "varveProjectionsHealthIndicator")
    HealthIndicator varveProjectionsHealthIndicator(VarveProjections projections) {
        return new ProjectionHealthIndicator(projections);
    }

    /** The store, or null where none is configured, as in a program that only uses streams, or none goes before others. */
    private static @Nullable Store configured(ObjectProvider<Store> stores) {
        try {
            return stores.getIfUnique();
        } catch (BeanCreationException e) {
            if (e.getRootCause() instanceof VarveException failure && failure.kind() == ErrorKind.INVALID_PARAMS) {
                return null;
            }
            throw e;
        }
    }
}
