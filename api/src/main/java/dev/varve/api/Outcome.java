package dev.varve.api;

import java.util.List;

/**
 * What came of a command. Immutable.
 *
 * <pre>{@code
 * record Counted(int by) {}
 * Aggregates<Integer, Integer, Counted> counters = Aggregates.of(
 *         store.events(),
 *         "counter",
 *         Decider.of(0, (by, count) -> List.of(new Counted(by)), (count, event) -> count + event.by()),
 *         EventCodec.of(Counted.class));
 * Outcome<Integer, Counted> outcome = counters.execute("visits", 3);
 * System.out.println(outcome.state() + " at version " + outcome.version());
 * }</pre>
 *
 * @param <S> states
 * @param <E> events
 * @param events what happened; none when there was nothing to do
 * @param state the state after them
 * @param version the version of the aggregate after them, {@link EventStore#EMPTY} without events; always that where there is no aggregate
 * @param position the position of the last of them in the log, {@link EventStore#EMPTY} without any
 * @param reached whether all projections that were to be waited for have come so far; true where none were
 */
public record Outcome<S, E>(List<E> events, S state, long version, long position, boolean reached) {

    /** Copies the list. */
    public Outcome {
        events = List.copyOf(events);
    }
}
