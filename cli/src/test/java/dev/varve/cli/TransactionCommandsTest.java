package dev.varve.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.AggregateId;
import dev.varve.api.CreateRequest;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryValue;
import dev.varve.api.EventRead;
import dev.varve.api.Offset;
import dev.varve.api.Store;
import dev.varve.api.StreamConfig;
import dev.varve.cli.CommandLineRun.Result;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The command of transactions against a real server. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
final class TransactionCommandsTest {

    private static final String STORE = "acme/shop";
    private static final AggregateId ORDER = new AggregateId("order", "1");
    private static final EntryPath OPEN = EntryPath.of("orders", "open");
    private static final String PLACED = """
            {"ops":[
              {"check":{"aggregate":"order/1","expected":"noStream"}},
              {"event":{"aggregate":"order/1","type":"Placed","data":{"total": 1.0}}},
              {"entry":{"op":"increment","path":"orders/open","value":1}},
              {"stream":{"path":"acme/shop/out","content_type":"text/plain","data":"mail\\n"}}]}""";

    private final ServedStores stores = new ServedStores();

    @TempDir
    private Path directory;

    @BeforeEach
    void createStream() {
        stores.streams().create(CreateRequest.of("acme/shop/out", StreamConfig.of("text/plain")));
    }

    @AfterEach
    void close() {
        stores.close();
    }

    private CommandLineRun run() {
        return new CommandLineRun().server(stores.url());
    }

    private Path file(String text) throws Exception {
        return Files.writeString(directory.resolve("ops.json"), text);
    }

    private Store store() {
        return stores.store(STORE);
    }

    /** How many orders entries, events and the stream know of. */
    private void assertPlaced(int times) {
        assertThat(store().events().count(EventRead.all())).isEqualTo(times);
        assertThat(store().entries().get(OPEN).map(entry -> entry.value()).orElse(EntryValue.of(0)))
                .isEqualTo(EntryValue.of(times));
        assertThat(UTF_8.decode(stores.streams()
                                .read("acme/shop/out", Offset.BEGINNING)
                                .data())
                        .toString())
                .isEqualTo("mail\n".repeat(times));
    }

    @Test
    void all_changes_of_a_file_are_made() throws Exception {
        Result result = run().run("transaction", "commit", STORE, file(PLACED).toString());

        assertThat(result.err()).isEmpty();
        assertThat(result.exitCode()).isZero();
        assertThat(Long.parseLong(result.out().strip())).isPositive();
        assertPlaced(1);
        assertThat(store().events().fetch(ORDER, -1).events().getFirst().data().text())
                .isEqualTo("{\"total\": 1.0}");
    }

    @Test
    void they_come_from_standard_input_too_and_the_answer_is_json_when_asked_for() {
        Result result = run().input(PLACED).run("transaction", "commit", STORE, "-", "--json");

        assertThat(result.exitCode()).as(result.err()).isZero();
        assertThat(result.out())
                .startsWith("{\"commit\":")
                .contains("\"entries\":{\"ops\":[{\"path\":\"orders/open\"", "\"streams\":[{", "\"replayed\":false}");
        assertPlaced(1);
    }

    @Test
    void what_is_refused_exits_with_1_and_says_which_ops_stood_in_the_way() throws Exception {
        run().run("transaction", "commit", STORE, file(PLACED).toString());
        String wrong = PLACED.replace("\"op\":\"increment\",", "\"op\":\"set\",\"if_match\":7,");

        Result result = run().input(wrong).run("transaction", "commit", STORE, "-");

        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.out()).isEmpty();
        assertThat(result.err())
                .startsWith("varve: conflict: op ")
                .contains("op 2 conflict, expected 7, found 1")
                .contains("op 0 wrong_expected_version, expected \"noStream\", found 0");
        assertThat(run().input(wrong)
                        .run("transaction", "commit", STORE, "-", "--json")
                        .err())
                .contains("\"failures\":[{\"index\":");
        assertPlaced(1);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void a_transaction_with_a_key_is_made_once(boolean inFile) throws Exception {
        String file = file(inFile ? PLACED.replace("{\"ops\"", "{\"key\":\"Bestellung ü\",\"ops\"") : PLACED)
                .toString();
        String[] command = inFile
                ? new String[] {"transaction", "commit", STORE, file}
                : new String[] {"transaction", "commit", STORE, file, "--key", "order 1"};

        String first = run().run(command).out();
        assertThat(run().run(command).out()).isEqualTo(first);
        assertThat(run().onTerminal().run(command).out()).isEqualTo("was made already, commit " + first);
        assertPlaced(1);
    }

    @Test
    void checks_alone_write_nothing() {
        String check = "{\"ops\":[{\"check\":{\"aggregate\":\"order/1\",\"expected\":\"noStream\"}}]}";
        Result result = run().onTerminal().input(check).run("transaction", "commit", STORE, "-");
        assertThat(result.exitCode()).as(result.err()).isZero();
        assertThat(result.out()).isNotEmpty();
        assertPlaced(0);
    }

    @Test
    void what_makes_no_sense_is_said() {
        Result op = run().input("{\"ops\":[{\"other\":1}]}").run("transaction", "commit", STORE, "-");
        assertThat(op).isEqualTo(new Result(1, "", "varve: invalid_params: an op has no field other\n"));
        assertThat(run().input("{").run("transaction", "commit", STORE, "-").exitCode())
                .isEqualTo(1);
        assertThat(run().run("transaction", "commit", STORE, "nowhere.json"))
                .isEqualTo(new Result(2, "", "varve: there is no file nowhere.json\n"));
        assertThat(run().input(PLACED).run("transaction", "commit", "shop", "-").exitCode())
                .isEqualTo(2);
        assertThat(run().input(PLACED)
                        .run("transaction", "commit", STORE, "-", "--key", "ü")
                        .exitCode())
                .isEqualTo(2);
        assertPlaced(0);
    }

    @Test
    void one_whose_connection_breaks_is_made_once() throws Exception {
        try (FaultyProxy proxy = new FaultyProxy(stores.url())) {
            proxy.once(sent -> sent.is("POST", "/transactions"), new FaultyProxy.Fault.CutAfter(() -> {}));
            Result result = new CommandLineRun()
                    .server(proxy.url())
                    .input(PLACED)
                    .run("transaction", "commit", STORE, "-", "--json");
            assertThat(result.exitCode()).as(result.err()).isZero();
            assertThat(result.out()).contains("\"replayed\":true");
            assertThat(proxy.sent()).hasSize(2);
        }
        assertPlaced(1);
    }
}
