package dev.varve.server.subscriptions;

import dev.varve.api.StreamStorage;
import dev.varve.engine.io.Clock;
import dev.varve.server.outbound.Outcomes;
import dev.varve.server.outbound.SigningKey;
import dev.varve.server.outbound.WebhookClient;
import dev.varve.server.outbound.WebhookPolicy;
import dev.varve.server.subscriptions.ControlException.Code;
import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;

/**
 * The subscriptions of a server: webhooks and pull-wake over a storage of streams.
 *
 * <p>What is answered is durable: subscriptions, acknowledged offsets, leases, tokens and waits before retries go on
 * after a restart where they stood. A wake that was in flight to a webhook is sent again, as a new one, when its lease
 * has ended; a wake that no worker has claimed is announced again.
 *
 * <p>Thread-safe.
 */
public final class Subscriptions implements AutoCloseable {

    /** How many requests may be under way; more are refused. */
    static final int MAX_REQUESTS = 4_096;

    /**
     * A request to a path below {@code /v1/stream/__ds/}.
     *
     * @param method the HTTP method
     * @param segments the path below {@code __ds/}, split at slashes and then percent-decoded: a segment may hold slashes
     * @param contentType the {@code Content-Type} header, or null; a body must be {@code application/json}, so that a web
     *     page of another origin cannot send one without asking first
     * @param body the body, may be empty; must not change any more
     * @param authorization the {@code Authorization} header, or null
     * @param baseUrl how the server was addressed, {@code http://host:port} without a trailing slash; used only when no
     *     public base URL is configured
     */
    public record Request(
            String method,
            List<String> segments,
            @Nullable String contentType,
            byte[] body,
            @Nullable String authorization,
            String baseUrl) {}

    /**
     * The answer to a request.
     *
     * @param status the HTTP status
     * @param headers header names in lower case and their values
     * @param body the body, may be empty
     */
    public record Response(int status, Map<String, String> headers, byte[] body) {}

    private final SubscriptionLoop loop;
    private final ControlRoutes routes;

    /** Requests that are not answered yet. */
    private final Map<Long, CompletableFuture<Response>> open = new ConcurrentHashMap<>();

    private final AtomicLong lastRequest = new AtomicLong();
    private volatile boolean closed;

    /**
     * Creates the subscriptions of a storage; they serve after {@link #start}.
     *
     * @param storage where the streams are and where subscriptions keep their log; must offer listing, reserved streams
     *     and subscriptions to all streams
     * @param options how subscriptions behave
     * @param clock the time
     * @param random makes tokens and wake ids: must be cryptographically strong
     */
    public Subscriptions(StreamStorage storage, SubscriptionOptions options, Clock clock, RandomGenerator random) {
        this(
                storage,
                options,
                clock,
                random,
                InetAddress::getAllByName,
                // Reads the certificates of the JDK, which most servers never need: at the first https webhook.
                () -> (SSLSocketFactory) SSLSocketFactory.getDefault(),
                SubscriptionLoop.MIN_COMPACT_BYTES);
    }

    Subscriptions(
            StreamStorage storage,
            SubscriptionOptions options,
            Clock clock,
            RandomGenerator random,
            WebhookClient.Resolver resolver,
            Supplier<SSLSocketFactory> tls,
            long minCompactBytes) {
        WebhookPolicy policy = options.policy();
        this.loop = new SubscriptionLoop(
                storage,
                options,
                clock,
                random,
                minCompactBytes,
                timer -> new WebhookClient(policy, resolver, tls, timer, WebhookClient.TIMEOUT));
        this.routes = new ControlRoutes(loop, options, policy);
    }

    /** Reads what there is and begins to serve; requests that come before it is ready wait. */
    public void start() {
        loop.start();
    }

    /**
     * Answers a request. Success and refusal are both answers; what an answer says is durable.
     *
     * @param request the request
     * @return the answer, never failing; completed on a thread of this object: dependent actions must not block
     */
    public CompletableFuture<Response> handle(Request request) {
        if (open.size() >= MAX_REQUESTS) {
            return CompletableFuture.completedFuture(ControlRoutes.refusal(
                    new ControlException(Code.OVERLOADED, "too many requests to subscriptions are under way")));
        }
        CompletableFuture<Response> answer = new CompletableFuture<>();
        long number = lastRequest.incrementAndGet();
        open.put(number, answer);
        Outcomes.take(answer, (response, error) -> open.remove(number));
        loop.ask(() -> answer(request, answer), refusal -> answer.complete(ControlRoutes.refusal(refusal)));
        if (closed) {
            answer.complete(gone());
        }
        return answer;
    }

    private static Response gone() {
        return ControlRoutes.refusal(new ControlException(Code.UNAVAILABLE, "the server is shutting down"));
    }

    private void answer(Request request, CompletableFuture<Response> answer) {
        CompletableFuture<Response> result;
        try {
            result = routes.route(request);
        } catch (RuntimeException e) {
            result = CompletableFuture.failedFuture(e);
        }
        Outcomes.take(
                result,
                (response, error) -> answer.complete(
                        response != null
                                ? response
                                : ControlRoutes.refusal(ControlException.ofFailure(
                                        error != null ? error : new IllegalStateException("no answer")))));
    }

    /**
     * The key that webhooks are signed with now; made when there was none.
     *
     * @return the key, once it is durable; after {@link #close} it may never come
     */
    public CompletableFuture<SigningKey> signingKey() {
        CompletableFuture<SigningKey> key = new CompletableFuture<>();
        loop.ask(
                () -> Outcomes.take(
                        loop.decide((state, now, step) -> ControlRoutes.key(state, now, step)), (value, error) -> {
                            if (value != null) {
                                key.complete(value);
                            } else {
                                key.completeExceptionally(
                                        error != null ? error : new IllegalStateException("no signing key"));
                            }
                        }),
                key::completeExceptionally);
        return key;
    }

    /** Stops answering and calling webhooks. What was answered is durable; what is under way may or may not be. */
    @Override
    public void close() {
        closed = true;
        loop.close();
        open.values().forEach(answer -> answer.complete(gone()));
    }
}
