package dev.varve.engine;

import dev.varve.api.Store;
import dev.varve.api.Varve;
import dev.varve.testkit.EntriesContract;

/** Entries of an embedded Varve keep the contract. */
final class MemoryEntriesTest extends EntriesContract {

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
