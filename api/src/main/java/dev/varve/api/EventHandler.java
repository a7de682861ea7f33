package dev.varve.api;

/**
 * Is told of events as they come. All calls are made one after the other, on a thread of the subscription: a slow one delays only
 * itself.
 *
 * <pre>{@code
 * Subscription following = store.events().follow(EventRead.all(), new EventHandler() {
 *     @Override
 *     public void handle(StoredEvent event) {
 *         System.out.println(event.type());
 *     }
 *
 *     @Override
 *     public void caughtUp(long position) {
 *         System.out.println("live from " + position + " on");
 *     }
 * });
 * following.close();
 * }</pre>
 */
@FunctionalInterface
public interface EventHandler {

    /** What is to be done about an event that a handler has failed with. */
    enum Failure {
        /** The same event is handed over again, after a pause that grows. */
        RETRY,
        /** The next event is handed over. */
        SKIP,
        /** The subscription ends. */
        STOP
    }

    /**
     * Takes the next event.
     *
     * @param event in the order of positions, each once
     */
    void handle(StoredEvent event);

    /**
     * Decides what is to be done when {@link #handle} threw. Nothing is swallowed: by default the subscription ends, and {@link
     * #ended} is told.
     *
     * @param event the event
     * @param cause what was thrown
     * @param attempts how often the event was handed over, from 1
     * @return what to do
     */
    default Failure failed(StoredEvent event, RuntimeException cause, int attempts) {
        return Failure.STOP;
    }

    /**
     * All that was there has been handed over; what comes from now on is new. Told again each time that is so after {@link #fellBehind}.
     *
     * @param position up to where everything was handed over, inclusive
     */
    default void caughtUp(long position) {}

    /**
     * More came than was handed over in time: the subscription reads the log again, at its own pace.
     *
     * @param position up to where everything was handed over, inclusive
     */
    default void fellBehind(long position) {}

    /**
     * Up to here everything was handed over that is meant; told also where nothing is meant for long, so that a position that is kept moves on.
     * A subscription that begins after it gets exactly what follows.
     *
     * @param position inclusive; of a subscription to one aggregate a version
     */
    default void checkpoint(long position) {}

    /**
     * The subscription is over and was not closed: the store is gone, or {@link #handle} threw. Nothing is told afterwards.
     *
     * @param cause why
     */
    default void ended(RuntimeException cause) {}
}
