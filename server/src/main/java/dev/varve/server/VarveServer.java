package dev.varve.server;

import dev.varve.api.EntryStorage;
import dev.varve.api.ErrorKind;
import dev.varve.api.EventStorage;
import dev.varve.api.StreamStorage;
import dev.varve.api.TransactionStorage;
import dev.varve.api.VarveException;
import dev.varve.engine.io.Clock;
import dev.varve.engine.io.SystemClock;
import dev.varve.engine.spi.MetricSource;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves a {@link StreamStorage} over HTTP: the Durable Streams protocol below {@code /v1/stream} with subscriptions,
 * listing, atomic appends, health and metrics; and, when there are such, an {@link EntryStorage} and an {@link EventStorage}
 * below {@code /api/stores}.
 * Thread-safe.
 */
public final class VarveServer implements AutoCloseable {

    /** The port of the Durable Streams protocol. */
    public static final int DEFAULT_PORT = 4437;

    private static final long DRAIN_POLL_MILLIS = 20;
    private static final Logger LOG = LoggerFactory.getLogger(VarveServer.class);

    private final ServerParts parts;
    private final ServerContext server;
    private final Listener listener;
    private final boolean ownsStorage;
    private final AtomicBoolean closed = new AtomicBoolean();
    private final CountDownLatch terminated = new CountDownLatch(1);

    private VarveServer(Builder options, StreamStorage storage, boolean ownsStorage, boolean loopback) {
        this.parts = new ServerParts(options, storage, loopback);
        this.server = parts.server;
        this.listener = new Listener(server, options.host, options.port);
        this.ownsStorage = ownsStorage;
    }

    /** What the parts of this server share, for tests. */
    ServerContext context() {
        return server;
    }

    /**
     * Options, all with defaults.
     *
     * @return a builder
     */
    public static Builder builder() {
        return new Builder();
    }

    private void listen(InetAddress address) throws InterruptedException {
        parts.load();
        listener.bind(address);
        server.bound(listener.url());
        parts.start();
    }

    /**
     * The port the server listens on.
     *
     * @return the port, also when it was chosen by the system
     */
    public int port() {
        return listener.port();
    }

    /**
     * The URL of this server as it was bound, without a trailing slash.
     *
     * @return the URL
     */
    public URI url() {
        return URI.create(listener.url());
    }

