package dev.varve.bench;

import dev.varve.bench.Findings.Kind;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Creates streams, appends, closes some, forks them at an earlier append, forks the forks, deletes sources before their
 * forks and after them. Every step is one that may be sent again, and is, when its answer was lost.
 */
final class LifecycleWriter extends CrashWriter {

    private static final int KEPT = 8;
    private static final int REMEMBERED = 24;
    private static final byte[] NOTHING = {};

    /** A stream and the producer's place in it. */
    private static final class Owned {
        final String name;
        final boolean json;
        final List<String> offsets = new ArrayList<>();
        boolean closed;
        long sequence;

        Owned(String name, boolean json) {
            this.name = name;
            this.json = json;
        }
    }

    private final Deque<String> alive = new ArrayDeque<>();
    private final Deque<String> deleted = new ArrayDeque<>();
    private int count;

    LifecycleWriter(CrashRun run, int id) {
        super(run, id);
    }

    @Override
    void step() throws IOException, InterruptedException {
        boolean json = random.nextBoolean();
        Owned source = new Owned("life-" + id + "-" + count++, json);
        tell("stream " + source.name + " " + (json ? "json" : "bytes"));
        create(source, "Content-Type", contentType(json));
        appendSome(source, random.nextInt(1, 7));
        if (random.nextInt(3) == 0) {
            close(source);
        }
        Owned fork = fork(source);
        if (random.nextInt(3) == 0) {
            delete(source.name); // kept out of sight for its fork
            refusedOfDeleted(source);
        }
        if (fork != null) {
            appendSome(fork, random.nextInt(4));
            if (random.nextInt(3) == 0) {
                fork(fork);
            }
            end(random.nextBoolean() && alive.contains(source.name) ? source : fork);
        } else if (alive.contains(source.name)) {
            end(source);
        }
        while (alive.size() > KEPT) {
            // The oldest, which may have forks, or the youngest, which has none.
            delete(random.nextBoolean() ? alive.getFirst() : alive.getLast());
        }
        while (deleted.size() > REMEMBERED) {
            tell("forget " + deleted.removeFirst());
        }
    }

    private void appendSome(Owned stream, int appends) throws IOException, InterruptedException {
        for (int i = 0; i < appends; i++) {
            append(stream);
        }
    }

    /** Branches off behind one of the appends; null when no answer told where one ends. */
    private @Nullable Owned fork(Owned source) throws IOException, InterruptedException {
        if (source.offsets.isEmpty()) {
            return null;
        }
        Owned fork = new Owned(source.name + "-fork", source.json);
        String at = source.offsets.get(random.nextInt(source.offsets.size()));
        tell("fork " + fork.name + " " + source.name + " " + at);
        create(fork, "Stream-Forked-From", run.path(source.name), "Stream-Fork-Offset", at);
        return fork;
    }

    /** A deleted stream takes no append and no fork, whether it is kept for other forks or gone. */
    private void refusedOfDeleted(Owned source) throws IOException, InterruptedException {
        int append = announce(source.name);
        Result result = untilKnown(
                "POST", run.path(source.name), body(source.json, append, 0), "Content-Type", contentType(source.json));
        if (result.succeeded()) {
            run.findings().add(Kind.INVENTED, "append to the deleted stream " + source.name + ": " + result);
        }
        tell("refused " + id + " " + append);
        result = untilKnown(
                "PUT", run.path(source.name + "-late"), NOTHING, "Stream-Forked-From", run.path(source.name));
        if (result.succeeded()) {
            run.findings().add(Kind.INVENTED, "fork of the deleted stream " + source.name + ": " + result);
        }
    }

    private void end(Owned stream) throws IOException, InterruptedException {
        switch (random.nextInt(3)) {
            case 0 -> close(stream);
            case 1 -> delete(stream.name);
            default -> append(stream);
        }
    }

    private void create(Owned stream, String... headers) throws IOException, InterruptedException {
        Result result = untilKnown("PUT", run.path(stream.name), NOTHING, headers);
        if (result.status() == 201 || (result.status() == 200 && result.sentAgain())) {
            alive.add(stream.name);
            tell("opened " + stream.name);
        } else {
            run.findings().add(Kind.REFUSED, "creation of " + stream.name + ": " + result);
        }
    }

    private void append(Owned stream) throws IOException, InterruptedException {
        if (stream.closed) {
            return;
        }
        int append = announce(stream.name);
        Result result = untilKnown(
                "POST",
                run.path(stream.name),
                body(stream.json, append, 0),
                "Content-Type",
                contentType(stream.json),
                "Producer-Id",
                "lifecycle",
                "Producer-Epoch",
                "0",
                "Producer-Seq",
                Long.toString(stream.sequence++));
        if (result.status() == 200) {
            stream.offsets.add(result.offset());
            tell("acked " + id + " " + append + " " + result.offset());
        } else if (result.status() == 204) {
            run.duplicateAnswered(result.sentAgain());
            tell("acked " + id + " " + append + " " + History.NO_OFFSET);
        } else {
            run.findings().add(Kind.REFUSED, "producer's append to " + stream.name + ": " + result);
            if (!result.sentAgain()) {
                tell("refused " + id + " " + append);
            }
        }
    }

    private void close(Owned stream) throws IOException, InterruptedException {
        String name = stream.name;
        tell("closing " + name);
        Result result = untilKnown("POST", run.path(name), NOTHING, "Stream-Closed", "true");
        if (result.status() == 204) {
            stream.closed = true;
            tell("closed " + name);
        } else {
            run.findings().add(Kind.REFUSED, "closing of " + name + ": " + result);
        }
    }

    private void delete(String name) throws IOException, InterruptedException {
        alive.remove(name);
        tell("deleting " + name);
        Result result = untilKnown("DELETE", run.path(name), NOTHING);
        boolean gone = result.status() == 404 || result.status() == 410;
        if (result.status() == 204 || (gone && result.sentAgain())) {
            deleted.add(name);
            tell("deleted " + name);
        } else {
            run.findings().add(Kind.REFUSED, "deletion of " + name + ": " + result);
        }
    }
}
