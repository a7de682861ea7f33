package dev.varve.server;

import dev.varve.api.StreamCapability;
import dev.varve.api.StreamStorage;
import dev.varve.engine.io.Clock;
import dev.varve.engine.spi.DirectAppends;
import dev.varve.engine.spi.PartedReads;
import io.netty.channel.ChannelFutureListener;
import java.net.URI;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** What every part of one server shares. Thread-safe. */
final class ServerContext {

    final StreamStorage storage;

    /** The storage again, as one that answers appends without futures. */
    final DirectAppends appends;

    private final StreamReads streams;

    /** The storage again, if it gives pages in parts. */
    private final @Nullable PartedReads partedReads;

    private final @Nullable EntryViews views;
    private final @Nullable EventsViews eventsViews;

    final Set<StreamCapability> capabilities;
    final Limits limits;
    final Clock clock;
    final RandomGenerator random;
    final Loops loops;
    final Presences presences = new Presences();
    final Routes routes;
    final Admission admission;
    final Metrics metrics;
    final DateLine date;
    final HostCheck hosts;
    final ExecutorService blocking;
    final BooleanSupplier ready;
    final long longPollNanos;

    /** What the server keeps about itself; null where it can keep nothing. */
    final @Nullable ServerRecords records;

    /** The tokens there are; null where none can be kept. */
    final @Nullable Tokens tokens;

    final AccessCheck access;

    /** Whether a write creates the store that it names: only while nobody is asked for a token, so that nobody could be refused. */
    final boolean createsStores;

    final long sseLifetimeNanos;

    /** Gives back a connection's place; one for all, to be added to each channel's end. */
    final ChannelFutureListener connectionEnd = _ -> connectionClosed();

    private final AtomicInteger connectionCount = new AtomicInteger();
    private final @Nullable URI publicUrl;
    private volatile String baseUrl = "";
    private volatile boolean draining;

    ServerContext(
            VarveServer.Builder options,
            StreamStorage storage,
            Loops loops,
            Routes routes,
            HostCheck hosts,
            ExecutorService blocking,
            Metrics metrics,
            Admission admission) {
        this.storage = storage;
        this.appends = storage instanceof DirectAppends direct
                ? direct
                : (request, answer) -> {
                    var _ = storage.append(request).whenComplete(answer);
                };
        this.partedReads = storage instanceof PartedReads parted ? parted : null;
        this.streams = StreamReads.of(storage);
        this.views = options.entries == null ? null : new EntryViews(options.entries, ViewBounds.DEFAULT, blocking);
        this.eventsViews = options.events == null ? null : new EventsViews(options.events, options.entries, blocking);
        this.capabilities = storage.capabilities();
        this.limits = options.limits.copy();
        this.clock = options.clock;
        this.random = options.random;
        this.loops = loops;
        this.routes = routes;
        this.admission = admission;
        this.metrics = metrics;
        this.date = new DateLine(clock);
        this.hosts = hosts;
        this.blocking = blocking;
        this.ready = options.ready;
        this.longPollNanos = options.longPollTimeout.toNanos();
        this.sseLifetimeNanos = options.sseLifetime.toNanos();
        this.publicUrl = options.publicUrl;
        this.records = options.records == null ? null : new ServerRecords(options.records);
        this.tokens = records == null ? null : new Tokens(records, clock);
        this.access = new AccessCheck(options.auth, hosts.active(), tokens, options.entries, clock, limits);
        this.createsStores = !access.asksForTokens();
    }

    void bound(String url) {
        baseUrl = url;
    }

    /** The configured URL of the server without a trailing slash, or null. */
    @Nullable String publicUrl() {
        if (publicUrl == null) {
            return null;
        }
        String url = publicUrl.toString();
        return url.endsWith("/") ? url.substring(0, url.length() - 1) : url;
    }

    /** The URL under which a client that sent this request reaches the server, without a trailing slash. */
    String urlFor(Request request) {
        String configured = publicUrl();
        if (configured != null) {
            return configured;
        }
        String host = request.host;
        return host != null && hosts.active() ? "http://" + host : baseUrl;
    }

    /** Who answers reads of the stream at a path. */
    StreamReads reads(String path) {
        EventsViews events = eventsViews;
        if (events != null && EventsView.isView(path)) {
            return events;
        }
        EntryViews entries = views;
        return entries != null && EntryView.isView(path) ? entries : streams;
    }

    /** The same, if pages of this stream come in parts. */
    @Nullable PartedReads partedReads(String path) {
        boolean view = (views != null && EntryView.isView(path)) || (eventsViews != null && EventsView.isView(path));
        return view ? null : partedReads;
    }

    /** Whether others wait for, or are refused, the memory that pages take. */
    boolean isShortOfPageMemory() {
        return partedReads != null && partedReads.isShortOfMemory();
    }

    boolean offers(StreamCapability capability) {
        return capabilities.contains(capability);
    }

    boolean draining() {
        return draining;
    }

    void beginDrain() {
        draining = true;
    }

    /** Takes one of the places for connections; false when all are taken. */
    boolean tryOpenConnection() {
        if (connectionCount.incrementAndGet() > limits.connections) {
            connectionCount.decrementAndGet();
            return false;
        }
        return true;
    }

    private void connectionClosed() {
        connectionCount.decrementAndGet();
    }

    int connectionCount() {
        return connectionCount.get();
    }
}
