package dev.varve.engine.entries;

import dev.varve.api.EntryEvent;
import dev.varve.api.EntryOp;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryValue;
import dev.varve.api.EntryWrite;
import dev.varve.engine.shard.EngineTime;
import dev.varve.engine.state.Binary;
import dev.varve.engine.state.SortedTree;
import dev.varve.engine.state.StateStore;
import dev.varve.engine.state.Table;
import dev.varve.engine.state.TreeCursor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;

/**
 * Takes back what was set for some time only, lets go of old history, and deletes files that nobody needs any more. It only
 * proposes; each proposal is a command that is decided again. Confined to one thread that may block on the disk.
 */
public final class Upkeep {

    private static final int DEADLINES_PER_PASS = 1_000;
    private static final System.Logger LOG = System.getLogger(Upkeep.class.getName());

    private final EntriesFace face;
    private final EngineEntryStorage storage;
    private final EntryReader reader;
    private final EngineTime time;
    private final HistoryPolicy policy;
    private final FileCollector collector;

    /**
     * Starts before the first pass.
     *
     * @param face the entries, attached to a running shard
     * @param storage the same as a storage
     * @param policy how much history is kept
     */
    public Upkeep(EntriesFace face, EngineEntryStorage storage, HistoryPolicy policy) {
        this.face = face;
        this.storage = storage.unrestricted();
        this.reader = new EntryReader(face);
        this.time = face.time();
        this.policy = policy;
        this.collector = new FileCollector(face, face.files(), new HistoryReader(reader, face.state()));
    }

    /** Deletes what has expired. */
    public void passOverDeadlines() {
        overStores(this::expire);
    }

    /** Lets go of history that is older than it is kept. */
    public void passOverHistory() {
        overStores(this::compact);
    }

    /**
     * Deletes files, those of the next names in order.
     *
     * @throws IOException when the disk fails; what was not looked at comes up again in a later pass
     */
    public void passOverFiles() throws IOException {
        collector.pass();
    }

    /** Something done to every store. */
    @FunctionalInterface
    private interface Pass {
        void over(StoreState store) throws IOException;
    }

    /** What fails for one store does not keep others waiting. */
    private void overStores(Pass pass) {
        for (StoreState store : face.stores.values()) {
            try {
                pass.over(store);
            } catch (IOException | RuntimeException e) {
                LOG.log(System.Logger.Level.WARNING, "upkeep of " + store.name + " failed; trying later", e);
            }
        }
    }

    // ---- times to live

    private void expire(StoreState store) throws IOException {
        long earliest = store.earliestDeadline.get();
        if (!time.hasPassed(earliest) || store.expiring.get() > 0) {
            return; // what was proposed is still to be found, and would be proposed again
        }
        // Before the look: what is set after it, or is refused below, stands against this, and not against what is due.
        store.earliestDeadline.set(Long.MAX_VALUE);
        long next = earliest;
        try {
            Due due = reader.look(store, moment -> deadlines(store, moment.overlay()));
            if (due.isWhole) {
                next = Long.MAX_VALUE;
            }
            for (Map.Entry<byte[], byte[]> deadline : due.rows.entrySet()) {
                long millis = Keys.millisOfDeadline(deadline.getKey());
                if (!time.hasPassed(millis)) {
                    next = millis;
                    break;
                }
                expire(
                        store,
                        millis,
                        Keys.pathOfDeadline(deadline.getKey()),
                        ByteBuffer.wrap(deadline.getValue()).getLong());
            }
        } finally {
            store.earliestDeadline.accumulateAndGet(next, Math::min);
        }
    }

    /**
     * The next deadlines.
     *
     * @param rows in order of time, with the revisions they are about
     * @param isWhole whether there are no others
     */
    private record Due(SortedMap<byte[], byte[]> rows, boolean isWhole) {}

    private Due deadlines(StoreState store, Overlay overlay) throws IOException {
        TreeMap<byte[], byte[]> found = new TreeMap<>(Arrays::compareUnsigned);
        byte[] lastOfState = null;
        byte[] from = Binary.key(store.number);
        byte[] to = Binary.key(store.number + 1);
        try (StateStore.Cursor cursor = face.state().scan(Table.ENTRY_DEADLINES, from, to)) {
            while (found.size() < DEADLINES_PER_PASS && cursor.next()) {
                if (SortedTree.get(overlay.deadlines(), cursor.key()) == null) {
                    found.put(cursor.key(), cursor.value());
                }
            }
            if (found.size() == DEADLINES_PER_PASS) {
                lastOfState = found.lastKey();
            }
        }
        byte[] lastOfOverlay = null;
        TreeCursor changed = new TreeCursor(overlay.deadlines(), from, to);
        int count = 0;
        while (count < DEADLINES_PER_PASS && changed.next()) {
            if (changed.sharedValue().length > 0) {
                found.put(changed.sharedKey(), changed.sharedValue());
                lastOfOverlay = ++count == DEADLINES_PER_PASS ? changed.sharedKey() : null;
            }
        }
        // Behind the last row of one that was not read to its end, rows may be missing between those of the other.
        SortedMap<byte[], byte[]> known = found;
        for (byte[] last : Arrays.asList(lastOfState, lastOfOverlay)) {
            if (last != null && Arrays.compareUnsigned(last, known.lastKey()) < 0) {
                known = found.headMap(last, true);
            }
        }
        return new Due(known, lastOfState == null && lastOfOverlay == null);
    }

    /** Deletes what the deadline is about if it is still there unchanged; then the deadline has had its effect. */
    private void expire(StoreState store, long millis, EntryPath path, long revision) {
        // As an object is compared: with all below, not only with an entry at exactly this path.
        EntryOp unchanged = EntryOp.of(EntryOp.Kind.CHECK, path, new EntryValue.Fields(Map.of()))
                .ifMatch(revision);
        List<EntryOp> ops = List.of(unchanged, EntryOp.delete(path));
        EntryWrite deletion = new EntryWrite(store.name, ops, EntryOp.EXPIRY_DEVICE, "expiry:" + path, false, false);
        CompletableFuture<Boolean> done =
                storage.write(deletion).thenCompose(_ -> passed(store, millis, path, revision));
        store.expiring.incrementAndGet();
        var _ = done.whenComplete((passed, _) -> {
            if (passed == null || !passed) {
                lookAgainFrom(store, millis);
            }
            store.expiring.decrementAndGet();
        });
    }

    private CompletableFuture<Boolean> passed(StoreState store, long millis, EntryPath path, long revision) {
        DeadlineCommand command = new DeadlineCommand(face, store, millis, path, revision);
        face.sequencer().submit(command);
        return command.future;
    }

    private static void lookAgainFrom(StoreState store, long millis) {
        store.earliestDeadline.accumulateAndGet(millis, Math::min);
    }

    // ---- history

    private void compact(StoreState store) throws IOException {
        long through = store.storeSeq() - policy.changes();
        if (through <= store.compactedSeq() || store.archived) {
            return;
        }
        List<EntryEvent> events = reader.events(store, through - 1, 1).events();
        if (!events.isEmpty() && time.hasPassed(events.getFirst().timeMillis() + policy.millis())) {
            var _ = storage.compact(store.name, through);
        }
    }
}
