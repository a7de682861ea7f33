package dev.varve.api;

import java.util.function.BiConsumer;

/**
 * A view that is made of events. {@link ProjectionRun} keeps it up to date.
 *
 * <pre>{@code
 * Map<String, Integer> count = new ConcurrentHashMap<>();
 * Projection byType = new Projection() {
 *     @Override
 *     public void init() {
 *         count.clear();
 *     }
 *
 *     @Override
 *     public void handle(StoredEvent event) {
 *         count.merge(event.type(), 1, Integer::sum);
 *     }
 *
 *     @Override
 *     public Failure failed(StoredEvent event, RuntimeException cause, int attempts) {
 *         return attempts < 5 ? Failure.RETRY : Failure.SKIP;
 *     }
 * };
 * try (ProjectionRun run = ProjectionRun.builder(store.events(), "by-type", byType).replaying().start()) {
 *     run.await(store.events().head(), Duration.ofSeconds(10));
 * }
 * }</pre>
 *
 * <p>All methods are called one after the other, on a thread of the run, but {@link #init}, which is called by whoever starts or rebuilds it. What
 * {@link #handle} throws is neither swallowed nor lost: {@link #failed} says whether the event is handed over again after a pause that grows, or left
 * out, or the run ends, as it does unless overridden.
 */
@FunctionalInterface
public interface Projection extends EventHandler {

    /**
     * The view is to be empty: the projection begins for the first time, or anew. Not called when it goes on where it was.
     */
    default void init() {}

    /**
     * The next event does not stand right behind the last one: what stood between was removed. Told of projections that read all
     * events, without a query, a filter or a category.
     *
     * @param after the position of the last event
     * @param next the position of the next one, which is handled then
     */
    default void gap(long after, long next) {}

    /**
     * A projection of values.
     *
     * @param <E> the values
     * @param codec reads events; what it cannot read is an event that cannot be handled
     * @param handler takes each value and the event that it was read from, which for one that was split up comes with several
     * @return the projection
     */
    static <E> Projection of(EventCodec<E> codec, BiConsumer<? super E, ? super StoredEvent> handler) {
        return event -> {
            for (E value : codec.decode(event)) {
                handler.accept(value, event);
            }
        };
    }
}
