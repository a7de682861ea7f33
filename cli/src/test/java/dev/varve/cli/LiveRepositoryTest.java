package dev.varve.cli;

import static java.util.Objects.requireNonNull;

import dev.varve.api.EntryPattern;
import dev.varve.api.LiveOptions;
import dev.varve.api.LiveSync;
import dev.varve.api.Store;
import dev.varve.api.StoreInfo;
import dev.varve.testkit.TellingRepositoryContract;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Repositories over copies that are kept in step with a real server keep the contract. */
class LiveRepositoryTest extends TellingRepositoryContract {

    private final ServedStores stores = new ServedStores();
    private final Map<String, LiveSync> live = new HashMap<>();

    /** How a store is kept in step. */
    LiveOptions options(String name) {
        return LiveOptions.of(EntryPattern.parse("app/**"));
    }

    @Override
    protected Store store(String name) {
        Store store = stores.store(name);
        live.computeIfAbsent(name, opened -> store.live(options(opened)));
        return store;
    }

    @Override
    protected void settle(Store store) {
        long written = store.info().map(StoreInfo::storeSeq).orElse(0L);
        LiveSync sync = requireNonNull(live.get(store.name()));
        Patience.await().until(() -> sync.status().storeSeq() >= written);
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
