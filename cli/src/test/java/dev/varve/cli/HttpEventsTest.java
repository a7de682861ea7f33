package dev.varve.cli;

import dev.varve.api.EventStore;
import dev.varve.testkit.EventStoreContract;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.TestInstance;

/** Events of a real server, over a socket, keep the contract. One server serves all tests, each with stores of its own. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class HttpEventsTest extends EventStoreContract {

    private final ServedStores stores = new ServedStores();
    private int test;

    @Override
    protected EventStore store(String name) {
        return stores.store(name + "-" + test).events();
    }

    @Override
    protected void close() {
        test++;
    }

    @AfterAll
    void closeServer() {
        stores.close();
    }
}
