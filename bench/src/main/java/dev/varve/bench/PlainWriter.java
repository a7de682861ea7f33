package dev.varve.bench;

import dev.varve.bench.Findings.Kind;
import java.io.IOException;

/** Appends without a producer and never sends anything twice: after a crash a check finds out what became of it. */
final class PlainWriter extends CrashWriter {

    private final StreamSlot slot;

    PlainWriter(CrashRun run, int id, StreamSlot slot) {
        super(run, id);
        this.slot = slot;
    }

    @Override
    void step() throws IOException, InterruptedException {
        String stream = slot.name();
        int append = announce(stream);
        byte[] body = body(slot.json(), append, 0);
        Result result = once("POST", run.path(stream), body, "Content-Type", contentType(slot.json()));
        if (result.succeeded()) {
            ended("acked " + id + " " + append + " " + result.offset());
        } else if (result.unknown()) {
            if (!run.gate().pass()) {
                run.gate().awaitNextCheck();
            }
        } else {
            if (!result.overloaded()) {
                run.findings().add(Kind.REFUSED, "plain append to " + stream + ": " + result);
            }
            ended("refused " + id + " " + append);
        }
    }
}
