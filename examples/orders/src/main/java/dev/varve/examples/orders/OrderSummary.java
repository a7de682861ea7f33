package dev.varve.examples.orders;

import dev.varve.api.Key;
import dev.varve.api.Required;
import dev.varve.api.Schema;

/** An order as lists of orders show it. */
@Schema(prefix = "orders")
record OrderSummary(@Key String number, @Required String customer, Order.Status status, int articles, long total) {

    OrderSummary with(Order.Status other) {
        return new OrderSummary(number, customer, other, articles, total);
    }
}
