package dev.varve.server;

import dev.varve.api.AppendRequest;
import dev.varve.api.AppendResult;
import dev.varve.api.CreateRequest;
import dev.varve.api.CreateResult;
import dev.varve.api.DeleteResult;
import dev.varve.api.ErrorKind;
import dev.varve.api.Fork;
import dev.varve.api.Offset;
import dev.varve.api.Producer;
import dev.varve.api.Refusal;
import dev.varve.api.Retention;
import dev.varve.api.StreamCapability;
import dev.varve.api.StreamConfig;
import dev.varve.api.StreamMetadata;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The Durable Streams protocol on one stream: {@code /v1/stream/<path>}. Thread-safe. */
final class StreamRoutes {

    /** The route whose latency is watched. */
    static final String APPEND = "streams.append";

    private static final String PATTERN = StreamPath.ROOT + "{path}";
    private static final String READ_ONLY = "GET, HEAD, OPTIONS";
    private static final Set<String> PARAMETERS = Set.of("offset", "live", "cursor");

    private final ServerContext server;

    StreamRoutes(ServerContext server) {
        this.server = server;
    }

    void addTo(Routes routes) {
        int body = server.limits.bodyBytes;
        routes.add(write("streams.create", "PUT", "Creates a stream.", body, this::create))
                .add(write(APPEND, "POST", "Appends to a stream, closes it, or both.", body, this::append))
                .add(write("streams.delete", "DELETE", "Deletes a stream.", 0, this::delete))
                .add(read("streams.read", "GET", "Reads a stream: a page, a long-poll or events.", this::read))
                .add(read("streams.head", "HEAD", "Tells what is known of a stream.", this::head));
    }

    private static Route write(String name, String method, String summary, int maxBody, RouteHandler handler) {
        return new Route(
                name, method, PATTERN, Scope.STREAMS_WRITE, summary, maxBody, Route.Place.WRITE_LOOP, true, handler);
    }

    private static Route read(String name, String method, String summary, RouteHandler handler) {
        return new Route(name, method, PATTERN, Scope.STREAMS_READ, summary, 0, Route.Place.ANY, true, handler);
    }

    // ---- writes ----

    private void create(Exchange exchange) {
        String path = StreamPath.of(exchange.rest, server.limits);
        if (refuseReserved(exchange, path)) {
            return;
        }
        Request request = exchange.request;
        StreamConfig config = StreamHeaders.config(request);
        Fork fork = StreamHeaders.fork(request, server.limits);
        need(config.ttlSeconds() != null || config.expiresAt() != null, StreamCapability.EXPIRY, "expiry");
        need(!config.retention().isNone(), StreamCapability.RETENTION, "retention");
        need(fork != null, StreamCapability.FORKS, "forks");
        if (fork != null) {
            server.access.requireStream(exchange.access(), fork.source(), Scope.STREAMS_READ);
        }
        CreateRequest create =
                new CreateRequest(path, config, fork, StreamHeaders.asksToClose(request), exchange.body());
        exchange.await(server.storage.create(create), result -> {
            switch (result) {
                case CreateResult.Created(StreamMetadata stream) ->
                    exchange.respond(described(Response.of(201), stream)
                            .header(HeaderName.LOCATION, server.urlFor(request) + request.path));
                case CreateResult.Existing(StreamMetadata stream) ->
                    exchange.respond(described(Response.of(200), stream));
                case Refusal refusal -> exchange.refuse(refusal);
            }
        });
        exchange.commitSoon();
    }

    private static Response described(Response response, StreamMetadata stream) {
        response.header(HeaderName.CONTENT_TYPE, stream.contentType());
        return tail(response, stream.next(), stream.closed());
    }

    private static Response tail(Response response, Offset next, boolean closed) {
        response.header(HeaderName.STREAM_NEXT_OFFSET, next.toString());
        return closed ? response.header(HeaderName.STREAM_CLOSED, "true") : response;
    }

    private void append(Exchange exchange) {
        AppendHead head = exchange.request.append(exchange.rest, server.limits);
        if (refuseReserved(exchange, head.path())) {
            return;
        }
        need(head.producer() != null, StreamCapability.PRODUCERS, "idempotent producers");
        need(head.ifMatch() != null, StreamCapability.CONDITIONAL_APPEND, "conditional appends");
        byte[] body = exchange.body();
        AppendRequest append = head.with(body);
        server.appends.append(append, exchange.await(result -> {
            switch (result) {
                case AppendResult.Appended(Offset next, boolean closed, Producer accepted) -> {
                    boolean newProducerData = accepted != null && body.length > 0;
                    Response response = tail(Response.of(newProducerData ? 200 : 204), next, closed);
                    exchange.respond(accepted == null ? response : produced(response, accepted));
                }
                case AppendResult.Duplicate(Offset next, boolean closed, Producer highest) -> {
                    Response response = tail(Response.of(204), next, closed);
                    exchange.respond(highest == null ? response : produced(response, highest));
                }
                case Refusal refusal -> exchange.respond(Problem.of(refusal, append));
            }
        }));
        exchange.commitSoon();
    }

