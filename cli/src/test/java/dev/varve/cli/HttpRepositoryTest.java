package dev.varve.cli;

import dev.varve.api.Store;
import dev.varve.api.Varve;
import dev.varve.engine.Engine;
import dev.varve.engine.EngineOptions;
import dev.varve.server.VarveServer;
import dev.varve.testkit.RepositoryContract;

/** Repositories over the entries of a real server keep the contract. */
final class HttpRepositoryTest extends RepositoryContract {

    private final Engine engine = Engine.inMemory(EngineOptions.DEFAULT);
    private final VarveServer server = VarveServer.builder()
            .port(0)
            .storage(engine.streams())
            .entries(engine.entries())
            .records(engine.reservedEntries())
            .start();
    private final Varve varve = Varve.connect(server.url());

    @Override
    protected Store store(String name) {
        return varve.store(name);
    }

    @Override
    protected void close() {
        varve.close();
        server.close();
        engine.close();
    }
}
