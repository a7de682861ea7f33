package dev.varve.cli;

import dev.varve.api.Varve;
import dev.varve.testkit.TransactionContract;

/** Transactions of a real server, over a socket, keep the contract. */
final class HttpTransactionsTest extends TransactionContract {

    private final ServedStores stores = new ServedStores();

    @Override
    protected Varve varve() {
        return stores.varve();
    }

    @Override
    protected void close() {
        stores.close();
    }
}
