package dev.varve.engine.entries;

import dev.varve.api.EntryEvent;
import dev.varve.api.EntryOp;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryValue;
import dev.varve.api.EntryWrite;
import dev.varve.api.EntryWriteResult;
import dev.varve.api.EntryWriteResult.Applied;
import dev.varve.api.EntryWriteResult.Reason;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Makes the changes of one write, all or none. */
final class WriteCommand extends EntryCommand<EntryWriteResult> {

    private final EntryWrite write;
    private final UUID freshId;
    private final int weightBytes;
    private final long fingerprint;

    private Map<byte[], Known> known = Lookup.nothingKnown();
    private long knownSince = -1;

    /**
     * A command of changes that are valid in themselves.
     *
     * @param freshId of the store, if it is created by this
     * @param valueBytes what the values take
     * @param fingerprint of the content, not 0; used when the write is to be recognised
     */
    WriteCommand(EntriesFace face, EntryWrite write, UUID freshId, int valueBytes, long fingerprint) {
        super(face, write.store());
        this.write = write;
        this.freshId = freshId;
        this.weightBytes = valueBytes;
        this.fingerprint = write.once() ? fingerprint : 0;
    }

    @Override
    public int weightBytes() {
        return super.weightBytes() + weightBytes;
    }

    @Override
    public boolean freesSpace() {
        for (EntryOp op : write.ops()) {
            if (op.kind() != EntryOp.Kind.DELETE && op.kind() != EntryOp.Kind.RELEASE) {
                return false;
            }
        }
        return true;
    }

    @Override
    public boolean prepare() {
        StoreState state = face.decidedStore(store);
        if (hasFailed() || state == null) {
            return true;
        }
        if (knownSince != face.retirements()) {
            known = Lookup.nothingKnown();
            knownSince = face.retirements();
        }
        Lookup lookup = new Lookup(face.decided(), known);
        Map<byte[], Boolean> missing = new TreeMap<>(java.util.Arrays::compareUnsigned);
        for (EntryOp op : write.ops()) {
            for (EntryPath path : Decider.reads(op)) {
                byte[] key = Keys.key(state.number, path);
                boolean subtree = path.equals(op.path()) && Decider.readsSubtree(op);
                if (!lookup.knowsLeaf(key) || (subtree && !lookup.knowsSubtree(key))) {
                    missing.put(key, true);
                }
            }
        }
        boolean remembered = write.once() && !state.remembered.complete;
        if (missing.isEmpty() && !remembered) {
            return true;
        }
        if (!state.inState) {
            missing.keySet().forEach(key -> known.put(key, new Known(null, 0, List.of(), false)));
            return true;
        }
        face.load(state, List.copyOf(missing.keySet()), remembered, known::putAll, this::failWith);
        return false;
    }

    @Override
    void decide(long nowMillis) {
        StoreState state = face.decidedStore(store);
        if (state == null) {
            if (!write.createStore()) {
                failWith(StoreCommand.notFound(store));
                return;
            }
            // Refused or not, the store is there from now on: whoever names it means it.
            change(new Effect.StoreCreated(face.nextStore(), freshId, store, nowMillis));
            state = face.decidedStore(store);
        }
        if (state == null) {
            throw new IllegalStateException("a store that was just created is not there");
        }
        if (state.decidedArchived) {
            refuse(0, Reason.STORE_ARCHIVED, null);
            return;
        }
        Remembered.Write before = write.once() ? state.remembered.find(write.deviceId(), write.clientOpId()) : null;
        if (before != null && before.fingerprint() == fingerprint) {
            answerAgain(before);
            return;
        }
        decide(state, nowMillis);
    }

    private void decide(StoreState state, long nowMillis) {
        if (!state.inState) {
            for (EntryOp op : write.ops()) {
                for (EntryPath path : Decider.reads(op)) {
                    known.putIfAbsent(Keys.key(state.number, path), new Known(null, 0, List.of(), false));
                }
            }
        }
        Lookup lookup = new Lookup(face.decided(), known);
        List<Change> changes = new ArrayList<>();
        List<Applied> applied = new ArrayList<>();
        long storeSeq = state.decidedSeq;
        for (int i = 0; i < write.ops().size(); i++) {
            EntryOp op = write.ops().get(i);
            switch (Decider.decide(op, state.number, lookup, storeSeq + 1, nowMillis)) {
                case Decider.Declined(Reason reason, @Nullable Long current) -> {
                    refuse(i, reason, current);
                    return;
                }
                case Decider.Unneeded _ -> applied.add(new Applied(op.path(), storeSeq, false, null));
                case Decider.Made(@Nullable EntryValue value, boolean found) -> {
                    storeSeq++;
                    String opId = write.ops().size() == 1 ? write.clientOpId() : write.clientOpId() + ":" + i;
                    EntryEvent event = Decider.event(op, value, storeSeq, write.deviceId(), opId, nowMillis);
                    Change change = new Change(event, found, fingerprint, 0, expiresAt(op, nowMillis));
                    changes.add(change);
                    lookup.moveTo(lookup.overlay().after(state.number, change));
                    applied.add(new Applied(op.path(), storeSeq, true, value));
                }
            }
        }
        if (!changes.isEmpty()) {
            changes.set(0, changes.getFirst().firstOf(changes.size()));
            changed(state, changes, lookup.overlay());
        }
        answerWith(new EntryWriteResult.Written(applied, storeSeq));
    }

    private static long expiresAt(EntryOp op, long nowMillis) {
        Long ttlMillis = op.ttlMillis();
        if (ttlMillis == null) {
            return 0;
        }
        long end = nowMillis + ttlMillis;
        return end < nowMillis ? Long.MAX_VALUE : end;
    }

    private void refuse(int index, Reason reason, @Nullable Long currentRevision) {
        answerWith(Decider.refused(index, write.ops().get(index), reason, currentRevision));
    }

    private void answerAgain(Remembered.Write before) {
        List<Applied> applied = new ArrayList<>();
        for (int i = 0; i < write.ops().size(); i++) {
            long storeSeq = before.firstSeq() + Math.min(i, before.ops() - 1);
            applied.add(new Applied(write.ops().get(i).path(), storeSeq, true, null));
        }
        answerWith(new EntryWriteResult.Written(applied, before.firstSeq() + before.ops() - 1));
    }
}
