package dev.varve.testkit;

import dev.varve.api.Store;

/** Entries over the model keep the contract. */
final class ModelEntriesTest extends EntriesContract {

    private final ModelEntryStorage storage = new ModelEntryStorage(() -> 1_700_000_000_000L);

    @Override
    protected Store store(String name) {
        return Store.over(storage, name);
    }

    @Override
    protected void close() {
        // Nothing is held.
    }
}
