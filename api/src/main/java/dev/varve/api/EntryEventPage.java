package dev.varve.api;

import java.util.List;

/**
 * Some committed changes of a store. Immutable.
 *
 * <pre>{@code
 * long seen = 0;
 * EntryEventPage page;
 * do {
 *     page = entries.events(seen, 500);
 *     for (EntryEvent event : page.events()) {
 *         seen = event.storeSeq();
 *     }
 * } while (seen < page.storeSeq());
 * }</pre>
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
