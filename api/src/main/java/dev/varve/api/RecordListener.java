package dev.varve.api;

/**
 * Is told of changes one after the other, in order, never by two threads at once.
 *
 * <pre>{@code
 * RecordListener<RecordEvent<Link>> listener = new RecordListener<>() {
 *     @Override
 *     public void changed(RecordEvent<Link> event) {
 *         System.out.println(event.key() + " by change " + event.storeSeq());
 *     }
 *
 *     @Override
 *     public void ended(VarveException failure) {
 *         System.out.println("read all anew: " + failure.kind());
 *     }
 * };
 * try (Subscription told = links.subscribe(listener)) {
 *     links.delete("dust");
 * }
 * }</pre>
 *
 * @param <E> what is told
 */
@FunctionalInterface
public interface RecordListener<E> {

    /**
     * Called for each change, on a thread that no other listener waits for; may block. What it throws is logged, and it is told
     * of the next change.
     *
     * @param event the change
     */
    void changed(E event);

    /**
     * Called at most once, after the last change, when nothing more will be told; never after the subscription was closed. To go
     * on, read all records anew and subscribe again.
     *
     * @param failure why: {@link ErrorKind#OVERLOADED} when more than {@link Repository#MAX_WAITING_EVENTS} changes were waiting
     *     for this listener, {@link ErrorKind#COMPACTED} when changes were passed over, {@link ErrorKind#NOT_FOUND} when the store
     *     is gone, {@link ErrorKind#UNAVAILABLE} when the transport was closed
     */
    default void ended(VarveException failure) {}
}
