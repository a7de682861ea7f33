package dev.varve.spring;

import dev.varve.api.EventCodec;
import dev.varve.api.EventStore;
import dev.varve.api.EventSubscriptions;
import dev.varve.api.ProjectionRun;
import dev.varve.api.Store;
import dev.varve.client.JsonCodec;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Lazy;

/**
 * The events of the configured store, its subscriptions, {@link dev.varve.api.Aggregates} for every decider with {@link VarveAggregate}, and
 * the projections of the application. Beans of the application go before.
 */
@AutoConfiguration(after = {VarveAutoConfiguration.class, VarvePostgresAutoConfiguration.class})
public final class VarveEventStoreAutoConfiguration {

    /** For Spring. */
    public VarveEventStoreAutoConfiguration() {}

    /** Made when somebody needs it, as the store is. */
    @Bean
    @Lazy
    @ConditionalOnMissingBean
    EventStore varveEventStore(Store store) {
        return store.events();
    }

    @Bean
    @Lazy
    @ConditionalOnMissingBean
    EventSubscriptions varveEventSubscriptions(EventStore events) {
        return events.subscriptions();
    }

    /** Not by the mapper of the application: what its web pages look like is no reason to write events otherwise. */
    @Bean
    @ConditionalOnMissingBean
    EventCodec.Payloads varveEventPayloads() {
        return JsonCodec::of;
    }

    @Bean
    static AggregateRegistrar varveAggregateRegistrar() {
        return new AggregateRegistrar();
    }

    @Bean
    @ConditionalOnMissingBean
    @ConditionalOnBean(ProjectionRun.Builder.class)
    VarveProjections varveProjections(ObjectProvider<ProjectionRun.Builder> projections) {
        return new VarveProjections(projections.orderedStream().toList());
    }
}
