package dev.varve.server.subscriptions;

import java.util.List;

/** What is to be done in the world once the events of its step are durable. Immutable. */
sealed interface Effect {

    /** Call the webhook. */
    record Deliver(
            String subscription,
            String wakeId,
            long generation,
            String url,
            String baseUrl,
            String token,
            List<StreamView> streams)
            implements Effect {}

    /** Write a wake event into the application's stream. */
    record Announce(String subscription, String wakeId, long generation, String wakeStream, String stream)
            implements Effect {}
}
