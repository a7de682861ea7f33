package dev.varve.examples.orders;

import dev.varve.api.Decider;
import dev.varve.examples.orders.Order.Status;
import java.util.List;

/** The rules of orders, and nothing else: no store, no clock, no thread. */
final class OrderRules implements Decider<Order, OrderCommand, OrderEvent> {

    @Override
    public Order initial() {
        return Order.NONE;
    }

    @Override
    public List<OrderEvent> decide(OrderCommand command, Order order) {
        return switch (command) {
            case OrderCommand.Open(String customer) -> {
                require(order, Status.NONE);
                yield List.of(new OrderEvent.OrderOpened(customer));
            }
            case OrderCommand.Add(String article, int quantity, long price) -> {
                require(order, Status.OPEN);
                if (quantity < 1) {
                    throw new IllegalArgumentException("there is no quantity of " + quantity);
                }
                yield List.of(new OrderEvent.ArticleAdded(article, quantity, price));
            }
            case OrderCommand.Pay(long amount) -> {
                require(order, Status.OPEN);
                if (order.articles() == 0 || amount != order.total()) {
                    throw new IllegalStateException("to be paid are " + order.total() + " cents, not " + amount);
                }
                yield List.of(new OrderEvent.OrderPaid(amount));
            }
            case OrderCommand.Ship(String parcel) -> {
                require(order, Status.PAID);
                yield List.of(new OrderEvent.OrderShipped(parcel));
            }
            // Who cancels twice wants no more than that it is cancelled.
            case OrderCommand.Cancel _ when order.status() == Status.CANCELLED -> List.of();
            case OrderCommand.Cancel(String reason) -> {
                require(order, Status.OPEN);
                yield List.of(new OrderEvent.OrderCancelled(reason));
            }
        };
    }

    private static void require(Order order, Status status) {
        if (order.status() != status) {
            throw new IllegalStateException("the order is " + order.status() + ", not " + status);
        }
    }

    @Override
    public Order evolve(Order order, OrderEvent event) {
        return switch (event) {
            case OrderEvent.OrderOpened _ -> order.with(Status.OPEN);
            case OrderEvent.ArticleAdded added ->
                new Order(
                        order.status(),
                        order.articles() + added.quantity(),
                        order.total() + added.quantity() * added.price());
            case OrderEvent.OrderPaid _ -> order.with(Status.PAID);
            case OrderEvent.OrderShipped _ -> order.with(Status.SHIPPED);
            case OrderEvent.OrderCancelled _ -> order.with(Status.CANCELLED);
        };
    }

    @Override
    public boolean isTerminal(Order order) {
        return order.status() == Status.SHIPPED || order.status() == Status.CANCELLED;
    }
}
