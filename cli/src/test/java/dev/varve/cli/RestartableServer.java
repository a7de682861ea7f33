package dev.varve.cli;

import dev.varve.api.EntryStorage;
import dev.varve.api.Store;
import dev.varve.engine.Engine;
import dev.varve.engine.EngineOptions;
import dev.varve.server.VarveServer;
import java.net.URI;
import java.nio.file.Path;

/** A server over an engine on disk, which comes back with the same data at the same port. Thread-safe. */
final class RestartableServer implements AutoCloseable {

    private final Path directory;
    private Engine engine;
    private VarveServer server;

    RestartableServer(Path directory) {
        this.directory = directory;
        this.engine = Engine.open(directory, EngineOptions.DEFAULT);
        this.server = serve(engine, 0);
    }

    private static VarveServer serve(Engine engine, int port) {
        return VarveServer.builder()
                .port(port)
                .storage(engine.streams())
                .entries(engine.entries())
                .records(engine.reservedEntries())
                .events(engine.events())
                .transactions(engine.transactions())
                .start();
    }

    synchronized URI url() {
        return server.url();
    }

    /** A store, as who is beside the server sees it until it stops. */
    synchronized Store store(String name) {
        return engine.varve().store(name);
    }

    synchronized EntryStorage storage() {
        return engine.entries();
    }

    synchronized void stop() {
        server.close();
        engine.close();
    }

    synchronized void start() {
        int port = server.port();
        engine = Engine.open(directory, EngineOptions.DEFAULT);
        server = serve(engine, port);
    }

    synchronized void restart() {
        stop();
        start();
    }

    @Override
    public void close() {
        stop();
    }
}
