package dev.varve.client;

import dev.varve.api.ErrorKind;
import dev.varve.api.VarveException;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.util.ArrayDeque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * One WebSocket, from its opening to its end. No more messages are asked for while too much has come that was not taken, so a receiver
 * that is slow holds the server back. Thread-safe.
 */
final class LiveSocket implements WebSocket.Listener {

    /** Hears of one socket; by one thread at a time. */
    interface Receiver {

        /** It is open. */
        void opened(LiveSocket by);

        /** A message has come. */
        void message(PhoenixMessage message);

        /** It has ended, or was never opened. Called once. */
        void gone(VarveException why);
    }

    /** The server took a message for too large. */
    private static final int TOO_LARGE_CODE = 1009;

    /** How much may have come and not been taken before no more is asked for. */
    private static final int AHEAD_CHARS = 1 << 20;

    private final Receiver receiver;
    private final Executor takers;
    private final int maxMessageChars;
    /** The beginning of a message that comes in pieces. Confined to the thread that receives. */
    private final StringBuilder pieces = new StringBuilder();

    private final ArrayDeque<String> outgoing = new ArrayDeque<>();
    private final AtomicBoolean gone = new AtomicBoolean();
    private volatile boolean insideMessage;
    private volatile long heardNanos = System.nanoTime();
    private volatile @Nullable WebSocket socket;
    private boolean sending;

    // Guarded by this.
    private final ArrayDeque<String> come = new ArrayDeque<>();
    private int comeChars;
    /** Whether a thread takes what has come. */
    private boolean taking;
    /** Whether the next message is asked for only when some of what has come was taken. */
    private boolean held;

    private LiveSocket(Receiver receiver, Executor takers, int maxMessageChars) {
        this.receiver = receiver;
        this.takers = takers;
        this.maxMessageChars = maxMessageChars;
    }

    /**
     * Begins to open a socket below the server's base URL.
     *
     * @param takers give a thread while there is something to take
     */
    static LiveSocket open(HttpTransport transport, String pathAndQuery, Receiver receiver, Executor takers) {
        LiveSocket opening = new LiveSocket(receiver, takers, transport.maxAnswerBytes());
        CompletableFuture<?> unused = transport
                .openSocket(pathAndQuery, opening)
                .whenComplete((opened, failure) -> {
                    if (failure != null) {
                        opening.end(notOpened(transport.server(), failure));
                    }
                });
        return opening;
    }

    private static VarveException notOpened(String server, Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        if (cause instanceof VarveException known) {
            return known;
        }
        if (cause instanceof WebSocketHandshakeException refused && refused.getResponse() != null) {
            int status = refused.getResponse().statusCode();
            return new VarveException(
                    switch (status) {
                        case 401 -> ErrorKind.UNAUTHORIZED;
                        case 403 -> ErrorKind.FORBIDDEN;
                        case 404, 405, 426, 501 -> ErrorKind.NOT_SUPPORTED;
                        case 429 -> ErrorKind.RATE_LIMITED;
                        default -> ErrorKind.UNAVAILABLE;
                    },
                    server + " did not open a live socket; it answered with " + status
                            + (status == 403 ? ": the token is missing, unknown, revoked or expired" : ""),
                    null,
                    Failures.retryAfter(refused.getResponse().headers()));
        }
        String reason = cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
        return new VarveException(ErrorKind.NETWORK, "cannot open a live socket to " + server + ": " + reason, cause);
    }

    // ---- what comes

    @Override
    public void onOpen(WebSocket opened) {
        socket = opened;
        heardNanos = System.nanoTime();
        if (gone.get()) {
            opened.abort();
            return;
        }
        guarded(() -> receiver.opened(this));
        opened.request(1);
    }

