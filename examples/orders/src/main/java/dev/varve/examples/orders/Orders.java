package dev.varve.examples.orders;

import dev.varve.api.Store;
import dev.varve.api.Varve;
import java.io.PrintStream;
import java.net.URI;
import java.nio.file.Path;

/** A day in a shop. */
public final class Orders {

    static final String STORE = "examples/orders";

    private Orders() {}

    /**
     * Runs once.
     *
     * @param arguments nothing to keep all in memory, a directory, or the URL of a server
     */
    public static void main(String[] arguments) {
        try (Varve varve = open(arguments)) {
            run(varve.store(STORE), System.out);
        }
    }

    private static Varve open(String[] arguments) {
        if (arguments.length == 0) {
            return Varve.inMemory();
        }
        String where = arguments[0];
        return where.startsWith("http") ? Varve.connect(URI.create(where)) : Varve.open(Path.of(where));
    }

    static void run(Store store, PrintStream out) {
        try (Ordering ordering = new Ordering(store)) {
            String number = Long.toString(1 + ordering.summaries().count());
            ordering.execute(number, new OrderCommand.Open("ann"));
            ordering.execute(number, new OrderCommand.Add("book", 2, 12_50));
            try {
                ordering.execute(number, new OrderCommand.Ship("p-1"));
            } catch (IllegalStateException e) {
                out.println("refused: " + e.getMessage());
            }
            ordering.execute(number, new OrderCommand.Pay(25_00));
            ordering.execute(number, new OrderCommand.Ship("p-1"));
            print(ordering, out);

            ordering.rebuild();
            ordering.await(store.events().head());
            print(ordering, out);
        }
    }

    private static void print(Ordering ordering, PrintStream out) {
        ordering.summaries()
                .all()
                .forEach(order -> out.println(order.number() + ": " + order.customer() + ", " + order.articles()
                        + " articles, " + order.total() + " cents, " + order.status()));
    }
}
