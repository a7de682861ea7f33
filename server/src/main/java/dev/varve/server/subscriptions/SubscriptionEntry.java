package dev.varve.server.subscriptions;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** One subscription: its configuration, its links, and where its wakes stand. Confined to the state's thread. */
final class SubscriptionEntry {

    /** How many streams an answer or a webhook names at most; those with pending work come first when there are more. */
    static final int MAX_STREAMS_SHOWN = 1_000;

    /** How many tokens are remembered, so that an old one is told from a made-up one. */
    private static final int MAX_TOKENS = 16;

    static final String WEBHOOK = "webhook";
    static final String PULL_WAKE = "pull-wake";

    final Event.Created config;
    final @Nullable Glob glob;
    final Map<String, Link> links = new TreeMap<>();
    final Set<Link> pending = new LinkedHashSet<>();
    final Deque<Token> tokens = new ArrayDeque<>();

    long generation;

    @Nullable Wake wake;

    /** Failed deliveries in a row. */
    int attempts;

    @Nullable Retry retry;

    /** Whether a stream that matches could not be linked because there were too many links. */
    boolean overflowed;

    /** The next attempt after a failure; the end is on the elapsed clock. */
    record Retry(long delayMillis, long scheduledAtMillis, long endNanos) {}

    SubscriptionEntry(Event.Created config) {
        this.config = config;
        this.glob = config.pattern() == null ? null : Glob.parse(config.pattern());
    }

    String id() {
        return config.id();
    }

    boolean isWebhook() {
        return config.type().equals(WEBHOOK);
    }

    boolean matches(String path) {
        return glob != null && glob.matches(path);
    }

    void refresh(Link link) {
        if (link.pending()) {
            pending.add(link);
        } else {
            pending.remove(link);
        }
    }

    void remember(Token token) {
        tokens.addFirst(token);
        if (tokens.size() > MAX_TOKENS) {
            tokens.removeLast();
        }
    }

    @Nullable Token find(String tokenHash) {
        Token found = null;
        for (Token token : tokens) {
            if (token.hasHash(tokenHash)) {
                found = token;
            }
        }
        return found;
    }

    /** The streams to show, in the order of their paths; when there are too many, those with pending work first. */
    List<StreamView> views() {
        List<StreamView> views = new ArrayList<>(Math.min(links.size(), MAX_STREAMS_SHOWN));
        if (links.size() <= MAX_STREAMS_SHOWN) {
            links.values().forEach(link -> views.add(link.view()));
            return views;
        }
        for (Link link : pending) {
            if (views.size() == MAX_STREAMS_SHOWN) {
                return views;
            }
            views.add(link.view());
        }
        for (Link link : links.values()) {
            if (views.size() == MAX_STREAMS_SHOWN) {
                return views;
            }
            if (!link.pending()) {
                views.add(link.view());
            }
        }
        return views;
    }
}
