package dev.varve.cli;

import dev.varve.api.EntryStorage;
import dev.varve.api.Store;
import dev.varve.api.Streams;
import dev.varve.api.Varve;
import dev.varve.engine.Engine;
import dev.varve.engine.EngineOptions;
import dev.varve.server.VarveServer;
import java.net.URI;

/** Stores and streams of a real server over an engine in memory, reached over a socket. The command line sees both sides, so this lives here. */
final class ServedStores implements AutoCloseable {

    private final Engine engine = Engine.inMemory(EngineOptions.DEFAULT);
    private final VarveServer server = VarveServer.builder()
            .port(0)
            .storage(engine.streams())
            .entries(engine.entries())
            .records(engine.reservedEntries())
            .events(engine.events())
            .transactions(engine.transactions())
            .start();
    private final Varve varve = Varve.connect(server.url());

    /** What the server serves. */
    EntryStorage storage() {
        return engine.entries();
    }

    Varve varve() {
        return varve;
    }

    Store store(String name) {
        return varve.store(name);
    }

    URI url() {
        return server.url();
    }

    Streams streams() {
        return varve.streams();
    }

    @Override
    public void close() {
        varve.close();
        server.close();
        engine.close();
    }
}
