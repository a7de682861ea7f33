package dev.varve.bench;

import dev.varve.bench.Findings.Kind;
import dev.varve.bench.History.Life;
import dev.varve.bench.History.Outcome;
import dev.varve.bench.History.Part;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/** Reads every stream of a server back and compares it with the history. Confined to one thread. */
final class CrashCheck {

    private static final int READ_TIMEOUT_MILLIS = 60_000;
    private static final int MAX_PAGES = 1_000_000;

    private final Http http;
    private final Payloads payloads;
    private final Findings findings;
    private final boolean offsets;
    private final SplittableRandom random;

    /**
     * Prepares a check.
     *
     * @param offsets whether the offset in an answer must be the tail right after that append. Servers that answer with a
     *     later tail are checked without it
     */
    CrashCheck(int port, Payloads payloads, Findings findings, boolean offsets, SplittableRandom random) {
        this.http = new Http(port, READ_TIMEOUT_MILLIS);
        this.payloads = payloads;
        this.findings = findings;
        this.offsets = offsets;
        this.random = random;
    }

    /** What a stream holds from some offset on. */
    private record Read(int status, Content content, String next, boolean closed, long bytes) {}

    /** Checks all streams, then the appends that went to several of them. */
    void run(History history) throws IOException {
        try {
            for (History.Stream stream : history.streams()) {
                check(stream);
            }
        } finally {
            http.close();
        }
        for (History.Append append : history.unknown()) {
            long found = append.parts.stream().filter(part -> part.found).count();
            if (found != 0 && found != append.parts.size()) {
                findings.add(Kind.TORN, append + " reached " + found + " of " + append.parts.size() + " streams");
            }
        }
    }

    private void check(History.Stream stream) throws IOException {
        Read read = read(stream, "-1");
        boolean gone = read.status() == 404 || read.status() == 410;
        if (gone) {
            absent(stream);
            return;
        }
        if (read.status() != 200) {
            findings.add(Kind.LOST, acknowledged(stream), "reading " + stream.name + " gives status " + read.status());
            return;
        }
        stream.lastReadBytes = read.bytes();
        if (stream.life == Life.DELETED) {
            findings.add(Kind.INVENTED, stream.name + " is there again after it was deleted");
            return;
        }
        List<StreamCheck.Place> places = new StreamCheck(stream, read.content(), payloads, findings).run();
        if (read.closed()
                && stream.life != Life.CLOSED
                && stream.life != Life.CLOSING
                && stream.life != Life.DELETING) {
            findings.add(Kind.INVENTED, stream.name + " is closed and nobody closed it");
        } else if (!read.closed() && stream.life == Life.CLOSED) {
            findings.add(Kind.LOST, stream.name + " was closed and is open");
        }
        if (offsets) {
            offsets(stream, read, places);
        }
    }

    private void offsets(History.Stream stream, Read read, List<StreamCheck.Place> places) throws IOException {
        StreamCheck.order(stream, places, findings);
        String last = StreamCheck.lastOffset(places);
        if (last != null && !last.equals(read.next())) {
            findings.add(
                    Kind.MISPLACED, stream.name + " ends at " + read.next() + ", its last append ended at " + last);
        }
        resume(stream, read, places);
    }

    private void absent(History.Stream stream) {
        stream.parts.values().forEach(parts -> parts.forEach(part -> part.found = false));
        if (stream.life == Life.OPEN || stream.life == Life.CLOSING || stream.life == Life.CLOSED) {
            findings.add(Kind.LOST, Math.max(1, acknowledged(stream)), stream.name + " is gone");
        }
    }

    private static long acknowledged(History.Stream stream) {
        return stream.parts.values().stream()
                .flatMap(List::stream)
                .filter(part -> part.append.outcome == Outcome.ACKNOWLEDGED)
                .count();
    }

    /** An offset that was given out before the crash still leads to the append behind it. */
    private void resume(History.Stream stream, Read whole, List<StreamCheck.Place> places) throws IOException {
        if (places.isEmpty()) {
            return;
        }
        StreamCheck.Place place = places.get(random.nextInt(places.size()));
        String offset = place.part().offset;
        if (offset == null) {
            return;
        }
        Read rest = read(stream, offset);
        if (rest.status() != 200
                || !Arrays.equals(rest.content().from(0), whole.content().from(place.end()))) {
            findings.add(
                    Kind.MISPLACED,
                    "reading " + stream.name + " from " + offset + " (status " + rest.status()
                            + ") does not go on behind " + place.part().append);
        }
    }

    private Read read(History.Stream stream, String from) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        List<byte[]> messages = new ArrayList<>();
        String next = from;
        long total = 0;
        for (int page = 0; page < MAX_PAGES; page++) {
            Http.Answer answer =
                    http.send("GET", "/v1/stream/" + CrashRun.PREFIX + stream.name + "?offset=" + next, new byte[0]);
            String after = answer.header("stream-next-offset");
            if (answer.status() != 200 || after == null) {
                return new Read(answer.status(), new Content.Bytes(new byte[0]), next, false, 0);
            }
            total += answer.body().length;
            if (stream.json) {
                messages.addAll(Content.elements(answer.body()));
            } else {
                bytes.writeBytes(answer.body());
            }
            if (answer.header("stream-up-to-date") != null) {
                boolean closed = "true".equals(answer.header("stream-closed"));
                Content content = stream.json ? new Content.Json(messages) : new Content.Bytes(bytes.toByteArray());
                return new Read(200, content, after, closed, total);
            }
            if (after.equals(next)) {
                throw new IOException(stream.name + " answers at " + next + " without moving on");
            }
            next = after;
        }
        throw new IOException(stream.name + " does not end");
    }

    /** The lines that settle appends which nobody sends again: what the check found is what counts. */
    static List<String> settle(History history, java.util.function.IntPredicate neverSentAgain) {
        List<String> lines = new ArrayList<>();
        for (History.Append append : history.unknown()) {
            if (neverSentAgain.test(append.writer)) {
                boolean there = append.parts.stream().anyMatch((Part part) -> part.found);
                lines.add((there ? "present " : "absent ") + append.writer + " " + append.number);
            }
        }
        return lines;
    }
}
