package dev.varve.testkit.history;

import java.util.List;

/**
 * What became of a check. Immutable.
 *
 * @param <S> the type of states
 * @param <I> the type of requests
 * @param <O> the type of answers
 */
public sealed interface Verdict<S, I, O> {

    /**
     * There is an order that explains every answer.
     *
     * @param order the operations in such an order; open ones that never took effect are left out
     */
    record Linearizable<S, I, O>(List<Operation<I, O>> order) implements Verdict<S, I, O> {

        /** Copies the list. */
        public Linearizable {
            order = List.copyOf(order);
        }
    }

    /**
     * There is none.
     *
     * @param order the longest attempt
     * @param state where that attempt ends
     * @param stuck the operations that had to come next and could not
     */
    record Violation<S, I, O>(List<Operation<I, O>> order, S state, List<Operation<I, O>> stuck)
            implements Verdict<S, I, O> {

        /** Copies the lists. */
        public Violation {
            order = List.copyOf(order);
            stuck = List.copyOf(stuck);
        }
    }

    /**
     * The search ran into its bound: nothing is known. Never to be counted as passed.
     *
     * @param why which bound
     */
    record Undecided<S, I, O>(String why) implements Verdict<S, I, O> {}
}
