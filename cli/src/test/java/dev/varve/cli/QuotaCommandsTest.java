package dev.varve.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.varve.api.StreamStorage;
import dev.varve.cli.CommandLineRun.Result;
import dev.varve.server.VarveServer;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A server whose settings limit stores, and what commands say of it. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
final class QuotaCommandsTest {

    private static final Map<String, String> SETTINGS = Map.of(
            "VARVE_EPHEMERAL", "true",
            "VARVE_MAX_KEYS_PER_STORE", "2",
            "VARVE_MAX_FILE_STORAGE_PER_STORE", "1KiB",
            "VARVE_MAX_STORES_PER_ORGANISATION", "1");

    private final StorageFactory.Opened opened =
            new EngineStorage().open(ServeConfig.resolve(ServeSettings.ALL, name -> Optional.empty(), SETTINGS));
    private final StreamStorage streams = opened.storage();
    private final VarveServer server = VarveServer.builder()
            .port(0)
            .storage(streams)
            .entries(opened.entries().orElseThrow())
            .records(opened.records().orElseThrow())
            .start();

    @AfterEach
    void close() {
        server.close();
        streams.close();
    }

    private Result varve(String... args) {
        return new CommandLineRun()
                .server(server.url())
                .environment("VARVE_STORE", "acme/app")
                .run(args);
    }

    @Test
    void a_write_of_too_many_entries_exits_with_1_and_says_how_many_may_be() {
        assertThat(varve("entry", "put", "a", "{\"x\":1,\"y\":2}").exitCode()).isZero();

        assertThat(varve("entry", "put", "b", "1"))
                .isEqualTo(new Result(
                        1,
                        "",
                        "varve: limit_exceeded: acme/app has 2 of at most 2 entries; nothing was changed, delete some"
                                + " or have the limit raised\n"));

        assertThat(varve("entry", "put", "b", "1", "--json").err())
                .contains("\"dimension\":\"keys\",\"current\":2,\"limit\":2");
        assertThat(varve("entry", "put", "a/x", "7").exitCode()).isZero();
        assertThat(varve("store", "status", "acme/app").out()).contains("\"entry_count\":2", "\"db_size_bytes\":");
    }

    @Test
    void an_organisation_gets_no_store_too_many() {
        assertThat(varve("entry", "put", "a", "1").exitCode()).isZero();
        assertThat(varve("store", "clone", "acme/app", "acme/copy"))
                .extracting(Result::exitCode, Result::err)
                .containsExactly(
                        1,
                        "varve: limit_exceeded: acme has 1 of at most 1 stores; nothing was changed, delete some or"
                                + " have the limit raised\n");
        assertThat(varve("entry", "put", "a", "1", "--store", "other/app").exitCode())
                .isZero();
    }
}
