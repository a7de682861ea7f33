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
public final class CrashCheck {

    private static final int READ_TIMEOUT_MILLIS = 300_000;
    private static final int MAX_PAGES = 1_000_000;
    private static final int MAX_TRIMS_MEANWHILE = 10;
    private static final Content NOTHING = new Content.Bytes(new byte[0]);

    private final Http http;
    private final String prefix;
    private final Payloads payloads;
    private final Findings findings;
    private final boolean offsets;
    private final SplittableRandom random;
    private long trimmed;

    /**
     * Prepares a check.
     *
     * @param prefix the path of the streams under the root of all streams, with a slash at its end
     * @param offsets whether the offset in an answer must be the tail right after that append. Servers that answer with a
     *     later tail are checked without it
     */
    public CrashCheck(
            int port, String prefix, Payloads payloads, Findings findings, boolean offsets, SplittableRandom random) {
        this.http = new Http(port, READ_TIMEOUT_MILLIS);
        this.prefix = prefix;
        this.payloads = payloads;
        this.findings = findings;
        this.offsets = offsets;
        this.random = random;
    }

    /** What a stream holds from some offset on. */
    private record Read(int status, Content content, String next, boolean closed, long bytes) {

        boolean gone() {
            return status == 404 || status == 410;
        }
    }

