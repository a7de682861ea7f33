package dev.varve.examples.orders;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.varve.examples.orders.Order.Status;
import org.junit.jupiter.api.Test;

/** Rules are functions, and tested as such. */
final class OrderRulesTest {

    private final OrderRules rules = new OrderRules();

    private Order after(OrderCommand... commands) {
        Order order = rules.initial();
        for (OrderCommand command : commands) {
            for (OrderEvent event : rules.decide(command, order)) {
                order = rules.evolve(order, event);
            }
        }
        return order;
    }

    private static final OrderCommand OPEN = new OrderCommand.Open("ann");
    private static final OrderCommand BOOKS = new OrderCommand.Add("book", 2, 1250);

    @Test
    void an_order_is_opened_filled_paid_and_shipped() {
        assertThat(after(OPEN, BOOKS)).isEqualTo(new Order(Status.OPEN, 2, 2500));
        assertThat(after(OPEN, BOOKS, new OrderCommand.Pay(2500), new OrderCommand.Ship("p-1")))
                .isEqualTo(new Order(Status.SHIPPED, 2, 2500));
    }

    @Test
    void what_is_too_early_or_too_late_is_refused() {
        assertThatThrownBy(() -> after(BOOKS)).hasMessage("the order is NONE, not OPEN");
        assertThatThrownBy(() -> after(OPEN, OPEN)).hasMessage("the order is OPEN, not NONE");
        assertThatThrownBy(() -> after(OPEN, BOOKS, new OrderCommand.Ship("p-1")))
                .hasMessage("the order is OPEN, not PAID");
        assertThatThrownBy(() -> after(OPEN, BOOKS, new OrderCommand.Pay(2500), new OrderCommand.Cancel("late")))
                .hasMessage("the order is PAID, not OPEN");
    }

    @Test
    void amounts_must_be_right() {
        assertThatThrownBy(() -> after(OPEN, BOOKS, new OrderCommand.Pay(1)))
                .hasMessage("to be paid are 2500 cents, not 1");
        assertThatThrownBy(() -> after(OPEN, new OrderCommand.Pay(0))).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> after(OPEN, new OrderCommand.Add("book", 0, 1)))
                .hasMessage("there is no quantity of 0");
    }

    @Test
    void who_cancels_twice_has_cancelled() {
        assertThat(after(OPEN, new OrderCommand.Cancel("no"), new OrderCommand.Cancel("again"))
                        .status())
                .isEqualTo(Status.CANCELLED);
    }
}
