package dev.varve.engine.commits;

import java.util.List;

/**
 * Some commits of a store. Immutable.
 *
 * @param items in order
 * @param more whether there were more when this was read
 */
public record CommitItems(List<CommitItem> items, boolean more) {

    /** Copies the list. */
    public CommitItems {
        items = List.copyOf(items);
    }
}
