package dev.varve.client;

import dev.varve.api.Subscription;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Those who follow something until they are closed, or the Varve is. Thread-safe. */
final class HttpFollowers implements AutoCloseable {

    private final Set<HttpFollower> all = ConcurrentHashMap.newKeySet();

    /** Has one begin that was made with {@link #left}. */
    Subscription start(HttpFollower follower) {
        all.add(follower);
        follower.start();
        return follower;
    }

    /** One is over. */
    void left(HttpFollower follower) {
        all.remove(follower);
    }

    /** Ends all, and has them hear of that. */
    @Override
    public void close() {
        all.forEach(HttpFollower::endWithVarve);
    }
}
