package dev.varve.cli;

import dev.varve.api.Varve;
import dev.varve.testkit.TransactionContract;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.TestInstance;

/** Transactions of a real server, over a socket, keep the contract. One server serves all tests, each of which has a store of its own. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class HttpTransactionsTest extends TransactionContract {

    private final ServedStores stores = new ServedStores();

    @Override
    protected Varve varve() {
        return stores.varve();
    }

    @Override
    protected void close() {
        // The next test goes on with it.
    }

    @AfterAll
    void closeServer() {
        stores.close();
    }
}
