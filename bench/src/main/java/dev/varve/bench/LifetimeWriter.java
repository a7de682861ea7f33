package dev.varve.bench;

import dev.varve.bench.Findings.Kind;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * Creates streams that expire, renews some by reading and appending, and waits for others to go. A stream must be there
 * until its lifetime after the last access is over, and be gone soon after; an access is dated by when it was sent, or
 * when its answer had come, whichever is the stricter.
 */
final class LifetimeWriter extends CrashWriter {

    private static final int KEPT = 6;
    private static final int REMEMBERED = 12;
    /** After so many appends a stream is deleted, or those that live long would be all there is before long. */
    private static final int MOST_APPENDS = 1_000;

    /** Between the end of a lifetime as the writer reckons and as the server does. */
    private static final long SLACK_MILLIS = 250;

    private static final byte[] NOTHING = {};

    /** A stream of this writer. */
    private static final class Mortal {
        final String name;
        /** The sliding lifetime, or 0 for one with a fixed end. */
        final long ttlMillis;

        final long expiresAtMillis;
        /** The latest moment that may count as its last access. */
        long lastAccessMillis;
        /** Until when it must be there. */
        long aliveUntilMillis;

        long sequence;

        Mortal(String name, long ttlMillis, long expiresAtMillis) {
            this.name = name;
            this.ttlMillis = ttlMillis;
            this.expiresAtMillis = expiresAtMillis;
        }
    }

    private final List<Mortal> streams = new ArrayList<>();
    private final List<String> expired = new ArrayList<>();
    private int count;

    LifetimeWriter(CrashRun run, int id) {
        super(run, id);
    }

    @Override
    void step() throws IOException, InterruptedException {
        if (streams.size() < KEPT) {
            create();
            return;
        }
        Mortal stream = streams.get(random.nextInt(streams.size()));
        if (stream.sequence >= MOST_APPENDS) {
            delete(stream);
            return;
        }
        switch (random.nextInt(8)) {
            case 0 -> outlive(soonest());
            case 1, 2, 3 -> read(stream);
            default -> append(stream);
        }
        run.gate().pause(random.nextInt(40));
        while (expired.size() > REMEMBERED) {
            tell("forget " + expired.removeFirst());
        }
    }

    private Mortal soonest() {
        Mortal soonest = streams.getFirst();
        for (Mortal stream : streams) {
            if (end(stream, stream.lastAccessMillis) < end(soonest, soonest.lastAccessMillis)) {
                soonest = stream;
            }
        }
        return soonest;
    }

    private void create() throws IOException, InterruptedException {
        String name = "mortal-" + id + "-" + count++;
        long now = System.currentTimeMillis();
        boolean sliding = random.nextInt(10) < 7;
        // One in four lives on over many kills, renewed or not; the others are short enough to end between two.
        long ttlMillis = sliding ? random.nextInt(4) == 0 ? 3_600_000 : random.nextLong(1, 3) * 1_000 : 0;
        Mortal stream = new Mortal(name, ttlMillis, now + random.nextLong(300, 3_000));
        tell("stream " + name + " bytes expires");
        Result result = sliding
                ? untilKnown(
                        "PUT",
                        run.path(name),
                        NOTHING,
                        "Content-Type",
                        contentType(false),
                        "Stream-TTL",
                        Long.toString(ttlMillis / 1_000))
                : untilKnown(
                        "PUT",
                        run.path(name),
                        NOTHING,
                        "Content-Type",
                        contentType(false),
                        "Stream-Expires-At",
                        Instant.ofEpochMilli(stream.expiresAtMillis).toString());
        if (result.status() == 201 || (result.status() == 200 && result.sentAgain())) {
            tell("opened " + name);
            streams.add(stream);
            accessed(stream, now);
        } else {
            run.findings().add(Kind.REFUSED, "creation of " + name + ": " + result);
        }
    }

    private void accessed(Mortal stream, long sentMillis) throws IOException {
        stream.lastAccessMillis = System.currentTimeMillis();
        stream.aliveUntilMillis = Math.max(stream.aliveUntilMillis, end(stream, sentMillis));
        tell("alive " + stream.name + " " + stream.aliveUntilMillis);
    }

    private static long end(Mortal stream, long accessMillis) {
        return stream.ttlMillis == 0 ? stream.expiresAtMillis : accessMillis + stream.ttlMillis;
    }

    private void read(Mortal stream) throws IOException, InterruptedException {
        long sent = System.currentTimeMillis();
        Result result = untilKnown("GET", run.path(stream.name), NOTHING);
        if (result.status() == 200) {
            accessed(stream, sent);
        } else {
            judgeGone(stream, result);
            append(stream); // whose refusal stands, also over a crash
        }
    }

    private void append(Mortal stream) throws IOException, InterruptedException {
        int append = announce(stream.name);
        long sent = System.currentTimeMillis();
        Result result = untilKnown(
                "POST",
                run.path(stream.name),
                body(false, append, 0),
                "Content-Type",
                contentType(false),
                "Producer-Id",
                "lifetime",
                "Producer-Epoch",
                "0",
                "Producer-Seq",
                Long.toString(stream.sequence));
        if (result.succeeded()) {
            stream.sequence++;
            boolean duplicate = result.status() == 204;
            tell("acked " + id + " " + append + " " + (duplicate ? History.NO_OFFSET : result.offset()));
            if (duplicate) {
                run.duplicateAnswered(result.sentAgain());
            }
            accessed(stream, sent);
            return;
        }
        judgeGone(stream, result);
        tell("refused " + id + " " + append, "deleted " + stream.name);
        streams.remove(stream);
        expired.add(stream.name);
        run.expired();
    }

    private void delete(Mortal stream) throws IOException, InterruptedException {
        tell("deleting " + stream.name);
        Result result = untilKnown("DELETE", run.path(stream.name), NOTHING);
        if (result.status() != 204 && !(result.status() == 404 && result.sentAgain())) {
            judgeGone(stream, result);
        }
        tell("deleted " + stream.name);
        streams.remove(stream);
        expired.add(stream.name);
    }

    private void judgeGone(Mortal stream, Result result) {
        long early = stream.aliveUntilMillis - System.currentTimeMillis();
        if (result.status() != 404) {
            run.findings().add(Kind.REFUSED, "use of " + stream.name + ": " + result);
        } else if (early > 0) {
            run.findings().add(Kind.EXPIRED, stream.name + " is gone " + early + " ms before its time");
        }
    }

    /** Waits until a lifetime is over; then the stream must not be found, if the server lived all the time. */
    private void outlive(Mortal stream) throws IOException, InterruptedException {
        long openings = run.gate().openings();
        // A start of the server, and a check of it, count as accesses.
        long last = Math.max(stream.lastAccessMillis, run.lastStartMillis());
        long left = end(stream, last) + SLACK_MILLIS - System.currentTimeMillis();
        if (left > 3_000) {
            return;
        }
        run.gate().pause(left);
        Result result = once("GET", run.path(stream.name), NOTHING);
        if (openings < 0 || openings != run.gate().openings() || result.unknown()) {
            return;
        }
        if (result.status() != 404) {
            run.findings()
                    .add(
                            Kind.EXPIRED,
                            stream.name + " is still there " + SLACK_MILLIS + " ms after its time: " + result);
        }
        append(stream);
    }
}
