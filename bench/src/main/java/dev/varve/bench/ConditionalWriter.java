package dev.varve.bench;

import dev.varve.bench.Findings.Kind;
import java.io.IOException;

/**
 * The only writer of its stream: appends on condition that the tail is where its last append left it. A request whose
 * answer was lost is sent again; refused then, it had been done. Now and then it sends a condition that no longer holds.
 */
final class ConditionalWriter extends CrashWriter {

    private static final int STALE_EVERY = 10;

    private final StreamSlot slot;
    private String stream = "";
    private String tail = "";
    private String before = "";

    ConditionalWriter(CrashRun run, int id, StreamSlot slot) {
        super(run, id);
        this.slot = slot;
    }

    @Override
    void step() throws IOException, InterruptedException {
        if (!slot.name().equals(stream)) {
            stream = slot.name();
            tail = "";
            before = "";
        }
        if (tail.isEmpty()) {
            tail = untilKnown("HEAD", run.path(stream), new byte[0]).offset();
        }
        if (!before.isEmpty() && random.nextInt(STALE_EVERY) == 0) {
            stale();
        }
        int append = announce(stream);
        Result result = send(append, tail);
        if (result.succeeded() || (result.status() == 412 && result.sentAgain())) {
            before = tail;
            tail = result.offset();
            ended("acked " + id + " " + append + " " + tail);
        } else {
            run.findings()
                    .add(Kind.REFUSED, "conditional append to " + stream + " at its tail " + tail + ": " + result);
            ended("refused " + id + " " + append);
            tail = "";
        }
    }

    private void stale() throws IOException, InterruptedException {
        int append = announce(stream);
        Result result = send(append, before);
        if (result.status() != 412) {
            run.findings()
                    .add(
                            Kind.INVENTED,
                            "append to " + stream + " on condition of the passed tail " + before + ": " + result);
        }
        ended("refused " + id + " " + append);
    }

    private Result send(int append, String condition) throws IOException, InterruptedException {
        return untilKnown(
                "POST",
                run.path(stream),
                body(slot.json(), append, 0),
                "Content-Type",
                contentType(slot.json()),
                "If-Match",
                "\"" + condition + "\"");
    }
}
