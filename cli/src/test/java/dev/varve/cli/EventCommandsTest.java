package dev.varve.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.AggregateId;
import dev.varve.api.EventAppend;
import dev.varve.api.EventData;
import dev.varve.api.EventRead;
import dev.varve.api.EventStore;
import dev.varve.api.ExpectedVersion;
import dev.varve.api.NewEvent;
import dev.varve.api.StoredEvent;
import dev.varve.cli.CommandLineRun.Result;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The commands of events against a real server. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
final class EventCommandsTest {

    private static final String STORE = "acme/orders";
    private static final String ID = "0f6e9a52-7c1d-4d0e-9d58-0a4f8e2b6c11";

    private final ServedStores stores = new ServedStores();

    @AfterEach
    void close() {
        stores.close();
    }

    private CommandLineRun run() {
        return new CommandLineRun().server(stores.url());
    }

    private Result varve(String... args) {
        return run().run(args);
    }

    private String out(String... args) {
        return out(varve(args));
    }

    private static String out(Result result) {
        assertThat(result.err()).isEmpty();
        assertThat(result.exitCode()).isZero();
        return result.out();
    }

    private EventStore events() {
        return stores.store(STORE).events();
    }

    @Test
    void what_is_appended_is_read() {
        assertThat(out("event", "append", STORE, "order/4711", "--type", "Placed", "--data", "{\"total\": 12.50}"))
                .isEqualTo("0\n");
        assertThat(out("event", "append", STORE, "order/4711", "--type", "Paid", "--tag", "vip", "--expected", "0"))
                .isEqualTo("1\n");
        assertThat(out("event", "append", STORE, "--type", "Opened")).isEqualTo("2\n");
        assertThat(out("event", "read", STORE))
                .hasLineCount(3)
                .startsWith("0\torder/4711\t0\tPlaced\t{\"total\": 12.50}\n")
                .contains("\n1\torder/4711\t1\tPaid\t{}\n")
                .endsWith("\n2\t-\t-\tOpened\t{}\n");
        assertThat(out("event", "read", STORE, "order/4711", "--backward", "--limit", "1"))
                .startsWith("1\t");
        assertThat(out("event", "read", STORE, "--tag", "vip"))
                .startsWith("1\t")
                .hasLineCount(1);
        assertThat(out("event", "read", STORE, "--type", "Placed", "--type", "Opened"))
                .hasLineCount(2);
        assertThat(out("event", "read", STORE, "--category", "order", "--after", "0"))
                .hasLineCount(1);
        assertThat(out("event", "read", STORE, "order/4711", "--json", "--limit", "1"))
                .contains("\"data\":{\"total\": 12.50}}\n", "\"aggregate\":{\"type\":\"order\",\"id\":\"4711\"}");
        assertThat(out("event", "info", STORE)).isEqualTo("head 2, 3 events\n");
        assertThat(out("event", "info", STORE, "order/4711"))
                .isEqualTo("live, version 1, first version 0, last position 1\n");
    }

    @Test
    void an_append_with_an_id_is_made_once() {
        List<String> append =
                List.of("event", "append", STORE, "a/1", "--type", "T", "--id", ID, "--metadata", "k=v=w");
        assertThat(out(append.toArray(String[]::new))).isEqualTo("0\n");
        assertThat(out(append.toArray(String[]::new))).isEqualTo("0\n");
        assertThat(run().onTerminal().run(append.toArray(String[]::new)).out())
                .isEqualTo("was there already, version 0, position 0\n");
        assertThat(events().fetch(EventStore.EMPTY).events())
                .extracting(StoredEvent::metadata)
                .containsExactly(java.util.Map.of("k", "v=w"));
    }

