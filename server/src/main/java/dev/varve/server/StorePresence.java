package dev.varve.server;

import dev.varve.api.EntryValue;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who is present in one store. Each coming and going has a number; a channel asks for what came after the number it knows, and gets
 * the difference, or everything when that is too long ago. So nothing waits here for a channel that is slow. Thread-safe.
 */
final class StorePresence {

    /** How many channels may be present in one store. */
    static final int MAX_PRESENT = 1_000;

    /** How many comings and goings are remembered. */
    private static final int MAX_CHANGES = 2_000;

    /** For how long comings and goings are gathered before they are told. */
    private static final long GATHER_MILLIS = 50;

    /** The number of one who knows nothing yet. */
    static final long NOTHING = -1;

    private static final Logger LOG = LoggerFactory.getLogger(StorePresence.class);

    /** Somebody who is present: a channel that joined so. Whoever is told is told on its loop. */
    interface Present {

        /** Unique among all. */
        String ref();

        String deviceId();

        /** What others are told of it, the reference included. */
        EntryValue meta();

        Loop loop();

        /** Somebody has come or gone. */
        void told();
    }

    private record Change(Present who, boolean came) {}

    /** Those who are told on one loop. */
    private static final class OnLoop {

        final List<Present> members = new ArrayList<>();
        final AtomicBoolean signalled = new AtomicBoolean();
    }

    /**
     * What a channel has to be told.
     *
     * @param through the number that it knows then
     * @param message the message; null when there is nothing to tell
     */
    record Update(long through, @Nullable PresenceMessage message) {}

    // All guarded by the monitor of this object.
    private final Map<String, Present> present = new LinkedHashMap<>();
    private final ArrayDeque<Change> changes = new ArrayDeque<>();
    private final Map<Loop, OnLoop> loops = new HashMap<>();
    private long version;

    /** The last difference, because most channels ask for the same one. */
    private @Nullable Update last;

    private long lastAfter = NOTHING;

    /**
     * Adds a channel.
     *
     * @throws PushProblem when as many are present as may be
     */
    synchronized void add(Present member) {
        if (present.size() >= MAX_PRESENT) {
            throw PushProblem.of(
                    "limit_exceeded", "at most " + MAX_PRESENT + " are present in one store; join without presence");
        }
        present.put(member.ref(), member);
        loops.computeIfAbsent(member.loop(), _ -> new OnLoop()).members.add(member);
        changed(new Change(member, true));
    }

    synchronized void remove(Present member) {
        if (!present.remove(member.ref(), member)) {
            return;
        }
        OnLoop onLoop = loops.get(member.loop());
        if (onLoop != null) {
            onLoop.members.remove(member);
            if (onLoop.members.isEmpty()) {
                loops.remove(member.loop());
            }
        }
        changed(new Change(member, false));
    }

    private void changed(Change change) {
        version++;
        changes.add(change);
        if (changes.size() > MAX_CHANGES) {
            changes.remove();
        }
    }

    synchronized boolean isEmpty() {
        return present.isEmpty();
    }

    /** Has all who are present told soon, those of one loop together. */
    void tellSoon() {
        List<Map.Entry<Loop, OnLoop>> toTell;
        synchronized (this) {
            toTell = List.copyOf(loops.entrySet());
        }
        for (Map.Entry<Loop, OnLoop> entry : toTell) {
            Loop loop = entry.getKey();
            OnLoop onLoop = entry.getValue();
            if (onLoop.signalled.compareAndSet(false, true)) {
                try {
                    var _ = loop.eventLoop.schedule(
                            () -> loop.run(() -> tell(onLoop)), GATHER_MILLIS, TimeUnit.MILLISECONDS);
                } catch (RejectedExecutionException e) {
                    LOG.debug("the loop has ended, nobody is told who is present");
                }
            }
        }
    }

    private void tell(OnLoop onLoop) {
        onLoop.signalled.set(false);
        List<Present> members;
        synchronized (this) {
            members = List.copyOf(onLoop.members);
        }
        members.forEach(Present::told);
    }

    /** What is new since a number. */
    synchronized Update since(long after) {
        Update known = last;
        if (known != null && lastAfter == after && known.through() == version) {
            return known;
        }
        Update update = new Update(version, message(after));
        last = update;
        lastAfter = after;
        return update;
    }

    private @Nullable PresenceMessage message(long after) {
        if (after == version) {
            return null;
        }
        if (after == NOTHING || version - after > changes.size()) {
            return new PresenceMessage("presence_state", byDevice(List.copyOf(present.values())));
        }
        Map<String, Present> joins = new LinkedHashMap<>();
        Map<String, Present> leaves = new LinkedHashMap<>();
        long skipped = changes.size() - (version - after);
        for (Change change : changes) {
            if (skipped-- > 0) {
                continue;
            }
            Present who = change.who();
            if (change.came()) {
                joins.put(who.ref(), who);
            } else if (joins.remove(who.ref()) == null) {
                leaves.put(who.ref(), who);
            }
        }
        if (joins.isEmpty() && leaves.isEmpty()) {
            return null;
        }
        Map<String, EntryValue> difference = new LinkedHashMap<>();
        difference.put("joins", byDevice(List.copyOf(joins.values())));
        difference.put("leaves", byDevice(List.copyOf(leaves.values())));
        return new PresenceMessage("presence_diff", new EntryValue.Fields(difference));
    }

    /** One object per device, which lists its channels. */
    private static EntryValue byDevice(List<Present> members) {
        Map<String, List<EntryValue>> metas = new LinkedHashMap<>();
        for (Present member : members) {
            metas.computeIfAbsent(member.deviceId(), _ -> new ArrayList<>()).add(member.meta());
        }
        Map<String, EntryValue> devices = new LinkedHashMap<>();
        metas.forEach((device, all) ->
                devices.put(device, new EntryValue.Fields(Map.of("metas", new EntryValue.Items(all)))));
        return new EntryValue.Fields(devices);
    }
}
