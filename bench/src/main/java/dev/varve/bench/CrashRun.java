package dev.varve.bench;

import java.util.concurrent.atomic.AtomicLong;

/** What the writers of one crash test share. Thread-safe. */
final class CrashRun {

    /** Where the streams live under the root of all streams. */
    static final String PREFIX = "crash/";

    private final long seed;
    private final int port;
    private final Oracle oracle;
    private final Payloads payloads;
    private final Findings findings = new Findings();
    private final Gate gate = new Gate();
    private final AtomicLong duplicates = new AtomicLong();
    private final AtomicLong expired = new AtomicLong();
    private volatile long lastStartMillis;
    private volatile int pauseMillis;
    private volatile boolean ending;
    private volatile long signalNanos;
    private volatile boolean stopping;

    CrashRun(long seed, int port, Oracle oracle) {
        this.seed = seed;
        this.port = port;
        this.oracle = oracle;
        this.payloads = new Payloads(seed);
    }

    long seed() {
        return seed;
    }

    int port() {
        return port;
    }

    Oracle oracle() {
        return oracle;
    }

    Payloads payloads() {
        return payloads;
    }

    Findings findings() {
        return findings;
    }

    Gate gate() {
        return gate;
    }

    /** Has every writer rest between its steps, so long on average. */
    void pauseMillis(int millis) {
        pauseMillis = millis;
    }

    int pauseMillis() {
        return pauseMillis;
    }

    /** Notes that the server is being asked to end now, or that it has ended and is not asked any more. */
    void ending(boolean now) {
        signalNanos = System.nanoTime();
        ending = now;
    }

    /** Whether the server was asked to end after a connection's last request had left. */
    boolean endingSince(Http http) {
        return ending && http.wroteBefore(signalNanos);
    }

    boolean stopping() {
        return stopping;
    }

    /** Asks the writers to end after the append they are at. */
    void stop() {
        stopping = true;
        gate.finish();
    }

    /** The URL path of a stream. */
    String path(String stream) {
        return "/v1/stream/" + streamPath(stream);
    }

    /** The path of a stream below the root of all streams. */
    String streamPath(String stream) {
        return PREFIX + stream;
    }

    /** Notes that the server was started, or that a check has read all streams, which renews sliding lifetimes. */
    void started() {
        lastStartMillis = System.currentTimeMillis();
    }

    long lastStartMillis() {
        return lastStartMillis;
    }

    /** Notes that a stream was gone after its lifetime. */
    void expired() {
        expired.incrementAndGet();
    }

    long expirations() {
        return expired.get();
    }

    /** Notes that the server knew an append already. */
    void duplicateAnswered(boolean sentAgain) {
        if (sentAgain) {
            duplicates.incrementAndGet();
        } else {
            findings.add(Findings.Kind.REFUSED, "an append that was sent once was answered as a duplicate");
        }
    }

    long duplicatesAnswered() {
        return duplicates.get();
    }
}
