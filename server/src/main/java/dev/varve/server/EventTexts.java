package dev.varve.server;

import dev.varve.api.EntryEvent;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The newest changes as server-sent events show them, so that many who follow one store cost one encoding each. Small ones only:
 * it holds a mebibyte at most. Confined to its loop.
 */
final class EventTexts {

    private static final int SLOTS = 64;
    private static final int MAX_CHARACTERS = 16 * 1024;

    private record Text(UUID store, long storeSeq, String json) {}

    private final @Nullable Text[] texts = new @Nullable Text[SLOTS];

    /** A change of a store as JSON. */
    String of(UUID store, EntryEvent event) {
        int slot = (int) (event.storeSeq() % SLOTS);
        Text known = texts[slot];
        if (known != null && known.storeSeq == event.storeSeq() && known.store.equals(store)) {
            return known.json;
        }
        String json = EntryText.event(event).toString();
        if (json.length() <= MAX_CHARACTERS) {
            texts[slot] = new Text(store, event.storeSeq(), json);
        }
        return json;
    }
}
