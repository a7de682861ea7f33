package dev.varve.server;

import java.util.List;

/** What a token may allow: one list for all faces of the server. Stateless. */
final class Scope {

    static final String STORES_READ = "stores:read";
    static final String STORES_CREATE = "stores:create";
    static final String STORES_CLONE = "stores:clone";
    static final String ENTRIES_READ = "entries:read";
    static final String ENTRIES_WRITE = "entries:write";
    static final String FILES_READ = "files:read";
    static final String FILES_WRITE = "files:write";
    static final String WEBHOOKS_READ = "webhooks:read";
    static final String WEBHOOKS_WRITE = "webhooks:write";
    static final String AUDIT_READ = "audit:read";
    static final String TOKENS_READ = "tokens:read";
    static final String TOKENS_WRITE = "tokens:write";
    static final String STREAMS_READ = "streams:read";
    static final String STREAMS_WRITE = "streams:write";

    /** Subscriptions and the feed of all streams: they are the server's, whatever organisation streams belong to. */
    static final String STREAMS_SUBSCRIBE = "streams:subscribe";

    static final String EVENTS_READ = "events:read";
    static final String EVENTS_WRITE = "events:write";

    /** What takes events away or changes what is kept of them: deletion, redaction, retention. */
    static final String EVENTS_MANAGE = "events:manage";

    /** Figures and administration of the server as a whole. */
    static final String OPS = "ops";

    /** What writes to faces of a store that its body names: one of these, and in the end that of each face. */
    static final String ANY_WRITE = ENTRIES_WRITE + " or " + EVENTS_WRITE + " or " + STREAMS_WRITE;

    /** What shows all faces of a store at once: each of these. */
    static final String EACH_READ = ENTRIES_READ + " and " + EVENTS_READ + " and " + STREAMS_READ;

    /** What needs no token. */
    static final String NONE = "";

    static final List<String> ALL = List.of(
            STORES_READ,
            STORES_CREATE,
            STORES_CLONE,
            ENTRIES_READ,
            ENTRIES_WRITE,
            FILES_READ,
            FILES_WRITE,
            WEBHOOKS_READ,
            WEBHOOKS_WRITE,
            AUDIT_READ,
            TOKENS_READ,
            TOKENS_WRITE,
            STREAMS_READ,
            STREAMS_WRITE,
            STREAMS_SUBSCRIBE,
            EVENTS_READ,
            EVENTS_WRITE,
            EVENTS_MANAGE,
            OPS);

    /** What {@code "read": true} stands for where a token is asked for in the old way. */
    static final List<String> LEGACY_READ = List.of(STORES_READ, ENTRIES_READ, FILES_READ, WEBHOOKS_READ, AUDIT_READ);

    /** What {@code "write": true} stands for. */
    static final List<String> LEGACY_WRITE =
            List.of(STORES_CLONE, ENTRIES_WRITE, FILES_WRITE, WEBHOOKS_WRITE, TOKENS_READ, TOKENS_WRITE);

    private Scope() {}

    /** What a route needs, as lists of scopes: a token must allow all of one of them. */
    static List<List<String>> alternatives(String needed) {
        return switch (needed) {
            case ANY_WRITE -> List.of(List.of(ENTRIES_WRITE), List.of(EVENTS_WRITE), List.of(STREAMS_WRITE));
            case EACH_READ -> List.of(List.of(ENTRIES_READ, EVENTS_READ, STREAMS_READ));
            default -> List.of(List.of(needed));
        };
    }

    /** The scopes of which a route needs one or all. */
    static List<String> named(String needed) {
        return alternatives(needed).stream().flatMap(List::stream).toList();
    }
}
