package dev.varve.api;

import java.util.List;
import java.util.function.BiFunction;

/**
 * What a command means in a state, and what an event does to it: the whole of an aggregate's rules, without a store, a clock or a
 * thread. {@link Aggregates} runs one over the events of aggregates, {@link Decisions} one over events that a query means.
 *
 * <pre>{@code
 * record Deposited(int amount) {}
 * Decider<Integer, Integer, Deposited> account = Decider.of(
 *         0,
 *         (amount, balance) -> {
 *             if (amount <= 0) {
 *                 throw new IllegalArgumentException("nothing to deposit");
 *             }
 *             return List.of(new Deposited(amount));
 *         },
 *         (balance, event) -> balance + event.amount());
 * System.out.println(account.decide(5, account.initial()));
 * }</pre>
 *
 * <p>All three methods are pure: the same arguments give the same result, and nothing else happens. Each may be called several times for
 * one command, and by several threads at once for different aggregates. States are not changed, but replaced.
 *
 * @param <S> states
 * @param <C> commands
 * @param <E> events
 */
public interface Decider<S, C, E> {

    /**
     * The state without any event.
     *
     * @return the state
     */
    S initial();

    /**
     * Decides what comes of a command.
     *
     * @param command what is to be done
     * @param state the state in which it is to be done
     * @return what happens, in order; nothing when there is nothing to do
     * @throws RuntimeException to refuse the command; whoever gave it gets the exception, and nothing is stored
     */
    List<E> decide(C command, S state);

    /**
     * The state after an event. What happened cannot be refused: an event that is stored is taken in every state.
     *
     * @param state the state before
     * @param event what happened
     * @return the state after
     */
    S evolve(S state, E event);

    /**
     * Whether no command will ever come again in a state, so that it need not be kept in memory.
     *
     * @param state the state
     * @return false unless overridden
     */
    default boolean isTerminal(S state) {
        return false;
    }

    /**
     * A decider of functions.
     *
     * @param <S> states
     * @param <C> commands
     * @param <E> events
     * @param initial the state without any event
     * @param decide as {@link #decide}
     * @param evolve as {@link #evolve}
     * @return the decider
     */
    static <S, C, E> Decider<S, C, E> of(S initial, BiFunction<C, S, List<E>> decide, BiFunction<S, E, S> evolve) {
        return new Decider<>() {
            @Override
            public S initial() {
                return initial;
            }

            @Override
            public List<E> decide(C command, S state) {
                return decide.apply(command, state);
            }

            @Override
            public S evolve(S state, E event) {
                return evolve.apply(state, event);
            }
        };
    }
}
