package dev.varve.client;

import dev.varve.api.EntryChange;
import dev.varve.api.EntryOp;
import dev.varve.api.EntryPattern;
import dev.varve.api.EntryValue;
import dev.varve.api.ErrorKind;
import dev.varve.api.VarveException;
import dev.varve.api.spi.Backoff;
import java.net.http.HttpRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a channel of one store joined: connects, joins where the copy is, hands on what comes, notices a connection that is gone, and
 * begins again. Thread-safe.
 */
final class LiveLink {

    /** What happens on the channel. Called by one thread at a time; what is thrown ends the connection, and another one follows. */
    interface Channel {

        /** Where to begin: the last change that is known, or {@link #ANEW}. */
        long begin();

        /** The store that was joined. */
        void joined(@Nullable String storeId);

        void snapshot(PhoenixMessage part);

        void change(EntryChange change, boolean more);

        void progress(long throughSeq);

        /** All is told that was there; from now on pushes are taken. */
        void caughtUp(long throughSeq, Connection by);

        void answer(String ref, PhoenixMessage reply);

        /** The connection is gone; another one will be made. */
        void broken(VarveException why);

        /** There will be no other connection. */
        void over(VarveException why);

        /** Whether pushes are under way that have not been answered. */
        boolean awaitsAnswers();
    }

    /** A connection that takes pushes. */
    interface Connection {

        void push(String ref, String event, Map<String, EntryValue> payload);

        /** Gives it up, so that another one is made. */
        void giveUp(VarveException why);
    }

    /** Asks for a snapshot. */
    static final long ANEW = -1;

    /**
     * How often a sign of life is asked for. More often than servers want it: when a connection ends at the very moment at which a
     * message is handed over, the JDK's WebSocket never tells of the end, so only silence does.
     */
    private static final int TOO_MANY = 429;
    /** Statuses from here on say that the server could not answer. */
    private static final int FAULT = 500;

    private static final Duration HEARTBEAT = Duration.ofSeconds(5);

    /**
     * How often it is asked for while something is due that does not come. When a connection ended inside a message, the JDK's WebSocket
     * often never tells of it; but what is sent then fails, the second time at the latest.
     */
    private static final Duration PROBE = Duration.ofSeconds(1);

    /** How long its answer may take before the connection is taken for dead. */
    private static final Duration HEARTBEAT_ANSWER = Duration.ofSeconds(10);

    private final HttpTransport transport;
    private final ScheduledExecutorService timer;
    private final Executor takers;
    private final String topic;
    private final String deviceId;
    private final List<EntryPattern> patterns;
    private final Channel channel;
    private final EntryUrls urls;
    private final Backoff backoff = new Backoff();
    private final AtomicLong refs = new AtomicLong();
    /** Held while anything is handed to the channel. */
    private final ReentrantLock handing = new ReentrantLock();

    private volatile boolean closed;
    private volatile @Nullable Attempt current;
    /** Whether the store was there once: it is not to be created by joining it again. */
    private boolean known;

    LiveLink(
            HttpTransport transport,
            ScheduledExecutorService timer,
            Executor takers,
            String store,
            String deviceId,
            List<EntryPattern> patterns,
            Channel channel) {
        this.transport = transport;
        this.timer = timer;
        this.takers = takers;
        this.topic = "store:" + store;
        this.deviceId = deviceId;
        this.patterns = patterns;
        this.channel = channel;
        this.urls = new EntryUrls(store);
    }

    /**
     * Begins to connect.
     *
     * @param knownStore whether the store was there before
     */
    void start(boolean knownStore) {
        known = knownStore;
        connect();
    }

    /** Ends it. Nothing more is handed on that has not begun to be. */
    void close() {
        closed = true;
        Attempt open = current;
        if (open != null) {
            open.drop();
        }
    }

    String nextRef() {
        return Long.toString(refs.incrementAndGet());
    }

