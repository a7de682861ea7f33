package dev.varve.bench.histories;

import java.util.SplittableRandom;

/**
 * The system under test as one client sees it. Confined to the client's thread.
 *
 * @param <Q> the type of requests
 * @param <A> the type of answers
 */
interface Target<Q, A> extends AutoCloseable {

    /** What became of a request. */
    sealed interface Outcome<A> {

        /** There is an answer. */
        record Answered<A>(A answer) implements Outcome<A> {}

        /** There is none; it may take effect at any time, or never. */
        record Open<A>() implements Outcome<A> {}

        /** It had no effect and never will. */
        record NotApplied<A>() implements Outcome<A> {}

        static <A> Outcome<A> open() {
            return new Open<>();
        }

        static <A> Outcome<A> notApplied() {
            return new NotApplied<>();
        }
    }

    /** How patient the client is with a request. */
    enum Patience {
        /** Waits for the answer. */
        FULL,
        /** Goes away very soon. */
        LITTLE,
        /** Goes away in the middle of sending, where there is such a thing. */
        NONE;

        /** Mostly full. */
        static Patience random(int impatientPercent, SplittableRandom random) {
            if (random.nextInt(100) >= impatientPercent) {
                return FULL;
            }
            return random.nextBoolean() ? LITTLE : NONE;
        }
    }

    /**
     * Sends a request.
     *
     * @param prefix what stands before the names of this history and of no other
     * @throws InterruptedException when the run ends
     */
    Outcome<A> call(String prefix, Q request, Patience patience, SplittableRandom random) throws InterruptedException;

    /** Makes targets, one for each client. Thread-safe. */
    interface Factory<Q, A> {
        Target<Q, A> connect();
    }

    @Override
    void close();
}
