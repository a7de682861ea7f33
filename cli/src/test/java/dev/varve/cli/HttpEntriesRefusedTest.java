package dev.varve.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.varve.api.EntryPath;
import dev.varve.api.EntryPattern;
import dev.varve.api.EntryValue;
import dev.varve.api.ErrorKind;
import dev.varve.api.LimitExceededException;
import dev.varve.api.Store;
import dev.varve.api.Varve;
import dev.varve.api.VarveException;
import dev.varve.client.VarveClient;
import dev.varve.engine.Engine;
import dev.varve.engine.EngineOptions;
import dev.varve.server.AuthMode;
import dev.varve.server.Limits;
import dev.varve.server.VarveServer;
import java.io.ByteArrayInputStream;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a program hears over HTTP that asks for more than it may. */
@Timeout(120)
final class HttpEntriesRefusedTest {

    private static final EntryPath A = EntryPath.of("a");

    private static VarveServer serve(Engine engine, UnaryOperator<VarveServer.Builder> options) {
        return options.apply(VarveServer.builder()
                        .port(0)
                        .storage(engine.streams())
                        .entries(engine.entries())
                        .records(engine.reservedEntries()))
                .start();
    }

    private static Varve connect(VarveServer server, String token) {
        return VarveClient.builder(server.url()).token(() -> token).connect();
    }

    private static void fails(ErrorKind kind, ThrowingCallable call) {
        VarveException failure = catchThrowableOfType(VarveException.class, call);
        assertThat(failure).as("a failure of kind " + kind).isNotNull();
        assertThat(failure.kind()).as(failure.getMessage()).isEqualTo(kind);
        assertThat(failure.getMessage()).isNotBlank();
    }

    @Test
    void a_token_opens_its_stores_and_no_others(@TempDir Path data) {
        String full = token(data, "--all-scopes");
        String reader = token(data, "--scope", "entries:read");
        try (Engine engine = Engine.open(data, EngineOptions.DEFAULT);
                VarveServer server = serve(engine, builder -> builder.auth(AuthMode.TOKENS));
                Varve all = connect(server, full);
                Varve some = connect(server, reader);
                Varve none = connect(server, "dust_tok_" + "x".repeat(43));
                Varve anonymous = Varve.connect(server.url())) {
            Store store = all.store("acme/app");
            // With tokens a store is made before it is written to.
            fails(ErrorKind.NOT_FOUND, () -> store.entries().set(A, EntryValue.of(1)));
            store.create();
            store.entries().set(A, EntryValue.of(1));
            assertThat(store.info()).isPresent();
            fails(ErrorKind.NOT_FOUND, () -> all.store("other/app").entries().set(A, EntryValue.of(1)));
            assertThat(all.store("other/app").entries().get(A)).isEmpty();

            assertThat(some.store("acme/app").entries().get(A)).isPresent();
            fails(ErrorKind.FORBIDDEN, () -> some.store("acme/app").entries().set(A, EntryValue.of(2)));
            fails(ErrorKind.FORBIDDEN, () -> some.store("acme/app").entries().putFile(A, new byte[100], null, null));
            fails(ErrorKind.FORBIDDEN, () -> some.store("acme/app").info());
            fails(ErrorKind.FORBIDDEN, () -> some.store("acme/app").delete());
            for (Varve refused : List.of(none, anonymous)) {
                fails(
                        ErrorKind.UNAUTHORIZED,
                        () -> refused.store("acme/app").entries().get(A));
                fails(
                        ErrorKind.UNAUTHORIZED,
                        () -> refused.store("acme/app")
                                .entries()
                                .list(EntryPattern.ALL)
                                .toList());
                fails(
                        ErrorKind.UNAUTHORIZED,
                        () -> refused.store("acme/app").entries().set(A, EntryValue.of(2)));
                fails(
                        ErrorKind.UNAUTHORIZED,
                        () -> refused.store("acme/app").entries().putFile(A, new byte[5_000_000], null, null));
            }
            assertThat(store.entries().get(A)).map(entry -> entry.value()).contains(EntryValue.of(1));
        }
    }

    private static String token(Path data, String... scopes) {
        ArrayList<String> args =
                new ArrayList<>(List.of("token", "create", "t", "--data", data.toString(), "--org", "acme"));
        args.addAll(List.of(scopes));
        CommandLineRun.Result made =
                new CommandLineRun().storages(new EngineStorage()).run(args.toArray(String[]::new));
        assertThat(made.err()).isEmpty();
        return made.out().strip();
    }

