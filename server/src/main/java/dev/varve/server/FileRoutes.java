package dev.varve.server;

import dev.varve.api.EntryOp;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryStorage;
import dev.varve.api.EntryWrite;
import dev.varve.api.EntryWriteResult.Refused;
import dev.varve.api.EntryWriteResult.Written;
import dev.varve.api.FileContent;
import dev.varve.api.FileReference;
import dev.varve.api.FileUpload;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Files that entries refer to: {@code POST /api/stores/<org>/<store>/files/<path>} and {@code GET /api/files/<hash>}. Thread-safe. */
final class FileRoutes {

    private static final String ROOT = EntryProblem.ROOT + "files";
    private static final String ANY_TYPE = "application/octet-stream";
    private static final Set<String> PARAMETERS = Set.of("filename");

    /** The longest file name and media type, in characters. */
    private static final int MAX_WORDS = 255;

    /** A page among the files must not act in the name of this server. */
    private static final byte[] FILE_LINES =
            HeaderLines.of("Cache-Control: private, no-cache", "Content-Security-Policy: default-src 'none'; sandbox");

    private final ServerContext server;
    private final EntryStorage entries;
    private final OriginCheck origins;

    FileRoutes(ServerContext server, EntryStorage entries, OriginCheck origins) {
        this.server = server;
        this.entries = entries;
        this.origins = origins;
    }

    void addTo(Routes routes) {
        int maxBytes = server.limits.fileBytes;
        routes.add(new Route(
                        "files.put",
                        "POST",
                        StoreTarget.PATTERN + "/files/{path}",
                        Scope.FILES_WRITE,
                        "Stores a file and has an entry refer to it.",
                        maxBytes,
                        Route.Place.WRITE_LOOP,
                        false,
                        this::put,
                        this::begin))
                .add(new Route(
                        "files.get",
                        "GET",
                        ROOT + "/{hash}",
                        Scope.FILES_READ,
                        "Reads a file by its hash.",
                        0,
                        Route.Place.ANY,
                        false,
                        this::get));
    }

    // ---- storing ----

    private BodySink begin(Exchange exchange) {
        EntryRoutes.guarded(origins, FileRoutes::nothing).handle(exchange);
        StoreTarget target = StoreTarget.of(exchange);
        target.path();
        EntryHead.requireUnconditional(exchange.request);
        filename(exchange.request);
        contentType(exchange.request);
        if (!server.createsStores && entries.store(target.store()).isEmpty()) {
            throw EntryProblem.notFound();
        }
        FileUpload upload = entries.upload(target.store(), server.limits.fileBytes);
        return new FileSink(exchange, upload, server.limits.fileBytes);
    }

    private static void nothing(Exchange exchange) {
        // Only whether the request may be made is of interest.
    }

    private static @Nullable String contentType(Request request) {
        String type = request.single(HeaderName.CONTENT_TYPE);
        return type == null || type.isBlank() ? null : bounded("Content-Type", type.strip());
    }

    private static @Nullable String filename(Request request) {
        String asked = Query.of(request.query, PARAMETERS).get("filename");
        String disposition = request.single(HeaderName.CONTENT_DISPOSITION);
        String name = asked != null ? asked : disposition == null ? null : ContentDisposition.filename(disposition);
        return name == null || name.isEmpty() ? null : bounded("the file's name", name);
    }

    private static String bounded(String what, String text) {
        if (text.length() > MAX_WORDS) {
            throw EntryProblem.invalid(what + " is longer than " + MAX_WORDS + " characters");
        }
        return text;
    }

    private void put(Exchange exchange) {
        if (!(exchange.connection().sink() instanceof FileSink sink)) {
            throw new IllegalStateException("the body of a file was not taken as one");
        }
        StoreTarget target = StoreTarget.of(exchange);
        EntryPath path = target.path();
        exchange.await(
                sink.finish(contentType(exchange.request), filename(exchange.request)),
                file -> refer(exchange, target.store(), path, file));
    }

    private void refer(Exchange exchange, String store, EntryPath path, FileReference file) {
        EntryOp op = EntryOp.of(EntryOp.Kind.PUT_FILE, path, file.toValue());
        EntryWrite write = new EntryWrite(
                store,
                List.of(op),
                exchange.access().device(),
                EntryRoutes.operationId(exchange),
                false,
                server.createsStores);
        exchange.await(entries.write(write), result -> {
            switch (result) {
                case Written written ->
                    exchange.respond(
                            EntryRoutes.uncached(EntryText.written(written.ops().getFirst())
                                    .field("hash", file.hash())
                                    .field("size", file.size())
                                    .toString()));
                case Refused refused ->
                    exchange.respond(EntryProblem.of(refused).response());
            }
        });
        exchange.commitSoon();
    }

    // ---- reading ----

    private void get(Exchange exchange) {
        String hash = PercentDecoder.decode(exchange.rest, false);
        if (hash == null) {
            throw EntryProblem.invalid("the path of the URL is not percent-encoded UTF-8");
        }
        exchange.await(
                entries.file(hash, exchange.access()::reaches), content -> open(exchange, content), FileContent::close);
    }

    private void open(Exchange exchange, FileContent content) {
        FileReference file = content.reference();
        String tag = "\"" + file.hash() + "\"";
        if (EntityTag.matches(exchange.request.headers(HeaderName.IF_NONE_MATCH), tag)) {
            content.close();
            exchange.respond(Response.of(304).header(HeaderName.ETAG, tag).lines(FILE_LINES));
        } else if (exchange.request.isHead()) {
            content.close();
            exchange.respond(head(file, tag).header(HeaderName.CONTENT_LENGTH, Long.toString(file.size())));
        } else {
            exchange.await(
                    FilePage.of(content).whenComplete((page, _) -> {
                        if (page == null) {
                            content.close();
                        }
                    }),
                    page -> exchange.respond(head(file, tag).page(page)),
                    FilePage::close);
        }
    }

    private static Response head(FileReference file, String tag) {
        String type = file.contentType();
        return Response.of(200)
                .header(HeaderName.CONTENT_TYPE, type == null ? ANY_TYPE : type)
                .header(HeaderName.CONTENT_DISPOSITION, ContentDisposition.inline(file.filename()))
                .header(HeaderName.ETAG, tag)
                .lines(FILE_LINES);
    }
}
