package dev.varve.engine.entries;

import dev.varve.api.EntryEvent;
import dev.varve.api.EntryWrite;
import java.util.LinkedHashMap;
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
     * @param firstSeq the sequence number of its first change
     * @param ops how many changes it made
     */
    record Write(long fingerprint, long firstSeq, int ops) {}

    private final Map<String, Write> writes = new LinkedHashMap<>();

    /** Whether the writes that the state knows are among these. */
    boolean complete;

    @Nullable Write find(String deviceId, String clientOpId) {
        return writes.get(key(deviceId, clientOpId));
    }

    /** Notes a change that was made, if it is to be recognised. The order of calls is that of the changes. */
    void note(Change change) {
        if (change.fingerprint() == 0 || change.opsOfWrite() == 0) {
            return;
        }
        EntryEvent event = change.event();
        String clientOpId = change.opsOfWrite() == 1
                ? event.clientOpId()
                : event.clientOpId().substring(0, event.clientOpId().lastIndexOf(':'));
        String key = key(event.deviceId(), clientOpId);
        writes.remove(key);
        writes.put(key, new Write(change.fingerprint(), change.storeSeq(), change.opsOfWrite()));
        if (writes.size() > MAX_WRITES) {
            writes.remove(writes.keySet().iterator().next());
        }
    }

    private static String key(String deviceId, String clientOpId) {
        return deviceId.length() + ":" + deviceId + clientOpId;
    }
}
