package dev.varve.client;

import dev.varve.api.ErrorKind;
import dev.varve.api.Offset;
import dev.varve.api.ReadResult;
import dev.varve.api.StreamReader;
import dev.varve.api.VarveException;
import dev.varve.api.spi.Backoff;
import java.net.http.HttpRequest;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Follows a stream: pages up to the tail, then long-polls. Every request names the offset after the last page that was
 * given, so whatever happens to connections and servers, nothing is skipped and nothing given twice. Server-sent events
 * are not used because they carry the line ends of a text stream changed.
 *
 * <p>An exchange that has not ended when a call's wait is over goes on and serves the next call. Confined to one thread
 * at a time, except {@link #close()}.
 */
final class HttpStreamReader implements StreamReader {

    /** Where the next request reads, and how. */
    record Position(Offset offset, boolean live, @Nullable String cursor) {}

    private record Exchange(HttpRequest request, CompletableFuture<Answer> answer) {}

    private final HttpTransport transport;
    private final Function<Position, HttpRequest> requests;
    private final Consumer<HttpStreamReader> onClose;
    private final CountDownLatch closed = new CountDownLatch(1);
    private final Backoff backoff = new Backoff();

    private Position position = new Position(Offset.BEGINNING, false, null);
    private ReadResult.@Nullable Page ready;
    private boolean atEnd;
    private long notBeforeNanos = System.nanoTime();
    private volatile @Nullable Exchange underWay;

    HttpStreamReader(
            HttpTransport transport, Function<Position, HttpRequest> requests, Consumer<HttpStreamReader> onClose) {
        this.transport = transport;
        this.requests = requests;
        this.onClose = onClose;
    }

    /** Starts with the first page, which may be empty. */
    void begin(ReadResult.Page first) {
        if (first.next().equals(first.start())) {
            position = new Position(first.next(), !first.hasMore(), null);
            atEnd = first.closed();
        } else {
            position = new Position(first.start(), false, null);
            ready = first;
        }
    }

    @Override
    public Optional<ReadResult.Page> next(Duration wait) {
        long deadlineNanos =
                System.nanoTime() + Math.min(wait.toSeconds(), Integer.MAX_VALUE) * 1_000_000_000L + wait.toNanosPart();
        while (closed.getCount() > 0 && !atEnd) {
            ReadResult.Page page = ready;
            if (page != null) {
                return Optional.of(give(page));
            }
            if (!advance(deadlineNanos)) {
                return Optional.empty();
            }
        }
        return Optional.empty();
    }

    private ReadResult.Page give(ReadResult.Page page) {
        ready = null;
        position = new Position(page.next(), !page.hasMore(), position.cursor());
        atEnd = page.closed();
        return page;
    }

    /** One step towards the next page; false when the time is up. */
    private boolean advance(long deadlineNanos) {
        Exchange exchange = underWay;
        try {
            if (exchange == null) {
                long pauseNanos = notBeforeNanos - System.nanoTime();
                if (pauseNanos > 0) {
                    long leftNanos = deadlineNanos - System.nanoTime();
                    boolean enough = pauseNanos <= leftNanos;
                    closed.await(Math.min(pauseNanos, leftNanos), TimeUnit.NANOSECONDS);
                    return enough;
                }
                HttpRequest request = requests.apply(position);
                exchange = new Exchange(request, transport.start(request));
                underWay = exchange;
                if (closed.getCount() == 0) {
                    exchange.answer.cancel(true);
                }
            }
            Answer answer = exchange.answer.get(Math.max(0, deadlineNanos - System.nanoTime()), TimeUnit.NANOSECONDS);
            underWay = null;
            take(exchange.request, answer);
        } catch (TimeoutException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } catch (CancellationException e) {
            underWay = null;
            return false;
        } catch (ExecutionException e) {
            underWay = null;
            failed(Failures.of(exchange == null ? requests.apply(position) : exchange.request, e));
        }
        return true;
    }

    private void take(HttpRequest request, Answer answer) {
        String cursor = answer.headers().firstValue(Wire.CURSOR).orElse(position.cursor());
        switch (answer.status()) {
            case 200 -> {
                ReadResult.Page page = HttpStreams.page(request, answer, position.offset());
                if (!page.next().equals(position.offset())) {
                    backoff.succeeded();
                    position = new Position(position.offset(), position.live(), cursor);
                    ready = page;
                    return;
                }
                if (position.live()) {
                    // A server that does not wait must not be asked in a tight loop.
                    pause(Optional.empty());
                }
                position = new Position(position.offset(), true, cursor);
                atEnd = page.closed();
            }
            case 204 -> {
                backoff.succeeded();
                // Its offset is not taken over: only a page that was given moves the position.
                position = new Position(position.offset(), true, cursor);
                atEnd = Wire.isTrue(answer.headers(), Wire.CLOSED);
            }
            default -> failed(Failures.of(request, answer));
        }
    }

    /** Tries again later, or throws what will not pass by itself. */
    private void failed(VarveException failure) {
        boolean passes =
                failure.retryable() || failure.kind() == ErrorKind.TIMEOUT || failure.kind() == ErrorKind.INTERNAL;
        if (!passes) {
            throw failure;
        }
        transport.retrying(failure, pause(failure.retryAfter()));
    }

    private Duration pause(Optional<Duration> asked) {
        Duration wait = backoff.next(asked);
        notBeforeNanos = System.nanoTime() + wait.toNanos();
        return wait;
    }

    @Override
    public Offset position() {
        return position.offset();
    }

    @Override
    public boolean atEnd() {
        return atEnd;
    }

    @Override
    public void close() {
        closed.countDown();
        Exchange exchange = underWay;
        if (exchange != null) {
            exchange.answer.cancel(true);
        }
        onClose.accept(this);
    }
}