    @Test
    void what_is_refused_exits_with_1_and_says_what_is_there() {
        out("event", "append", STORE, "a/1", "--type", "T");
        assertThat(varve("event", "append", STORE, "a/1", "--type", "T", "--expected", "noStream"))
                .isEqualTo(new Result(1, "", "varve: conflict: wrong expected version; a/1 is at version 0\n"));
        assertThat(varve("event", "append", STORE, "a/1", "--type", "T", "--expected", "7", "--json")
                        .err())
                .contains("\"reason\":\"wrong_expected_version\"", "\"actual\":0");
        assertThat(varve("event", "append", STORE, "a/1", "--type", "T", "--data", "{")
                        .exitCode())
                .isEqualTo(1);
        assertThat(varve("event", "read", STORE, "a/2"))
                .isEqualTo(new Result(1, "", "varve: not_found: a/2 is empty\n"));
        assertThat(varve("event", "append", STORE, "a", "--type", "T").exitCode())
                .isEqualTo(2);
        assertThat(varve("event", "append", STORE, "a/1", "--type", "T", "--expected", "x")
                        .exitCode())
                .isEqualTo(2);
        assertThat(varve("event", "append", "nostore", "a/1", "--type", "T").exitCode())
                .isEqualTo(2);
    }

    @Test
    void aggregates_are_deleted_and_events_redacted() {
        out("event", "append", STORE, "a/1", "--type", "T", "--data", "{\"name\":\"Ann\"}");
        assertThat(out("event", "redact", STORE, "0")).isEmpty();
        assertThat(out("event", "read", STORE)).isEqualTo("0\ta/1\t0\tT\tnull\n");
        assertThat(varve("event", "redact", STORE, "7").exitCode()).isEqualTo(1);
        assertThat(varve("event", "delete", STORE, "a/1", "--expected", "7").exitCode())
                .isEqualTo(1);
        assertThat(out("event", "delete", STORE, "a/1")).isEqualTo("soft_deleted\n");
        assertThat(out("event", "delete", STORE, "a/1", "--mode", "tombstone")).isEqualTo("tombstoned\n");
        assertThat(varve("event", "append", STORE, "a/1", "--type", "T"))
                .isEqualTo(new Result(
                        1, "", "varve: gone: the aggregate was deleted for ever; a/1 is deleted for ever\n"));
        assertThat(out("event", "scavenge", STORE)).endsWith("\n");
    }

    @Test
    void snapshots_are_kept_read_and_deleted() {
        out("event", "append", STORE, "a/1", "--type", "T");
        assertThat(varve("event", "snapshot", "get", STORE, "a/1").exitCode()).isEqualTo(1);
        out("event", "snapshot", "save", STORE, "a/1", "--version", "0", "--data", "{\"n\":1}", "--schema", "s1");
        assertThat(out("event", "snapshot", "get", STORE, "a/1")).isEqualTo("0\ts1\t{\"n\":1}\n");
        assertThat(out("event", "snapshot", "get", STORE, "a/1", "--json")).contains("\"data\":{\"n\":1}}");
        assertThat(varve("event", "snapshot", "save", STORE, "a/1", "--version", "9", "--data", "1")
                        .exitCode())
                .isEqualTo(1);
        assertThat(out("event", "snapshot", "delete", STORE, "a/1")).isEqualTo("1\n");
    }

    @Test
    void what_comes_is_followed_until_an_interrupt() {
        out("event", "append", STORE, "a/1", "--type", "before");
        CommandLineRun following = run();
        CompletableFuture<Result> end = following.start("event", "follow", STORE, "--after", "-1", "--type", "T");
        Patience.await().until(() -> following.listensFor("INT"));
        out("event", "append", STORE, "a/1", "--type", "T");
        Patience.await().until(() -> following.out().contains("\n"));
        following.signal("INT");

        assertThat(end.join()).isEqualTo(new Result(130, "1\ta/1\t1\tT\t{}\n", "resume with --after 1\n"));
    }

