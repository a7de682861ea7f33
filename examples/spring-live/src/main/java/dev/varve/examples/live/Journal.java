package dev.varve.examples.live;

import dev.varve.api.RecordEvent;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Component;

/** Notes what happens: changes of records are application events, too. */
@Component
final class Journal {

    private static final Logger LOG = LoggerFactory.getLogger(Journal.class);

    @EventListener
    void on(RecordEvent.Upserted<Link> event) {
        LOG.info("{} is on the list: {}", event.key(), event.value().title());
    }

    @EventListener
    void on(RecordEvent.Deleted<Link> event) {
        LOG.info("{} is off the list", event.key());
    }
}