    @Override
    public @Nullable CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
        heardNanos = System.nanoTime();
        if (pieces.length() + data.length() > maxMessageChars) {
            end(PhoenixMessage.broken("is larger than the " + maxMessageChars + " bytes of the bound of answers"));
            return null;
        }
        pieces.append(data);
        insideMessage = !last;
        if (last) {
            String text = pieces.toString();
            pieces.setLength(0);
            if (text.length() > 1 << 16) {
                pieces.trimToSize();
            }
            come(from, text);
        } else {
            from.request(1);
        }
        return null;
    }

    /**
     * Has another thread take a message. This one goes back and asks for more at once: when a connection ends while nothing is asked for,
     * the JDK's WebSocket fails inside and never tells of it.
     */
    private void come(WebSocket from, String text) {
        boolean begins;
        synchronized (this) {
            come.add(text);
            comeChars += text.length();
            begins = !taking;
            taking = true;
            held = comeChars > AHEAD_CHARS;
            if (!held) {
                from.request(1);
            }
        }
        if (begins) {
            takers.execute(() -> take(from));
        }
    }

    private void take(WebSocket from) {
        while (true) {
            String text;
            synchronized (this) {
                text = come.poll();
                if (text == null) {
                    heardNanos = System.nanoTime();
                    taking = false;
                    return;
                }
                comeChars -= text.length();
                if (held && comeChars <= AHEAD_CHARS) {
                    held = false;
                    from.request(1);
                }
            }
            guarded(() -> {
                if (!gone.get()) {
                    receiver.message(PhoenixMessage.parse(text));
                }
            });
        }
    }

    /** What fails here must not be lost in the thread of the HTTP client. */
    @SuppressWarnings("CatchingUnchecked") // whatever it is, the socket has to be opened anew
    private void guarded(Runnable handling) {
        try {
            handling.run();
        } catch (VarveException e) {
            end(e);
        } catch (RuntimeException e) {
            end(new VarveException(ErrorKind.INTERNAL, "a message of the live socket could not be handled: " + e, e));
        }
    }

    @Override
    public @Nullable CompletionStage<?> onClose(WebSocket from, int code, String reason) {
        end(new VarveException(
                code == TOO_LARGE_CODE ? ErrorKind.TOO_LARGE : ErrorKind.NETWORK,
                "the server closed the live socket with " + code + (reason.isEmpty() ? "" : ": " + reason)));
        return null;
    }

    @Override
    public void onError(WebSocket from, Throwable failure) {
        end(broke(failure));
    }

    private static VarveException broke(Throwable failure) {
        String reason = failure.getMessage() == null ? failure.getClass().getSimpleName() : failure.getMessage();
        return new VarveException(ErrorKind.NETWORK, "the live socket broke: " + reason, failure);
    }

    /** Whether a part of a message has come, and its end has not. */
    boolean isInsideMessage() {
        return insideMessage;
    }

    /** For how long nothing has come that could have. */
    synchronized long silentNanos() {
        return taking ? 0 : System.nanoTime() - heardNanos;
    }

    // ---- what goes

    /** Sends a message behind those that were sent before. Never waits. */
    void send(PhoenixMessage message) {
        String text = message.text();
        synchronized (this) {
            if (sending) {
                outgoing.add(text);
                return;
            }
            sending = true;
        }
        transmit(text);
    }

    private void transmit(String text) {
        WebSocket to = socket;
        if (to == null || gone.get()) {
            return;
        }
        CompletableFuture<?> unused = to.sendText(text, true).whenComplete((sent, failure) -> {
            if (failure != null) {
                end(broke(failure));
                return;
            }
            String next;
            synchronized (this) {
                next = outgoing.poll();
                sending = next != null;
            }
            if (next != null) {
                transmit(next);
            }
        });
    }

    // ---- the end

    /** Ends it, for a reason that the receiver hears unless it has ended before. */
    void end(VarveException why) {
        if (gone.compareAndSet(false, true)) {
            WebSocket open = socket;
            if (open != null) {
                open.abort();
            }
            receiver.gone(why);
        }
    }
}