    /**
     * Checks all streams, then the appends that went to several of them.
     *
     * @param whole whether streams are read from their beginning; otherwise from where the last check of them ended
     */
    public void run(History history, boolean whole) throws IOException {
        try {
            for (History.Stream stream : history.streams()) {
                if (whole) {
                    stream.checked = null;
                }
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

    /** How many appends were found to be trimmed, as they may be. */
    long trimmed() {
        return trimmed;
    }

    private void check(History.Stream stream) throws IOException {
        if (stream.rule.trims()) {
            checkTrimmed(stream);
            return;
        }
        History.Checked earlier = stream.checked;
        Read read = read(stream, earlier == null ? "-1" : earlier.next());
        if (!usable(stream, read)) {
            return;
        }
        StreamCheck check = new StreamCheck(stream, read.content(), payloads, findings);
        if (earlier != null) {
            check.after(earlier);
        }
        List<StreamCheck.Place> places = check.run();
        if (offsets) {
            offsets(stream, read, check, places);
        }
        stream.checked = check.checked(read.next(), (earlier == null ? 0 : earlier.bytes()) + read.bytes());
    }

    /** Whether there is content to compare, as there should be. */
    private boolean usable(History.Stream stream, Read read) {
        if (read.gone()) {
            absent(stream);
            return false;
        }
        if (read.status() != 200) {
            findings.add(Kind.LOST, acknowledged(stream), "reading " + stream.name + " gives status " + read.status());
            return false;
        }
        if (stream.life == Life.DELETED) {
            findings.add(Kind.INVENTED, stream.name + " is there again after it was deleted");
            return false;
        }
        if (read.closed()
                && stream.life != Life.CLOSED
                && stream.life != Life.CLOSING
                && stream.life != Life.DELETING) {
            findings.add(Kind.INVENTED, stream.name + " is closed and nobody closed it");
        } else if (!read.closed() && stream.life == Life.CLOSED) {
            findings.add(Kind.LOST, stream.name + " was closed and is open");
        }
        return true;
    }

    /** Of a stream with retention only the beginning may be missing, and not more of it than the rule gives up. */
    private void checkTrimmed(History.Stream stream) throws IOException {
        for (int attempt = 0; ; attempt++) {
            Http.Answer head = http.send("HEAD", path(stream), new byte[0]);
            String earliest = head.header("stream-earliest-offset");
            String tail = head.header("stream-next-offset");
            if (head.status() != 200 || earliest == null || tail == null) {
                usable(stream, new Read(head.status(), NOTHING, "", false, 0));
                return;
            }
            Read read = read(stream, earliest);
            if (read.status() == 410 && attempt < MAX_TRIMS_MEANWHILE) {
                continue; // trimmed further since
            }
            if (!usable(stream, read)) {
                return;
            }
            StreamCheck check = new StreamCheck(stream, read.content(), payloads, findings);
            List<Part> gone = check.trimmed(earliest);
            trimmed += gone.size();
            List<StreamCheck.Place> places = check.run();
            if (offsets) {
                offsets(stream, read, check, places);
            }
            keptEnough(stream, gone, places.size(), position(earliest), position(tail));
            forget(stream, gone);
            return;
        }
    }

    /** What is trimmed and settled need not be known any longer. */
    private static void forget(History.Stream stream, List<Part> gone) {
        if (gone.stream().allMatch(part -> part.append.outcome == Outcome.ACKNOWLEDGED)) {
            stream.parts
                    .values()
                    .forEach(parts -> parts.subList(0, leading(parts, gone)).clear());
        }
    }

    private static int leading(List<Part> parts, List<Part> gone) {
        int count = 0;
        while (count < parts.size() && count < gone.size() && parts.get(count) == gone.get(count)) {
            count++;
        }
        return count;
    }

    private void keptEnough(History.Stream stream, List<Part> gone, int messages, long earliest, long tail) {
        History.Rule rule = stream.rule;
        if (rule.keptBytes() > 0 && earliest > 0 && tail - earliest < rule.keptBytes()) {
            findings.add(
                    Kind.EXPIRED,
                    stream.name + " keeps " + (tail - earliest) + " bytes, " + rule.keptBytes() + " are to stay");
        }
        // Such streams are of bytes, where an append is a message.
        if (rule.keptMessages() > 0 && earliest > 0 && messages < rule.keptMessages()) {
            findings.add(
                    Kind.EXPIRED,
                    stream.name + " keeps " + messages + " messages, " + rule.keptMessages() + " are to stay");
        }
        long now = System.currentTimeMillis();
        for (Part part : gone) {
            long age = now - part.append.sentMillis;
            if (rule.keptMillis() > 0 && age < rule.keptMillis()) {
                findings.add(
                        Kind.EXPIRED,
                        stream.name + " lacks " + part.append + " after " + age + " ms, " + rule.keptMillis()
                                + " ms are to pass");
            }
        }
    }

    private void offsets(History.Stream stream, Read read, StreamCheck check, List<StreamCheck.Place> places)
            throws IOException {
        check.order();
        String last = StreamCheck.lastOffset(places);
        if (last != null && !last.equals(read.next())) {
            findings.add(
                    Kind.MISPLACED, stream.name + " ends at " + read.next() + ", its last append ended at " + last);
        }
        if (!stream.rule.trims()) {
            resume(stream, read, places);
        }
    }

    private void absent(History.Stream stream) {
        stream.parts.values().forEach(parts -> parts.forEach(part -> part.found = false));
        stream.checked = null;
        if (stream.rule.expires()) {
            long early = stream.aliveUntilMillis - System.currentTimeMillis();
            if (early > 0 && stream.life == Life.OPEN) {
                findings.add(Kind.EXPIRED, stream.name + " is gone " + early + " ms before its time");
            }
            return;
        }
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

    private String path(History.Stream stream) {
        return "/v1/stream/" + prefix + stream.name;
    }

    /** The number in an offset. */
    static long position(String offset) {
        return Long.parseLong(offset.substring(offset.indexOf('_') + 1));
    }

    private Read read(History.Stream stream, String from) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        List<byte[]> messages = new ArrayList<>();
        String next = from;
        long total = 0;
        for (int page = 0; page < MAX_PAGES; page++) {
            Http.Answer answer = http.send("GET", path(stream) + "?offset=" + next, new byte[0]);
            String after = answer.header("stream-next-offset");
            if (answer.status() != 200 || after == null) {
                return new Read(answer.status(), NOTHING, next, false, 0);
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