    @Test
    void what_is_too_large_is_refused_before_it_is_sent() {
        try (Engine engine = Engine.inMemory(EngineOptions.DEFAULT);
                VarveServer server = serve(
                        engine,
                        builder ->
                                builder.limits(new Limits().fileBytes(100_000).bodyBytes(2_000_000)));
                Varve varve = Varve.connect(server.url())) {
            Store store = varve.store("acme/app");
            store.entries().set(A, EntryValue.of(1));
            fails(ErrorKind.TOO_LARGE, () -> store.entries().set(A, EntryValue.of("x".repeat(3_000_000))));
            fails(
                    ErrorKind.TOO_LARGE,
                    () -> store.entries().putFile(A, new ByteArrayInputStream(new byte[10_000_000]), null, null));
            store.entries().putFile(EntryPath.of("f"), new byte[100_000], null, null);
            assertThat(store.info().orElseThrow().storeSeq()).isEqualTo(2);
        }
    }

    @Test
    void a_server_that_is_gone_is_told_as_such() {
        URI url;
        try (Engine engine = Engine.inMemory(EngineOptions.DEFAULT);
                VarveServer server = serve(engine, builder -> builder)) {
            url = server.url();
        }
        Varve varve = VarveClient.builder(url).retryFor(Duration.ZERO).connect();
        Store store = varve.store("acme/app");
        fails(ErrorKind.NETWORK, () -> store.entries().get(A));
        fails(ErrorKind.NETWORK, () -> store.entries().set(A, EntryValue.of(1)));
        fails(ErrorKind.NETWORK, () -> store.entries().putFile(A, new byte[1], null, null));
        varve.close();
        fails(ErrorKind.UNAVAILABLE, () -> store.entries().get(A));
    }

    @Test
    void what_is_compacted_is_told_as_such_and_subtrees_are_read_all_the_same() {
        try (Engine engine = Engine.inMemory(EngineOptions.DEFAULT);
                VarveServer server = serve(engine, builder -> builder);
                Varve varve = Varve.connect(server.url())) {
            var entries = varve.store("acme/app").entries();
            EntryValue decimal =
                    new EntryValue.Fields(Map.of("_type", EntryValue.of("decimal"), "_typed", EntryValue.of("1.0")));
            entries.set(EntryPath.of("a", "d"), decimal);
            entries.set(EntryPath.of("b"), EntryValue.of(1));
            entries.set(EntryPath.of("c"), EntryValue.of(1));
            engine.entries().compact("acme/app", 2).join();

            fails(ErrorKind.COMPACTED, () -> entries.getAt(A, 1));
            fails(ErrorKind.COMPACTED, () -> entries.listAt(EntryPattern.ALL, 1).toList());
            fails(ErrorKind.COMPACTED, () -> entries.diff(1, 3));
            fails(ErrorKind.COMPACTED, () -> entries.rollback(1));
            fails(ErrorKind.COMPACTED, () -> entries.rollback(A, 1));
            assertThat(entries.get(A))
                    .map(entry -> entry.value())
                    .contains(new EntryValue.Fields(Map.of("d", decimal)));
            var info = varve.store("acme/app").info().orElseThrow();
            assertThat(info).isEqualTo(engine.entries().store("acme/app").orElseThrow());
            assertThat(info.compactedSeq()).isEqualTo(2);
        }
    }

    @Test
    void a_limit_of_stores_is_told_with_its_numbers() {
        var opened = new EngineStorage()
                .open(ServeConfig.resolve(
                        ServeSettings.ALL,
                        name -> Optional.empty(),
                        Map.of(
                                "VARVE_EPHEMERAL", "true",
                                "VARVE_MAX_KEYS_PER_STORE", "2",
                                "VARVE_MAX_STORES_PER_ORGANISATION", "1")));
        try (VarveServer server = VarveServer.builder()
                        .port(0)
                        .storage(opened.storage())
                        .entries(opened.entries().orElseThrow())
                        .records(opened.records().orElseThrow())
                        .start();
                Varve varve = Varve.connect(server.url())) {
            Store store = varve.store("acme/app");
            store.entries().set(A, new EntryValue.Fields(Map.of("x", EntryValue.of(1), "y", EntryValue.of(2))));
            LimitExceededException keys = catchThrowableOfType(
                    LimitExceededException.class, () -> store.entries().set(EntryPath.of("b"), EntryValue.of(1)));
            assertThat(keys).hasMessageContaining("acme/app has 2 of at most 2 entries");
            LimitExceededException stores = catchThrowableOfType(
                    LimitExceededException.class, () -> varve.store("acme/b").create());
            assertThat(stores).hasMessageContaining("acme has 1 of at most 1 stores");
        } finally {
            opened.storage().close();
        }
    }
}
