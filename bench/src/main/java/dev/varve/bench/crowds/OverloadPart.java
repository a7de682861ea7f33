package dev.varve.bench.crowds;

import dev.varve.bench.Http;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import org.HdrHistogram.Histogram;

/**
 * Far more appends than the server can take, from far more connections than it lets in: what it refuses it refuses in
 * clean words and does not do, what it acknowledges is there once, and it does not slow down. Arrivals keep to a clock
 * whatever the server does; one that finds every connection busy is turned away at the client. Confined to one thread.
 */
final class OverloadPart implements Writer.Owner {

    private static final String PATH = "crowds/overload";
    private static final int STREAMS = 16;
    private static final int MESSAGE_BYTES = 1_024;
    private static final int PEAK_CONNECTIONS = 64;
    private static final double DRAIN_SECONDS = 120;
    private static final long RECONNECT_NANOS = 1_000_000_000L;
    private static final long LET_IN_NANOS = 30_000_000_000L;
    private static final long LET_IN_PAUSE_MILLIS = 50;
    private static final double LIGHT_SHARE = 0.5;
    private static final double MIN_GOODPUT = 0.9;
    private static final double MAX_RECOVERY_SECONDS = 5;
    private static final double WINDOW_SECONDS = 0.5;
    private static final int SLOWER = 3;
    private static final double HIGHEST_CALM_MILLIS = 20;

    private final Judgement judgement;
    private final CrowdServer server;
    private final Crowd crowd;
    private final Deque<Writer> free = new ArrayDeque<>();
    private final Deque<Long> reconnects = new ArrayDeque<>();
    private final BitSet acknowledged = new BitSet();
    private final BitSet refused = new BitSet();
    private final BitSet unknown = new BitSet();
    private final List<String> wrong = new ArrayList<>();
    private Histogram nanos = new Histogram(3_600_000_000_000L, 3);
    private int next;
    private int busy;
    private long turnedAway;
    private boolean reconnecting;

    private OverloadPart(Judgement judgement, CrowdServer server, Crowd crowd) {
        this.judgement = judgement;
        this.server = server;
        this.crowd = crowd;
    }

    static void run(Judgement judgement, Path work, String heap, int connections, int factor, double seconds)
            throws IOException, InterruptedException {
        // Half of them are more than the server lets in.
        try (CrowdServer server = CrowdServer.start(work, "overload", heap, connections / 2)) {
            for (int i = 0; i < STREAMS; i++) {
                server.create(PATH + i);
            }
            OverloadPart part;
            try (Crowd crowd = new Crowd(server.port())) {
                part = new OverloadPart(judgement, server, crowd);
                part.load(connections, factor, seconds);
            }
            part.verify();
            judgement.must(server.complaints().isEmpty(), "the server complains of nothing %s", server.complaints());
            judgement.must(server.stop() == 0, "the server ends in order");
        }
    }

    private void load(int connectionCount, int factor, double seconds) throws IOException {
        connect(PEAK_CONNECTIONS);
        offer(Double.MAX_VALUE, seconds / 2); // warm-up
        double peak = offer(Double.MAX_VALUE, seconds / 2);
        judgement.say("%d connections: at most %,.0f appends a second", PEAK_CONNECTIONS, peak);
        nanos.reset();
        offer(peak * LIGHT_SHARE, seconds / 2);
        double calmMillis = nanos.getValueAtPercentile(99) / 1e6;
        judgement.say("at half of that 99 %% are answered within %.1f ms", calmMillis);

        connect(connectionCount - PEAK_CONNECTIONS);
        nanos = new Histogram(3_600_000_000_000L, 3);
        int refusedBefore = refused.cardinality();
        int sentBefore = next;
        reconnecting = true;
        double goodput = offer(peak * factor, seconds);
        reconnecting = false;
        double p99 = nanos.getValueAtPercentile(99) / 1e6;
        judgement.should(
                goodput >= MIN_GOODPUT * peak,
                "%d times as many over %,d connections: %,.0f a second, %.0f %% of the most; 99 %% within %.0f ms;"
                        + " %,d sent, %,d refused, %,d turned away at the client",
                factor,
                connectionCount,
                goodput,
                100 * goodput / peak,
                p99,
                next - sentBefore,
                refused.cardinality() - refusedBefore,
                turnedAway);
        judgement.must(refused.cardinality() > refusedBefore, "some of them are refused");
        recover(peak, calmMillis);
        crowd.run(() -> busy == 0, DRAIN_SECONDS);
        judgement.must(busy == 0, "%d appends are without an answer in the end", busy);
        judgement.must(wrong.isEmpty(), "%d answers are not as they should be %s", wrong.size(), firstWrong());
    }

    private String firstWrong() {
        return wrong.isEmpty() ? "" : wrong.getFirst();
    }

    /** With half the load again: until when are answers slower than before? */
    private void recover(double peak, double calmMillis) throws IOException {
        double bound = Math.max(SLOWER * calmMillis, HIGHEST_CALM_MILLIS);
        long began = System.nanoTime();
        double recovered = -1;
        while (recovered < 0 && System.nanoTime() - began < 4 * MAX_RECOVERY_SECONDS * 1e9) {
            double at = (System.nanoTime() - began) / 1e9;
            nanos.reset();
            offer(peak * LIGHT_SHARE, WINDOW_SECONDS);
            if (nanos.getTotalCount() > 0 && nanos.getValueAtPercentile(99) / 1e6 <= bound) {
                recovered = at;
            }
        }
        judgement.should(
                recovered >= 0 && recovered <= MAX_RECOVERY_SECONDS,
                "when the load falls to half of the most, answers are back below %.1f ms %s",
                bound,
                recovered < 0 ? "never" : String.format(Locale.ROOT, "after %.1f s", recovered));
    }

