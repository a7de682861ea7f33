package dev.varve.examples.orders;

import dev.varve.api.Aggregates;
import dev.varve.api.EventCodec;
import dev.varve.api.EventRead;
import dev.varve.api.Outcome;
import dev.varve.api.ProjectionRun;
import dev.varve.api.Repository;
import dev.varve.api.Store;
import java.time.Duration;
import java.util.Set;

/** The service: commands go to the rules, and are in the summaries when they return. Thread-safe. */
final class Ordering implements AutoCloseable {

    private static final String ORDER = "order";
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    /** So many events make one transaction at most, each of which writes an order and the checkpoint: a batch takes 1,000 entries. */
    private static final int TOGETHER = 50;

    private final Repository<OrderSummary> summaries;
    private final ProjectionRun run;
    private final Aggregates<Order, OrderCommand, OrderEvent> orders;

    Ordering(Store store) {
        EventCodec<OrderEvent> codec = EventCodec.of(OrderEvent.class);
        EntryTransactions transactions = new EntryTransactions(store);
        summaries = store.repository(OrderSummary.class);
        run = ProjectionRun.builder(store.events(), OrderSummaries.NAME, new OrderSummaries(store, codec, transactions))
                .read(EventRead.category(ORDER))
                .checkpoints(transactions)
                .checkpointEvery(TOGETHER, Duration.ZERO)
                .start();
        orders = Aggregates.builder(store.events(), ORDER, new OrderRules(), codec)
                .snapshots(Order.class)
                .awaiting(Set.of(OrderSummaries.NAME), PATIENCE)
                .build();
    }

    /** Does a command. */
    Order execute(String number, OrderCommand command) {
        Outcome<Order, OrderEvent> outcome = orders.execute(number, command);
        if (!outcome.reached()) {
            // It is done all the same, and will be seen: nothing is to be tried again.
            throw new IllegalStateException("order " + number + " is not in the summaries after " + PATIENCE);
        }
        return outcome.state();
    }

    /** What was ordered, to be read only. */
    Repository<OrderSummary> summaries() {
        return summaries;
    }

    /** Makes all summaries anew, of the events alone. Commands that come meanwhile wait. */
    void rebuild() {
        run.rebuild();
    }

    /** Waits for the summaries of all events up to a position. */
    boolean await(long position) {
        return run.await(position, PATIENCE);
    }

    @Override
    public void close() {
        run.close();
    }
}
