package dev.varve.spring;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;

/**
 * Changes of records as application events: {@code @EventListener void on(RecordEvent.Upserted<Link> event)}. Of every type that a
 * listener asks for when the context starts there is one subscription, which ends with the context. Listeners of all events there
 * are, as of {@code Object}, ask for none.
 *
 * <p>Listeners are called one after the other, on a thread that only listeners to this type wait for. What one throws is logged, and
 * those after it are not told of this change. When changes were passed over, {@link VarveResyncEvent} is published. Switched off by
 * {@code varve.events.enabled=false}.
 */
@AutoConfiguration(after = {VarveRepositoriesAutoConfiguration.class, VarveLiveAutoConfiguration.class})
@ConditionalOnBooleanProperty(name = "varve.events.enabled", matchIfMissing = true)
public final class VarveEventsAutoConfiguration {

    /** For Spring. */
    public VarveEventsAutoConfiguration() {}

    @Bean
    RecordEvents varveEvents(ConfigurableApplicationContext context) {
        return new RecordEvents(context);
    }
}
