package dev.varve.server;

import dev.varve.server.subscriptions.Subscriptions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The control paths of subscriptions. What they mean is decided in {@link Subscriptions}; here requests are taken apart
 * and answers put together. Thread-safe.
 */
final class SubscriptionRoutes {

    /** Where they begin. */
    static final String ROOT = StreamPath.ROOT + "__ds/";

    private static final String PATTERN = ROOT + "{path}";
    private static final int BODY_BYTES = 2 * 1024 * 1024;

    /** The headers of answers, which come by name. */
    private static final Map<String, HeaderName> HEADERS = Map.of(
            "content-type", HeaderName.CONTENT_TYPE,
            "cache-control", HeaderName.CACHE_CONTROL,
            "allow", HeaderName.ALLOW,
            "retry-after", HeaderName.RETRY_AFTER);

    private static final String KEYS = "jwks.json";
    private static final Set<String> OWN_TOKEN = Set.of("callback", "ack", "release");

    private final ServerContext server;
    private final Subscriptions subscriptions;

    SubscriptionRoutes(ServerContext server, Subscriptions subscriptions) {
        this.server = server;
        this.subscriptions = subscriptions;
    }

    void addTo(Routes routes) {
        routes.add(route("subscriptions.show", "GET", 0, "Shows a subscription or the keys that sign webhooks."))
                .add(route("subscriptions.create", "PUT", BODY_BYTES, "Creates a subscription, or finds it there."))
                .add(route("subscriptions.act", "POST", BODY_BYTES, "Links streams, claims, acknowledges, releases."))
                .add(route(
                        "subscriptions.delete", "DELETE", BODY_BYTES, "Deletes a subscription or unlinks a stream."));
    }

    private Route route(String name, String method, int maxBodyBytes, String summary) {
        return new Route(
                name,
                method,
                PATTERN,
                Scope.STREAMS_SUBSCRIBE,
                summary,
                maxBodyBytes,
                Route.Place.ANY,
                false, // a page of any origin may read streams, but not have the server call URLs of its choice
                this::handle);
    }

    /**
     * Whether a request is for everybody, or carries a token that a subscription gave out itself and looks at itself: the keys
     * that sign webhooks, and the progress of whoever was woken.
     *
     * @param rest the path behind {@link #ROOT}, not decoded
     */
    static boolean hasOwnAuthority(String rest) {
        String[] segments = rest.split("/", -1);
        return rest.equals(KEYS)
                || (segments.length == 3 && segments[0].equals("subscriptions") && OWN_TOKEN.contains(segments[2]));
    }

    private void handle(Exchange exchange) {
        Request request = exchange.request;
        List<String> segments = new ArrayList<>();
        for (String raw : exchange.rest.split("/", -1)) {
            String segment = PercentDecoder.decode(raw, false);
            if (segment == null) {
                throw HttpProblem.invalid("the path is not percent-encoded UTF-8");
            }
            segments.add(segment);
        }
        exchange.await(
                subscriptions.handle(new Subscriptions.Request(
                        request.isHead() ? "GET" : request.method,
                        List.copyOf(segments),
                        request.single(HeaderName.CONTENT_TYPE),
                        exchange.body(),
                        request.single(HeaderName.AUTHORIZATION),
                        server.urlFor(request))),
                answer -> exchange.respond(response(answer)));
    }

    private static Response response(Subscriptions.Response answer) {
        Response response = Response.of(answer.status()).body(answer.body());
        answer.headers().forEach((name, value) -> {
            HeaderName known = HEADERS.get(name);
            if (known == null) {
                throw new IllegalStateException("subscriptions answer with an unknown header: " + name);
            }
            response.header(known, value);
        });
        return answer.headers().containsKey("cache-control") ? response : response.lines(HeaderLines.NO_STORE);
    }
}
