package dev.varve.bench.crowds;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Connects, asks one thing, takes the answer, and goes. Confined to the crowd's thread. */
final class ShortVisit extends Member {

    private final byte[] request;
    private final Consumer<ShortVisit> whenEnded;
    private final AnswerReader answers;
    private int status;
    private @Nullable IOException failure;

    ShortVisit(String method, String target, Consumer<ShortVisit> whenEnded) {
        this.request = (method + " " + target + " HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII);
        this.whenEnded = whenEnded;
        this.answers = new AnswerReader(!method.equals("HEAD"));
    }

    /** The status of the answer; 0 when there was none. */
    int status() {
        return status;
    }

    @Nullable IOException failure() {
        return failure;
    }

    @Override
    void connected() throws IOException {
        send(request);
    }

    @Override
    void received(ByteBuffer bytes) throws IOException {
        String answer = answers.take(bytes);
        if (answer != null) {
            status = AnswerReader.status(answer);
            close(null);
        }
    }

    @Override
    void ended(@Nullable IOException because) {
        failure = because;
        whenEnded.accept(this);
    }
}
