package dev.varve.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.varve.api.EntryOp;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryPattern;
import dev.varve.api.EntryStorage;
import dev.varve.api.EntryValue;
import dev.varve.api.EntryWrite;
import dev.varve.api.ErrorKind;
import dev.varve.api.StoreInfo;
import dev.varve.api.VarveException;
import dev.varve.engine.Engine;
import dev.varve.engine.EngineOptions;
import dev.varve.server.ServerRecords.Saved;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The server's own records: kept, conditional, followed, and out of everybody's reach. */
@Timeout(value = 1, unit = TimeUnit.MINUTES)
final class ServerRecordsTest {

    private static final EntryPath THINGS = EntryPath.of("things");
    private static final EntryPath ONE = THINGS.child("one");

    /** Writes down what it hears. */
    private static final class Heard implements ServerRecords.Listener {
        final List<String> all = Collections.synchronizedList(new ArrayList<>());

        @Override
        public void loaded(List<Saved> all) {
            this.all.add("loaded " + all.stream().map(Saved::value).toList());
        }

        @Override
        public void saved(Saved saved) {
            all.add("saved " + saved.path() + " " + saved.value());
        }

        @Override
        public void deleted(EntryPath path) {
            all.add("deleted " + path);
        }
    }

    private static EntryValue.Fields named(String name) {
        return new EntryValue.Fields(Map.of("name", EntryValue.of(name)));
    }

    private static ServerRecords started(EntryStorage storage, ServerRecords.Listener listener) {
        ServerRecords records = new ServerRecords(storage);
        records.follow(THINGS, listener);
        records.start();
        return records;
    }

    @Test
    void a_record_is_there_after_a_restart(@TempDir Path directory) {
        try (Engine engine = Engine.open(directory, EngineOptions.DEFAULT);
                ServerRecords records = started(engine.reservedEntries(), new Heard())) {
            records.write(ServerRecords.put(ONE, named("first"), 0L)).join();
        }
        Heard heard = new Heard();
        try (Engine engine = Engine.open(directory, EngineOptions.DEFAULT);
                ServerRecords records = started(engine.reservedEntries(), heard)) {
            assertThat(heard.all).containsExactly("loaded [" + named("first") + "]");
            assertThat(records.get(ONE).join().map(Saved::value)).contains(named("first"));
            assertThat(records.list(EntryPattern.ALL, null, 10).join()).hasSize(1);
        }
    }

    @Test
    void listeners_have_heard_of_a_change_when_its_write_is_done() {
        Heard heard = new Heard();
        try (Engine engine = Engine.inMemory(EngineOptions.DEFAULT);
                ServerRecords records = started(engine.reservedEntries(), heard)) {
            for (int i = 0; i < 100; i++) {
                records.write(ServerRecords.put(ONE, named("n" + i), null)).join();
                assertThat(heard.all).last().isEqualTo("saved things/one " + named("n" + i));
            }
            records.write(ServerRecords.delete(ONE, null)).join();
            assertThat(heard.all).last().isEqualTo("deleted things/one");
        }
    }

    @Test
    void a_change_with_a_condition_that_does_not_hold_changes_nothing() {
        try (Engine engine = Engine.inMemory(EngineOptions.DEFAULT);
                ServerRecords records = started(engine.reservedEntries(), new Heard())) {
            OptionalLong first =
                    records.write(ServerRecords.put(ONE, named("first"), 0L)).join();
            assertThat(first).isPresent();
            assertThat(records.write(ServerRecords.put(ONE, named("again"), 0L)).join())
                    .isEmpty();
            long revision = first.orElseThrow();
            assertThat(records.write(ServerRecords.put(ONE, named("second"), revision))
                            .join())
                    .isPresent();
            assertThat(records.write(
                                    ServerRecords.put(THINGS.child("two"), named("two"), 0L),
                                    ServerRecords.delete(ONE, revision))
                            .join())
                    .isEmpty();
            assertThat(records.list(EntryPattern.ALL, null, 10).join())
                    .extracting(Saved::value)
                    .containsExactly(named("second"));
        }
    }

    @Test
    void nobody_else_reaches_the_records() {
        try (Engine engine = Engine.inMemory(EngineOptions.DEFAULT);
                ServerRecords records = started(engine.reservedEntries(), new Heard())) {
            records.write(ServerRecords.put(ONE, named("first"), 0L)).join();
            EntryStorage users = engine.entries();
            StoreInfo own = engine.reservedEntries().store(ServerRecords.STORE).orElseThrow();
            users.createStore("acme/reading").join();

            assertThat(users.store(ServerRecords.STORE)).isEmpty();
            assertThat(users.store(own.id())).isEmpty();
            assertThat(users.stores(null)).extracting(StoreInfo::name).containsExactly("acme/reading");
            assertThat(users.stores("__varve")).isEmpty();
            EntryOp op = EntryOp.set(ONE, EntryValue.of(1));
            List<Runnable> tries = List.of(
                    () -> users.get(ServerRecords.STORE, ONE).join(),
                    () -> users.getMany(ServerRecords.STORE, List.of(ONE)).join(),
                    () -> users.getAt(ServerRecords.STORE, ONE, 1).join(),
                    () -> users.events(ServerRecords.STORE, 0, 1).join(),
                    () -> users.diff(ServerRecords.STORE, 0, 1).join(),
                    () -> users.rollback(ServerRecords.STORE, null, 0, "d").join(),
                    () -> users.compact(ServerRecords.STORE, 1).join(),
                    () -> users.subscribe(ServerRecords.STORE, _ -> {}),
                    () -> users.archiveStore(ServerRecords.STORE).join(),
                    () -> users.deleteStore(ServerRecords.STORE).join(),
                    () -> users.write(new EntryWrite(ServerRecords.STORE, List.of(op), "d", "o", false, false))
                            .join());
            for (int i = 0; i < tries.size(); i++) {
                Runnable attempt = tries.get(i);
                assertThatThrownBy(attempt::run)
                        .as("attempt %d", i)
                        .satisfies(
                                thrown -> assertThat(Problem.of(thrown).kind()).isEqualTo(ErrorKind.NOT_FOUND));
            }
            for (boolean create : new boolean[] {true, false}) {
                assertThatThrownBy(() -> (create
                                        ? users.createStore(ServerRecords.STORE)
                                        : users.write(new EntryWrite(
                                                ServerRecords.STORE, List.of(op), "d", "o", false, true)))
                                .join())
                        .satisfies(
                                thrown -> assertThat(Problem.of(thrown).kind()).isEqualTo(ErrorKind.INVALID_PARAMS));
            }
            assertThat(engine.reservedEntries().store("acme/reading")).isEqualTo(Optional.empty());
            assertThatThrownBy(() ->
                            engine.reservedEntries().createStore("acme/other").join())
                    .hasCauseInstanceOf(VarveException.class);
        }
    }
}
