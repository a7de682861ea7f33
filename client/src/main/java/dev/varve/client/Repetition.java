package dev.varve.client;

import dev.varve.api.ErrorKind;
import dev.varve.api.VarveException;
import dev.varve.api.spi.Backoff;
import java.net.http.HttpRequest;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One request whose repetition changes nothing, sent again while it fails in a way that may pass, or so that nobody knows whether it was
 * done, and its time is not over. Its attempts follow one another. Thread-safe.
 */
final class Repetition {
    private final HttpTransport transport;
    private final Supplier<HttpRequest> requests;
    private final long giveUpAtNanos;
    private final Backoff backoff = new Backoff();
    private final CompletableFuture<Answer> result = new CompletableFuture<>();

    /** How an earlier attempt ended that may have changed something; whatever is said of later ones, that stays so. */
    private @Nullable VarveException unknown;

    /**
     * A request that is not sent yet.
     *
     * @param requests builds it anew for each attempt, so that a token can be renewed
     */
    Repetition(HttpTransport transport, Supplier<HttpRequest> requests, Duration repeatFor) {
        this.transport = transport;
        this.requests = requests;
        this.giveUpAtNanos = System.nanoTime() + repeatFor.toNanos();
    }

    /** Sends it. Cancelling the future ends the attempt under way and all further ones. */
    CompletableFuture<Answer> start() {
        attempt();
        return result;
    }

    private void attempt() {
        if (result.isDone()) {
            return;
        }
        HttpRequest request;
        try {
            request = requests.get();
        } catch (RuntimeException e) {
            result.completeExceptionally(e);
            return;
        }
        CompletableFuture<Answer> exchange = transport.start(request);
        CompletableFuture<?> unusedResult = result.whenComplete((answer, failure) -> exchange.cancel(true));
        CompletableFuture<?> unusedExchange =
                exchange.whenComplete((answer, failure) -> ended(request, answer, failure));
    }

    private void ended(HttpRequest request, @Nullable Answer answer, @Nullable Throwable thrown) {
        if (result.isDone()) {
            return;
        }
        VarveException failure;
        if (thrown != null) {
            failure = Failures.of(request, thrown);
        } else if (answer != null && (answer.status() >= 500 || answer.status() == 429)) {
            failure = Failures.of(request, answer);
        } else {
            result.complete(answer);
            return;
        }
        boolean mayBeDone = !Failures.isRead(request) && failure.outcomeUnknown();
        if (mayBeDone) {
            unknown = failure;
        }
        boolean passes = mayBeDone || failure.retryable() || failure.kind() == ErrorKind.TIMEOUT;
        Duration wait = backoff.next(failure.retryAfter());
        if (passes && !transport.isClosed() && wait.toNanos() <= giveUpAtNanos - System.nanoTime()) {
            transport.retrying(failure, wait);
            CompletableFuture.delayedExecutor(wait.toMillis(), TimeUnit.MILLISECONDS)
                    .execute(this::attempt);
        } else if (unknown != null) {
            result.completeExceptionally(unknown);
        } else if (answer != null) {
            result.complete(answer);
        } else {
            result.completeExceptionally(failure);
        }
    }
}