    private static Response produced(Response response, Producer producer) {
        return response.header(HeaderName.PRODUCER_EPOCH, Long.toString(producer.epoch()))
                .header(HeaderName.PRODUCER_SEQ, Long.toString(producer.sequence()));
    }

    private void delete(Exchange exchange) {
        String path = StreamPath.of(exchange.rest, server.limits);
        if (refuseReserved(exchange, path)) {
            return;
        }
        exchange.await(server.storage.delete(path), result -> {
            switch (result) {
                case DeleteResult.Deleted _ -> exchange.respond(Response.of(204));
                case Refusal refusal -> exchange.refuse(refusal);
            }
        });
        exchange.commitSoon();
    }

    /** Users do not write what is the server's own. */
    private boolean refuseReserved(Exchange exchange, String path) {
        if (path.equals(StreamPath.REGISTRY)) {
            exchange.respond(exchange.methodNotAllowed(READ_ONLY));
            return true;
        }
        StreamPath.checkWritable(path);
        return false;
    }

    private void need(boolean asked, StreamCapability capability, String what) {
        if (asked && !server.offers(capability)) {
            throw HttpProblem.of(ErrorKind.NOT_SUPPORTED, "this storage does not offer " + what);
        }
    }

    // ---- reads ----

    private String readablePath(Exchange exchange) {
        String path = StreamPath.of(exchange.rest, server.limits);
        if (StreamPath.isReserved(path) && !path.equals(StreamPath.REGISTRY)) {
            throw HttpProblem.of(ErrorKind.NOT_FOUND, "nothing is served at this path");
        }
        return path;
    }

    private void head(Exchange exchange) {
        head(exchange, readablePath(exchange));
    }

    /** Answers with what is known of the stream at a path, whatever the request's own path is. */
    static void head(Exchange exchange, String path) {
        exchange.await(exchange.server.reads(path).metadata(path), result -> {
            switch (result) {
                case StreamMetadata stream -> exchange.respond(metadata(stream));
                case Refusal refusal -> exchange.refuse(refusal);
            }
        });
    }

    private static Response metadata(StreamMetadata stream) {
        Response response = described(Response.of(200), stream)
                .header(HeaderName.STREAM_EARLIEST_OFFSET, stream.earliest().toString())
                .lines(HeaderLines.NO_STORE);
        Long ttl = stream.ttlSeconds();
        if (ttl != null) {
            response.header(HeaderName.STREAM_TTL, ttl.toString());
        }
        var expires = stream.expiresAt();
        if (expires != null) {
            response.header(HeaderName.STREAM_EXPIRES_AT, expires.toString());
        }
        Retention retention = stream.retention();
        Long age = retention.ageSeconds();
        if (age != null) {
            response.header(HeaderName.STREAM_RETENTION_AGE, age.toString());
        }
        Long bytes = retention.bytes();
        if (bytes != null) {
            response.header(HeaderName.STREAM_RETENTION_BYTES, bytes.toString());
        }
        Long messages = retention.messages();
        if (messages != null) {
            response.header(HeaderName.STREAM_RETENTION_MESSAGES, messages.toString());
        }
        return response;
    }

    private void read(Exchange exchange) {
        read(exchange, readablePath(exchange));
    }

    /** Reads the stream at a path as the request's parameters say, whatever the request's own path is. */
    static void read(Exchange exchange, String path) {
        Query query = Query.of(exchange.request.query, PARAMETERS);
        String offsetText = query.get("offset");
        String live = query.get("live");
        Offset from = offsetText == null ? Offset.BEGINNING : StreamHeaders.readOffset(offsetText);
        if (live == null) {
            CatchUp.read(exchange, path, from);
            return;
        }
        if (offsetText == null) {
            throw HttpProblem.invalid("a live read needs an offset; -1 reads from the start");
        }
        switch (live) {
            case "long-poll" -> new LongPoll(exchange, path, from, query.get("cursor")).start();
            case "sse" -> startEvents(exchange, path, from, query.get("cursor"));
            default -> throw HttpProblem.invalid("live is long-poll or sse");
        }
    }

    private static void startEvents(Exchange exchange, String path, Offset from, @Nullable String cursor) {
        if (!exchange.request.http11) {
            throw HttpProblem.invalid("events need HTTP/1.1");
        }
        Connection connection = exchange.connection();
        Runnable start = () -> new EventReader(exchange, path, from, cursor).start();
        if (connection.loop().kind == Loop.Kind.LIVE) {
            start.run();
        } else {
            connection.moveTo(connection.home(), start);
        }
    }
}
