package dev.varve.server;

import dev.varve.api.Entry;
import dev.varve.api.EntryOp;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryStorage;
import dev.varve.api.EntryValue;
import dev.varve.api.EntryWrite;
import dev.varve.api.EntryWriteResult;
import dev.varve.engine.Engine;
import dev.varve.engine.EngineOptions;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** A server over an engine in memory. Thread-safe. */
final class EntriesServer implements AutoCloseable {

    final Engine engine;
    final EntryStorage entries;
    final VarveServer server;

    private EntriesServer(Engine engine, EntryStorage entries, UnaryOperator<VarveServer.Builder> options) {
        this.engine = engine;
        this.entries = entries;
        this.server = options.apply(VarveServer.builder()
                        .port(0)
                        .storage(engine.streams())
                        .entries(entries)
                        .records(engine.reservedEntries()))
                .start();
    }

    static EntriesServer start() {
        return start(builder -> builder);
    }

    static EntriesServer start(UnaryOperator<VarveServer.Builder> options) {
        Engine engine = Engine.inMemory(EngineOptions.DEFAULT);
        return new EntriesServer(engine, engine.entries(), options);
    }

    /** Over entries of a test. */
    static EntriesServer start(UnaryOperator<EntryStorage> entries, UnaryOperator<VarveServer.Builder> options) {
        Engine engine = Engine.inMemory(EngineOptions.DEFAULT);
        return new EntriesServer(engine, entries.apply(engine.entries()), options);
    }

    /** Writes by way of the storage, as other faces do. */
    EntryWriteResult write(String store, EntryOp... ops) {
        return entries.write(new EntryWrite(store, List.of(ops), "test", "op", false, true))
                .join();
    }

    void set(String store, String path, EntryValue value) {
        write(store, EntryOp.set(EntryPath.parse(path), value));
    }

    Optional<Entry> get(String store, String path) {
        return entries.get(store, EntryPath.parse(path)).join();
    }

    RawConnection connect() throws IOException {
        return RawConnection.open(server.port());
    }

    @Override
    public void close() {
        server.close();
        engine.close();
    }
}
