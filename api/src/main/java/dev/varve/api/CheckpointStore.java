package dev.varve.api;

import java.util.OptionalLong;

/**
 * Where projections keep how far they have come. Without more ado that is the event store itself, {@link #in}: then a projection that is cut
 * off handles some events again. One that keeps its view in a database is better off with a store of checkpoints there that joins the transaction
 * in which the view is written: then each event is handled exactly once.
 *
 * <pre>{@code
 * store.events().append(new AggregateId("order", "1"), ExpectedVersion.any(), NewEvent.json("OrderPlaced", "{}"));
 * CheckpointStore checkpoints = CheckpointStore.in(store.events());
 * checkpoints.save("totals", store.events().head());
 * System.out.println(checkpoints.load("totals"));
 * }</pre>
 *
 * <p>Implementations are thread-safe.
 */
public interface CheckpointStore {

    /**
     * Checkpoints among those of an event store, where appends can wait for them. They never go back. A store that does not exist yet gets
     * them with its first event.
     *
     * @param events the event store
     * @return the checkpoints
     */
    static CheckpointStore in(EventStore events) {
        return new CheckpointStore() {
            @Override
            public OptionalLong load(String name) {
                return events.checkpoint(name);
            }

            @Override
            public void save(String name, long position) {
                try {
                    events.saveCheckpoint(name, position);
                } catch (VarveException e) {
                    // Where nothing was ever appended there may be no store yet, and nothing is to be noted.
                    if (position != EventStore.EMPTY || e.kind() != ErrorKind.NOT_FOUND) {
                        throw e;
                    }
                }
            }

            @Override
            public void delete(String name) {
                try {
                    events.deleteCheckpoint(name);
                } catch (VarveException e) {
                    if (e.kind() != ErrorKind.NOT_FOUND) {
                        throw e;
                    }
                }
            }
        };
    }

    /**
     * How far a projection has come.
     *
     * @param name names the projection
     * @return up to where, inclusive, or nothing when it never began
     */
    OptionalLong load(String name);

    /**
     * Notes how far a projection has come; inside {@link #inTransaction} as a part of the transaction, else durable when this returns.
     *
     * @param name names the projection
     * @param position up to where, inclusive; {@link EventStore#EMPTY} when it has only begun
     */
    void save(String name, long position);

    /**
     * Forgets a checkpoint; nothing happens when there is none.
     *
     * @param name names the projection
     */
    void delete(String name);

    /**
     * Whether {@link #inTransaction} begins a transaction. If so, a projection saves its checkpoint in the one in which it handles events; else
     * after it has handled them.
     *
     * @return false unless overridden
     */
    default boolean isTransactional() {
        return false;
    }

    /**
     * Does something as one transaction: what it does in the database, and the checkpoints that it saves there, are there together, or
     * after an exception not at all. How it reaches the transaction says the implementation.
     *
     * @param work done once, on the calling thread
     */
    default void inTransaction(Runnable work) {
        work.run();
    }
}
