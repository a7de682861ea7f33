package dev.varve.client;

import dev.varve.api.ErrorKind;
import dev.varve.api.VarveException;
import java.net.http.HttpRequest;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * One request for server-sent events and what comes of it. Confined to the thread of its reader, except {@link #close()}.
 */
final class EventConnection {

    /** One thing that came. */
    interface Arrival {

        /** Data or news that a control event confirmed. */
        record Confirmed(EventParser.Run run) implements Arrival {}

        /** The server ended its answer, as servers do now and then. */
        record Ended() implements Arrival {}

        /** The connection failed, or nothing came for too long. */
        record Failed(VarveException failure) implements Arrival {}

        /** The server answered with something else than events. */
        record Answered(Answer answer) implements Arrival {}
    }

    /** An answer that ends sooner without data is one of a server that should not be asked again at once. */
    private static final long SHORT_NANOS = 5_000_000_000L;

    private final HttpRequest request;
    private final CompletableFuture<HttpTransport.Opened<BodyPieces>> opening;
    private final boolean json;
    private final int maxBytes;
    private final long patienceNanos;
    private final long beganNanos = System.nanoTime();

    private @Nullable EventParser parser;
    private long heardNanos = System.nanoTime();
    private boolean gaveData;

    /**
     * Sends the request.
     *
     * @param json whether the stream is of JSON
     * @param patience for how long nothing may come
     */
    EventConnection(HttpTransport transport, HttpRequest request, boolean json, Duration patience) {
        this.request = request;
        this.json = json;
        this.maxBytes = transport.maxAnswerBytes();
        this.patienceNanos = patience.toNanos();
        this.opening = transport.startOpen(
                request,
                info -> info.statusCode() == 200
                        && isEvents(info.headers().firstValue("Content-Type").orElse("")));
    }

    private static boolean isEvents(String contentType) {
        return contentType.regionMatches(true, 0, "text/event-stream", 0, "text/event-stream".length());
    }

    HttpRequest request() {
        return request;
    }

    /** Whether it brought data, or lasted for a while. */
    boolean wasOfUse() {
        return gaveData || System.nanoTime() - beganNanos >= SHORT_NANOS;
    }

    /** The next thing that comes before a time of {@link System#nanoTime()}, or null. */
    @Nullable Arrival poll(long deadlineNanos) throws InterruptedException {
        try {
            HttpTransport.Opened<BodyPieces> opened =
                    opening.get(Math.max(0, deadlineNanos - System.nanoTime()), TimeUnit.NANOSECONDS);
            BodyPieces body = opened.body();
            return body == null ? new Arrival.Answered(opened.answer()) : next(opened.answer(), body, deadlineNanos);
        } catch (TimeoutException e) {
            return null;
        } catch (CancellationException e) {
            return new Arrival.Ended();
        } catch (ExecutionException e) {
            return new Arrival.Failed(Failures.of(request, e));
        } catch (VarveException e) {
            return new Arrival.Failed(e);
        }
    }

    private @Nullable Arrival next(Answer head, BodyPieces body, long deadlineNanos) throws InterruptedException {
        EventParser parsing = parser;
        if (parsing == null) {
            boolean base64 = head.headers()
                    .firstValue("Stream-SSE-Data-Encoding")
                    .filter(value -> value.equalsIgnoreCase("base64"))
                    .isPresent();
            parsing = new EventParser(json, base64, maxBytes);
            parser = parsing;
            heardNanos = System.nanoTime();
        }
        while (true) {
            EventParser.Run run = parsing.poll();
            if (run != null) {
                gaveData |= run.data().length > 0;
                return new Arrival.Confirmed(run);
            }
            long now = System.nanoTime();
            long silence = patienceNanos - (now - heardNanos);
            BodyPieces.Piece piece = body.poll(Math.max(0, Math.min(deadlineNanos - now, silence)));
            if (piece == null) {
                if (System.nanoTime() - heardNanos < patienceNanos) {
                    return null;
                }
                return new Arrival.Failed(new VarveException(
                        ErrorKind.TIMEOUT, Failures.server(request.uri()) + " sent nothing for too long"));
            }
            if (piece.end()) {
                return piece.failure() == null
                        ? new Arrival.Ended()
                        : new Arrival.Failed(Failures.of(request, piece.failure()));
            }
            heardNanos = System.nanoTime();
            piece.bytes().forEach(parsing::take);
        }
    }

    /** Ends the exchange. */
    void close() {
        opening.cancel(true);
        CompletableFuture<?> unused = opening.thenAccept(opened -> {
            BodyPieces body = opened.body();
            if (body != null) {
                body.close();
            }
        });
    }
}