    @Test
    void an_export_is_imported_as_it_was(@TempDir Path directory) throws Exception {
        EventStore events = events();
        AggregateId a = AggregateId.parse("order/1");
        events.append(
                a,
                ExpectedVersion.noStream(),
                NewEvent.json("Placed", "{\"n\":1.50,\n \"ä\":\"ü\"}")
                        .withTags("x", "y")
                        .withMetadata("k", "v")
                        .withTime(Instant.parse("2020-01-01T00:00:00.123456789Z")),
                NewEvent.of("Photo", EventData.of("image/png", new byte[] {0, 10, -1})));
        events.append(EventAppend.builder().event(NewEvent.json("None", "12")).build());
        String exported = out("event", "export", STORE);
        assertThat(exported).hasLineCount(3);
        Files.writeString(directory.resolve("export"), exported);

        assertThat(out(run().input(exported).run("event", "import", "acme/copy")))
                .isEqualTo("3\n");
        assertThat(out(run().input(exported).run("event", "import", "acme/copy")))
                .isEqualTo("0\n");
        events.append(a, ExpectedVersion.exactly(1), NewEvent.json("Paid", "{}"));
        assertThat(out(run().input(out("event", "export", STORE)).run("event", "import", "acme/copy")))
                .isEqualTo("1\n");

        assertThat(copies(stores.store("acme/copy").events())).isEqualTo(copies(events));
        assertThat(out("event", "export", STORE, "--type", "Placed", "--format", "chronik"))
                .isEqualTo("Placed{\"n\":1.50,  \"ä\":\"ü\"}\n");
        assertThat(varve("event", "export", STORE, "--format", "chronik").exitCode())
                .isEqualTo(1);
        assertThat(run().input("{}\n").run("event", "import", "acme/copy").exitCode())
                .isEqualTo(2);
    }

    @Test
    void lines_without_anything_do_not_end_an_import() {
        out("event", "append", STORE, "a/1", "--type", "T1");
        out("event", "append", STORE, "a/1", "--type", "T2");
        String apart = "\n" + out("event", "export", STORE).replace("\n", "\r\n\r\n \n");

        assertThat(out(run().input(apart).run("event", "import", "acme/copy"))).isEqualTo("2\n");
        assertThat(out(run().input("").run("event", "import", "acme/none"))).isEqualTo("0\n");
    }

    @Test
    void an_event_of_which_nothing_is_left_is_imported_without_fields() {
        out("event", "append", STORE, "a/1", "--type", "T1", "--data", "{\"name\":\"Ann\"}");
        out("event", "redact", STORE, "0");
        out("event", "append", STORE, "a/1", "--type", "T2");

        assertThat(out(run().input(out("event", "export", STORE)).run("event", "import", "acme/copy")))
                .isEqualTo("2\n");
        assertThat(out("event", "read", "acme/copy")).isEqualTo("0\ta/1\t0\tT1\t{}\n1\ta/1\t1\tT2\t{}\n");
    }

    @Test
    void events_are_chosen_by_time_id_and_how_names_begin() {
        out("event", "append", STORE, "a/eu1", "--type", "Made", "--time", "2026-01-03T00:00:00Z", "--id", ID);
        out("event", "append", STORE, "a/us1", "--type", "MadeAgain", "--time", "2026-01-01T00:00:00Z");
        out("event", "append", STORE, "a/eu1", "--type", "Closed", "--time", "2026-01-04T00:00:00Z");

        assertThat(types("--since", "2026-01-03T00:00:00Z")).isEqualTo("Made Closed");
        assertThat(types("--before", "2026-01-03T00:00:00Z")).isEqualTo("MadeAgain");
        assertThat(types("--from-time", "2026-01-04T00:00:00Z")).isEqualTo("Closed");
        assertThat(types("--event-id", ID)).isEqualTo("Made");
        assertThat(types("--type-prefix", "Made")).isEqualTo("Made MadeAgain");
        assertThat(types("--id-prefix", "eu")).isEqualTo("Made Closed");
        assertThat(types("--from-latest", "MadeAgain")).isEqualTo("MadeAgain Closed");
        assertThat(types("--from-latest", "Unknown")).isEqualTo("Made MadeAgain Closed");
        assertThat(out("event", "export", STORE, "--id-prefix", "us")).hasLineCount(1);
        for (String[] nonsense : new String[][] {
            {"--since", "yesterday"},
            {"--event-id", "1"},
            {"--from-time", "2026-01-04T00:00:00Z", "--backward"},
            {"--from-latest", "Made", "--backward"},
            {"--from-latest", ""}
        }) {
            assertThat(read(nonsense).exitCode()).as(nonsense[0]).isEqualTo(2);
        }
    }

