package dev.varve.server;

import dev.varve.api.EntryStorage;
import dev.varve.api.StreamCapability;
import dev.varve.api.StreamStorage;
import dev.varve.engine.spi.InlineCommits;
import dev.varve.engine.spi.MetricSource;
import dev.varve.server.outbound.WebhookPolicy;
import dev.varve.server.subscriptions.SubscriptionOptions;
import dev.varve.server.subscriptions.Subscriptions;
import java.security.SecureRandom;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The parts of one server: which of them there are for its options, with their routes in the one table, and in which order they start
 * and stop. Confined to the thread that starts the server, and after that to the one that closes it.
 */
final class ServerParts {

    /** What subscriptions need a storage to offer; without it their paths are not there. */
    private static final Set<StreamCapability> SUBSCRIBABLE =
            EnumSet.of(StreamCapability.LIST, StreamCapability.SUBSCRIBE_ALL, StreamCapability.RESERVED_STREAMS);

    private static final long SAVE_USES_SECONDS = 60;
    private static final long LAST_SAVE_MILLIS = 1_000;
    private static final Logger LOG = LoggerFactory.getLogger(ServerParts.class);

    /** What all of them share. */
    final ServerContext server;

    private final @Nullable Subscriptions subscriptions;
    private final @Nullable Webhooks webhooks;

    /**
     * Makes the parts.
     *
     * @param loopback whether only this machine reaches the server
     */
    ServerParts(VarveServer.Builder options, StreamStorage storage, boolean loopback) {
        ExecutorService blocking = Executors.newThreadPerTaskExecutor(
                Thread.ofVirtual().name("varve-request-", 0).factory());
        Loops loops = new Loops(storage instanceof InlineCommits inline ? inline : null, options.clock);
        boolean made = false;
        try {
            server = context(options, storage, loopback, loops, blocking);
            subscriptions = subscriptions(options, loopback);
            WebhookPolicy policy = new WebhookPolicy(loopback, options.webhookTargets);
            webhooks = webhooks(options, policy);
            addRoutes(options, loopback, policy);
            made = true;
        } finally {
            if (!made) {
                loops.shutdown();
                blocking.shutdown();
            }
        }
    }

    private void addRoutes(VarveServer.Builder options, boolean loopback, WebhookPolicy policy) {
        OriginCheck origins = new OriginCheck(loopback, options.publicUrl, options.allowedOrigins);
        EntryStorage entries = options.entries;
        Routes routes = server.routes;
        new OperationsRoutes(server).addTo(routes);
        new StreamRoutes(server).addTo(routes);
        new StreamsRoutes(server).addTo(routes);
        if (subscriptions != null) {
            new SubscriptionRoutes(server, subscriptions).addTo(routes);
        }
        EventsFace events = new EventsFace(server, options.events, origins);
        new EventsRoutes(events).addTo(routes);
        new AggregateRoutes(events).addTo(routes);
        new ProjectionRoutes(events).addTo(routes);
        new EventSubscriptionRoutes(events).addTo(routes);
        ViewRoutes.addEvents(routes, events);
        new TransactionRoutes(server, options.transactions, origins).addTo(routes);
        new ChangesRoutes(options.transactions).addTo(routes);
        Tokens tokens = server.tokens;
        if (tokens != null) {
            tokens.whenRevoked(() -> server.loops.onEach(Loop::checkAccess));
            new TokenRoutes(tokens, entries, origins, server.clock).addTo(routes);
        }
        if (entries != null) {
            new EntriesSocketRoute(server, entries, origins).addTo(routes);
            new StoreRoutes(entries, origins).addTo(routes);
            new EntryRoutes(server, entries, origins).addTo(routes);
            new HistoryRoutes(entries, origins).addTo(routes);
            new WatchRoutes(server, entries).addTo(routes);
            new TransferRoutes(server, entries, origins).addTo(routes);
            ViewRoutes.addTo(routes, server.access.asksForTokens());
            if (webhooks != null) {
                new WebhookRoutes(entries, webhooks, policy, origins).addTo(routes);
            }
            new FileRoutes(server, entries, origins).addTo(routes);
        }
    }

