package dev.varve.engine;

import dev.varve.api.Entries;
import dev.varve.api.EntryStorage;
import dev.varve.api.Store;
import dev.varve.api.StoreInfo;
import java.util.Optional;

/** A store of an engine in this process. Thread-safe. */
final class EmbeddedStore implements Store {

    private final EntryStorage storage;
    private final String name;
    private final Entries entries;

    EmbeddedStore(EntryStorage storage, String name) {
        this.storage = storage;
        this.name = name;
        this.entries = Entries.over(storage, name);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Optional<StoreInfo> info() {
        return storage.store(name);
    }

    @Override
    public Entries entries() {
        return entries;
    }
}
