package dev.varve.server;

import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** A header's name, ready for look-ups and for writing. Immutable. */
final class HeaderName {

    static final HeaderName ACCEPT_ENCODING = new HeaderName("Accept-Encoding");
    static final HeaderName ALLOW = new HeaderName("Allow");
    static final HeaderName AUTHORIZATION = new HeaderName("Authorization");
    static final HeaderName CACHE_CONTROL = new HeaderName("Cache-Control");
    static final HeaderName CONNECTION = new HeaderName("Connection");
    static final HeaderName CONTENT_DISPOSITION = new HeaderName("Content-Disposition");
    static final HeaderName CONTENT_ENCODING = new HeaderName("Content-Encoding");
    static final HeaderName CONTENT_LENGTH = new HeaderName("Content-Length");
    static final HeaderName CONTENT_TYPE = new HeaderName("Content-Type");
    static final HeaderName ETAG = new HeaderName("ETag");
    static final HeaderName EXPECT = new HeaderName("Expect");
    static final HeaderName HOST = new HeaderName("Host");
    static final HeaderName IF_MATCH = new HeaderName("If-Match");
    static final HeaderName IF_NONE_MATCH = new HeaderName("If-None-Match");
    static final HeaderName LOCATION = new HeaderName("Location");
    static final HeaderName ORIGIN = new HeaderName("Origin");
    static final HeaderName RETRY_AFTER = new HeaderName("Retry-After");
    static final HeaderName SEC_WEBSOCKET_ACCEPT = new HeaderName("Sec-WebSocket-Accept");
    static final HeaderName SEC_WEBSOCKET_KEY = new HeaderName("Sec-WebSocket-Key");
    static final HeaderName SEC_WEBSOCKET_PROTOCOL = new HeaderName("Sec-WebSocket-Protocol");
    static final HeaderName SEC_WEBSOCKET_VERSION = new HeaderName("Sec-WebSocket-Version");
    static final HeaderName TRANSFER_ENCODING = new HeaderName("Transfer-Encoding");
    static final HeaderName UPGRADE = new HeaderName("Upgrade");

    static final HeaderName ACCEPT = new HeaderName("Accept");
    static final HeaderName ENTRY_TTL = new HeaderName("Entry-TTL");
    static final HeaderName IDEMPOTENCY_KEY = new HeaderName("Idempotency-Key");
    static final HeaderName IF_SUBTREE_NONE = new HeaderName("If-Subtree-None");
    static final HeaderName LAST_EVENT_ID = new HeaderName("Last-Event-ID");
    static final HeaderName WWW_AUTHENTICATE = new HeaderName("WWW-Authenticate");
    static final HeaderName RATE_LIMIT = new HeaderName("X-RateLimit-Limit");
    static final HeaderName RATE_REMAINING = new HeaderName("X-RateLimit-Remaining");
    static final HeaderName RATE_RESET = new HeaderName("X-RateLimit-Reset");
    static final HeaderName X_REQUEST_ID = new HeaderName("X-Request-Id");

    static final HeaderName AGGREGATE_VERSION = new HeaderName("Aggregate-Version");
    static final HeaderName EVENT_ID = new HeaderName("Event-Id");
    static final HeaderName EVENT_METADATA = new HeaderName("Event-Metadata");
    static final HeaderName EVENT_TAGS = new HeaderName("Event-Tags");
    static final HeaderName EVENT_TIME = new HeaderName("Event-Time");
    static final HeaderName EVENT_TYPE = new HeaderName("Event-Type");
    static final HeaderName EXPECTED_VERSION = new HeaderName("Expected-Version");

    static final HeaderName PRODUCER_ID = new HeaderName("Producer-Id");
    static final HeaderName PRODUCER_EPOCH = new HeaderName("Producer-Epoch");
    static final HeaderName PRODUCER_SEQ = new HeaderName("Producer-Seq");
    static final HeaderName PRODUCER_EXPECTED_SEQ = new HeaderName("Producer-Expected-Seq");
    static final HeaderName PRODUCER_RECEIVED_SEQ = new HeaderName("Producer-Received-Seq");

    static final HeaderName STREAM_CLOSED = new HeaderName("Stream-Closed");
    static final HeaderName STREAM_CURSOR = new HeaderName("Stream-Cursor");
    static final HeaderName STREAM_EARLIEST_OFFSET = new HeaderName("Stream-Earliest-Offset");
    static final HeaderName STREAM_EXPIRES_AT = new HeaderName("Stream-Expires-At");
    static final HeaderName STREAM_FORKED_FROM = new HeaderName("Stream-Forked-From");
    static final HeaderName STREAM_FORK_OFFSET = new HeaderName("Stream-Fork-Offset");
    static final HeaderName STREAM_FORK_SUB_OFFSET = new HeaderName("Stream-Fork-Sub-Offset");
    static final HeaderName STREAM_NEXT_OFFSET = new HeaderName("Stream-Next-Offset");
    static final HeaderName STREAM_RETENTION_AGE = new HeaderName("Stream-Retention-Age");
    static final HeaderName STREAM_RETENTION_BYTES = new HeaderName("Stream-Retention-Bytes");
    static final HeaderName STREAM_RETENTION_MESSAGES = new HeaderName("Stream-Retention-Messages");
    static final HeaderName STREAM_SEQ = new HeaderName("Stream-Seq");
    static final HeaderName STREAM_TTL = new HeaderName("Stream-TTL");
    static final HeaderName STREAM_UP_TO_DATE = new HeaderName("Stream-Up-To-Date");

    /** The name for look-ups, which ignore case. */
    final byte[] lowerCase;

    /** The name, a colon and a space. */
    final byte[] prefix;

    private final String name;

    HeaderName(String name) {
        this.name = name;
        this.lowerCase = name.toLowerCase(Locale.ROOT).getBytes(StandardCharsets.US_ASCII);
        this.prefix = (name + ": ").getBytes(StandardCharsets.US_ASCII);
    }

    @Override
    public String toString() {
        return name;
    }
}
