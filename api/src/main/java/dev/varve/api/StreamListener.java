package dev.varve.api;

/**
 * Hears that one stream has changed.
 *
 * <pre>{@code
 * Semaphore changes = new Semaphore(0);
 * try (Subscription told = storage.subscribe("log", change -> changes.release())) { // returns at once
 *     storage.append(AppendRequest.of("log", "text/plain", "hello\n".getBytes(UTF_8)));
 *     changes.acquire(); // another thread waits, and reads
 * }
 * }</pre>
 */
@FunctionalInterface
public interface StreamListener {

    /**
     * Called after a change is durable and can be read: an append, a closing, or a deletion. Changes that follow each
     * other closely may be told once. Called on a thread of the storage, possibly an event loop: must return at once,
     * must not block and must not throw.
     *
     * @param change what happened
     */
    void changed(StreamChange change);
}
