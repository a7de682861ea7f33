package dev.varve.server;

import dev.varve.api.AppendAllResult;
import dev.varve.api.AppendRequest;
import dev.varve.api.AppendResult;
import dev.varve.api.ErrorKind;
import dev.varve.api.ListResult;
import dev.varve.api.Offset;
import dev.varve.api.Producer;
import dev.varve.api.Refusal;
import dev.varve.api.StreamCapability;
import dev.varve.api.StreamMetadata;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** What concerns several streams: the listing and atomic appends. Thread-safe. */
final class StreamsRoutes {

    /** Where they begin. */
    static final String ROOT = "/v1/streams";

    /** Streams of one page of the listing. */
    private static final int MAX_LISTED = 1_000;

    private static final int DEFAULT_LISTED = 100;
    private static final Set<String> PARAMETERS = Set.of("prefix", "after", "limit");

    private final ServerContext server;
    private final AppendBody bodies;

    StreamsRoutes(ServerContext server) {
        this.server = server;
        this.bodies = new AppendBody(server.limits);
    }

    void addTo(Routes routes) {
        routes.add(new Route(
                        "streams.list",
                        "GET",
                        ROOT,
                        Scope.STREAMS_READ,
                        "Lists streams in byte order of their paths.",
                        0,
                        Route.Place.ANY,
                        true,
                        this::list))
                .add(new Route(
                        "streams.append_all",
                        "POST",
                        ROOT + "/append",
                        Scope.STREAMS_WRITE,
                        "Appends to several streams in one atomic commit.",
                        server.limits.bodyBytes,
                        Route.Place.WRITE_LOOP,
                        true,
                        this::appendAll));
    }

    private void list(Exchange exchange) {
        need(StreamCapability.LIST, "listing");
        Query query = Query.of(exchange.request.query, PARAMETERS);
        String prefix = query.get("prefix");
        exchange.await(
                server.storage.list(prefix == null ? "" : prefix, query.get("after"), limit(query.get("limit"))),
                result -> {
                    switch (result) {
                        case ListResult.Listing listing ->
                            exchange.respond(Response.json(200, json(listing, exchange))
                                    .header(HeaderName.CACHE_CONTROL, "no-store"));
                        case Refusal refusal -> exchange.refuse(refusal);
                    }
                });
    }

    private static int limit(@Nullable String text) {
        if (text == null) {
            return DEFAULT_LISTED;
        }
        int limit = Request.isDigits(text) && text.length() <= 4 ? Integer.parseInt(text) : 0;
        if (limit < 1 || limit > MAX_LISTED) {
            throw HttpProblem.invalid("limit goes from 1 to " + MAX_LISTED);
        }
        return limit;
    }

    /** A page of those that may be seen; where the next one begins is told by all. */
    private static String json(ListResult.Listing listing, Exchange exchange) {
        StringBuilder json = new StringBuilder("{\"streams\":[");
        List<StreamMetadata> streams = listing.streams();
        String separator = "";
        for (StreamMetadata stream : streams) {
            if (exchange.server.access.showsStream(exchange.access(), stream.path())) {
                json.append(separator).append(json(stream));
                separator = ",";
            }
        }
        json.append("],\"has_more\":").append(listing.hasMore()).append(",\"after\":");
        if (listing.hasMore() && !streams.isEmpty()) {
            JsonText.quote(json, streams.getLast().path());
        } else {
            json.append("null");
        }
        return json.append('}').toString();
    }

    private static String json(StreamMetadata stream) {
        JsonText json = new JsonText()
                .field("path", stream.path())
                .field("content_type", stream.contentType())
                .field("next_offset", stream.next().toString())
                .field("earliest_offset", stream.earliest().toString())
                .field("closed", stream.closed());
        Long ttl = stream.ttlSeconds();
        if (ttl != null) {
            json.field("ttl_seconds", ttl);
        }
        var expires = stream.expiresAt();
        if (expires != null) {
            json.field("expires_at", expires);
        }
        return json.field("created_at", stream.createdAt()).toString();
    }

    private void appendAll(Exchange exchange) {
        need(StreamCapability.ATOMIC_APPEND, "atomic appends to several streams");
        CompletableFuture<List<AppendRequest>> parsed =
                CompletableFuture.supplyAsync(() -> bodies.parse(exchange.body()), server.blocking);
        exchange.await(parsed, requests -> {
            for (AppendRequest request : requests) {
                server.access.requireStream(exchange.access(), request.path(), Scope.STREAMS_WRITE);
                if (request.producer() != null) {
                    need(StreamCapability.PRODUCERS, "idempotent producers");
                }
                if (request.ifMatch() != null) {
                    need(StreamCapability.CONDITIONAL_APPEND, "conditional appends");
                }
            }
            exchange.await(server.storage.appendAll(requests), result -> {
                switch (result) {
                    case AppendAllResult.AppendedAll(List<AppendResult> results) ->
                        exchange.respond(Response.json(
                                200,
                                new JsonText()
                                        .raw(
                                                "results",
                                                results(
                                                        requests.stream()
                                                                .map(AppendRequest::path)
                                                                .toList(),
                                                        results))
                                        .toString()));
                    case AppendAllResult.RefusedAt(int index, Refusal refusal) ->
                        exchange.respond(
                                Problem.of(refusal, requests.get(index)).at(index));
                }
            });
            exchange.commitSoon();
        });
    }

    /** What became of appends to streams, as a list. */
    static StringBuilder results(List<String> paths, List<AppendResult> results) {
        StringBuilder json = new StringBuilder("[");
        for (int i = 0; i < results.size(); i++) {
            if (i > 0) {
                json.append(',');
            }
            String path = paths.get(i);
            json.append(
                    switch (results.get(i)) {
                        case AppendResult.Appended(Offset next, boolean closed, Producer _) ->
                            json(path, next, closed, false);
                        case AppendResult.Duplicate(Offset next, boolean closed, Producer producer) -> {
                            JsonText item = json(path, next, closed, true);
                            yield producer == null ? item : item.field("producer_seq", producer.sequence());
                        }
                        case Refusal refusal -> throw new IllegalStateException("a refusal among results: " + refusal);
                    });
        }
        return json.append(']');
    }

    private static JsonText json(String path, Offset next, boolean closed, boolean duplicate) {
        return new JsonText()
                .field("path", path)
                .field("next_offset", next.toString())
                .field("closed", closed)
                .field("duplicate", duplicate);
    }

    private void need(StreamCapability capability, String what) {
        if (!server.offers(capability)) {
            throw HttpProblem.of(ErrorKind.NOT_SUPPORTED, "this storage does not offer " + what);
        }
    }
}
