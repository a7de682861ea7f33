package dev.varve.engine.transactions;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The keys of one store that are not in the state yet, and how many there ever were. Belongs to the shard's owner. */
final class StoreKeys {

    final long store;

    /** Keys that are decided, until a checkpoint has written them. */
    final Map<String, Keyed> decided = new HashMap<>();

    /** Those that are durable since the last checkpoint began. */
    List<Keyed> changes = new ArrayList<>();

    /** How many there ever were, as decided and as durable. */
    long decidedCount;

    long count;

    /** Whether the state has any. */
    boolean inState;

    StoreKeys(long store) {
        this.store = store;
    }
}
