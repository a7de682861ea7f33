package dev.varve.bench.entries;

import dev.varve.bench.Findings;
import dev.varve.bench.Findings.Kind;
import dev.varve.bench.Http;
import dev.varve.bench.entries.WebSocketClient.Form;
import java.io.BufferedReader;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.LongSupplier;
import tools.jackson.databind.JsonNode;

/**
 * Follows one store over one connection after the other, each cut after a while, and hands what it is told to its observer.
 * Some write, too, over their WebSocket. Confined to its thread, except {@link #isDone}.
 */
final class EntryWatchReader implements Runnable {

    /** How a reader reads. */
    enum Mode {
        SOCKET,
        /** Takes its time, with a small window. */
        SLOW_SOCKET,
        /** Writes over its socket, too, and sends again what was not answered. */
        WRITING_SOCKET,
        EVENTS,
        /** Takes its time, with a small window. */
        SLOW_EVENTS;

        boolean isSlow() {
            return this == SLOW_SOCKET || this == SLOW_EVENTS;
        }

        boolean isSocket() {
            return this != EVENTS && this != SLOW_EVENTS;
        }
    }

    private static final int TIMEOUT_MILLIS = 20_000;
    private static final int SMALL_WINDOW_BYTES = 2_048;
    private static final int MAX_SLOWNESS_MILLIS = 12;
    private static final int RETRY_MILLIS = 20;
    private static final int LOOK_EVERY = 40;

    private final String name;
    private final WatchedStore store;
    private final WatchPattern pattern;
    private final Mode mode;
    private final int port;
    private final int cutEvery;
    private final Findings findings;
    private final SplittableRandom random;
    private final LongSupplier end;
    final WatchObserver observer;

    private int connections;
    private int packed;
    private long messages;
    private long looks;
    private long written;
    /** What was sent and not answered; sent again until it is. */
    private boolean outstanding;

    /** Whether it was told so since it came. */
    private boolean caughtUp;

    private volatile boolean done;

    /**
     * A reader.
     *
     * @param cutEvery after about how many messages it cuts its connection; 0 for never
     * @param end the last change of the store, once nobody writes any more; before that 0
     */
    EntryWatchReader(
            String name,
            WatchedStore store,
            WatchPattern pattern,
            Mode mode,
            int port,
            int cutEvery,
            long start,
            Findings findings,
            SplittableRandom random,
            LongSupplier end) {
        this.name = name;
        this.store = store;
        this.pattern = pattern;
        this.mode = mode;
        this.port = port;
        this.cutEvery = cutEvery;
        this.findings = findings;
        this.random = random;
        this.end = end;
        this.observer = new WatchObserver(name, store, pattern, findings, start);
    }

    /** Cut off on purpose. */
    private static final class CutException extends IOException {
        private static final long serialVersionUID = 1;
    }

    @Override
    public void run() {
        try {
            while (!isAtEnd()) {
                try {
                    caughtUp = false;
                    if (mode.isSocket()) {
                        socket();
                    } else {
                        events();
                    }
                } catch (CutException e) {
                    // Comes again at once.
                } catch (IOException e) {
                    Thread.sleep(RETRY_MILLIS);
                }
            }
            done = true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            findings.add(Kind.REFUSED, name + " met " + e);
        }
    }

    private boolean isAtEnd() {
        long last = end.getAsLong();
        return last > 0 && observer.position() >= last && !outstanding;
    }

    boolean isDone() {
        return done;
    }

    long messages() {
        return messages;
    }

    int connections() {
        return connections;
    }

    /** How many of the connections spoke MessagePack. */
    int packed() {
        return packed;
    }

    long looks() {
        return looks;
    }

    /** How many increments of its own were acknowledged. */
    long written() {
        return written;
    }

    String counter() {
        return "own/" + name;
    }

    boolean writes() {
        return mode == Mode.WRITING_SOCKET;
    }

    @Override
    public String toString() {
        return name + " at " + observer.position();
    }