    private void connect() {
        if (closed) {
            return;
        }
        Attempt attempt = new Attempt();
        current = attempt;
        if (!known) {
            attempt.open();
            return;
        }
        HttpRequest status;
        try {
            status = transport.request(urls.of("/status")).GET().build();
        } catch (RuntimeException e) {
            attempt.gone(new VarveException(ErrorKind.UNAUTHORIZED, "no token could be had: " + e, e));
            return;
        }
        CompletableFuture<?> unused = transport.start(status).whenComplete((answer, failure) -> {
            if (failure != null) {
                attempt.gone(Failures.of(status, failure));
            } else if (EntryFailures.isAbsent(status, answer)) {
                over(new VarveException(ErrorKind.NOT_FOUND, topic + " is gone: it was deleted"));
            } else if (answer.status() == TOO_MANY || answer.status() >= FAULT) {
                // Whether the store is there was not said, and to join one that is not would create it.
                attempt.gone(EntryFailures.of(topic, status, answer));
            } else {
                attempt.open();
            }
        });
    }

    private void over(VarveException why) {
        handing.lock();
        try {
            if (!closed) {
                closed = true;
                channel.over(why);
            }
        } finally {
            handing.unlock();
        }
    }

    /** One connection, from its opening to its end. */
    private final class Attempt implements LiveSocket.Receiver, Connection {

        private volatile @Nullable LiveSocket socket;
        private final String joinRef = nextRef();
        private volatile @Nullable Future<?> heartbeat;
        private boolean ended;
        /** How many probes ago the last sign of life was asked for. Confined to the timer, as long as this is its only task. */
        private int sinceBeat;

        @SuppressWarnings("CatchingUnchecked") // a supplier of tokens may throw anything
        void open() {
            if (closed) {
                return;
            }
            try {
                socket = LiveSocket.open(
                        transport,
                        "/ws/sync/websocket?vsn=2.0.0&capver=3&device_id=" + Wire.encodeQuery(deviceId),
                        this,
                        takers);
            } catch (RuntimeException e) {
                gone(new VarveException(ErrorKind.UNAUTHORIZED, "no token could be had: " + e, e));
                return;
            }
            if (closed) {
                drop();
            }
        }

        void drop() {
            LiveSocket open = socket;
            if (open != null) {
                open.end(new VarveException(ErrorKind.UNAVAILABLE, "the live sync was closed"));
            }
        }

        @Override
        public void giveUp(VarveException why) {
            LiveSocket open = socket;
            if (open != null) {
                open.end(why);
            }
        }

        @Override
        public void push(String ref, String event, Map<String, EntryValue> payload) {
            send(new PhoenixMessage(joinRef, ref, topic, event, payload));
        }

        private void send(PhoenixMessage message) {
            LiveSocket open = socket;
            if (open != null) {
                open.send(message);
            }
        }

        // ---- what comes

        @Override
        public void opened(LiveSocket by) {
            socket = by;
            handed(() -> {
                send(new PhoenixMessage(joinRef, joinRef, topic, PhoenixMessage.JOIN, join(channel.begin())));
                heartbeat = every(PROBE, this::beatIfDue);
            });
        }

        private Map<String, EntryValue> join(long from) {
            Map<String, EntryValue> join = new LinkedHashMap<>();
            List<EntryValue> paths = new ArrayList<>();
            patterns.forEach(pattern -> paths.add(EntryValue.of(pattern.toString())));
            join.put("last_store_seq", EntryValue.of(Math.max(0, from)));
            join.put("paths", new EntryValue.Items(paths));
            join.put("chunked", EntryValue.of(true));
            if (from == ANEW) {
                join.put("snapshot", EntryValue.of(true));
            }
            return join;
        }

        private void beatIfDue() {
            LiveSocket open = socket;
            if (open == null) {
                return;
            }
            boolean due = open.isInsideMessage() || channel.awaitsAnswers();
            boolean probed = due && open.silentNanos() >= PROBE.toNanos();
            sinceBeat++;
            if (probed || sinceBeat * PROBE.toNanos() >= HEARTBEAT.toNanos()) {
                sinceBeat = 0;
                beat();
            }
        }

