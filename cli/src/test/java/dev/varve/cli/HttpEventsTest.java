package dev.varve.cli;

import dev.varve.api.EventStore;
import dev.varve.testkit.EventStoreContract;

/** Events of a real server, over a socket, keep the contract. */
final class HttpEventsTest extends EventStoreContract {

    private final ServedStores stores = new ServedStores();

    @Override
    protected EventStore store(String name) {
        return stores.store(name).events();
    }

    @Override
    protected void close() {
        stores.close();
    }
}
