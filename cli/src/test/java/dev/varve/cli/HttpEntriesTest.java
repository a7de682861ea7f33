package dev.varve.cli;

import dev.varve.api.Store;
import dev.varve.testkit.EntriesContract;

/** Entries of a real server, over a socket, keep the contract. */
final class HttpEntriesTest extends EntriesContract {

    private final ServedStores stores = new ServedStores();

    @Override
    protected Store store(String name) {
        return stores.store(name);
    }

    @Override
    protected void close() {
        stores.close();
    }
}
