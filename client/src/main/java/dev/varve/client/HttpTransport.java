package dev.varve.client;

import dev.varve.api.ErrorKind;
import dev.varve.api.RefusedException;
import dev.varve.api.VarveException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodySubscribers;
import java.net.http.WebSocket;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiConsumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Sends requests to one server and waits for complete answers. Thread-safe. */
final class HttpTransport implements AutoCloseable {

    private static final String AUTHORIZATION = "Authorization";

    /** How much longer than to its first byte an answer may take as a whole. */
    private static final int BODY_TIMEOUT_FACTOR = 10;

    /** A socket needs one, also of a server that asks for none. */
    private static final String ANY_TOKEN = "any";

    private final HttpClient http;
    private final URI base;
    private final @Nullable Supplier<String> token;
    private final Duration requestTimeout;
    private final Duration retryFor;
    private final int maxAnswerBytes;
    private final BiConsumer<VarveException, Duration> onRetry;
    private final AtomicBoolean closed = new AtomicBoolean();

    HttpTransport(
            HttpClient http,
            URI base,
            @Nullable Supplier<String> token,
            Duration requestTimeout,
            Duration retryFor,
            int maxAnswerBytes,
            BiConsumer<VarveException, Duration> onRetry) {
        this.http = http;
        this.base = base;
        this.token = token;
        this.requestTimeout = requestTimeout;
        this.retryFor = retryFor;
        this.maxAnswerBytes = maxAnswerBytes;
        this.onRetry = onRetry;
    }

