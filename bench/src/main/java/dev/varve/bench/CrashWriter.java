package dev.varve.bench;

import dev.varve.bench.Findings.Kind;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * One thread that appends, one request after the other, and tells the oracle about each before and after. Confined to
 * its thread.
 */
abstract class CrashWriter implements Runnable {

    private static final int ANSWER_TIMEOUT_MILLIS = 30_000;
    private static final long GIVE_UP_NANOS = 600_000_000_000L;
    private static final int PAUSE_MILLIS = 20;

    final CrashRun run;
    final int id;
    final SplittableRandom random;
    private final Http http;
    private int number;
    private @Nullable String untold;

    CrashWriter(CrashRun run, int id) {
        this.run = run;
        this.id = id;
        this.random = new SplittableRandom(run.seed() * 31 + id);
        this.http = new Http(run.port(), ANSWER_TIMEOUT_MILLIS);
    }

    /** Sends one append, or goes through one chain of steps. */
    abstract void step() throws IOException, InterruptedException;

    @Override
    public final void run() {
        try {
            while (!run.stopping()) {
                step();
                if (run.pauseMillis() > 0) {
                    run.gate().pause(random.nextLong(2 * run.pauseMillis() + 1));
                }
                if (run.gate().isClosedBetweenSteps()) {
                    tell(); // or the check would settle what was answered
                    run.gate().step();
                }
            }
            tell();
        } catch (IOException | RuntimeException e) {
            run.findings().add(Kind.REFUSED, "writer " + id + " gave up: " + e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            http.close();
        }
    }

    /** What became of a request. */
    record Result(Http.@Nullable Answer answer, boolean sentAgain) {

        /** The answer's status, or 0 when there is none. */
        int status() {
            return answer == null ? 0 : answer.status();
        }

        boolean succeeded() {
            return status() >= 200 && status() < 300;
        }

        /** Whether the server said that it takes nothing now, and that nothing was done. */
        boolean overloaded() {
            return status() == 503 || status() == 429 || status() == 507;
        }

        /** Whether the request may have been done although nobody said so. */
        boolean unknown() {
            return answer == null || (status() >= 500 && status() != 503 && status() != 507);
        }

        String offset() {
            String offset = answer == null ? null : answer.header("stream-next-offset");
            return offset == null ? History.NO_OFFSET : offset;
        }

        @Override
        public String toString() {
            return answer == null
                    ? "no answer"
                    : "status " + answer.status() + " " + answer.headers() + " " + answer.text();
        }
    }

    /** Sends once. */
    final Result once(String method, String path, byte[] body, String... headers) {
        try {
            return new Result(http.send(method, path, body, headers), false);
        } catch (IOException e) {
            if (run.endingSince(http)) {
                run.findings()
                        .add(
                                Kind.REFUSED,
                                method + " " + path + " had left before the signal to end and was not answered: " + e);
            }
            return new Result(null, false);
        }
    }

    /** Sends until there is an answer that says what happened: exactly the same request, whatever happened before. */
    final Result untilKnown(String method, String path, byte[] body, String... headers)
            throws IOException, InterruptedException {
        long deadline = System.nanoTime() + GIVE_UP_NANOS;
        boolean again = false;
        while (true) {
            Result result = once(method, path, body, headers);
            if (!result.unknown() && !result.overloaded()) {
                return new Result(result.answer(), again);
            }
            again |= result.unknown();
            if (System.nanoTime() > deadline) {
                throw new IOException("no answer to " + method + " " + path + ": " + result);
            }
            if (!run.gate().pass()) {
                Thread.sleep(PAUSE_MILLIS);
            } else {
                deadline = System.nanoTime() + GIVE_UP_NANOS;
            }
        }
    }

    /** Tells the oracle what will be sent now, together with how the last append ended. Returns the append's number. */
    final int announce(String streams) throws IOException {
        int next = number++;
        tell("sent " + id + " " + next + " " + streams);
        return next;
    }

    /** The same, for a stream where age matters. */
    final int announce(String stream, long millis) throws IOException {
        return announce(stream + " " + millis);
    }

    /** Notes how an append ended; it is told before the next request is sent. */
    final void ended(String line) throws IOException {
        tell();
        untold = line;
    }

    /** Tells the oracle lines, after the one that was not told yet. */
    final void tell(String... lines) throws IOException {
        List<String> all = new ArrayList<>(3);
        if (untold != null) {
            all.add(untold);
            untold = null;
        }
        all.addAll(List.of(lines));
        if (!all.isEmpty()) {
            run.oracle().record(all.toArray(String[]::new));
        }
    }

    /** The body of the append with that number. */
    final byte[] body(boolean json, int append, int part) {
        return Payloads.body(json, run.payloads().messages(json, id, append, part));
    }

    static String contentType(boolean json) {
        return json ? "application/json" : "application/octet-stream";
    }
}
