package dev.varve.bench.histories;

import java.util.SplittableRandom;

/** The system under test as one client sees it. Confined to the client's thread. */
interface Target extends AutoCloseable {

    /** What became of a request. */
    sealed interface Outcome {

        /** There is an answer. */
        record Answered(Answer answer) implements Outcome {}

        /** There is none; it may take effect at any time, or never. */
        record Open() implements Outcome {}

        /** It had no effect and never will. */
        record NotApplied() implements Outcome {}

        Outcome OPEN = new Open();
        Outcome NOT_APPLIED = new NotApplied();
    }

    /** How patient the client is with a request. */
    enum Patience {
        /** Waits for the answer. */
        FULL,
        /** Goes away very soon. */
        LITTLE,
        /** Goes away in the middle of sending, where there is such a thing. */
        NONE
    }

    /**
     * Sends a request.
     *
     * @param paths put before each path
     * @throws InterruptedException when the run ends
     */
    Outcome call(String paths, Request request, Patience patience, SplittableRandom random) throws InterruptedException;

    /** Makes targets, one for each client. Thread-safe. */
    interface Factory {
        Target connect();
    }

    @Override
    void close();

    /** Whether a stream at that path holds JSON. */
    static boolean isJson(String path) {
        return path.startsWith("j");
    }

    /** What a stream at that path holds. */
    static String contentType(String path) {
        return isJson(path) ? "application/json" : "text/plain";
    }
}
