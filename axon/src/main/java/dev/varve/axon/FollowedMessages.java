package dev.varve.axon;

import dev.varve.api.EventHandler;
import dev.varve.api.EventRead;
import dev.varve.api.EventStore;
import dev.varve.api.StoredEvent;
import dev.varve.api.Subscription;
import java.util.List;
import java.util.function.Function;
import org.axonframework.messaging.eventhandling.EventMessage;

/** What a subscription hands over, until it is closed. The subscription waits while too much of it has not been taken. */
final class FollowedMessages extends BufferedMessages {

    private final Function<StoredEvent, Entry<EventMessage>> entry;
    private final Subscription subscription;

    FollowedMessages(EventStore events, EventRead read, Function<StoredEvent, Entry<EventMessage>> entry) {
        this.entry = entry;
        this.subscription = events.follow(read, new Handler());
    }

    private final class Handler implements EventHandler {
        @Override
        public void handle(StoredEvent event) {
            awaitRoom();
            add(List.of(entry.apply(event)));
        }

        /** Adapters of Axon pass over a call that comes while they look: here is another one. */
        @Override
        public void checkpoint(long position) {
            call();
        }

        @Override
        public void caughtUp(long position) {
            call();
        }

        @Override
        public void ended(RuntimeException cause) {
            end(cause);
        }
    }

    private synchronized void awaitRoom() {
        while (full() && !ended()) {
            try {
                wait();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("the thread of a subscription was interrupted", e);
            }
        }
    }

    @Override
    synchronized void taken() {
        notifyAll();
    }

    @Override
    void released() {
        synchronized (this) {
            notifyAll();
        }
        subscription.close();
    }
}
