package dev.varve.client;

import dev.varve.api.RecordFeeds;
import dev.varve.api.Store;
import dev.varve.api.Streams;
import dev.varve.api.Varve;
import java.net.http.HttpClient;
import java.time.Duration;

/** A server reached over HTTP. Thread-safe. */
final class HttpVarve implements Varve {
    private final HttpClient http;
    private final boolean ownsHttp;
    private final HttpTransport transport;
    private final HttpStreams streams;
    private final RecordFeeds feeds = new RecordFeeds();
    private final LiveRegistry live;
    private final HttpEventStorage events;
    private final HttpTransactionStorage transactions;
    private final HttpFollowers followers = new HttpFollowers();
    private final Duration liveTimeout;

    /**
     * A server.
     *
     * @param liveTimeout for how long nothing may come of a feed
     */
    HttpVarve(
            HttpClient http,
            boolean ownsHttp,
            HttpTransport transport,
            HttpStreams streams,
            HttpEventStorage events,
            HttpTransactionStorage transactions,
            Duration liveTimeout) {
        this.http = http;
        this.ownsHttp = ownsHttp;
        this.transport = transport;
        this.streams = streams;
        this.events = events;
        this.transactions = transactions;
        this.liveTimeout = liveTimeout;
        this.live = new LiveRegistry(transport, feeds);
    }

    @Override
    public Streams streams() {
        return streams;
    }

    @Override
    public Store store(String name) {
        return new HttpStore(transport, name, events, transactions, followers, liveTimeout, feeds, live);
    }

    /**
     * Ends live syncs, refuses new calls, ends readers, then waits for what is under way. Before Java 21 an HTTP client cannot be closed:
     * there its idle connections end by themselves.
     */
    @Override
    public void close() {
        live.close();
        feeds.close();
        transport.close();
        streams.close();
        events.close();
        transactions.close();
        followers.close();
        if (ownsHttp && http instanceof AutoCloseable closeable) {
            try {
                closeable.close();
            } catch (Exception e) {
                throw new IllegalStateException("the HTTP client could not be closed", e);
            }
        }
    }
}