    /** After each message: goes away at times, takes its time at others. Throws when it goes away. */
    private void afterMessage() throws IOException, InterruptedException {
        messages++;
        if (cutEvery > 0 && random.nextInt(cutEvery) == 0) {
            throw new CutException();
        }
        if (mode.isSlow()) {
            Thread.sleep(random.nextInt(MAX_SLOWNESS_MILLIS));
        }
        if (caughtUp && end.getAsLong() > 0 && observer.position() < end.getAsLong()) {
            throw new CutException(); // whoever comes again is told at once how far it is
        }
    }

    private void through(String event, JsonNode data) {
        caughtUp |= event.equals("catch_up_complete");
        observer.through(data.path("through_seq").longValue());
    }

    private void onEvent(JsonNode event) throws IOException {
        long seq = event.path("store_seq").longValue();
        WatchedStore.Change change = WatchedStore.Change.of(event);
        observer.event(seq, change);
        if (random.nextInt(LOOK_EVERY) == 0) {
            look(seq, change);
        }
    }

    /** What was seen can be read, and so can the other half of what was written with it. */
    private void look(long seq, WatchedStore.Change change) {
        String path = change.path();
        try (WatchCalls calls = new WatchCalls(port, store.name)) {
            if (path.startsWith("p/")) {
                String pair = path.substring(0, path.lastIndexOf('/'));
                List<Long> revisions = calls.revisions(List.of(pair + "/a", pair + "/b"));
                long first = path.endsWith("/a") ? seq : seq - 1;
                if (revisions.get(0) < first || revisions.get(1) != revisions.get(0) + 1) {
                    findings.add(Kind.TORN, name + " saw " + change + " as " + seq + ", then read " + revisions);
                }
                looks++;
            } else if (path.startsWith("r/") || path.startsWith("c/")) {
                long revision = calls.revisions(List.of(path)).getFirst();
                if (revision < seq) {
                    findings.add(
                            Kind.LOST, name + " saw " + change + " as " + seq + ", then read revision " + revision);
                }
                looks++;
            }
        } catch (IOException e) {
            // The server is down; the next look comes.
        }
    }

    // ---- over a WebSocket ----

    private void socket() throws IOException, InterruptedException {
        // A reader speaks now one, now the other: what it is told must be the same.
        Form form = random.nextBoolean() ? Form.JSON : Form.MESSAGE_PACK;
        String device = "watch-" + name.hashCode();
        try (WebSocketClient socket =
                new WebSocketClient(port, device, form, TIMEOUT_MILLIS, mode.isSlow() ? SMALL_WINDOW_BYTES : 0)) {
            connections++;
            if (form == Form.MESSAGE_PACK) {
                packed++;
            }
            boolean chunked = random.nextBoolean();
            socket.send("[\"1\",\"1\",\"store:" + store.name + "\",\"phx_join\",{\"last_store_seq\":"
                    + observer.position()
                    + (pattern.isAll() ? "" : ",\"paths\":[\"" + pattern.text() + "\"]")
                    + (chunked ? ",\"chunked\":true" : "") + "}]");
            boolean sent = false;
            while (!isAtEnd()) {
                JsonNode message = WatchCalls.JSON.readTree(socket.next());
                String event = message.get(3).stringValue();
                JsonNode payload = message.get(4);
                switch (event) {
                    case "event" -> onEvent(payload);
                    case "catch_up_complete", "progress" -> through(event, payload);
                    case "snapshot" ->
                        snapshot(payload, "part", payload.path("last").asBoolean(true));
                    case "phx_reply" -> {
                        if (message.get(1).stringValue().equals("1")) {
                            joined(payload);
                        } else {
                            sent = false;
                            answered(payload);
                        }
                    }
                    default -> throw new EOFException("the channel ends with " + event);
                }
                if (writes() && !sent && !event.equals("phx_reply") && (end.getAsLong() == 0 || outstanding)) {
                    push(socket);
                    sent = true;
                }
                afterMessage();
            }
        }
    }

