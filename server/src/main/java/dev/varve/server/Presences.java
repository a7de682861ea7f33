package dev.varve.server;

import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

/** Who is present in which store. Only in memory: a server that starts anew knows nobody until they have joined again. Thread-safe. */
final class Presences {

    private final Map<UUID, StorePresence> stores = new ConcurrentHashMap<>();

    /**
     * Has a channel be seen in a store, and told of the others.
     *
     * @return the store's presence, to give to {@link #leave}
     * @throws PushProblem when as many are present as may be
     */
    StorePresence enter(UUID store, StorePresence.Present member) {
        StorePresence entered = stores.compute(store, (_, known) -> {
            StorePresence presence = known == null ? new StorePresence() : known;
            presence.add(member);
            return presence;
        });
        entered.tellSoon();
        return entered;
    }

    /** The opposite. */
    void leave(UUID store, StorePresence.Present member) {
        StorePresence left = stores.computeIfPresent(store, (_, presence) -> {
            presence.remove(member);
            return presence.isEmpty() ? null : presence;
        });
        if (left != null) {
            left.tellSoon();
        }
    }
}
