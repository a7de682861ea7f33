package dev.varve.bench;

import dev.varve.bench.Findings.Kind;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * Creates streams, appends, forks them at an earlier append, closes and deletes. Every step is one that may be sent
 * again, and is, when its answer was lost.
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
        Owned source = new Owned("life-" + count++, json);
        tell("stream " + source.name + " " + (json ? "json" : "bytes"));
        create(source, "Content-Type", contentType(json));
        for (int i = random.nextInt(1, 7); i > 0; i--) {
            append(source);
        }
        Owned fork = new Owned(source.name + "-fork", json);
        if (!source.offsets.isEmpty()) {
            String at = source.offsets.get(random.nextInt(source.offsets.size()));
            tell("fork " + fork.name + " " + source.name + " " + at);
            create(fork, "Stream-Forked-From", run.path(source.name), "Stream-Fork-Offset", at);
            for (int i = random.nextInt(4); i > 0; i--) {
                append(fork);
            }
            end(random.nextBoolean() ? source : fork);
        } else {
            end(source);
        }
        while (alive.size() > KEPT) {
            delete(alive.removeFirst());
        }
        while (deleted.size() > REMEMBERED) {
            tell("forget " + deleted.removeFirst());
        }
    }

    private void end(Owned stream) throws IOException, InterruptedException {
        switch (random.nextInt(3)) {
            case 0 -> close(stream.name);
            case 1 -> {
                alive.remove(stream.name);
                delete(stream.name);
            }
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

    private void close(String name) throws IOException, InterruptedException {
        tell("closing " + name);
        Result result = untilKnown("POST", run.path(name), NOTHING, "Stream-Closed", "true");
        if (result.status() == 204) {
            tell("closed " + name);
        } else {
            run.findings().add(Kind.REFUSED, "closing of " + name + ": " + result);
        }
    }

    private void delete(String name) throws IOException, InterruptedException {
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
