package dev.varve.api;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Function;

/**
 * One command over several parts of an aggregate: each step decides in the state after the events of the steps before, and a step that throws
 * refuses the command as a whole. Immutable; made inside {@link Decider#decide}.
 *
 * <pre>{@code
 * record Moved(String account, int amount) {}
 * record Bank(Map<String, Integer> balances) {
 *     Bank after(Moved moved) {
 *         Map<String, Integer> next = new HashMap<>(balances);
 *         next.merge(moved.account(), moved.amount(), Integer::sum);
 *         return new Bank(next);
 *     }
 * }
 *
 * Bank bank = new Bank(Map.of("a", 5));
 * List<Moved> transfer = Steps.from(bank, Bank::after)
 *         .then(state -> state.balances().getOrDefault("a", 0), balance -> {
 *             if (balance < 3) {
 *                 throw new IllegalStateException("not enough");
 *             }
 *             return List.of(new Moved("a", -3));
 *         })
 *         .then(state -> List.of(new Moved("b", 3)))
 *         .events();
 * System.out.println(transfer);
 * }</pre>
 *
 * @param <S> states
 * @param <E> events
 */
public final class Steps<S, E> {

    private final BiFunction<S, E, S> evolve;
    private final S state;
    private final List<E> events;

    private Steps(BiFunction<S, E, S> evolve, S state, List<E> events) {
        this.evolve = evolve;
        this.state = state;
        this.events = events;
    }

    /**
     * No step yet.
     *
     * @param <S> states
     * @param <E> events
     * @param state the state in which the command is to be done
     * @param evolve the state after an event: {@code this::evolve} inside a decider
     * @return no steps
     */
    public static <S, E> Steps<S, E> from(S state, BiFunction<S, E, S> evolve) {
        return new Steps<>(evolve, state, List.of());
    }

    /**
     * One more step, which sees the whole state.
     *
     * @param decide what happens in the state after the steps before; what it throws is thrown
     * @return the steps so far and this one
     */
    public Steps<S, E> then(Function<? super S, ? extends List<? extends E>> decide) {
        List<E> all = new ArrayList<>(events);
        S next = state;
        for (E event : decide.apply(state)) {
            all.add(event);
            next = evolve.apply(next, event);
        }
        return new Steps<>(evolve, next, List.copyOf(all));
    }

    /**
     * One more step, which sees a part of the state.
     *
     * @param <T> the part
     * @param part picks it from the state after the steps before
     * @param decide what happens to it; what it throws is thrown
     * @return the steps so far and this one
     */
    public <T> Steps<S, E> then(
            Function<? super S, ? extends T> part, Function<? super T, ? extends List<? extends E>> decide) {
        return then(whole -> decide.apply(part.apply(whole)));
    }

    /**
     * What happens.
     *
     * @return the events of all steps, in order
     */
    public List<E> events() {
        return events;
    }

    /**
     * The state after all steps.
     *
     * @return the state
     */
    public S state() {
        return state;
    }
}
