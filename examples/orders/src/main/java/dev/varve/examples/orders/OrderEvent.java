package dev.varve.examples.orders;

/** What can happen to an order. Amounts are in cents. */
sealed interface OrderEvent {

    record OrderOpened(String customer) implements OrderEvent {}

    record ArticleAdded(String article, int quantity, long price) implements OrderEvent {}

    record OrderPaid(long amount) implements OrderEvent {}

    record OrderShipped(String parcel) implements OrderEvent {}

    record OrderCancelled(String reason) implements OrderEvent {}
}