    private static ServerContext context(
            VarveServer.Builder options,
            StreamStorage storage,
            boolean loopback,
            Loops loops,
            ExecutorService blocking) {
        Admission admission = new Admission(options.limits.inFlightBodyBytes);
        ServerContext server = new ServerContext(
                options,
                storage,
                loops,
                new Routes(),
                new HostCheck(loopback, options.host, options.publicUrl),
                blocking,
                new Metrics(metricSource(options, storage), admission, loops.tallies()),
                admission);
        server.metrics.gauge("varve_http_connections", "Open connections.", server::connectionCount);
        return server;
    }

    private static @Nullable MetricSource metricSource(VarveServer.Builder options, StreamStorage storage) {
        MetricSource given = options.metrics;
        return given == null && storage instanceof MetricSource own ? own : given;
    }

    private @Nullable Subscriptions subscriptions(VarveServer.Builder options, boolean loopback) {
        if (!server.capabilities.containsAll(SUBSCRIBABLE)) {
            return null;
        }
        SubscriptionOptions chosen = SubscriptionOptions.LOOPBACK
                .withLoopbackWebhooks(loopback)
                .withAllowedWebhookTargets(options.webhookTargets)
                .withPublicBaseUrl(server.publicUrl());
        // Tokens are made of it, so it is not the server's own randomness, which need not be unpredictable.
        return new Subscriptions(server.storage, chosen, server.clock, new SecureRandom());
    }

    /** Webhooks of stores, where they can be kept and there is a key to sign with. */
    private @Nullable Webhooks webhooks(VarveServer.Builder options, WebhookPolicy policy) {
        EntryStorage entries = options.entries;
        EntryStorage kept = options.records;
        return entries == null || kept == null || subscriptions == null
                ? null
                : Webhooks.of(server, entries, kept, subscriptions::signingKey, policy, options.webhookOptions);
    }

    // ---- starting ----

    /** Reads what must be known before the first request. */
    void load() {
        if (server.records != null) {
            server.records.start();
        }
        if (server.access.asksForTokens() && server.tokens != null && server.tokens.isEmpty()) {
            LOG.warn(
                    "there is no token yet, so nobody is let in: make one with varve token create --data while no server runs");
        }
    }

    /** Begins with what goes on beside the requests. */
    void start() {
        if (subscriptions != null) {
            subscriptions.start();
        }
        if (webhooks != null) {
            webhooks.start();
        }
        server.loops.startTicking(server);
        Tokens tokens = server.tokens;
        if (tokens != null) {
            saveUsesNowAndThen(tokens);
        }
    }

    private void saveUsesNowAndThen(Tokens tokens) {
        var _ = server.loops
                .live
                .next()
                .scheduleWithFixedDelay(
                        () -> {
                            var _ = tokens.saveUses();
                        },
                        SAVE_USES_SECONDS,
                        SAVE_USES_SECONDS,
                        TimeUnit.SECONDS);
    }

    // ---- stopping ----

    /** Cuts the connections that there still are, and ends everything but the storage. */
    void close() {
        server.loops.onEach(Loop::closeAll);
        server.loops.shutdown();
        server.blocking.shutdown();
        if (webhooks != null) {
            webhooks.close();
        }
        if (subscriptions != null) {
            subscriptions.close();
        }
        if (server.tokens != null) {
            saveUses(server.tokens);
        }
        if (server.records != null) {
            server.records.close();
        }
    }

    /** Of no importance: when it does not work at once, it is left. */
    private static void saveUses(Tokens tokens) {
        tokens.saveUses()
                .completeOnTimeout(null, LAST_SAVE_MILLIS, TimeUnit.MILLISECONDS)
                .join();
    }
}