    private Result read(String... options) {
        List<String> line = new ArrayList<>(List.of("event", "read", STORE));
        line.addAll(List.of(options));
        return varve(line.toArray(String[]::new));
    }

    private String types(String... options) {
        return out(read(options)).lines().map(line -> line.split("\t")[3]).collect(Collectors.joining(" "));
    }

    @Test
    void aggregates_are_listed_and_configured_and_single_events_deleted() {
        for (String type : List.of("T0", "T1", "T2")) {
            out("event", "append", STORE, "a/1", "--type", type);
        }
        out("event", "append", STORE, "b/1", "--type", "T");
        out("event", "delete", STORE, "b/1");
        assertThat(out("event", "list", STORE)).isEqualTo("a/1\tlive\t2\nb/1\tsoft_deleted\t0\n");
        assertThat(out("event", "list", STORE, "--category", "a")).hasLineCount(1);
        assertThat(out("event", "list", STORE, "--limit", "1", "--json")).contains("\"status\":\"live\"");

        assertThat(out("event", "delete-at", STORE, "1", "7")).isEqualTo("1\n");
        assertThat(types()).isEqualTo("T0 T2");
        assertThat(out("event", "configure", STORE, "a/1", "--max-count", "1", "--custom", "owner=ann"))
                .isEqualTo("max age ms\t-\nmax count\t1\ntruncate before\t0\n");
        assertThat(types()).isEqualTo("T2");
        assertThat(out("event", "configure", STORE, "a/1", "--max-count", "0", "--max-age-ms", "86400000", "--json"))
                .contains("\"max_age_ms\":86400000", "\"max_count\":null", "\"owner\":\"ann\"");
        assertThat(types()).isEqualTo("T0 T2");
        assertThat(varve("event", "configure", STORE, "a/1", "--max-count", "-1")
                        .exitCode())
                .isEqualTo(2);
        assertThat(varve("event", "configure", "acme/none", "a/1", "--max-count", "1")
                        .exitCode())
                .isEqualTo(1);
    }

    @Test
    void what_is_expected_may_be_put_together() {
        assertThat(out("event", "append", STORE, "a/1", "--type", "T", "--expected", "{\"not\":\"exists\"}"))
                .isEqualTo("0\n");
        assertThat(out("event", "append", STORE, "a/1", "--type", "T", "--expected", "{\"in\":[-1,0]}"))
                .isEqualTo("1\n");
        assertThat(out(
                        "event",
                        "append",
                        STORE,
                        "a/1",
                        "--type",
                        "T",
                        "--expected",
                        "{\"and\":[{\"gte\":1},{\"or\":[1,\"softDeleted\"]}]}"))
                .isEqualTo("2\n");
        assertThat(varve("event", "append", STORE, "a/1", "--type", "T", "--expected", "{\"lt\":2}")
                        .exitCode())
                .isEqualTo(1);
        for (String nonsense :
                List.of("{", "{}", "{\"lt\":\"x\"}", "{\"lt\":1,\"gt\":0}", "{\"near\":1}", "{\"in\":1}")) {
            assertThat(varve("event", "append", STORE, "a/1", "--type", "T", "--expected", nonsense)
                            .exitCode())
                    .as(nonsense)
                    .isEqualTo(2);
        }
        assertThat(varve("event", "append", STORE, "b/1", "--type", "T", "--id", ID)
                        .exitCode())
                .isZero();
        assertThat(varve("event", "append", STORE, "b/1", "--type", "U", "--id", ID, "--json")
                        .err())
                .contains("\"reason\":\"event_id_reused\"", "\"event_id\":\"" + ID + "\"");
    }

    /** All but the times when they were recorded. */
    private static List<StoredEvent> copies(EventStore events) {
        return events.read(EventRead.all()).events().stream()
                .map(event -> new StoredEvent(
                        event.position(),
                        event.aggregate(),
                        event.version(),
                        event.id(),
                        event.type(),
                        event.data(),
                        event.tags(),
                        event.metadata(),
                        event.time(),
                        Instant.EPOCH,
                        event.appendFirst(),
                        event.appendLast(),
                        event.redacted()))
                .toList();
    }
}
