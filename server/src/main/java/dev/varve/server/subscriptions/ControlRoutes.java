package dev.varve.server.subscriptions;

import dev.varve.server.outbound.Now;
import dev.varve.server.outbound.SigningKey;
import dev.varve.server.outbound.SigningKeys;
import dev.varve.server.outbound.WebhookPolicy;
import dev.varve.server.subscriptions.ControlException.Code;
import dev.varve.server.subscriptions.Subscriptions.Request;
import dev.varve.server.subscriptions.Subscriptions.Response;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Which request means what: reads requests, has them decided, writes answers. Confined to the loop's thread. */
final class ControlRoutes {

    /** Where the control paths begin, below a base URL. */
    static final String ROOT = "/v1/stream/__ds/";

    static final int MAX_BODY_BYTES = 2 << 20;
    static final int MAX_ACKS = 1_000;
    private static final int MAX_ID_LENGTH = 256;
    private static final int MAX_WORKER_LENGTH = 256;
    private static final String JSON = "application/json";

    private final SubscriptionLoop loop;
    private final SubscriptionOptions options;
    private final WebhookPolicy policy;

    ControlRoutes(SubscriptionLoop loop, SubscriptionOptions options, WebhookPolicy policy) {
        this.loop = loop;
        this.options = options;
        this.policy = policy;
    }

    /**
     * Answers a request.
     *
     * @throws ControlException when it is refused at first sight
     */
    CompletableFuture<Response> route(Request request) {
        List<String> segments = request.segments();
        if (segments.equals(List.of("jwks.json"))) {
            allow(request, "GET");
            return loop.decide((state, now, step) -> {
                var _ = key(state, now, step);
                return keySet(state.keys());
            });
        }
        if (segments.size() < 2 || !segments.getFirst().equals("subscriptions")) {
            throw noRoute();
        }
        String id = id(segments.get(1));
        if (segments.size() == 2) {
            return subscription(request, id);
        }
        String action = segments.get(2);
        if (action.equals("streams")) {
            return segments.size() == 3 ? link(request, id) : unlink(request, id);
        }
        if (segments.size() > 3) {
            throw noRoute();
        }
        return switch (action) {
            case "callback" -> progress(request, id, true);
            case "ack" -> progress(request, id, false);
            case "claim" -> claim(request, id);
            case "release" -> release(request, id);
            default -> throw noRoute();
        };
    }

    private static ControlException noRoute() {
        return new ControlException(Code.SUBSCRIPTION_NOT_FOUND, "there is no such control path");
    }

    private static String id(String segment) {
        if (segment.isEmpty() || segment.length() > MAX_ID_LENGTH) {
            throw ControlException.invalid("a subscription id must have 1 to " + MAX_ID_LENGTH + " characters");
        }
        if (segment.chars().anyMatch(c -> c < ' ' || c == 0x7f)) {
            throw ControlException.invalid("a subscription id must not contain control characters");
        }
        return segment;
    }

    private static void allow(Request request, String... methods) {
        if (!Set.of(methods).contains(request.method())) {
            throw ControlException.methodNotAllowed(request.method(), String.join(", ", methods));
        }
    }

    private CompletableFuture<Response> subscription(Request request, String id) {
        allow(request, "GET", "PUT", "DELETE");
        String baseUrl = baseUrl(request);
        return switch (request.method()) {
            case "PUT" -> {
                NewSubscription wanted = NewSubscription.read(body(request), policy);
                yield create(id, wanted, baseUrl);
            }
            case "DELETE" ->
                loop.decide((state, now, step) -> {
                    state.delete(id, now, step);
                    return noContent();
                });
            default -> loop.decide((state, now, step) -> describe(200, state, state.require(id), baseUrl));
        };
    }

    /** Confirms what is there, or looks at the streams to start from and creates. */
    private CompletableFuture<Response> create(String id, NewSubscription wanted, String baseUrl) {
        return loop.decide((state, now, step) -> confirm(id, wanted, state, baseUrl))
                .thenCompose(confirmed -> confirmed.isPresent()
                        ? CompletableFuture.completedFuture(confirmed.get())
                        : loop.decideWithLook(
                                wanted.pattern(),
                                wanted.streams(),
                                scan -> (state, now, step) -> confirm(
                                                id, wanted, state, baseUrl) // another request may have been faster
                                        .orElseGet(() -> {
                                            if (wanted.url() != null) {
                                                var _ = key(state, now, step);
                                            }
                                            Event.Created created = wanted.created(id, baseUrl, now.wallMillis());
                                            return describe(
                                                    201, state, state.create(created, scan, now, step), baseUrl);
                                        })));
    }

    private static Optional<Response> confirm(
            String id, NewSubscription wanted, SubscriptionState state, String baseUrl) {
        SubscriptionEntry entry = state.confirm(id, wanted.hash());
        return Optional.ofNullable(entry).map(known -> describe(200, state, known, baseUrl));
    }

