package dev.varve.engine;

import dev.varve.api.Store;
import dev.varve.api.Varve;
import dev.varve.testkit.TellingRepositoryContract;

/** Repositories of an embedded Varve in memory keep the contract. */
final class MemoryRepositoryTest extends TellingRepositoryContract {

    private final Varve varve = Varve.inMemory();

    @Override
    protected Store store(String name) {
        return varve.store(name);
    }

    @Override
    protected void close() {
        varve.close();
    }
}
