package dev.varve.api;

import java.util.List;

/**
 * Some committed changes of a store. Immutable.
 *
 * @param events one after the other, without gap
 * @param storeSeq the store's sequence number at that moment: more events follow when the last one's is smaller
 */
public record EntryEventPage(List<EntryEvent> events, long storeSeq) {

    /** Copies the list. */
    public EntryEventPage {
        events = List.copyOf(events);
    }
}
