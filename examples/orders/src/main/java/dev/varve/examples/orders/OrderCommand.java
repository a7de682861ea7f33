package dev.varve.examples.orders;

/** What can be asked of an order. Amounts are in cents. */
sealed interface OrderCommand {

    record Open(String customer) implements OrderCommand {}

    record Add(String article, int quantity, long price) implements OrderCommand {}

    record Pay(long amount) implements OrderCommand {}

    record Ship(String parcel) implements OrderCommand {}

    record Cancel(String reason) implements OrderCommand {}
}
