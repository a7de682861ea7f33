package dev.varve.client;

import dev.varve.api.ErrorKind;
import dev.varve.api.Offset;
import dev.varve.api.ReadResult;
import dev.varve.api.StreamConfig;
import dev.varve.api.StreamReader;
import dev.varve.api.VarveException;
import dev.varve.api.spi.Backoff;
import dev.varve.api.spi.JsonPages;
import java.net.http.HttpRequest;
import java.nio.ByteBuffer;
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
 * Follows a stream: pages up to the tail, then long-polls or server-sent events. Every request names the offset after the last
 * page that was given, so whatever happens to connections and servers, nothing is skipped and nothing given twice.
 *
 * <p>An exchange that has not ended when a call's wait is over goes on and serves the next call. A server that answers a request for
 * events with something else is followed by long-polls. Confined to one thread
 * at a time, except {@link #close()}.
 */
final class HttpStreamReader implements StreamReader {

    /** How to read. */
    enum How {
        PAGE,
        LONG_POLL,
        EVENTS
    }

    /** Where the next request reads, and how. */
    record Position(Offset offset, How how, @Nullable String cursor) {}

    private record Exchange(HttpRequest request, CompletableFuture<Answer> answer) {}

    private final HttpTransport transport;
    private final Function<Position, HttpRequest> requests;
    private final Duration liveTimeout;
    private final Consumer<HttpStreamReader> onClose;
    private final CountDownLatch closed = new CountDownLatch(1);
    private final Backoff backoff = new Backoff();

    private boolean events;
    private String contentType = StreamConfig.DEFAULT_CONTENT_TYPE;
    private Position position = new Position(Offset.BEGINNING, How.PAGE, null);
    private ReadResult.@Nullable Page ready;
    private boolean atEnd;
    private long notBeforeNanos = System.nanoTime();
    private volatile @Nullable Exchange underWay;
    private volatile @Nullable EventConnection connection;

    HttpStreamReader(
            HttpTransport transport,
            Function<Position, HttpRequest> requests,
            boolean events,
            Duration liveTimeout,
            Consumer<HttpStreamReader> onClose) {
        this.transport = transport;
        this.requests = requests;
        this.events = events;
        this.liveTimeout = liveTimeout;
        this.onClose = onClose;
    }

    /** Starts with the first page, which may be empty. */
    void begin(ReadResult.Page first) {
        contentType = first.contentType();
        if (first.next().equals(first.start())) {
            position = new Position(first.next(), after(first), null);
            atEnd = first.closed();
        } else {
            position = new Position(first.start(), How.PAGE, null);
            ready = first;
        }
    }

    private How after(ReadResult.Page page) {
        return page.hasMore() ? How.PAGE : live();
    }

    private How live() {
        return events ? How.EVENTS : How.LONG_POLL;
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
            boolean byEvents = connection != null || position.how() == How.EVENTS;
            if (!(byEvents ? advanceByEvents(deadlineNanos) : advance(deadlineNanos))) {
                return Optional.empty();
            }
        }
        return Optional.empty();
    }

    private ReadResult.Page give(ReadResult.Page page) {
        ready = null;
        position = new Position(page.next(), after(page), position.cursor());
        atEnd = page.closed();
        return page;
    }

    /** One step towards the next page; false when the time is up. */
    private boolean advance(long deadlineNanos) {
        Exchange exchange = underWay;
        try {
            if (exchange == null) {
                if (notBeforeNanos - System.nanoTime() > 0) {
                    return awaitTurn(deadlineNanos);
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

    /** Waits until the next request may be sent; false when the time is up before. */
    private boolean awaitTurn(long deadlineNanos) throws InterruptedException {
        long now = System.nanoTime();
        long pauseNanos = notBeforeNanos - now;
        long leftNanos = deadlineNanos - now;
        boolean unused = closed.await(Math.min(pauseNanos, leftNanos), TimeUnit.NANOSECONDS);
        return pauseNanos <= leftNanos;
    }

    /** One step towards the next page, by events; false when the time is up. */
    private boolean advanceByEvents(long deadlineNanos) {
        try {
            EventConnection open = connection;
            if (open == null) {
                if (notBeforeNanos - System.nanoTime() > 0) {
                    return awaitTurn(deadlineNanos);
                }
                open = new EventConnection(
                        transport, requests.apply(position), JsonPages.isJson(contentType), liveTimeout);
                connection = open;
                if (closed.getCount() == 0) {
                    open.close();
                }
            }
            EventConnection.Arrival arrival = open.poll(deadlineNanos);
            if (arrival == null) {
                return false;
            }
            take(open, arrival);
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private void take(EventConnection from, EventConnection.Arrival arrival) {
        if (arrival instanceof EventConnection.Arrival.Confirmed confirmed) {
            take(from, confirmed.run());
            return;
        }
        from.close();
        connection = null;
        if (closed.getCount() == 0) {
            return;
        }
        if (arrival instanceof EventConnection.Arrival.Failed failed) {
            failed(failed.failure());
        } else if (arrival instanceof EventConnection.Arrival.Answered answered
                && answered.answer().status() != 200) {
            failed(Failures.of(from.request(), answered.answer()));
        } else if (arrival instanceof EventConnection.Arrival.Answered) {
            events = false;
            position = new Position(position.offset(), How.LONG_POLL, position.cursor());
        } else {
            // The server ended its answer. What was not confirmed is sent again.
            position = new Position(position.offset(), How.EVENTS, position.cursor());
            if (from.wasOfUse()) {
                backoff.succeeded();
            } else {
                Duration unused = pause(Optional.empty());
            }
        }
    }

    private void take(EventConnection from, EventParser.Run run) {
        String cursor = run.cursor() == null ? position.cursor() : run.cursor();
        position = new Position(position.offset(), How.EVENTS, cursor);
        boolean none = run.data().length == 0 || (JsonPages.isJson(contentType) && run.data().length == 2);
        if (none) {
            // As with pages, only data that was given moves the position.
            atEnd = run.closed();
        } else if (run.next().equals(position.offset())) {
            from.close();
            connection = null;
            throw new VarveException(ErrorKind.HTTP, "the server sent data without moving the offset " + run.next());
        } else {
            backoff.succeeded();
            ready = new ReadResult.Page(
                    ByteBuffer.wrap(run.data()).asReadOnlyBuffer(),
                    position.offset(),
                    run.next(),
                    !run.upToDate(),
                    run.closed(),
                    contentType,
                    0);
        }
        if (run.closed()) {
            from.close();
            connection = null;
        }
    }

    private void take(HttpRequest request, Answer answer) {
        String cursor = answer.headers().firstValue(Wire.CURSOR).orElse(position.cursor());
        switch (answer.status()) {
            case 200 -> {
                ReadResult.Page page = HttpStreams.page(request, answer, position.offset());
                if (!page.next().equals(position.offset())) {
                    backoff.succeeded();
                    position = new Position(position.offset(), position.how(), cursor);
                    ready = page;
                    return;
                }
                if (position.how() == How.LONG_POLL) {
                    // A server that does not wait must not be asked in a tight loop.
                    pause(Optional.empty());
                }
                position = new Position(position.offset(), live(), cursor);
                atEnd = page.closed();
            }
            case 204 -> {
                backoff.succeeded();
                // Its offset is not taken over: only a page that was given moves the position.
                position = new Position(position.offset(), live(), cursor);
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
        EventConnection open = connection;
        if (open != null) {
            open.close();
        }
        onClose.accept(this);
    }
}
