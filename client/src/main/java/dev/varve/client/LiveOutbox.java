package dev.varve.client;

import dev.varve.api.EntryChange;
import dev.varve.api.EntryOp;
import dev.varve.api.EntryWrite;
import dev.varve.api.ErrorKind;
import dev.varve.api.VarveException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Writes that wait for their answers, in the order in which they came. Those that were enqueued are made one after the other, so that
 * one that the server cannot take now is never overtaken by the next; those that somebody waits for go side by side, but behind what was
 * enqueued before them. Guarded by its owner's lock.
 */
final class LiveOutbox {

    /** How many may be under way at a time; a server reads no further at 256. */
    private static final int MAX_UNDER_WAY = 200;

    /** How many bytes may be under way at a time, unless one write alone is larger. */
    private static final long MAX_BYTES_UNDER_WAY = 4L << 20;

    private final int maxWaiting;
    private final Map<String, LiveWrite> waiting = new LinkedHashMap<>();
    private final Map<String, LiveWrite> underWay = new HashMap<>();
    private int enqueued;

    LiveOutbox(int maxWaiting) {
        this.maxWaiting = maxWaiting;
    }

    int size() {
        return waiting.size();
    }

    Collection<LiveWrite> all() {
        return waiting.values();
    }

    boolean hasUnderWay() {
        return !underWay.isEmpty();
    }

    boolean hasEnqueued() {
        return enqueued > 0;
    }

    /** Changes were passed over: writes that were sent may have been made unseen. */
    void passedOver() {
        waiting.values().forEach(write -> write.passedOver |= write.wasSent());
    }

    /** Refuses one more when there are as many as may be. */
    void requireRoom() {
        if (waiting.size() >= maxWaiting) {
            throw new VarveException(
                    ErrorKind.OVERLOADED,
                    waiting.size() + " writes are waiting for their answers, as many as may; nothing was written");
        }
    }

    void add(LiveWrite write) {
        waiting.put(write.name, write);
        enqueued += write.enqueued ? 1 : 0;
    }

    /** Takes a write away; its answer is of no interest any more. False when it was not there. */
    boolean remove(LiveWrite write) {
        if (write.ref != null) {
            underWay.remove(write.ref);
            write.ref = null;
        }
        boolean removed = waiting.remove(write.name, write);
        enqueued -= removed && write.enqueued ? 1 : 0;
        return removed;
    }

    /** The write of a change that was told, if it is one that waits. */
    @Nullable LiveWrite named(EntryChange change) {
        LiveWrite single = waiting.get(change.clientOpId());
        if (single != null) {
            return single;
        }
        int colon = change.clientOpId().lastIndexOf(':');
        return colon < 0 ? null : waiting.get(change.clientOpId().substring(0, colon));
    }

    /** The write that an answer is to, which is not under way any more. */
    @Nullable LiveWrite answered(String ref) {
        LiveWrite write = underWay.remove(ref);
        if (write != null) {
            write.ref = null;
        }
        return write;
    }

    /** The connection broke: nothing is under way any more. */
    void broken() {
        underWay.values().forEach(write -> write.ref = null);
        underWay.clear();
    }

    /** The largest that is under way, or null. */
    @Nullable LiveWrite largestUnderWay() {
        LiveWrite largest = null;
        for (LiveWrite write : underWay.values()) {
            if (largest == null || write.bytes > largest.bytes) {
                largest = write;
            }
        }
        return largest;
    }

    /**
     * What may be sent now, in order; it counts as under way once it has a ref by {@link #sent}.
     *
     * @param paused whether what was enqueued has to wait, and what was sent before
     */
    List<LiveWrite> sendable(boolean paused) {
        List<LiveWrite> next = new ArrayList<>();
        int count = underWay.size();
        long bytes = underWay.values().stream().mapToLong(write -> write.bytes).sum();
        for (LiveWrite write : waiting.values()) {
            if (write.ref == null) {
                if (paused && write.enqueued) {
                    break;
                }
                if (paused && write.wasSent()) {
                    continue;
                }
                if (count > 0 && (count >= MAX_UNDER_WAY || bytes + write.bytes > MAX_BYTES_UNDER_WAY)) {
                    break;
                }
                next.add(write);
                count++;
                bytes += write.bytes;
            }
            if (write.enqueued) {
                break;
            }
        }
        return next;
    }

    void sent(LiveWrite write, String ref, long after) {
        write.ref = ref;
        write.sentAgain = write.wasSent();
        if (!write.wasSent()) {
            write.sentAfter = after;
        }
        underWay.put(ref, write);
    }

    /**
     * Writes that were sent before and may have been made, which neither the replay has shown nor the server would recognise.
     *
     * @param kept what the replay shows
     * @param storeSeq how far the store is
     */
    List<LiveWrite> unknowable(LivePatterns kept, long storeSeq) {
        List<LiveWrite> lost = new ArrayList<>();
        for (LiveWrite write : waiting.values()) {
            boolean shown = !write.passedOver && write.ops.stream().anyMatch(op -> isTold(kept, op));
            boolean recognised = storeSeq >= write.sentAfter && storeSeq - write.sentAfter <= EntryWrite.REMEMBERED / 2;
            if (write.wasSent() && !shown && !recognised) {
                lost.add(write);
            }
        }
        return lost;
    }

    private static boolean isTold(LivePatterns kept, EntryOp op) {
        return LiveWrite.takesNumber(op) && kept.concerns(op.path());
    }
}
