package dev.varve.bench;

import dev.varve.bench.Findings.Kind;
import java.io.IOException;

/**
 * The only writer of a stream of bytes with retention: an idempotent producer, so that each answer tells where its
 * append ends. What may be trimmed is for the check to judge.
 */
final class RetentionWriter extends CrashWriter {

    private final String stream;
    private long sequence;

    RetentionWriter(CrashRun run, int id, String stream) {
        super(run, id);
        this.stream = stream;
    }

    @Override
    void step() throws IOException, InterruptedException {
        int append = announce(stream, System.currentTimeMillis());
        Result result = untilKnown(
                "POST",
                run.path(stream),
                body(false, append, 0),
                "Content-Type",
                contentType(false),
                "Producer-Id",
                "retention",
                "Producer-Epoch",
                "0",
                "Producer-Seq",
                Long.toString(sequence++));
        if (result.status() == 204) {
            run.duplicateAnswered(result.sentAgain());
        }
        if (result.succeeded()) {
            // Also of a repetition: nobody else appends, so the tail it tells is where this append ends.
            ended("acked " + id + " " + append + " " + result.offset());
        } else {
            run.findings().add(Kind.REFUSED, "append to " + stream + " with retention: " + result);
            ended("refused " + id + " " + append);
        }
    }
}