    /**
     * Closes gracefully: {@code /readyz} answers 503, nobody new is let in, idle connections end, requests under way
     * are answered with {@code Connection: close}, waiting long-polls with 204, event streams end after a last control
     * event. What has not ended after {@link Limits#DRAIN} is cut. A storage that was given to the builder stays open.
     * Closing twice is harmless.
     */
    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        server.beginDrain();
        listener.close();
        drain();
        parts.close();
        if (ownsStorage) {
            server.storage.close();
        }
        terminated.countDown();
    }

    private void drain() {
        long end = server.clock.elapsedNanos() + server.limits.drainNanos;
        boolean interrupted = false;
        while (server.connectionCount() > 0 && server.clock.elapsedNanos() - end < 0 && !interrupted) {
            // Again and again: a connection may have been between two loops.
            server.loops.onEach(Loop::drain);
            try {
                Thread.sleep(DRAIN_POLL_MILLIS);
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (server.connectionCount() > 0) {
            LOG.warn("{} connections did not end in time and are cut", server.connectionCount());
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * Waits until the server has closed.
     *
     * @throws InterruptedException when interrupted meanwhile
     */
    public void awaitTermination() throws InterruptedException {
        terminated.await();
    }

    /** What a server is made from. Confined to one thread. */
    public static final class Builder {

        String host = "127.0.0.1";
        int port = DEFAULT_PORT;

        @Nullable StreamStorage storage;

        @Nullable EntryStorage entries;

        @Nullable EventStorage events;

        @Nullable TransactionStorage transactions;

        @Nullable EntryStorage records;

        Set<String> allowedOrigins = Set.of();

        @Nullable URI publicUrl;

        Set<String> webhookTargets = Set.of();
        WebhookOptions webhookOptions = WebhookOptions.DEFAULT;
        Duration longPollTimeout = Duration.ofSeconds(30);
        Duration sseLifetime = Duration.ofSeconds(60);
        Limits limits = new Limits();
        Clock clock = new SystemClock();
        RandomGenerator random = new SharedRandom();

        @Nullable MetricSource metrics;

        BooleanSupplier ready = () -> true;
        boolean insecureNoAuth;
        AuthMode auth = AuthMode.NONE;

        private Builder() {}

        /**
         * The address to listen on; by default {@code 127.0.0.1}.
         *
         * @param name a name or address of this machine
         * @return this
         */
        public Builder host(String name) {
            this.host = name;
            return this;
        }

        /**
         * The port to listen on; by default {@value #DEFAULT_PORT}.
         *
         * @param number 0 for any free port
         * @return this
         */
        public Builder port(int number) {
            this.port = number;
            return this;
        }

        /**
         * What to serve. Without it, the first provider that {@link ServiceLoader} finds.
         *
         * @param given the storage; it stays the caller's and is not closed by the server
         * @return this
         */
        public Builder storage(StreamStorage given) {
            this.storage = given;
            return this;
        }

        /**
         * The entries to serve below {@code /api/stores}. Without it these paths are not there.
         *
         * @param given the storage; it stays the caller's and is not closed by the server
         * @return this
         */
        public Builder entries(EntryStorage given) {
            this.entries = given;
            return this;
        }

        /**
         * The events to serve below {@code /api/stores}, and as streams below {@code /v1/stream/__events}. Without it these
         * paths answer that events are not offered.
         *
         * @param given the storage; it stays the caller's and is not closed by the server
         * @return this
         */
        public Builder events(EventStorage given) {
            this.events = given;
            return this;
        }

        /**
         * What commits over streams, entries and events at once, below {@code /api/stores}. Without it these paths answer that
         * transactions are not offered.
         *
         * @param given the storage; it stays the caller's and is not closed by the server
         * @return this
         */
        public Builder transactions(TransactionStorage given) {
            this.transactions = given;
            return this;
        }

        /**
         * Where the server keeps what it knows about itself, such as tokens. Without it nothing of the kind is offered.
         *
         * @param given a storage that takes stores called {@code __varve/…} and that nobody else reaches; it stays the caller's
         *     and is not closed by the server
         * @return this
         */
        public Builder records(EntryStorage given) {
            this.records = given;
            return this;
        }

        /**
         * Whose pages may open a WebSocket and write entries, besides this server's own and, on a loopback address, those of this machine.
         *
         * @param origins as browsers send them, for example {@code https://app.example.com}
         * @return this
         */
        public Builder allowedOrigins(Set<String> origins) {
            this.allowedOrigins = Set.copyOf(origins);
            return this;
        }

        /**
         * The URL under which clients reach the server, for {@code Location} headers. By default the address it listens
         * on or, on a loopback address, what the client put into {@code Host}.
         *
         * @param url an http or https URL
         * @return this
         */
        public Builder publicUrl(URI url) {
            this.publicUrl = url;
            return this;
        }

        /**
         * Receivers of webhooks that may be called although they are not on the public internet, also over plain http.
         * By default there are none; a server on loopback calls receivers on loopback in any case.
         *
         * @param targets {@code host:port} pairs, as webhook URLs name them
         * @return this
         */
        public Builder webhookTargets(Set<String> targets) {
            this.webhookTargets = Set.copyOf(targets);
            return this;
        }

        /**
         * After how long webhooks of stores are called again after one failure, after two in a row, and so on; by default after
         * 1, 5, 30 and 120 minutes. One failure more than there are waits switches a webhook off until a ping succeeds.
         *
         * @param waits one at least, each more than zero
         * @return this
         */
        public Builder webhookRetryWaits(List<Duration> waits) {
            if (waits.isEmpty()) {
                throw new IllegalArgumentException("there must be one wait at least");
            }
            waits.forEach(Builder::positive);
            this.webhookOptions = webhookOptions.withRetryWaits(waits);
            return this;
        }

        /**
         * How long a long-poll waits for data; by default 30 seconds.
         *
         * @param time more than zero
         * @return this
         */
        public Builder longPollTimeout(Duration time) {
            this.longPollTimeout = positive(time);
            return this;
        }

        /**
         * After about how long an event stream ends, for the client to come back; by default 60 seconds.
         *
         * @param time more than zero
         * @return this
         */
        public Builder sseLifetime(Duration time) {
            this.sseLifetime = positive(time);
            return this;
        }

        /**
         * The bounds.
         *
         * @param given the bounds; copied when the server starts
         * @return this
         */
        public Builder limits(Limits given) {
            this.limits = given;
            return this;
        }

        /**
         * Where time comes from.
         *
         * @param given the clock
         * @return this
         */
        public Builder clock(Clock given) {
            this.clock = given;
            return this;
        }

        /**
         * Where randomness for cursors and waiting times comes from.
         *
         * @param given a thread-safe generator
         * @return this
         */
        public Builder random(RandomGenerator given) {
            this.random = given;
            return this;
        }

        /**
         * Whose figures {@code /metrics} shows besides the server's own; by default the storage's, when it has some.
         *
         * @param source the figures
         * @return this
         */
        public Builder metrics(MetricSource source) {
            this.metrics = source;
            return this;
        }

        /**
         * Whether what lies behind the server can take writes; {@code /readyz} answers 503 while it cannot.
         *
         * @param condition asked on an event loop at every call of {@code /readyz}; must not block
         * @return this
         */
        public Builder readyWhen(BooleanSupplier condition) {
            this.ready = condition;
            return this;
        }

        /**
         * Whether the server asks for tokens; by default it does not.
         *
         * @param mode with {@link AuthMode#TOKENS}, {@link #records} must be given, because tokens are kept there
         * @return this
         */
        public Builder auth(AuthMode mode) {
            this.auth = mode;
            return this;
        }

        /**
         * Lets the server listen on an address that other machines reach, although it asks nobody for credentials.
         *
         * @param allowed whether that is wanted
         * @return this
         */
        public Builder insecureNoAuth(boolean allowed) {
            this.insecureNoAuth = allowed;
            return this;
        }

        /**
         * Starts the server.
         *
         * @return the listening server
         * @throws VarveException when the address cannot be used, other machines could reach it and that was not
         *     allowed, or there is no storage
         */
        public VarveServer start() {
            InetAddress address = address();
            if (auth == AuthMode.TOKENS && records == null) {
                throw new VarveException(
                        ErrorKind.NOT_SUPPORTED,
                        "tokens are asked for, but this storage keeps none: no records were given");
            }
            if (auth == AuthMode.NONE && !address.isLoopbackAddress()) {
                if (!insecureNoAuth) {
                    throw new VarveException(
                            ErrorKind.FORBIDDEN,
                            "refusing to listen on " + host + " without authentication: other machines could reach it."
                                    + " Use a loopback address, or say explicitly that no authentication is wanted");
                }
                LOG.warn(
                        "listening on {} WITHOUT AUTHENTICATION: whoever reaches this address can read and write",
                        host);
            }
            StreamStorage given = storage;
            boolean owns = given == null;
            StreamStorage used = given != null ? given : findStorage();
            VarveServer built = null;
            boolean started = false;
            try {
                built = new VarveServer(this, used, owns, address.isLoopbackAddress());
                built.listen(address);
                started = true;
                return built;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new VarveException(ErrorKind.UNAVAILABLE, "interrupted while starting", e);
            } finally {
                if (!started && built != null) {
                    built.close();
                } else if (!started && owns) {
                    used.close();
                }
            }
        }

        private InetAddress address() {
            try {
                return InetAddress.getByName(host);
            } catch (UnknownHostException e) {
                throw new VarveException(ErrorKind.INVALID_PARAMS, "cannot resolve the address " + host, e);
            }
        }

        private static StreamStorage findStorage() {
            return ServiceLoader.load(StreamStorage.class)
                    .findFirst()
                    .orElseThrow(() -> new VarveException(
                            ErrorKind.NOT_SUPPORTED, "no storage was given and none is on the class path"));
        }

        private static Duration positive(Duration time) {
            if (time.isZero() || time.isNegative()) {
                throw new IllegalArgumentException("must be more than zero, was " + time);
            }
            return time;
        }
    }
}
