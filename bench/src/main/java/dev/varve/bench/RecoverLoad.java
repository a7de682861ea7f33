package dev.varve.bench;

import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import org.apache.pekko.actor.ActorRef;
import org.apache.pekko.actor.ActorSystem;

/** Starts an actor of a persistence id again and again, each time until it has recovered from all its events. Confined to one thread. */
final class RecoverLoad extends PekkoLoad {

    private final String id;
    private final long events;

    /** Expects that many events every time. */
    RecoverLoad(ActorSystem system, String id, long events) {
        super(system);
        this.id = id;
        this.events = events;
    }

    @Override
    long turn(long end) throws IOException {
        long counted = 0;
        for (long began = System.nanoTime(); began < end; began = System.nanoTime()) {
            CompletableFuture<Long> recovered = new CompletableFuture<>();
            ActorRef actor = actor(id, "", recovered);
            long replayed = await(recovered);
            long now = System.nanoTime();
            stop(actor);
            if (replayed != events) {
                throw new IOException(id + " recovered from " + replayed + " events, not " + events);
            }
            if (now < end) {
                latencyNanos().recordValue(now - began);
                counted++;
            }
        }
        return counted;
    }
}
