package dev.varve.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.AggregateId;
import dev.varve.api.EventStore;
import dev.varve.api.ExpectedVersion;
import dev.varve.api.NewEvent;
import dev.varve.cli.CommandLineRun.Result;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The commands of subscriptions against a real server. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
final class EventSubscriptionCommandsTest {

    private static final String STORE = "acme/orders";

    private final ServedStores stores = new ServedStores();

    @AfterEach
    void close() {
        stores.close();
    }

    private Result varve(String command, String... args) {
        String[] all = new String[args.length + 3];
        all[0] = "event";
        all[1] = "subscription";
        all[2] = command;
        System.arraycopy(args, 0, all, 3, args.length);
        return new CommandLineRun().server(stores.url()).run(all);
    }

    private String out(String command, String... args) {
        Result result = varve(command, args);
        assertThat(result.err()).isEmpty();
        assertThat(result.exitCode()).isZero();
        return result.out();
    }

    /** The token of the only line. */
    private String token(String line) {
        assertThat(line).hasLineCount(1);
        return line.substring(0, line.indexOf('\t'));
    }

    private void append(String aggregate, String type) {
        EventStore events = stores.store(STORE).events();
        events.append(AggregateId.parse(aggregate), ExpectedVersion.any(), NewEvent.json(type, "{\"n\": 1.50}"));
    }

    @Test
    void subscriptions_are_made_shown_listed_changed_and_deleted() {
        append("order/1", "Placed");
        assertThat(out("create", STORE, "mailer", "--category", "order", "--type", "Placed", "--max-retries", "3"))
                .isEqualTo("mailer\t-1\t0\t0\t0\t0\tactive\n");
        assertThat(out("create", STORE, "later", "--after", "now", "--distribution", "by_aggregate", "--json"))
                .contains("\"name\":\"later\"", "\"distribution\":\"by_aggregate\"", "\"max_retries\":10");
        assertThat(out("list", STORE)).hasLineCount(2).startsWith("later\t").contains("\nmailer\t-1\t0\t");
        assertThat(out("show", STORE, "mailer"))
                .contains("checkpoint\t-1\n", "retries\t3\n", "timeout ms\t30000\n", "distribution\tround_robin\n");
        assertThat(out("show", STORE, "mailer", "--json"))
                .hasLineCount(1)
                .contains("\"category\":\"order\"", "\"types\":[\"Placed\"]", "\"paused\":false", "\"consumers\":[]");

        assertThat(out("update", STORE, "mailer", "--timeout-ms", "60000", "--json"))
                .contains("\"message_timeout_ms\":60000", "\"max_retries\":3", "\"category\":\"order\"");
        assertThat(out("update", STORE, "mailer", "--category", "cart", "--max-in-flight", "5", "--json"))
                .contains("\"category\":\"cart\"", "\"max_in_flight\":5", "\"message_timeout_ms\":60000");

        assertThat(out("delete", STORE, "mailer")).isEmpty();
        assertThat(varve("delete", STORE, "mailer"))
                .isEqualTo(new Result(1, "", "varve: not_found: there is no subscription mailer\n"));
        assertThat(out("delete", STORE, "later", "--json")).isEqualTo("{\"deleted\":true}\n");
        assertThat(out("list", STORE)).isEmpty();
    }

    @Test
    void events_are_handed_out_and_settled() {
        append("order/1", "Placed");
        append("order/1", "Paid");
        out("create", STORE, "mailer", "--retry-pause-ms", "0");

        String first = out("next", STORE, "mailer");
        assertThat(first).contains("\t1\t0\torder/1\t0\tPlaced\t{\"n\": 1.50}\n");
        assertThat(out("show", STORE, "mailer")).contains("in flight\t1\n", "consumers\tvarve\n");
        assertThat(out("ack", STORE, "mailer", token(first))).isEqualTo("1\n");
        assertThat(out("ack", STORE, "mailer", token(first))).isEqualTo("0\n");

        String second = out("next", STORE, "mailer", "--consumer", "other", "--wait-ms", "10000");
        assertThat(out("nak", STORE, "mailer", token(second), "--reason", "later"))
                .isEqualTo("1\n");
        String again =
                out("next", STORE, "mailer", "--consumer", "other", "--max", "10", "--wait-ms", "10000", "--json");
        assertThat(again)
                .hasLineCount(1)
                .contains("\"attempt\":2", "\"event\":{\"position\":1,", "\"data\":{\"n\": 1.50}}}\n");
        out("leave", STORE, "mailer", "--consumer", "other");
        String third = out("next", STORE, "mailer", "--wait-ms", "10000");
        assertThat(out("nak", STORE, "mailer", token(third), "--action", "skip", "--json"))
                .isEqualTo("{\"settled\":1}\n");
        assertThat(out("next", STORE, "mailer")).isEmpty();
        assertThat(out("show", STORE, "mailer")).contains("checkpoint\t1\n");
    }

