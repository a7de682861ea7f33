package dev.varve.client;

import dev.varve.api.AppendRequest;
import dev.varve.api.AppendResult;
import dev.varve.api.ErrorKind;
import dev.varve.api.VarveException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Keeps asynchronous appends to one stream in order. HTTP/1.1 keeps order on one connection only and a pool has many,
 * so one append per stream is under way at a time and the others wait in a line. When the outcome of one is unknown,
 * those that wait behind it are not sent: they might overtake it. Thread-safe.
 */
final class AppendLines {

    /** How many appends to one stream may wait. */
    static final int MAX_WAITING = 1_024;

    /** How many bytes of appends to one stream may wait; one larger append is taken when nothing else waits. */
    static final long MAX_WAITING_BYTES = 64L << 20;

    private final Function<AppendRequest, CompletableFuture<AppendResult>> send;
    private final ConcurrentMap<String, Line> lines = new ConcurrentHashMap<>();

    AppendLines(Function<AppendRequest, CompletableFuture<AppendResult>> send) {
        this.send = send;
    }

    /** Whether no append to the stream is under way or waits here. */
    boolean isIdle(String path) {
        return !lines.containsKey(path);
    }

    /** Puts an append at the end of its stream's line. */
    CompletableFuture<AppendResult> add(AppendRequest request) {
        Waiting waiting = new Waiting(request, new CompletableFuture<>());
        Line line = lines.compute(request.path(), (path, present) -> {
            Line chosen = present == null ? new Line() : present;
            if (!chosen.offer(waiting)) {
                waiting.result.completeExceptionally(new VarveException(
                        ErrorKind.OVERLOADED,
                        MAX_WAITING + " appends or " + (MAX_WAITING_BYTES >> 20) + " MiB already wait to be sent to "
                                + path + "; nothing of this one was sent, wait for results before going on"));
            }
            return chosen;
        });
        sendNext(line, request.path());
        return waiting.result;
    }

    private void sendNext(Line line, String path) {
        Waiting next = line.takeTurn();
        if (next == null) {
            lines.computeIfPresent(path, (same, present) -> present.isIdle() ? null : present);
            return;
        }
        CompletableFuture<AppendResult> unused = send.apply(next.request).whenComplete((result, failure) -> {
            List<Waiting> behind = line.endTurn(failure != null && mayStillArrive(failure));
            sendNext(line, path);
            for (Waiting waiting : behind) {
                waiting.result.completeExceptionally(new VarveException(
                        ErrorKind.UNAVAILABLE,
                        "the append before this one to " + path
                                + " ended with an unknown outcome; nothing of this one was sent",
                        failure));
            }
            if (failure != null) {
                next.result.completeExceptionally(failure);
            } else {
                next.result.complete(result);
            }
        });
    }

    private static boolean mayStillArrive(Throwable failure) {
        return !(failure instanceof VarveException known) || known.outcomeUnknown();
    }

    private record Waiting(AppendRequest request, CompletableFuture<AppendResult> result) {}

    /** The line of one stream. Thread-safe. */
    private static final class Line {
        private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();
        private long waitingBytes;
        private boolean underWay;

        synchronized boolean offer(Waiting last) {
            int bytes = last.request.body().length;
            if (waiting.size() >= MAX_WAITING || (!waiting.isEmpty() && waitingBytes + bytes > MAX_WAITING_BYTES)) {
                return false;
            }
            waiting.add(last);
            waitingBytes += bytes;
            return true;
        }

        /** The append to send now, or null when one is under way or none waits. */
        synchronized @Nullable Waiting takeTurn() {
            if (underWay) {
                return null;
            }
            Waiting next = waiting.poll();
            if (next != null) {
                waitingBytes -= next.request.body().length;
                underWay = true;
            }
            return next;
        }

        /** Ends the turn; those that wait are given back, and not sent, when {@code clear} is set. */
        synchronized List<Waiting> endTurn(boolean clear) {
            underWay = false;
            if (!clear) {
                return List.of();
            }
            List<Waiting> cleared = new ArrayList<>(waiting);
            waiting.clear();
            waitingBytes = 0;
            return cleared;
        }

        synchronized boolean isIdle() {
            return !underWay && waiting.isEmpty();
        }
    }
}
