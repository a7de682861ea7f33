package dev.varve.testkit.history;

import org.jspecify.annotations.Nullable;

/**
 * One call of one client. Times are readings of one counter that all clients share: one operation precedes another when
 * it returned at a lower reading than the other was invoked at. An operation whose outcome its client never learned
 * stays open to the end: it may take effect at any time after its invocation, or never. Immutable.
 *
 * @param client who called
 * @param invoked when, before anything was sent
 * @param returned when, after the whole answer had come; {@link #OPEN} when there was none
 * @param input what was asked
 * @param output the answer; null when there was none
 * @param <I> the type of requests
 * @param <O> the type of answers
 */
public record Operation<I, O>(
        int client,
        long invoked,
        long returned,
        I input,
        @Nullable O output) {

    /** The end of an operation without an answer: after everything. */
    public static final long OPEN = Long.MAX_VALUE;

    /**
     * Checks that the times fit.
     *
     * @throws IllegalArgumentException when an operation returned before it was invoked, or is open with an answer, or
     *     has returned without one
     */
    public Operation {
        if (returned <= invoked) {
            throw new IllegalArgumentException("returned at " + returned + " but invoked at " + invoked);
        }
        if ((output == null) != (returned == OPEN)) {
            throw new IllegalArgumentException("an operation has an answer exactly when it returned");
        }
    }

    /**
     * Whether the outcome is unknown.
     *
     * @return true when there was no answer
     */
    public boolean isOpen() {
        return output == null;
    }

    /**
     * The same operation as seen by somebody who looked before it returned.
     *
     * @return the operation without its answer
     */
    public Operation<I, O> opened() {
        return new Operation<>(client, invoked, OPEN, input, null);
    }
}