    private void connect(int count) throws IOException {
        for (int i = 0; i < count; i++) {
            crowd.add(new Writer(this));
        }
        crowd.run(
                () -> crowd.members().stream().allMatch(member -> !member.isOpen() || ((Writer) member).isReady()), 30);
    }

    /** Lets appends arrive at a rate for some time. Returns how many were acknowledged a second. */
    private double offer(double rate, double seconds) throws IOException {
        long began = System.nanoTime();
        int before = acknowledged.cardinality();
        double[] arrived = {0};
        crowd.run(
                () -> {
                    long now = System.nanoTime();
                    reconnect(now);
                    double due = rate == Double.MAX_VALUE ? Double.MAX_VALUE : (now - began) / 1e9 * rate;
                    while (arrived[0] < due && !free.isEmpty()) {
                        arrive();
                        arrived[0]++;
                    }
                    if (rate != Double.MAX_VALUE && arrived[0] < due) {
                        turnedAway += (long) (due - arrived[0]);
                        arrived[0] = due;
                    }
                    return false;
                },
                seconds);
        return (acknowledged.cardinality() - before) / ((System.nanoTime() - began) / 1e9);
    }

    private void arrive() {
        Writer writer = free.poll();
        if (writer == null || !writer.isFree()) {
            return;
        }
        int number = next++;
        busy++;
        writer.append(PATH + number % STREAMS, number, Events.line(number, MESSAGE_BYTES));
    }

    private void reconnect(long now) {
        while (reconnecting && !reconnects.isEmpty() && now - reconnects.peek() > RECONNECT_NANOS) {
            reconnects.poll();
            crowd.addBriefly(new Writer(this));
        }
    }

    @Override
    public void ready(Writer writer) {
        free.add(writer);
    }

    @Override
    public void done(Writer writer, int message, Writer.Outcome outcome, long tookNanos) {
        busy--;
        switch (outcome) {
            case ACKNOWLEDGED -> {
                acknowledged.set(message);
                nanos.recordValue(tookNanos);
            }
            case REFUSED -> refused.set(message);
            case UNKNOWN -> unknown.set(message);
        }
        if (writer.isFree()) {
            free.add(writer);
        }
    }

    @Override
    public void gone(Writer writer) {
        free.remove(writer);
        reconnects.add(System.nanoTime());
    }

    @Override
    public void wrong(String what) {
        wrong.add(what);
    }

    /** For a moment after the crowd is gone the server still counts its connections and turns away the next one. */
    private static Http.Answer read(Http http, String target) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + LET_IN_NANOS;
        while (true) {
            try {
                Http.Answer answer = http.send("GET", target, new byte[0]);
                if (answer.status() != 503 || System.nanoTime() > deadline) {
                    return answer;
                }
            } catch (IOException e) {
                if (System.nanoTime() > deadline) {
                    throw e; // Before that, a reset can overtake the words with which a connection is turned away.
                }
            }
            Thread.sleep(LET_IN_PAUSE_MILLIS);
        }
    }

    /** Every acknowledged message is there once, every refused one is not. */
    private void verify() throws IOException, InterruptedException {
        BitSet found = new BitSet();
        int twice = 0;
        int torn = 0;
        for (int i = 0; i < STREAMS; i++) {
            try (Http http = new Http(server.port(), 150_000)) {
                String offset = "-1";
                boolean more = true;
                while (more) {
                    Http.Answer page = read(http, "/v1/stream/" + PATH + i + "?offset=" + offset);
                    String after = page.header("stream-next-offset");
                    if (page.status() != 200 || after == null) {
                        throw new IOException("reading " + PATH + i + " gives " + page.status() + " " + page.text());
                    }
                    for (int at = 0; at < page.body().length; at += MESSAGE_BYTES) {
                        int number = number(page.body(), at);
                        if (number < 0 || number % STREAMS != i) {
                            torn++;
                        } else if (found.get(number)) {
                            twice++;
                        } else {
                            found.set(number);
                        }
                    }
                    offset = after;
                    more = page.header("stream-up-to-date") == null;
                }
            }
        }
        BitSet lost = (BitSet) acknowledged.clone();
        lost.andNot(found);
        BitSet invented = (BitSet) found.clone();
        invented.andNot(acknowledged);
        invented.andNot(unknown);
        judgement.must(
                lost.isEmpty() && invented.isEmpty() && twice == 0 && torn == 0,
                "%,d acknowledged, %,d refused, %,d without an answer; %d lost, %d there although refused, %d twice, %d torn",
                acknowledged.cardinality(),
                refused.cardinality(),
                unknown.cardinality(),
                lost.cardinality(),
                invented.cardinality(),
                twice,
                torn);
    }

    /** The number of a message that is whole, or -1. */
    private static int number(byte[] page, int at) {
        if (at + MESSAGE_BYTES > page.length) {
            return -1;
        }
        String digits = new String(page, at, 10, StandardCharsets.US_ASCII);
        if (!digits.chars().allMatch(c -> c >= '0' && c <= '9')) {
            return -1;
        }
        int number = Integer.parseInt(digits);
        byte[] whole = Events.line(number, MESSAGE_BYTES);
        return Arrays.equals(whole, 0, MESSAGE_BYTES, page, at, at + MESSAGE_BYTES) ? number : -1;
    }
}
