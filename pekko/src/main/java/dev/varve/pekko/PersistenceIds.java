package dev.varve.pekko;

import dev.varve.api.AggregateId;

/** Which aggregate the events of a persistence id are. Two ids are never the same one. */
final class PersistenceIds {

    private final String category;

    PersistenceIds(String category) {
        this.category = category;
    }

    /** What stands before the first bar is the type, if it can be one; so {@code Order|4711} is {@code Order/4711}. */
    AggregateId aggregate(String persistenceId) {
        int bar = persistenceId.indexOf('|');
        if (bar > 0 && bar < persistenceId.length() - 1) {
            String type = persistenceId.substring(0, bar);
            // An id that has no type ends up in the category: nothing else may.
            if (!type.equals(category) && type.indexOf('/') < 0 && !type.startsWith("__")) {
                return new AggregateId(type, persistenceId.substring(bar + 1));
            }
        }
        return new AggregateId(category, persistenceId);
    }
}