    private void joined(JsonNode reply) throws IOException {
        if (!reply.path("status").stringValue().equals("ok")) {
            String reason = reply.path("response").path("reason").asString("");
            if (!reason.equals("overloaded") && !reason.equals("unavailable")) {
                findings.add(Kind.REFUSED, name + " could not join: " + reply);
            }
            throw new EOFException(reason);
        }
    }

    private void push(WebSocketClient socket) throws IOException {
        outstanding = true;
        socket.send(
                "[\"1\",\"w" + written + "\",\"store:" + store.name + "\",\"write\",{\"op\":\"increment\",\"path\":\""
                        + counter() + "\",\"value\":1,\"client_op_id\":\"" + name + "-" + written + "\"}]");
    }

    private void answered(JsonNode reply) {
        JsonNode response = reply.path("response");
        if (!reply.path("status").stringValue().equals("ok")) {
            String reason = response.path("reason").asString("");
            if (!List.of("overloaded", "unavailable", "outcome_unknown").contains(reason)) {
                findings.add(Kind.REFUSED, name + " could not write: " + reply);
            }
            return;
        }
        long seq = response.path("store_seq").longValue();
        if (observer.position() < seq) {
            findings.add(
                    Kind.REORDERED,
                    name + " was answered for change " + seq + " when it was at " + observer.position());
        }
        outstanding = false;
        written++;
    }

    private void snapshot(JsonNode payload, String counter, boolean last) {
        JsonNode number = payload.path(counter);
        int first = counter.equals("part") ? 1 : 0;
        if (number.isMissingNode() || number.intValue() == first) {
            observer.snapshotBegins();
        }
        payload.path("entries")
                .properties()
                .forEach(entry ->
                        observer.snapshotEntry(entry.getKey(), entry.getValue().path("value")));
        if (last) {
            observer.snapshotEnds(payload.path("snapshot_seq").longValue());
        }
    }

    // ---- by server-sent events ----

    private void events() throws IOException, InterruptedException {
        try (Http http = new Http(port, TIMEOUT_MILLIS)) {
            if (mode.isSlow()) {
                http.receiveBytes(SMALL_WINDOW_BYTES);
            }
            boolean inHeader = random.nextBoolean();
            String query = (inHeader ? "after=0" : "after=" + observer.position()) + "&pattern=" + pattern.text();
            Http.Live live = http.open(
                    "GET",
                    "/api/stores/" + store.name + "/watch?" + query,
                    new byte[0],
                    "Accept",
                    "text/event-stream",
                    inHeader ? "Last-Event-ID" : "X-None",
                    Long.toString(observer.position()));
            if (live.status() != 200) {
                if (live.status() < 500) {
                    findings.add(Kind.REFUSED, name + " was answered " + live.status());
                }
                throw new EOFException("status " + live.status());
            }
            connections++;
            BufferedReader lines =
                    new BufferedReader(new InputStreamReader(live.body(), StandardCharsets.UTF_8), 1_024);
            String event = "";
            long id = -1;
            while (!isAtEnd()) {
                String line = lines.readLine();
                if (line == null) {
                    throw new EOFException("the events end");
                }
                if (line.startsWith("event: ")) {
                    event = line.substring("event: ".length());
                } else if (line.startsWith("id: ")) {
                    id = Long.parseLong(line.substring("id: ".length()));
                } else if (line.startsWith("data: ")) {
                    onMessage(event, id, WatchCalls.JSON.readTree(line.substring("data: ".length())));
                    event = "";
                    id = -1;
                    afterMessage();
                }
            }
        }
    }

    private void onMessage(String event, long id, JsonNode data) throws IOException {
        switch (event) {
            case "" -> onEvent(data);
            case "catch_up_complete", "progress" -> through(event, data);
            case "snapshot" -> snapshot(data, "page", !data.path("more").booleanValue());
            default -> throw new EOFException("the store ends with " + event);
        }
        boolean whole = !event.equals("snapshot") || !data.path("more").booleanValue();
        if (whole && id != observer.position()) {
            findings.add(Kind.MISPLACED, name + " was told the id " + id + " at " + observer.position());
        }
    }
}
