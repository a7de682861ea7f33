package dev.varve.spring;

import dev.varve.api.RecordEvent;
import org.jspecify.annotations.Nullable;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ApplicationListener;
import org.springframework.context.PayloadApplicationEvent;
import org.springframework.context.event.GenericApplicationListener;
import org.springframework.context.event.GenericApplicationListenerAdapter;
import org.springframework.context.event.SmartApplicationListener;
import org.springframework.context.support.AbstractApplicationContext;
import org.springframework.core.ResolvableType;

/** Knows who listens to which events. */
final class Interest {

    /** Published by nobody: who would hear of it hears of everything. */
    private record Unheard() {}

    private static final ResolvableType ANYTHING = event(ResolvableType.forClass(Unheard.class));

    private Interest() {}

    /** The type of the application event that carries something. */
    static ResolvableType event(ResolvableType payload) {
        return ResolvableType.forClassWithGenerics(PayloadApplicationEvent.class, payload);
    }

    /** The type of an event of records. */
    static ResolvableType payload(Class<?> kind, Class<? extends Record> type) {
        return ResolvableType.forClassWithGenerics(kind, type);
    }

    /** Whether a listener of a context or those above it is for events of records of a type, and not just for all events there are. */
    static boolean inRecords(@Nullable ApplicationContext context, Class<? extends Record> type) {
        ResolvableType upserted = event(payload(RecordEvent.Upserted.class, type));
        ResolvableType deleted = event(payload(RecordEvent.Deleted.class, type));
        ResolvableType resync = event(payload(VarveResyncEvent.class, type));
        for (ApplicationContext at = context; at != null; at = at.getParent()) {
            if (at instanceof AbstractApplicationContext listened) {
                for (ApplicationListener<?> listener : listened.getApplicationListeners()) {
                    boolean asked = hears(listener, upserted) || hears(listener, deleted) || hears(listener, resync);
                    if (asked && !hears(listener, ANYTHING)) {
                        return true;
                    }
                }
            }
        }
        return false;
    }

    private static boolean hears(ApplicationListener<?> listener, ResolvableType event) {
        if (listener instanceof SmartApplicationListener smart && !(listener instanceof GenericApplicationListener)) {
            return smart.supportsEventType(PayloadApplicationEvent.class);
        }
        return new GenericApplicationListenerAdapter(listener).supportsEventType(event);
    }
}