    @Test
    void events_are_parked_and_replayed() {
        append("order/1", "Placed");
        append("order/2", "Placed");
        out("create", STORE, "mailer");
        String park = token(out("next", STORE, "mailer"));
        assertThat(out("park", STORE, "mailer", park, "--reason", "no address")).isEqualTo("1\n");
        String nak = token(out("next", STORE, "mailer"));
        assertThat(out("nak", STORE, "mailer", nak, "--action", "park")).isEqualTo("1\n");

        assertThat(out("parked", STORE, "mailer"))
                .hasLineCount(2)
                .startsWith("1\tno address\t0\torder/1\t0\tPlaced\t{\"n\": 1.50}\n");
        assertThat(out("parked", STORE, "mailer", "--after", "0")).hasLineCount(1);
        assertThat(out("parked", STORE, "mailer", "--limit", "1", "--json"))
                .hasLineCount(1)
                .contains("\"reason\":\"no address\"", "\"event\":{\"position\":0,");

        assertThat(out("replay", STORE, "mailer", "--stop-at", "1")).isEqualTo("1\n");
        assertThat(out("next", STORE, "mailer")).contains("\torder/1\t");
        assertThat(out("replay", STORE, "mailer", "--json")).isEqualTo("{\"replayed\":1}\n");
    }

    @Test
    void a_subscription_is_paused_resumed_and_begun_anew() {
        append("order/1", "Placed");
        out("create", STORE, "mailer");
        assertThat(out("pause", STORE, "mailer")).endsWith("\tpaused\n");
        assertThat(out("next", STORE, "mailer")).isEmpty();
        assertThat(varve("pause", STORE, "mailer").exitCode()).isEqualTo(1);
        assertThat(out("resume", STORE, "mailer")).endsWith("\tactive\n");

        String first = token(out("next", STORE, "mailer"));
        assertThat(out("nak", STORE, "mailer", first, "--action", "stop", "--reason", "help"))
                .isEqualTo("1\n");
        assertThat(out("list", STORE)).endsWith("\tpaused: help\n");
        out("resume", STORE, "mailer");
        assertThat(out("reset", STORE, "mailer", "now")).startsWith("mailer\t0\t0\t");
        assertThat(out("reset", STORE, "mailer", "-1")).startsWith("mailer\t-1\t0\t");
        assertThat(out("next", STORE, "mailer")).hasLineCount(1);
    }

    @Test
    void what_is_refused_exits_with_1_and_what_makes_no_sense_with_2() {
        append("order/1", "Placed");
        assertThat(varve("show", STORE, "nobody").exitCode()).isEqualTo(1);
        assertThat(varve("show", STORE, "nobody", "--json").err()).contains("\"kind\":\"not_found\"");
        out("create", STORE, "mailer");
        assertThat(varve("create", STORE, "mailer").exitCode()).isEqualTo(1);
        for (List<String> senseless : List.of(
                List.of("create", STORE, "other", "--distribution", "some"),
                List.of("create", STORE, "other", "--after", "soon"),
                List.of("create", STORE, "other", "--timeout-ms", "1"),
                List.of("nak", STORE, "mailer", "t", "--action", "lose"),
                List.of("ack", STORE, "mailer"),
                List.of("reset", STORE, "mailer", "soon"),
                List.of("parked", STORE, "mailer", "--limit", "0"),
                List.of("show", "nostore", "mailer"))) {
            assertThat(varve(
                                    senseless.get(0),
                                    senseless.subList(1, senseless.size()).toArray(String[]::new))
                            .exitCode())
                    .as(senseless.toString())
                    .isEqualTo(2);
        }
    }

    @Test
    void the_plural_is_understood() {
        assertThat(new CommandLineRun()
                        .server(stores.url())
                        .run("event", "subscriptions", "list", STORE)
                        .exitCode())
                .isIn(0, 1);
    }
}
