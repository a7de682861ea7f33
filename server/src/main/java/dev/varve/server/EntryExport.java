package dev.varve.server;

import dev.varve.api.Entry;
import dev.varve.api.EntryPage;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryPattern;
import dev.varve.api.EntryQuery;
import dev.varve.api.EntryStorage;
import dev.varve.api.StoreInfo;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;

/**
 * Sends all entries of a store as they stood at one moment as lines. The first line tells the change after which that was.
 */
final class EntryExport extends LinesBody<EntryQuery, EntryPage> {

    /** Of the paths: written with slashes. Older ones were written with dots. */
    static final int PATH_VERSION = 3;

    private static final int PAGE = 500;

    private final EntryStorage entries;
    private final StoreInfo store;

    EntryExport(Exchange exchange, EntryStorage entries, StoreInfo store) {
        super(exchange, store.name());
        this.entries = entries;
        this.store = store;
    }

    void start() {
        exchange.await(
                CompletableFuture.supplyAsync(this::header, exchange.server.blocking),
                header -> begin(
                        EntryQuery.matching(store.name(), EntryPattern.ALL).withLimit(PAGE), header));
    }

    private ByteBuf header() {
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

    private static ByteBuf utf8(String text) {
        return Unpooled.wrappedBuffer(text.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    CompletableFuture<EntryPage> read(EntryQuery query) {
        return EntryPages.at(entries, query, store.storeSeq());
    }

    @Override
    Part<EntryQuery> part(EntryQuery query, EntryPage page) {
        StringBuilder lines = new StringBuilder();
        for (Entry entry : page.entries()) {
            lines.append(new JsonText()
                            .field("path", entry.path().toString())
                            .field("value", entry.value(), EntryJson.Form.ENVELOPES)
                            .field("type", entry.type().wireName()))
                    .append('\n');
        }
        EntryPath last = page.next();
        return new Part<>(utf8(lines.toString()), last == null ? null : query.withAfter(last));
    }
}
