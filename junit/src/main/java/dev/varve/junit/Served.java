package dev.varve.junit;

import dev.varve.engine.Engine;
import dev.varve.server.VarveServer;
import java.net.URI;

/** A server over an engine. The only class that needs {@code varve-server}. */
final class Served implements AutoCloseable {

    private final VarveServer server;

    Served(Engine engine) {
        this.server = VarveServer.builder()
                .port(0)
                .storage(engine.streams())
                .entries(engine.entries())
                .events(engine.events())
                .transactions(engine.transactions())
                .records(engine.reservedEntries())
                .start();
    }

    URI url() {
        return server.url();
    }

    @Override
    public void close() {
        server.close();
    }
}
