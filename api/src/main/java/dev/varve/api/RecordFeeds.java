package dev.varve.api;

import dev.varve.api.spi.Transport;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.function.Function;

/**
 * What subscriptions to records share: one feed for each store and type while anybody listens, and a few threads that tell
 * listeners, more only while listeners block. For those who implement {@link Varve}. Thread-safe.
 *
 * <pre>{@code
 * try (RecordFeeds feeds = new RecordFeeds()) { // one for all stores of a storage
 *     Store reading = Store.over(storage, null, "acme/reading", feeds);
 *     Store writing = Store.over(storage, null, "acme/writing", feeds); // its listeners share the threads
 * }
 * }</pre>
 */
public final class RecordFeeds implements AutoCloseable {

    private record Key(String store, Class<?> type) {}

    private final Map<Key, RecordFeed<?>> feeds = new ConcurrentHashMap<>();
    private final Executor threads = new ListenerThreads();

    /** Feeds that nobody listens to. Takes no thread. */
    public RecordFeeds() {}

    /** Lets somebody join the feed of the records of a type, which begins with the first. */
    <T extends Record, R> R use(
            Transport transport, RecordSchema<T> schema, RecordReader<T> reader, Function<RecordFeed<T>, R> join) {
        Key key = new Key(transport.store(), schema.type());
        while (true) {
            @SuppressWarnings("unchecked") // feeds are filed under the type of their records
            RecordFeed<T> feed = (RecordFeed<T>) feeds.computeIfAbsent(
                    key, absent -> new RecordFeed<T>(schema, reader, threads, over -> feeds.remove(key, over)));
            Optional<R> joined = feed.use(transport, join);
            if (joined.isPresent()) {
                return joined.get();
            }
        }
    }

    /** Ends all feeds: who listens is told that the transport was closed. Closing twice is harmless. */
    @Override
    public void close() {
        VarveException closed = new VarveException(ErrorKind.UNAVAILABLE, "the transport was closed");
        feeds.values().forEach(feed -> feed.ended(closed));
    }
}
