package dev.varve.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.varve.api.AppendRequest;
import dev.varve.api.CreateRequest;
import dev.varve.api.EntryOp;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryPattern;
import dev.varve.api.EntryQuery;
import dev.varve.api.EntryStorage;
import dev.varve.api.EntryValue;
import dev.varve.api.EntryWrite;
import dev.varve.api.ErrorKind;
import dev.varve.api.Offset;
import dev.varve.api.StreamConfig;
import dev.varve.api.StreamStorage;
import dev.varve.api.VarveException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A closed engine says that it is not available: nobody takes its end for damage or for load. */
final class ClosedEngineTest {

    private static final String STORE = "acme/app";
    private static final EntryPath PATH = EntryPath.of("a", "b");

    @TempDir
    Path directory;

    private Engine open(boolean onDisk) {
        TestClock clock = new TestClock();
        return onDisk
                ? TestEngines.onDisk(directory, TestEngines.OPTIONS, clock)
                : Engine.inMemory(TestEngines.OPTIONS, clock);
    }

    private static EntryWrite write() {
        return new EntryWrite(STORE, List.of(EntryOp.set(PATH, EntryValue.of(1))), "d", "o", false, true);
    }

    private static void refused(String what, Supplier<CompletableFuture<?>> call) {
        CompletionException failure =
                catchThrowableOfType(CompletionException.class, () -> call.get().join());
        assertThat(failure).as(what).isNotNull();
        assertThat(failure.getCause())
                .as(what)
                .isInstanceOfSatisfying(
                        VarveException.class,
                        cause -> assertThat(cause.kind()).as(what).isEqualTo(ErrorKind.UNAVAILABLE));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void entries_are_not_available(boolean onDisk) {
        Engine engine = open(onDisk);
        EntryStorage entries = engine.entries();
        entries.write(write()).join();
        engine.close();

        EntryQuery all = EntryQuery.matching(STORE, EntryPattern.parse("**"));
        Map<String, Supplier<CompletableFuture<?>>> calls = Map.of(
                "get", () -> entries.get(STORE, PATH),
                "get many", () -> entries.getMany(STORE, List.of(PATH)),
                "list", () -> entries.list(all),
                "events", () -> entries.events(STORE, 0, 10),
                "get at", () -> entries.getAt(STORE, PATH, 1),
                "list at", () -> entries.listAt(all, 1),
                "diff", () -> entries.diff(STORE, 0, 1),
                "rollback", () -> entries.rollback(STORE, PATH, 1, "d"),
                "write", () -> entries.write(write()),
                "compact", () -> entries.compact(STORE, 1));
        calls.forEach(ClosedEngineTest::refused);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void streams_are_not_available(boolean onDisk) {
        Engine engine = open(onDisk);
        StreamStorage streams = engine.streams();
        streams.create(CreateRequest.of("logs", StreamConfig.of("text/plain"))).join();
        AppendRequest append = AppendRequest.of("logs", "text/plain", new byte[] {1});
        streams.append(append).join();
        engine.close();

        Map<String, Supplier<CompletableFuture<?>>> calls = Map.of(
                "read", () -> streams.read("logs", Offset.at(0), 100),
                "read of another", () -> streams.read("other", Offset.at(0), 100),
                "list", () -> streams.list("", null, 10),
                "metadata of another", () -> streams.metadata("other"),
                "append", () -> streams.append(append),
                "delete", () -> streams.delete("logs"));
        calls.forEach(ClosedEngineTest::refused);
    }
}
