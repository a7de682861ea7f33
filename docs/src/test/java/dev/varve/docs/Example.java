package dev.varve.docs;

import dev.varve.api.Store;
import dev.varve.api.Varve;
import dev.varve.engine.Engine;
import dev.varve.engine.EngineOptions;
import dev.varve.server.VarveServer;
import java.net.URI;
import org.jspecify.annotations.Nullable;

/** What every block can use without having made it: a Varve in memory, which is its own, with a server if it asks for one. */
public abstract class Example implements AutoCloseable {

    /** For its storages. */
    protected final Engine engine = Engine.inMemory(EngineOptions.DEFAULT);

    private @Nullable VarveServer server;

    /** Embedded and empty. */
    protected final Varve varve = engine.varve().withStore("acme/reading");

    /** The store that the pages use. */
    protected final Store store = varve.store();

    /** The URL of a server over {@link #varve}. */
    protected final synchronized URI url() {
        if (server == null) {
            server = VarveServer.builder()
                    .port(0)
                    .storage(engine.streams())
                    .entries(engine.entries())
                    .events(engine.events())
                    .transactions(engine.transactions())
                    .records(engine.reservedEntries())
                    .start();
        }
        return server.url();
    }

    @Override
    public void close() {
        if (server != null) {
            server.close();
        }
        varve.close();
    }
}
