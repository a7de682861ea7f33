package dev.varve.examples.orders;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.varve.api.AggregateId;
import dev.varve.api.CheckpointStore;
import dev.varve.api.EventStore;
import dev.varve.api.ExpectedVersion;
import dev.varve.api.NewEvent;
import dev.varve.api.Repository;
import dev.varve.api.Store;
import dev.varve.api.Varve;
import dev.varve.examples.orders.Order.Status;
import dev.varve.junit.VarveTest;
import dev.varve.junit.VarveUrl;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.URI;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The service does the same in memory, in a directory and on a server, and its summaries follow from the events. */
@VarveTest
final class OrdersTest {

    private static String run(String... arguments) {
        PrintStream before = System.out;
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        System.setOut(new PrintStream(printed, true, UTF_8));
        try {
            Orders.main(arguments);
        } finally {
            System.setOut(before);
        }
        return printed.toString(UTF_8);
    }

    private static final String FIRST = """
            refused: the order is OPEN, not PAID
            1: ann, 2 articles, 2500 cents, SHIPPED
            1: ann, 2 articles, 2500 cents, SHIPPED
            """;

    @Test
    void in_memory() {
        assertThat(run()).isEqualToNormalizingNewlines(FIRST);
    }

    @Test
    void in_a_directory_it_goes_on_where_it_was(@TempDir Path directory) {
        String data = directory.resolve("data").toString();
        assertThat(run(data)).isEqualToNormalizingNewlines(FIRST);
        assertThat(run(data))
                .contains("1: ann, 2 articles, 2500 cents, SHIPPED\n2: ann, 2 articles, 2500 cents, SHIPPED\n");
    }

    @Test
    void on_a_server(@VarveUrl URI url, Varve varve) {
        assertThat(run(url.toString())).isEqualToNormalizingNewlines(FIRST);
        assertThat(summaries(varve.store(Orders.STORE)).get("1"))
                .isEqualTo(new OrderSummary("1", "ann", Status.SHIPPED, 2, 2500));
    }

    private static Repository<OrderSummary> summaries(Store store) {
        return store.repository(OrderSummary.class);
    }

    private static void add(EventStore events, String number) {
        events.append(
                new AggregateId("order", number),
                ExpectedVersion.any(),
                NewEvent.json("ArticleAdded", "{\"article\":\"book\",\"quantity\":1,\"price\":10}"));
    }

    @Test
    void a_command_is_in_the_summaries_when_it_returns(Store store) {
        try (Ordering ordering = new Ordering(store)) {
            for (int i = 1; i <= 20; i++) {
                String number = "o-" + i % 3;
                if (i <= 3) {
                    ordering.execute(number, new OrderCommand.Open("ann"));
                }
                Order order = ordering.execute(number, new OrderCommand.Add("book", 1, 10));
                assertThat(ordering.summaries().get(number).articles()).isEqualTo(order.articles());
            }
        }
    }

    @Test
    void what_happens_while_nobody_looks_is_counted_once_by_who_comes_next(Store store) {
        try (Ordering ordering = new Ordering(store)) {
            ordering.execute("1", new OrderCommand.Open("ann"));
        }
        for (int i = 0; i < 120; i++) {
            add(store.events(), "1");
        }
        for (int i = 0; i < 3; i++) {
            try (Ordering ordering = new Ordering(store)) {
                assertThat(ordering.await(store.events().head())).isTrue();
                assertThat(ordering.summaries().get("1"))
                        .isEqualTo(new OrderSummary("1", "ann", Status.OPEN, 120, 1200));
            }
        }
    }

    @Test
    void summary_and_checkpoint_are_made_together_or_not_at_all(Store store) {
        EntryTransactions transactions = new EntryTransactions(store);
        Repository<OrderSummary> summaries = summaries(store);
        assertThatThrownBy(() -> transactions.inTransaction(() -> {
                    transactions.batch().insert(summaries, new OrderSummary("1", "ann", Status.OPEN, 0, 0));
                    transactions.save("p", 7);
                    throw new IllegalStateException("cut off");
                }))
                .hasMessage("cut off");
        assertThat(summaries.all()).isEmpty();
        assertThat(transactions.load("p")).isEmpty();
        transactions.inTransaction(() -> {
            transactions.batch().insert(summaries, new OrderSummary("1", "ann", Status.OPEN, 0, 0));
            transactions.save("p", 7);
        });
        assertThat(summaries.all()).hasSize(1);
        assertThat(transactions.load("p")).hasValue(7);
    }

    @Test
    void who_waits_is_told_by_the_next_start_what_was_cut_off_before_it_was_told(Store store) {
        try (Ordering ordering = new Ordering(store)) {
            ordering.execute("1", new OrderCommand.Open("ann"));
        }
        CheckpointStore told = CheckpointStore.in(store.events());
        told.delete(OrderSummaries.NAME);
        try (Ordering ordering = new Ordering(store)) {
            assertThat(told.load(OrderSummaries.NAME)).hasValue(0);
            ordering.execute("1", new OrderCommand.Cancel("no"));
        }
    }

    @Test
    void summaries_are_made_anew_of_the_events_alone(Store store) {
        try (Ordering ordering = new Ordering(store)) {
            ordering.execute("1", new OrderCommand.Open("ann"));
            ordering.execute("1", new OrderCommand.Add("book", 3, 10));
            ordering.execute("2", new OrderCommand.Open("ben"));
            OrderSummary first = ordering.summaries().get("1");

            summaries(store).delete("1");
            summaries(store).insert(new OrderSummary("2", "nobody", Status.SHIPPED, 99, 99));
            summaries(store).insert(new OrderSummary("3", "nobody", Status.SHIPPED, 99, 99));
            ordering.rebuild();
            assertThat(ordering.await(store.events().head())).isTrue();

            assertThat(ordering.summaries().all())
                    .containsExactly(first, new OrderSummary("2", "ben", Status.OPEN, 0, 0));
            ordering.execute("2", new OrderCommand.Cancel("no"));
            assertThat(ordering.summaries().get("2").status()).isEqualTo(Status.CANCELLED);
        }
    }
}
