package dev.varve.examples.orders;

import static java.util.Objects.requireNonNull;

import dev.varve.api.EventCodec;
import dev.varve.api.Projection;
import dev.varve.api.Repository;
import dev.varve.api.Store;
import dev.varve.api.StoredEvent;
import dev.varve.examples.orders.Order.Status;
import java.util.HashMap;
import java.util.Map;

/** Keeps a record of each order among the entries. What it writes is made with the checkpoint, and so once for each event. */
final class OrderSummaries implements Projection {

    /** Names the projection to those who wait for it. */
    static final String NAME = "order-summaries";

    private final Repository<OrderSummary> summaries;
    private final EventCodec<OrderEvent> codec;
    private final EntryTransactions transactions;

    /** What the transaction that is going on has changed: a read does not see it yet. */
    private final Map<String, OrderSummary> changed = new HashMap<>();

    OrderSummaries(Store store, EventCodec<OrderEvent> codec, EntryTransactions transactions) {
        this.summaries = store.repository(OrderSummary.class);
        this.codec = codec;
        this.transactions = transactions;
        transactions.onBegin(changed::clear);
    }

    @Override
    public void init() {
        summaries.deleteAll();
    }

    @Override
    public void handle(StoredEvent event) {
        String number = requireNonNull(event.aggregate()).id(); // as it reads those of orders only
        for (OrderEvent happened : codec.decode(event)) {
            OrderSummary summary = after(number, happened);
            changed.put(number, summary);
            transactions.batch().insert(summaries, summary);
        }
    }

    private OrderSummary after(String number, OrderEvent event) {
        return switch (event) {
            case OrderEvent.OrderOpened(String customer) -> new OrderSummary(number, customer, Status.OPEN, 0, 0);
            case OrderEvent.ArticleAdded added -> {
                OrderSummary before = current(number);
                yield new OrderSummary(
                        number,
                        before.customer(),
                        before.status(),
                        before.articles() + added.quantity(),
                        before.total() + added.quantity() * added.price());
            }
            case OrderEvent.OrderPaid _ -> current(number).with(Status.PAID);
            case OrderEvent.OrderShipped _ -> current(number).with(Status.SHIPPED);
            case OrderEvent.OrderCancelled _ -> current(number).with(Status.CANCELLED);
        };
    }

    private OrderSummary current(String number) {
        OrderSummary pending = changed.get(number);
        return pending != null ? pending : summaries.get(number);
    }
}