    /** A request to a path below the server's base URL. The token is asked for anew each time. */
    HttpRequest.Builder request(String pathAndQuery) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(base + pathAndQuery)).timeout(requestTimeout);
        if (token != null) {
            request.header(AUTHORIZATION, "Bearer " + token.get());
        }
        return request;
    }

    /** Opens a WebSocket below the server's base URL, with the token as a parameter, as browsers must. The token is asked for anew each time. */
    CompletableFuture<WebSocket> openSocket(String pathAndQuery, WebSocket.Listener listener) {
        if (closed.get()) {
            return CompletableFuture.failedFuture(closed());
        }
        String given = token == null ? ANY_TOKEN : token.get();
        String address = (base + pathAndQuery).replaceFirst("(?i)^http", "ws") + "&token=" + Wire.encodeQuery(given);
        return http.newWebSocketBuilder().connectTimeout(requestTimeout).buildAsync(URI.create(address), listener);
    }

    /** The server, for people. */
    String server() {
        return Failures.server(base);
    }

    int maxAnswerBytes() {
        return maxAnswerBytes;
    }

    /** The path of the server's base URL, without a slash at its end. */
    String basePath() {
        return base.getRawPath();
    }

    /**
     * Starts an exchange. The future fails with a {@link VarveException} when no answer comes; any status is an answer.
     * Cancelling the future ends the exchange.
     */
    CompletableFuture<Answer> start(HttpRequest request) {
        if (closed.get()) {
            return CompletableFuture.failedFuture(closed());
        }
        CompletableFuture<HttpResponse<byte[]>> exchange = exchange(request, BoundedBody.handler(maxAnswerBytes));
        CompletableFuture<Answer> answer = new CompletableFuture<>();
        CompletableFuture<?> unusedExchange = exchange.whenComplete((response, failure) -> {
            if (failure != null) {
                answer.completeExceptionally(Failures.of(request, failure));
            } else {
                answer.complete(new Answer(response.statusCode(), response.headers(), response.body()));
            }
        });
        Duration whole = request.timeout().orElse(requestTimeout).multipliedBy(BODY_TIMEOUT_FACTOR);
        CompletableFuture<?> unusedAnswer = answer.orTimeout(whole.toMillis(), TimeUnit.MILLISECONDS)
                .whenComplete((done, failure) -> {
                    if (failure instanceof CancellationException || failure instanceof TimeoutException) {
                        exchange.cancel(true);
                    }
                });
        return answer;
    }

    private VarveException closed() {
        return new VarveException(ErrorKind.UNAVAILABLE, "this Varve was closed; nothing was sent to " + base);
    }

    /** Sends and waits for the answer. */
    Answer send(HttpRequest request) {
        return await(request, start(request));
    }

    /**
     * Sends a request. When it is answered 401 the token is asked for anew, and when it is another one, the request is sent once more:
     * one that was not allowed was not applied. A body that is read while it is sent cannot be sent twice.
     */
    private <T> CompletableFuture<HttpResponse<T>> exchange(HttpRequest request, HttpResponse.BodyHandler<T> handler) {
        CompletableFuture<HttpResponse<T>> first = http.sendAsync(request, handler);
        if (token == null) {
            return first;
        }
        AtomicReference<CompletableFuture<HttpResponse<T>>> underWay = new AtomicReference<>(first);
        CompletableFuture<HttpResponse<T>> result = new CompletableFuture<>();
        CompletableFuture<?> unusedResult = result.whenComplete((response, failure) -> {
            if (failure instanceof CancellationException) {
                underWay.get().cancel(true);
            }
        });
        CompletableFuture<?> unusedFirst = first.whenComplete((response, failure) -> {
            HttpRequest again = failure == null && response.statusCode() == 401 ? withNewToken(request) : null;
            if (again == null) {
                settle(result, response, failure);
                return;
            }
            CompletableFuture<HttpResponse<T>> second = http.sendAsync(again, handler);
            underWay.set(second);
            if (result.isCancelled()) {
                second.cancel(true);
            }
            CompletableFuture<?> unusedSecond = second.whenComplete((late, why) -> settle(result, late, why));
        });
        return result;
    }

    private static <T> void settle(CompletableFuture<T> result, T value, @Nullable Throwable failure) {
        if (failure == null) {
            result.complete(value);
        } else {
            result.completeExceptionally(failure);
        }
    }

    /** The request with the token of now, or null when that makes no difference or the body is gone. */
    private @Nullable HttpRequest withNewToken(HttpRequest request) {
        boolean repeatable =
                request.bodyPublisher().map(body -> body.contentLength() >= 0).orElse(true);
        if (token == null || !repeatable || closed.get()) {
            return null;
        }
        String now;
        try {
            now = "Bearer " + token.get();
        } catch (RuntimeException e) {
            return null; // the answer that is there says what is wrong
        }
        if (request.headers().firstValue(AUTHORIZATION).filter(now::equals).isPresent()) {
            return null;
        }
        return HttpRequest.newBuilder(request, (name, value) -> !name.equalsIgnoreCase(AUTHORIZATION))
                .header(AUTHORIZATION, now)
                .build();
    }

    /**
     * The head of an answer, with its body as it comes or, when it is not the one asked for, as a whole.
     *
     * @param <S> reads a body as it comes
     * @param answer the answer; its bytes only when there is no {@code body}
     * @param body the body as it comes, or null
     */
    record Opened<S>(Answer answer, @Nullable S body) {}

    /** Sends a request and waits for the head of its answer. With status 200 the body is read as it comes; nothing may take longer than an answer. */
    Opened<BodyStream> open(HttpRequest request) {
        CompletableFuture<Opened<BodyPieces>> opening = startOpen(request, info -> info.statusCode() == 200);
        Opened<BodyPieces> opened = await(request, opening, opening);
        BodyPieces pieces = opened.body();
        return new Opened<>(opened.answer(), pieces == null ? null : new BodyStream(pieces, requestTimeout));
    }

    /**
     * Starts a request whose answer is read as it comes. Cancelling the future ends the exchange, as long as there is no answer.
     *
     * @param streams whether an answer is read as it comes, and not as a whole
     */
    CompletableFuture<Opened<BodyPieces>> startOpen(HttpRequest request, Predicate<HttpResponse.ResponseInfo> streams) {
        if (closed.get()) {
            return CompletableFuture.failedFuture(closed());
        }
        CompletableFuture<HttpResponse<Body>> exchange = exchange(
                request,
                info -> streams.test(info)
                        ? BodySubscribers.mapping(new BodyPieces(), body -> new Body(new byte[0], body))
                        : BodySubscribers.mapping(
                                BoundedBody.handler(maxAnswerBytes).apply(info), bytes -> new Body(bytes, null)));
        CompletableFuture<Opened<BodyPieces>> opened = new CompletableFuture<>();
        CompletableFuture<?> unusedExchange = exchange.whenComplete((response, failure) -> {
            if (failure != null) {
                opened.completeExceptionally(Failures.of(request, failure));
            } else {
                Body body = response.body();
                Answer head = new Answer(response.statusCode(), response.headers(), body.bytes());
                BodyPieces coming = body.coming();
                if (!opened.complete(new Opened<>(head, coming)) && coming != null) {
                    coming.close(); // nobody reads it
                }
            }
        });
        CompletableFuture<?> unusedOpened = opened.whenComplete((done, failure) -> {
            if (failure instanceof CancellationException) {
                exchange.cancel(true);
            }
        });
        return opened;
    }

    /** The one or the other. */
    private record Body(byte[] bytes, @Nullable BodyPieces coming) {}

    /** How long the first byte of an answer may take, and each further step of what is sent or read as it comes. */
    Duration requestTimeout() {
        return requestTimeout;
    }

    /** Starts a request whose repetition changes nothing; see {@link Repetition}. */
    CompletableFuture<Answer> startRepeatable(Supplier<HttpRequest> requests) {
        return new Repetition(this, requests, retryFor).start();
    }

    /** Sends a request whose repetition changes nothing and waits for the answer; see {@link Repetition}. */
    Answer sendRepeatable(Supplier<HttpRequest> requests) {
        return await(requests.get(), startRepeatable(requests));
    }

    boolean isClosed() {
        return closed.get();
    }

    /** Tells of a failure that will be tried again. */
    void retrying(VarveException failure, Duration wait) {
        onRetry.accept(failure, wait);
    }

    /** Waits for an answer; an interrupt ends the exchange and is kept. */
    static Answer await(HttpRequest request, CompletableFuture<Answer> started) {
        return await(request, started, started);
    }

    private static <T> T await(HttpRequest request, CompletableFuture<T> started, CompletableFuture<?> exchange) {
        try {
            return started.get();
        } catch (ExecutionException e) {
            throw thrownHere(Failures.of(request, e));
        } catch (InterruptedException e) {
            exchange.cancel(true);
            Thread.currentThread().interrupt();
            throw new VarveException(
                    ErrorKind.TIMEOUT,
                    "interrupted while waiting for the answer to " + request.method() + " "
                            + request.uri().getRawPath()
                            + (Failures.isRead(request) ? "" : "; it may have been applied"),
                    e);
        }
    }

    /** The failure with the stack of whoever waited: the one it has is that of a thread of the HTTP client. */
    private static VarveException thrownHere(VarveException failure) {
        return failure instanceof RefusedException refused
                ? new RefusedException(refused.refusal())
                : new VarveException(
                        failure.kind(),
                        String.valueOf(failure.getMessage()),
                        failure,
                        failure.retryAfter().orElse(null));
    }

    @Override
    public void close() {
        closed.set(true);
    }
}
