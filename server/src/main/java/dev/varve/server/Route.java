package dev.varve.server;

import org.jspecify.annotations.Nullable;

/**
 * One line of the route table: a method on a path, what a token needs for it, and its limits. Immutable.
 *
 * @param name how metrics and documents call it, for example {@code streams.append}
 * @param method the HTTP method
 * @param pattern the path, with variable parts in braces that each take one segment; a last one called {@code path} takes the
 *     rest, slashes included
 * @param scope what a token must allow, for example {@code streams:write}; empty for what is open to all
 * @param summary one sentence for people
 * @param maxBodyBytes the largest body; 0 when a body is refused
 * @param place which loops may handle it
 * @param browsers whether pages of any origin may call it, without credentials
 * @param handler who answers
 * @param sink takes the body as it comes, before the handler is asked; null where the handler gets it as a whole
 */
record Route(
        String name,
        String method,
        String pattern,
        String scope,
        String summary,
        int maxBodyBytes,
        Place place,
        boolean browsers,
        RouteHandler handler,
        BodySink.@Nullable Opener sink) {

    /** A route whose handler gets the body as a whole. */
    Route(
            String name,
            String method,
            String pattern,
            String scope,
            String summary,
            int maxBodyBytes,
            Place place,
            boolean browsers,
            RouteHandler handler) {
        this(name, method, pattern, scope, summary, maxBodyBytes, place, browsers, handler, null);
    }

    /** Which loops may handle a request. */
    enum Place {
        /** Whichever loop the connection is on. */
        ANY,
        /** A loop that submits and commits writes. */
        WRITE_LOOP,
        /** A loop that never commits. */
        LIVE_LOOP
    }

    /** What the scope is about, and so what a token must reach besides allowing it. */
    enum Concern {
        /** Open to all. */
        NOTHING,
        /** The server as a whole. */
        SERVER,
        /** What belongs to the token's organisation; the handler looks at no other. */
        ORGANISATION,
        /** The store that the URL names. */
        STORE,
        /** The stream that the URL names, and the store that it belongs to. */
        STREAM,
        /** The store whose entries or events the URL names as a stream. */
        VIEW,
        /** Several streams; the handler asks for each. */
        STREAMS,
        /** Subscriptions to streams of the whole server. */
        SUBSCRIPTIONS
    }

    /** What the route is about. It follows from the pattern, so that no route can be without a check by oversight. */
    Concern concern() {
        if (scope.equals(Scope.NONE)) {
            return Concern.NOTHING;
        }
        if (scope.equals(Scope.OPS)) {
            return Concern.SERVER;
        }
        if (pattern.startsWith(SubscriptionRoutes.ROOT)) {
            return Concern.SUBSCRIPTIONS;
        }
        if (pattern.startsWith(ViewRoutes.ROOT) || pattern.startsWith(ViewRoutes.EVENTS_ROOT)) {
            return Concern.VIEW;
        }
        if (pattern.startsWith(StreamPath.ROOT)) {
            return Concern.STREAM;
        }
        if (pattern.startsWith(StreamsRoutes.ROOT)) {
            return Concern.STREAMS;
        }
        return pattern.startsWith(StoreTarget.PATTERN) ? Concern.STORE : Concern.ORGANISATION;
    }

    /** The variable part that takes the rest. */
    static final String REST = "{path}";

    /** Whether the pattern ends with a variable part that takes the rest. */
    boolean takesRest() {
        return pattern.endsWith(REST);
    }

    /** Whether the pattern has variable parts that take one segment. */
    boolean isTemplate() {
        int variable = pattern.indexOf('{');
        return variable >= 0 && !pattern.startsWith(REST, variable);
    }

    /** The pattern up to its first variable part. */
    String literal() {
        int variable = pattern.indexOf('{');
        return variable < 0 ? pattern : pattern.substring(0, variable);
    }
}
