package dev.varve.api.spi;

import dev.varve.api.EventHandler;
import dev.varve.api.StoredEvent;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * Hands events to a handler, and does about one that it fails with what the handler says. Confined to the thread of the subscription.
 *
 * <pre>{@code
 * EventHandler handler = event -> System.out.println(event.type());
 * EventDelivery delivery = new EventDelivery(handler, () -> false);
 * store.events().fetch(EventStore.EMPTY).events().forEach(delivery::deliver);
 * }</pre>
 */
public final class EventDelivery {

    private static final long FIRST_PAUSE_NANOS = 10_000_000;
    private static final long LONGEST_PAUSE_NANOS = 5_000_000_000L;

    private final EventHandler handler;
    private final BooleanSupplier closed;

    /**
     * Deliveries of one subscription.
     *
     * @param handler takes the events
     * @param closed whether the subscription was closed; whoever closes it also unparks its thread
     */
    public EventDelivery(EventHandler handler, BooleanSupplier closed) {
        this.handler = handler;
        this.closed = closed;
    }

    /**
     * Hands over an event, again and again if the handler wants that.
     *
     * @param event the event
     * @return false when the subscription was closed before the handler was done with it
     * @throws RuntimeException what the handler threw, when it wants to stop then
     */
    @SuppressWarnings("CatchingUnchecked") // the handler says what is to be done about whatever it throws
    public boolean deliver(StoredEvent event) {
        long pause = FIRST_PAUSE_NANOS;
        for (int attempt = 1; !closed.getAsBoolean(); attempt++) {
            try {
                handler.handle(event);
                return true;
            } catch (RuntimeException e) {
                switch (handler.failed(event, e, attempt)) {
                    case SKIP -> {
                        return true;
                    }
                    case STOP -> throw e;
                    case RETRY -> {
                        pause(pause);
                        pause = Math.min(2 * pause, LONGEST_PAUSE_NANOS);
                    }
                }
            }
        }
        return false;
    }

    /** Other wake-ups do not count. */
    private void pause(long nanos) {
        long end = System.nanoTime() + nanos;
        for (long left = nanos; left > 0 && !closed.getAsBoolean(); left = end - System.nanoTime()) {
            LockSupport.parkNanos(this, left);
        }
    }
}
