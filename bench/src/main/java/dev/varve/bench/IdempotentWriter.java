package dev.varve.bench;

import dev.varve.bench.Findings.Kind;
import java.io.IOException;

/** Appends as an idempotent producer and sends a request whose answer was lost again, unchanged. */
final class IdempotentWriter extends CrashWriter {

    private final StreamSlot slot;
    private String stream = "";
    private long epoch;
    private long sequence;

    IdempotentWriter(CrashRun run, int id, StreamSlot slot) {
        super(run, id);
        this.slot = slot;
    }

    @Override
    void step() throws IOException, InterruptedException {
        if (!slot.name().equals(stream)) {
            stream = slot.name();
            epoch = 0;
            sequence = 0;
        }
        int append = announce(stream);
        Result result = untilKnown(
                "POST",
                run.path(stream),
                body(slot.json(), append, 0),
                "Content-Type",
                contentType(slot.json()),
                "Producer-Id",
                "writer-" + id,
                "Producer-Epoch",
                Long.toString(epoch),
                "Producer-Seq",
                Long.toString(sequence));
        sequence++;
        switch (result.status()) {
            case 200 -> ended("acked " + id + " " + append + " " + result.offset());
            case 204 -> {
                run.duplicateAnswered(result.sentAgain());
                ended("acked " + id + " " + append + " " + History.NO_OFFSET);
            }
            default -> {
                run.findings()
                        .add(
                                Kind.REFUSED,
                                "producer's append to " + stream + ", epoch " + epoch + ", sequence " + (sequence - 1)
                                        + (result.sentAgain() ? ", sent again" : "") + ": " + result);
                if (!result.sentAgain()) {
                    ended("refused " + id + " " + append);
                }
                epoch++;
                sequence = 0;
            }
        }
    }
}
