package dev.varve.testkit.engine;

import dev.varve.engine.state.MemoryStateStore;
import dev.varve.engine.state.StateStore;

/** The contract, by the store in memory. */
final class MemoryStateStoreTest extends StateStoreContract {

    @Override
    protected StateStore create() {
        return new MemoryStateStore();
    }

    @Override
    protected StateStore crash(StateStore store) {
        return ((MemoryStateStore) store).afterCrash();
    }

    @Override
    protected StateStore reopen(StateStore store) {
        MemoryStateStore memory = (MemoryStateStore) store;
        memory.close();
        return memory.afterCrash();
    }
}
