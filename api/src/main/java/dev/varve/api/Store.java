package dev.varve.api;

import java.util.Optional;

/** One store: its own entries with one order of changes. Thread-safe. */
public interface Store {

    /**
     * The full name.
     *
     * @return {@code organisation/name}
     */
    String name();

    /**
     * What is known of the store.
     *
     * @return the store's id, state and sequence number, or nothing when it does not exist
     */
    Optional<StoreInfo> info();

    /**
     * The entries. The first write creates the store.
     *
     * @return the same object at every call
     */
    Entries entries();
}
