package dev.varve.testkit.history;

import org.jspecify.annotations.Nullable;

/**
 * What the system under test would do if its operations came one after another. Implementations are deterministic, and
 * their states immutable, with {@code equals} and {@code hashCode} by content. Thread-safe.
 *
 * @param <S> the type of states
 * @param <I> the type of requests
 * @param <O> the type of answers
 */
public interface SequentialModel<S, I, O> {

    /**
     * Where every history starts.
     *
     * @return the state before the first operation
     */
    S initial();

    /**
     * Applies one operation.
     *
     * @param state the state before
     * @param input what is asked
     * @param output the answer that was given; null when it is unknown, so that any answer would do
     * @return the state after: the very same object when nothing changed; null when this request cannot have had this
     *     answer in this state
     */
    @Nullable S step(S state, I input, @Nullable O output);

    /**
     * Which of several operations that could come next is tried first: the lower rank. A good order makes the check of
     * a right history a walk without detours; any order gives the same verdict.
     *
     * @param input what is asked
     * @param output the answer, or null when it is unknown
     * @return the rank, 0 by default
     */
    default int rank(I input, @Nullable O output) {
        return 0;
    }

    /**
     * Whether an operation with this answer changes nothing in whatever state it can have it. It is then never tried in
     * several places, and a story of what went wrong may be told without it.
     *
     * @param input what was asked
     * @param output the answer, or null when it is unknown
     * @return true for reads and refusals, for example; false by default, which is always right
     */
    default boolean onlyLooks(I input, @Nullable O output) {
        return false;
    }
}
