package dev.varve.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.varve.api.Aggregates;
import dev.varve.api.Decider;
import dev.varve.api.EventCodec;
import dev.varve.api.EventStore;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** A shopping cart, as Chronik's example has it. */
abstract class CartRules {

    sealed interface Command {
        record Create() implements Command {}

        record Add(String item, int quantity) implements Command {}

        record Remove(String item, int quantity) implements Command {}
    }

    sealed interface CartEvent {
        record Created() implements CartEvent {}

        record Added(String item, int quantity) implements CartEvent {}

        record Removed(String item, int quantity) implements CartEvent {}
    }

    record Cart(boolean created, Map<String, Integer> items) {

        int quantity(String item) {
            return items.getOrDefault(item, 0);
        }

        Cart plus(String item, int quantity) {
            Map<String, Integer> next = new TreeMap<>(items);
            next.merge(item, quantity, Integer::sum);
            return new Cart(created, next);
        }
    }

    private static List<CartEvent> decide(Command command, Cart cart) {
        if (command instanceof Command.Create) {
            if (cart.created()) {
                throw new IllegalStateException("cart already created");
            }
            return List.of(new CartEvent.Created());
        }
        if (command instanceof Command.Add add) {
            return List.of(new CartEvent.Added(add.item(), add.quantity()));
        }
        Command.Remove remove = (Command.Remove) command;
        if (cart.quantity(remove.item()) < remove.quantity()) {
            throw new IllegalStateException("cannot remove what is not there");
        }
        return List.of(new CartEvent.Removed(remove.item(), remove.quantity()));
    }

    private static Cart evolve(Cart cart, CartEvent event) {
        if (event instanceof CartEvent.Added added) {
            return cart.plus(added.item(), added.quantity());
        }
        if (event instanceof CartEvent.Removed removed) {
            return cart.plus(removed.item(), -removed.quantity());
        }
        return new Cart(true, Map.of());
    }

    private final Aggregates<Cart, Command, CartEvent> carts;

    CartRules(EventStore events) {
        this.carts = Aggregates.of(
                events,
                "cart",
                Decider.of(new Cart(false, Map.of()), CartRules::decide, CartRules::evolve),
                EventCodec.of(CartEvent.class));
    }

    @Test
    void creating_twice_is_an_error() {
        carts.execute("1", new Command.Create());
        assertThatIllegalStateException().isThrownBy(() -> carts.execute("1", new Command.Create()));
    }

    @Test
    void removing_from_an_empty_cart_is_an_error() {
        carts.execute("1", new Command.Create());
        assertThatIllegalStateException().isThrownBy(() -> carts.execute("1", new Command.Remove("book", 1)));
    }

    @Test
    void adding_works() {
        carts.execute("1", new Command.Create());
        assertThat(carts.execute("1", new Command.Add("book", 2)).state().quantity("book"))
                .isEqualTo(2);
    }

    @Test
    void adding_and_removing_sum_up() {
        carts.execute("1", new Command.Create());
        carts.execute("1", new Command.Add("book", 2));
        carts.execute("1", new Command.Add("book", 3));
        carts.execute("1", new Command.Remove("book", 4));
        assertThat(carts.state("1").orElseThrow().quantity("book")).isEqualTo(1);
    }
}
