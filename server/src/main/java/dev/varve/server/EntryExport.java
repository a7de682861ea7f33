package dev.varve.server;

import dev.varve.api.Entry;
import dev.varve.api.EntryPage;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryPattern;
import dev.varve.api.EntryQuery;
import dev.varve.api.EntryStorage;
import dev.varve.api.StoreInfo;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends all entries of a store as they stood at one moment as lines of JSON, a page at a time as the socket takes them. The first
 * line tells the change after which that was. Confined to the connection's loop.
 */
final class EntryExport implements Connection.Attachment {

    static final String CONTENT_TYPE = "application/x-ndjson";

    /** Of the paths: written with slashes. Older ones were written with dots. */
    static final int PATH_VERSION = 3;

    private static final int PAGE = 500;
    private static final byte[] HEAD =
            HeaderLines.of("Content-Type: " + CONTENT_TYPE, "Cache-Control: no-store", "Transfer-Encoding: chunked");
    private static final Logger LOG = LoggerFactory.getLogger(EntryExport.class);

    private final Exchange exchange;
    private final Connection connection;
    private final EntryStorage entries;
    private final StoreInfo store;
    private @Nullable EntryQuery next;
    private boolean reading;

    EntryExport(Exchange exchange, EntryStorage entries, StoreInfo store) {
        this.exchange = exchange;
        this.connection = exchange.connection();
        this.entries = entries;
        this.store = store;
    }

    /** What one step sends, and what comes after it. */
    private record Part(byte[] lines, @Nullable EntryQuery next) {}

    void start() {
        exchange.await(CompletableFuture.supplyAsync(this::header, exchange.server.blocking), header -> {
            next = EntryQuery.matching(store.name(), EntryPattern.ALL).withLimit(PAGE);
            connection.attach(this);
            exchange.beginEvents(Response.of(200).lines(HEAD));
            connection.deadline(exchange.server.clock.elapsedNanos() + Long.MAX_VALUE / 2);
            connection.sendEvents(ServerEvents.chunk(header));
            pull();
        });
    }

    private byte[] header() {
        return utf8(new JsonText()
                        .field("_header", true)
                        .field("store", store.name())
                        .field("seq", store.storeSeq())
                        .field("entry_count", store.entryCount())
                        .field("path_schema_version", PATH_VERSION)
                        .field(
                                "exported_at",
                                Instant.ofEpochMilli(exchange.server.clock.wallMillis())
                                        .toString())
                + "\n");
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private void pull() {
        EntryQuery query = next;
        if (query == null || reading || !connection.isWritable()) {
            return;
        }
        reading = true;
        var _ = EntryPages.at(entries, query, store.storeSeq())
                .thenApplyAsync(page -> part(query, page), exchange.server.blocking)
                .whenComplete((part, failure) -> connection.onLoop(() -> {
                    reading = false;
                    if (next == null) {
                        return;
                    }
                    if (part == null) {
                        // A body that ends without its last chunk is known to be cut.
                        LOG.error("the export of {} was cut by a failure", store.name(), failure);
                        connection.abort();
                    } else {
                        send(part);
                    }
                }));
    }

    private static Part part(EntryQuery query, EntryPage page) {
        StringBuilder lines = new StringBuilder();
        for (Entry entry : page.entries()) {
            lines.append(new JsonText()
                            .field("path", entry.path().toString())
                            .field("value", entry.value(), EntryJson.Form.ENVELOPES)
                            .field("type", entry.type().wireName()))
                    .append('\n');
        }
        EntryPath last = page.next();
        return new Part(utf8(lines.toString()), last == null ? null : query.withAfter(last));
    }

    private void send(Part part) {
        next = part.next;
        if (part.lines.length > 0) {
            connection.sendEvents(ServerEvents.chunk(part.lines));
        }
        if (next == null) {
            connection.endEvents(ServerEvents.lastChunk());
        } else {
            pull();
        }
    }

    @Override
    public boolean endsWithInput() {
        return false;
    }

    @Override
    public void writable() {
        pull();
    }

    @Override
    public void expired() {}

    /** Goes on: an export is a request under way, and the server waits for those for a while. */
    @Override
    public void drain() {}

    /** A body that ends without its last chunk is known to be cut. */
    @Override
    public void revoked() {
        connection.abort();
    }

    @Override
    public void gone() {
        next = null;
    }
}
