package dev.varve.bench.histories;

import dev.varve.bench.Http;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;

/**
 * Calls a server over one connection, which may be lost at any time, for as long as a client is patient. Confined to its client's
 * thread.
 */
final class HttpCalls implements AutoCloseable {

    private static final int TIMEOUT_MILLIS = 150_000;
    private static final int PAUSE_MILLIS = 20;
    private static final int LITTLE_MICROS = 1_500;
    private static final byte[] NONE = {};

    private final Http http;

    HttpCalls(int port) {
        this.http = new Http(port, TIMEOUT_MILLIS);
    }

    /** A request as it travels. */
    record Call(String method, String target, byte[] body, String... headers) {

        /** Without a body. */
        static Call of(String method, String target, String... headers) {
            return new Call(method, target, NONE, headers);
        }

        static Call json(String method, String target, String json, String... headers) {
            List<String> all = new ArrayList<>(List.of("Content-Type", "application/json"));
            all.addAll(List.of(headers));
            return new Call(method, target, json.getBytes(StandardCharsets.UTF_8), all.toArray(String[]::new));
        }
    }

    /** Connects unless that is done. Waits a little when it cannot be. */
    boolean connect() throws InterruptedException {
        try {
            http.connect();
            return true;
        } catch (IOException e) {
            Thread.sleep(PAUSE_MILLIS);
            return false;
        }
    }

    /** What becomes of a call. */
    <A> Target.Outcome<A> send(
            Call call,
            Target.Patience patience,
            SplittableRandom random,
            Function<Http.Answer, Target.Outcome<A>> answered) {
        try {
            return switch (patience) {
                case FULL -> answered.apply(answer(call));
                case LITTLE -> {
                    http.write(call.method, call.target, call.body, 0, call.headers);
                    LockSupport.parkNanos(random.nextInt(LITTLE_MICROS) * 1_000L);
                    http.close();
                    yield Target.Outcome.open();
                }
                case NONE -> {
                    // A request whose last byte never comes must never take effect.
                    http.write(call.method, call.target, call.body, 1, call.headers);
                    http.close();
                    yield Target.Outcome.notApplied();
                }
            };
        } catch (IOException e) {
            return patience == Target.Patience.NONE ? Target.Outcome.notApplied() : Target.Outcome.open();
        }
    }

    /** The answer to a call. */
    Http.Answer answer(Call call) throws IOException {
        return http.send(call.method, call.target, call.body, call.headers);
    }

    @Override
    public void close() {
        http.close();
    }
}