    /** The key that webhooks are signed with; made when there is none. */
    static SigningKey key(SubscriptionState state, Now now, Step step) {
        if (state.keys().isEmpty()) {
            state.addKey(Event.KeyAdded.of(SigningKeys.generate(), now.wallMillis()), now, step);
        }
        return state.keys().getLast().key();
    }

    private String baseUrl(Request request) {
        String configured = options.publicBaseUrl();
        return configured == null ? request.baseUrl() : configured;
    }

    static Response describe(int status, SubscriptionState state, SubscriptionEntry entry, String baseUrl) {
        Event.KeyAdded key = state.keys().isEmpty() ? null : state.keys().getLast();
        return json(status, ControlJson.subscription(entry, baseUrl, key));
    }

    private CompletableFuture<Response> link(Request request, String id) {
        allow(request, "POST");
        Set<String> paths = NewSubscription.streams(body(request));
        return loop.decide((state, now, step) -> state.require(id))
                .thenCompose(entry -> loop.decideWithLook(null, paths, scan -> (state, now, step) -> {
                    state.link(id, scan, now, step);
                    return noContent();
                }));
    }

    private CompletableFuture<Response> unlink(Request request, String id) {
        allow(request, "DELETE");
        List<String> rest = request.segments().subList(3, request.segments().size());
        String path = StreamPaths.normalize("the stream", String.join("/", rest));
        return loop.decide((state, now, step) -> {
            state.unlink(id, path, now, step);
            return noContent();
        });
    }

    private CompletableFuture<Response> claim(Request request, String id) {
        allow(request, "POST");
        String worker = ControlJson.text(body(request), "worker", MAX_WORKER_LENGTH);
        if (worker == null || worker.isEmpty()) {
            throw ControlException.invalid("worker must be a non-empty string");
        }
        return loop.decide((state, now, step) -> json(200, ControlJson.claim(state.claim(id, worker, now, step))));
    }

    private CompletableFuture<Response> progress(Request request, String id, boolean callback) {
        allow(request, "POST");
        String token = bearer(request);
        JsonNode body = body(request);
        SubscriptionState.Claimant claimant = ControlJson.claimant(token, body);
        List<SubscriptionState.Ack> acks = ControlJson.acks(body, MAX_ACKS);
        boolean done = ControlJson.done(body);
        return loop.decide((state, now, step) -> {
            boolean next = callback
                    ? state.callback(id, claimant, acks, done, now, step)
                    : state.ack(id, claimant, acks, done, now, step);
            return json(200, ControlJson.progress(next));
        });
    }

    private CompletableFuture<Response> release(Request request, String id) {
        allow(request, "POST");
        String token = bearer(request);
        SubscriptionState.Claimant claimant = ControlJson.claimant(token, body(request));
        return loop.decide((state, now, step) -> {
            state.release(id, claimant, now, step);
            return noContent();
        });
    }

    private static String bearer(Request request) {
        String header = request.authorization();
        if (header == null
                || !header.regionMatches(true, 0, "Bearer ", 0, 7)
                || header.substring(7).isBlank()) {
            throw new ControlException(Code.TOKEN_INVALID, "the Authorization header must carry a bearer token");
        }
        return header.substring(7).strip();
    }

    private static JsonNode body(Request request) {
        if (request.body().length > MAX_BODY_BYTES) {
            throw new ControlException(Code.TOO_LARGE, "the body must not be larger than " + MAX_BODY_BYTES + " bytes");
        }
        if (request.body().length > 0 && !isJson(request.contentType())) {
            throw ControlException.invalid("the body must be sent with Content-Type: application/json");
        }
        return ControlJson.read(request.body());
    }

    private static boolean isJson(@Nullable String contentType) {
        if (contentType == null) {
            return false;
        }
        int end = contentType.indexOf(';');
        return (end < 0 ? contentType : contentType.substring(0, end)).strip().equalsIgnoreCase(JSON);
    }

    static Response noContent() {
        return new Response(204, Map.of(), new byte[0]);
    }

    private static Response json(int status, byte[] body) {
        return new Response(status, Map.of("content-type", JSON), body);
    }

    private static Response keySet(List<Event.KeyAdded> keys) {
        return new Response(
                200,
                Map.of("content-type", "application/jwk-set+json", "cache-control", "public, max-age=300"),
                ControlJson.keySet(keys));
    }

    static Response refusal(ControlException e) {
        Map<String, String> headers = switch (e.code()) {
            case METHOD_NOT_ALLOWED -> Map.of("content-type", JSON, "allow", e.allowedMethods());
            case OVERLOADED, UNAVAILABLE -> Map.of("content-type", JSON, "retry-after", "1");
            default -> Map.of("content-type", JSON);
        };
        return new Response(e.status(), headers, ControlJson.error(e));
    }

    /** Where a webhook's receiver reports progress. */
    static String callbackUrl(String baseUrl, String id) {
        String encoded = URLEncoder.encode(id, StandardCharsets.UTF_8).replace("+", "%20");
        return baseUrl + ROOT + "subscriptions/" + encoded + "/callback";
    }
}