        private void beat() {
            send(new PhoenixMessage(null, nextRef(), PhoenixMessage.HEARTBEAT_TOPIC, "heartbeat", Map.of()));
            after(HEARTBEAT_ANSWER, () -> {
                LiveSocket open = socket;
                if (open != null && open.silentNanos() >= HEARTBEAT_ANSWER.toNanos()) {
                    open.end(new VarveException(
                            ErrorKind.NETWORK,
                            "the live socket is dead: nothing came within " + HEARTBEAT_ANSWER.toSeconds()
                                    + " s of a heartbeat"));
                }
            });
        }

        @Override
        public void message(PhoenixMessage message) {
            String of = message.joinRef();
            if (message.topic().equals(topic) && (of == null || of.equals(joinRef))) {
                handed(() -> take(message));
            }
        }

        private void take(PhoenixMessage message) {
            switch (message.event()) {
                case PhoenixMessage.REPLY -> {
                    String ref = message.ref();
                    if (joinRef.equals(ref)) {
                        joined(message);
                    } else if (ref != null) {
                        channel.answer(ref, message);
                    }
                }
                case "event" -> channel.change(change(message), message.isTrue("more"));
                case "progress" -> channel.progress(message.number("through_seq"));
                case "snapshot" -> channel.snapshot(message);
                case "catch_up_complete" -> {
                    backoff.succeeded();
                    channel.caughtUp(message.number("through_seq"), this);
                }
                case PhoenixMessage.ERROR, PhoenixMessage.CLOSE ->
                    giveUp(new VarveException(
                            ErrorKind.NETWORK, "the server ended the channel with " + message.event()));
                default -> {} // of a newer server
            }
        }

        private void joined(PhoenixMessage reply) {
            EntryAnswer response = LiveAnswers.response(reply);
            if (LiveAnswers.isOk(reply)) {
                known = true;
                channel.joined(response.optionalText("store_id"));
                return;
            }
            VarveException refused = LiveAnswers.failure(topic, response);
            if (refused.retryable()) {
                giveUp(refused);
            } else {
                over(refused);
                drop();
            }
        }

        private EntryChange change(PhoenixMessage message) {
            EntryAnswer said = EntryAnswer.of("a change", new EntryValue.Fields(message.payload()));
            EntryOp.Kind kind = EntryOp.Kind.ofWireName(said.text("op"));
            if (kind == null) {
                throw said.broken("op");
            }
            boolean valueless = kind == EntryOp.Kind.DELETE || kind == EntryOp.Kind.RELEASE;
            return new EntryChange(
                    said.number("store_seq"),
                    kind,
                    said.path("path"),
                    valueless ? null : said.value("value"),
                    said.text("device_id"),
                    said.text("client_op_id"));
        }

        private void handed(Runnable handing) {
            LiveLink.this.handing.lock();
            try {
                if (!closed && !ended) {
                    handing.run();
                }
            } finally {
                LiveLink.this.handing.unlock();
            }
        }

        // ---- the end

        @Override
        public void gone(VarveException why) {
            Future<?> beating = heartbeat;
            if (beating != null) {
                beating.cancel(false);
            }
            handed(() -> {
                ended = true;
                channel.broken(why);
                if (why.kind() == ErrorKind.NOT_SUPPORTED && !known) {
                    over(why);
                    return;
                }
                Duration wait = backoff.next(why.retryAfter());
                transport.retrying(why, wait);
                after(wait, LiveLink.this::connect);
            });
        }
    }

    // ---- time

    /** Has something done later, unless all has been closed meanwhile. */
    void after(Duration wait, Runnable task) {
        try {
            Future<?> unused = timer.schedule(task, wait.toMillis(), TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            closed = true;
        }
    }

    private @Nullable Future<?> every(Duration period, Runnable task) {
        try {
            return timer.scheduleAtFixedRate(task, period.toMillis(), period.toMillis(), TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            closed = true;
            return null;
        }
    }
}
