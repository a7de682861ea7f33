package dev.varve.cli;

import dev.varve.api.Store;
import dev.varve.testkit.RepositoryContract;
import java.util.List;

/** Repositories over the entries of a real server keep the contract. */
final class HttpRepositoryTest extends RepositoryContract {

    private final ServedStores stores = new ServedStores();

    @Override
    protected Store store(String name) {
        return stores.store(name);
    }

    @Override
    protected void close() {
        stores.close();
    }

    @Override
    protected List<String> logged(Runnable task) {
        return RepositoryLogs.during(task);
    }
}
