package dev.varve.engine.entries;

import dev.varve.api.EntryEvent;
import dev.varve.api.EntryWrite;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The last writes of a store that are recognised if they are sent again. Confined to the shard's owner. */
final class Remembered {

    /** Twice as many as promised, so that the promise holds while the older half is let go. */
    private static final int MAX_WRITES = 2 * EntryWrite.REMEMBERED;

    /**
     * A write that was accepted.
     *
     * @param fingerprint of its content
     * @param firstSeq the sequence number of the first change that it made; the others follow
     */
    record Write(long fingerprint, long firstSeq) {}

    /**
     * A write and what it is recognised by.
     *
     * @param key device and name
     * @param write the write
     */
    record Noted(String key, Write write) {}

    private final Map<String, Write> writes = new LinkedHashMap<>();

    /** Whether the writes that the state knows are among these. */
    boolean complete;

    @Nullable Write find(String deviceId, String clientOpId) {
        return writes.get(key(deviceId, clientOpId));
    }

    /** Notes a change that was made, if it is to be recognised. The order of calls is that of the changes. */
    void note(Change change) {
        Noted noted = of(change);
        if (noted != null) {
            note(noted);
        }
    }

    private void note(Noted noted) {
        writes.remove(noted.key());
        writes.put(noted.key(), noted.write());
        if (writes.size() > MAX_WRITES) {
            writes.remove(writes.keySet().iterator().next());
        }
    }

    /** Puts the writes that the state knows before those noted so far. */
    void complete(List<Noted> stored) {
        Map<String, Write> since = new LinkedHashMap<>(writes);
        writes.clear();
        stored.forEach(this::note);
        since.forEach((key, write) -> note(new Noted(key, write)));
        complete = true;
    }

    /** What is to be noted of a change, or null. */
    static @Nullable Noted of(Change change) {
        if (change.fingerprint() == 0 || change.opsOfWrite() == 0) {
            return null;
        }
        EntryEvent event = change.event();
        String clientOpId = change.opsOfWrite() == 1
                ? event.clientOpId()
                : event.clientOpId().substring(0, event.clientOpId().lastIndexOf(':'));
        return new Noted(key(event.deviceId(), clientOpId), new Write(change.fingerprint(), change.storeSeq()));
    }

    private static String key(String deviceId, String clientOpId) {
        return deviceId.length() + ":" + deviceId + clientOpId;
    }
}
