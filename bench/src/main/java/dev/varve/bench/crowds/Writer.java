package dev.varve.bench.crowds;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** A connection that appends one message at a time when told to. Confined to the crowd's thread. */
final class Writer extends Member {

    /** What became of a message. */
    enum Outcome {
        ACKNOWLEDGED,
        /** Not appended, and the client was told when to come back. */
        REFUSED,
        /** The connection ended before an answer. */
        UNKNOWN
    }

    /** Told of each outcome, and of a connection that ended. */
    interface Owner {
        void done(Writer writer, int message, Outcome outcome, long nanos);

        void gone(Writer writer);

        /** The connection is there. */
        void ready(Writer writer);

        /** An answer that should not be. */
        void wrong(String what);
    }

    private final Owner owner;
    private final AnswerReader answers = new AnswerReader(true);
    private boolean ready;
    private int message = -1;
    private long sentAt;

    Writer(Owner owner) {
        this.owner = owner;
    }

    boolean isReady() {
        return ready;
    }

    boolean isFree() {
        return ready && message < 0 && isOpen();
    }

    /** Sends a message. */
    void append(String path, int number, byte[] body) {
        message = number;
        sentAt = System.nanoTime();
        byte[] head = ("POST /v1/stream/" + path
                        + " HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: text/plain\r\nContent-Length: " + body.length
                        + "\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII);
        byte[] request = new byte[head.length + body.length];
        System.arraycopy(head, 0, request, 0, head.length);
        System.arraycopy(body, 0, request, head.length, body.length);
        try {
            send(request);
        } catch (IOException e) {
            close(e);
        }
    }

    @Override
    void connected() {
        ready = true;
        owner.ready(this);
    }

    @Override
    void received(ByteBuffer bytes) throws IOException {
        for (String answer = answers.take(bytes); answer != null; answer = answers.take(ByteBuffer.allocate(0))) {
            int status = AnswerReader.status(answer);
            boolean refused = status == 503 || status == 429;
            if (refused && AnswerReader.header(answer, "Retry-After") == null) {
                owner.wrong("a refusal without Retry-After: " + answer);
            }
            if (refused && !answer.contains("\"outcome\":\"not_applied\"")) {
                owner.wrong("a refusal that does not say that nothing was applied: " + answer);
            }
            if (!refused && status != 204) {
                owner.wrong("an append is answered " + answer);
            }
            finish(refused ? Outcome.REFUSED : status == 204 ? Outcome.ACKNOWLEDGED : Outcome.UNKNOWN);
        }
    }

    private void finish(Outcome outcome) {
        int number = message;
        if (number >= 0) {
            message = -1;
            owner.done(this, number, outcome, System.nanoTime() - sentAt);
        }
    }

    @Override
    void ended(@Nullable IOException because) {
        finish(Outcome.UNKNOWN);
        owner.gone(this);
    }
}
