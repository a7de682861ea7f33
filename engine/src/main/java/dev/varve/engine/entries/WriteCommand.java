package dev.varve.engine.entries;

import dev.varve.api.EntryEvent;
import dev.varve.api.EntryOp;
import dev.varve.api.EntryValue;
import dev.varve.api.EntryWrite;
import dev.varve.api.EntryWriteResult;
import dev.varve.api.EntryWriteResult.Applied;
import dev.varve.api.EntryWriteResult.Reason;
import dev.varve.api.FileReference;
import dev.varve.api.VarveException;
import dev.varve.engine.files.BlobId;
import dev.varve.engine.shard.FacePart;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Makes the changes of one write, all or none. */
final class WriteCommand extends EntryCommand<EntryWriteResult> implements FacePart<EntryWriteResult> {

    private final EntryWrite write;
    private final Supplier<UUID> freshId;
    private final int weightBytes;
    private final long fingerprint;

    /** Files that are kept until this is answered. */
    private Set<BlobId> heldFiles = Set.of();

    private NavigableMap<byte[], Known> known = Lookup.nothingKnown();
    private long knownSince = -1;
    private boolean loading;

    /** Where this may change how much there is, and how much there was; null until it is known. */
    private @Nullable Footprint footprint;

    private Footprint.@Nullable Count count;

    /** What comes of this when it is made; null when there is nothing to make. */
    private @Nullable Decided planned;

    /** How long the files are that this puts; {@link EntryFiles#ABSENT} for those that are not there. */
    private final Map<BlobId, Long> fileSizes = new HashMap<>();

    /**
     * A command of changes that are valid in themselves.
     *
     * @param freshId makes the id of the store, if it is created by this
     * @param valueBytes what the values take
     * @param fingerprint of the content when the write is to be recognised, else 0
     */
    WriteCommand(EntriesFace face, EntryWrite write, Supplier<UUID> freshId, int valueBytes, long fingerprint) {
        super(face, write.store());
        this.write = write;
        this.freshId = freshId;
        this.weightBytes = valueBytes;
        this.fingerprint = fingerprint;
    }

    /** Keeps files until {@link #release}. */
    void hold(Set<BlobId> files) {
        heldFiles = files;
        face.files().hold(files);
    }

    boolean holdsFiles() {
        return !heldFiles.isEmpty();
    }

    @Override
    public void release() {
        if (holdsFiles()) {
            face.files().release(heldFiles);
        }
    }

    @Override
    public int weightBytes() {
        return super.weightBytes() + weightBytes;
    }

    @Override
    public boolean freesSpace() {
        if (face.decidedStore(store) == null) {
            return false; // it may create the store
        }
        for (EntryOp op : write.ops()) {
            switch (op.kind()) {
                case DELETE, RELEASE, CHECK -> {}
                default -> {
                    return false;
                }
            }
        }
        return true;
    }

    @Override
    public boolean prepare() {
        StoreState state = face.decidedStore(store);
        if (loading) {
            return false;
        }
        if (failure() != null || result() != null) {
            return true;
        }
        if (!knowsFiles()) {
            return false;
        }
        if (state == null) {
            return true;
        }
        if (knownSince != face.retirements()) {
            if (!known.isEmpty()) {
                known = Lookup.nothingKnown();
            }
            knownSince = face.retirements();
        }
        Lookup lookup = new Lookup(face.decided(), known);
        NavigableMap<byte[], NavigableSet<byte[]>> missing = missing(state, lookup);
        boolean remembered = fingerprint != 0 && !state.remembered.complete;
        boolean counted = isCounted(state);
        if (missing.isEmpty() && !remembered && counted) {
            return true;
        }
        if (!state.inState && counted) {
            missing.keySet().forEach(key -> known.put(key, Known.NOTHING));
            return true;
        }
        loading = true;
        DecisionReads reads = face.reads();
        reads.load(
                state,
                new DecisionReads.Wanted(missing, remembered, counted ? null : footprint),
                loaded -> {
                    loading = false;
                    known.putAll(loaded.known());
                    count = count == null ? loaded.count() : count;
                },
                failure -> {
                    loading = false;
                    failWith(failure);
                });
        return false;
    }

    /** Whether it is known how much stood where this may change something. */
    private boolean isCounted(StoreState state) {
        if (footprint == null) {
            footprint = new Footprint(state.number, write.ops());
        }
        if (count == null) {
            count = footprint.inMemory(state.inState ? face.state() : Footprint.NO_STATE, face.decided());
        }
        return count != null;
    }

    private boolean knowsFiles() {
        Set<BlobId> missing = null;
        for (EntryOp op : write.ops()) {
            BlobId id = op.kind() == EntryOp.Kind.PUT_FILE ? EntryFiles.id(store, op.value()) : null;
            if (id != null && !fileSizes.containsKey(id)) {
                missing = missing == null ? new HashSet<>() : missing;
                missing.add(id);
            }
        }
        if (missing == null) {
            return true;
        }
        loading = true;
        DecisionReads reads = face.reads();
        reads.loadSizes(
                missing,
                sizes -> {
                    loading = false;
                    fileSizes.putAll(sizes);
                },
                failure -> {
                    loading = false;
                    failWith(failure);
                });
        return false;
    }

    /** Why a file cannot be put, or null. */
    private @Nullable Reason wrongFile(EntryOp op) {
        FileReference reference =
                op.kind() == EntryOp.Kind.PUT_FILE && op.value() != null ? FileReference.of(op.value()) : null;
        if (reference == null) {
            return null;
        }
        BlobId id = EntryFiles.id(store, reference);
        long size = fileSizes.getOrDefault(id, EntryFiles.ABSENT);
        if (size == EntryFiles.ABSENT) {
            return Reason.FILE_NOT_FOUND;
        }
        return size == reference.size() ? null : Reason.INVALID_VALUE;
    }

    /** What has to be read of the state, and what is looked at apart below it. */
    private NavigableMap<byte[], NavigableSet<byte[]>> missing(StoreState state, Lookup lookup) {
        if (write.ops().size() == 1 && isKnown(state, lookup, write.ops().getFirst())) {
            return Collections.emptyNavigableMap();
        }
        NavigableMap<byte[], Boolean> reads = new TreeMap<>(Arrays::compareUnsigned);
        for (EntryOp op : write.ops()) {
            for (Decider.Read read : Decider.reads(op)) {
                reads.merge(Keys.key(state.number, read.path()), read.subtree(), Boolean::logicalOr);
            }
        }
        NavigableSet<byte[]> taken = new TreeSet<>(Arrays::compareUnsigned);
        if (write.ops().size() > 1 && reads.containsValue(true)) {
            for (EntryOp op : write.ops()) {
                Decider.takesAway(op).forEach(path -> taken.add(Keys.key(state.number, path)));
            }
            // Whether anything is left below a path depends on what was there below what has been taken away.
            for (byte[] key : List.copyOf(reads.keySet())) {
                if (reads.getOrDefault(key, false)) {
                    below(taken, key).forEach(part -> reads.put(part, true));
                }
            }
        }
        NavigableMap<byte[], NavigableSet<byte[]>> missing = new TreeMap<>(Arrays::compareUnsigned);
        reads.forEach((key, subtree) -> {
            if (!lookup.knowsLeaf(key) || (subtree && !lookup.knowsSubtree(key))) {
                missing.put(key, below(taken, key));
            }
        });
        return missing;
    }

    /** Whether what one change alone needs to know is known. */
    private static boolean isKnown(StoreState state, Lookup lookup, EntryOp op) {
        for (Decider.Read read : Decider.reads(op)) {
            byte[] key = Keys.key(state.number, read.path());
            if (!lookup.knowsLeaf(key) || (read.subtree() && !lookup.knowsSubtree(key))) {
                return false;
            }
        }
        return true;
    }

    private static NavigableSet<byte[]> below(NavigableSet<byte[]> keys, byte[] key) {
        return keys.subSet(Keys.belowFrom(key), true, Keys.belowTo(key), false);
    }

    @Override
    void decide(long nowMillis) {
        if (!plan(nowMillis)) {
            return;
        }
        // A set is logged as a whole whenever a member comes, so this may be much more than was sent.
        long bytes = plannedBytes();
        if (bytes > FacePart.MAX_BYTES) {
            failWith(FacePart.tooLarge(bytes));
        } else {
            make(nowMillis);
        }
    }

    @Override
    public boolean plan(long nowMillis) {
        if (result() != null) {
            return false; // refused before it came here
        }
        StoreState state = face.decidedStore(store);
        if (state == null) {
            return planNew(nowMillis);
        }
        Remembered.Write before = fingerprint != 0 ? state.remembered.find(write.deviceId(), write.clientOpId()) : null;
        if (before != null && before.fingerprint() == fingerprint) {
            answerAgain(before);
            return true;
        }
        if (state.decidedArchived) {
            refuse(0, Reason.STORE_ARCHIVED, null);
            return false;
        }
        Ledger ledger = Objects.requireNonNull(count).ledger(state.decidedTotals);
        return planned(decide(state.number, state.inState, state.decidedSeq, ledger, nowMillis));
    }

    private boolean planNew(long nowMillis) {
        if (!write.createStore()) {
            failWith(StoreCommand.notFound(store));
            return false;
        }
        long number = face.nextStore();
        Footprint all = new Footprint(number, write.ops());
        Decided decided = decide(number, false, 0, all.nothing().ledger(Totals.NONE), nowMillis);
        VarveException over = decided == null ? null : face.storeOverQuota(store);
        if (over != null) {
            failWith(over);
            return false;
        }
        return planned(decided);
    }

    private boolean planned(@Nullable Decided decided) {
        if (decided == null) {
            return false;
        }
        planned = decided;
        answerWith(decided.answer);
        return true;
    }

    @Override
    public long plannedBytes() {
        Decided decided = planned;
        long size = 0;
        if (decided != null) {
            for (Change change : decided.changes) {
                size += Effect.Changed.bytesOf(change);
            }
        }
        return size;
    }

    /** Of a write that is refused nothing stays, not even its store. */
    @Override
    public void make(long nowMillis) {
        Decided decided = planned;
        if (decided == null) {
            return;
        }
        StoreState state = face.decidedStore(store);
        if (state == null) {
            change(new Effect.StoreCreated(face.nextStore(), freshId.get(), store, nowMillis));
            state = Objects.requireNonNull(face.decidedStore(store), "a store that was just created is not there");
        }
        if (!decided.changes.isEmpty()) {
            changed(state, decided.changes, decided.after);
        }
    }

    /** Decides all changes; null when the write is refused or fails, which is answered then. */
    private @Nullable Decided decide(long number, boolean inState, long decidedSeq, Ledger ledger, long nowMillis) {
        if (!inState) {
            for (EntryOp op : write.ops()) {
                for (Decider.Read read : Decider.reads(op)) {
                    known.putIfAbsent(Keys.key(number, read.path()), Known.NOTHING);
                }
            }
        }
        Totals before = ledger.totals();
        Lookup lookup = new Lookup(face.decided(), known);
        List<Change> changes = new ArrayList<>();
        List<Applied> applied = new ArrayList<>();
        long storeSeq = decidedSeq;
        for (int i = 0; i < write.ops().size(); i++) {
            EntryOp op = write.ops().get(i);
            Reason wrongFile = wrongFile(op);
            if (wrongFile != null) {
                refuse(i, wrongFile, null);
                return null;
            }
            Decider.Decision decision = Decider.decide(op, number, lookup, storeSeq + 1, nowMillis);
            if (decision instanceof Decider.Declined(Reason reason, @Nullable Long current)) {
                refuse(i, reason, current);
                return null;
            }
            if (!(decision instanceof Decider.Made(@Nullable EntryValue value, boolean found))) {
                applied.add(new Applied(op.path(), storeSeq, false, null));
                continue;
            }
            storeSeq++;
            String opId = write.ops().size() == 1 ? write.clientOpId() : write.clientOpId() + ":" + i;
            boolean first = changes.isEmpty();
            EntryEvent event = new EntryEvent(
                    storeSeq, op.kind(), op.path(), value, op.label(), write.deviceId(), opId, first, nowMillis);
            int opsOfWrite = first ? write.ops().size() : 0;
            ledger.change(number, op.kind(), op.path(), value);
            Change change = new Change(event, found, fingerprint, opsOfWrite, expiresAt(op), ledger.totals());
            changes.add(change);
            lookup.moveTo(lookup.overlay().after(number, change));
            applied.add(new Applied(op.path(), storeSeq, true, value));
        }
        VarveException over = face.quotasOf(store).refusal(store, before, ledger.totals());
        if (over != null) {
            failWith(over);
            return null;
        }
        return new Decided(changes, lookup.overlay(), new EntryWriteResult.Written(applied, storeSeq));
    }

    /** A write that is not refused, before it has had any effect. */
    private record Decided(List<Change> changes, Overlay after, EntryWriteResult answer) {}

    /** Not by the time of the group, which may have been read before this write came. */
    private long expiresAt(EntryOp op) {
        Long ttlMillis = op.ttlMillis();
        if (ttlMillis == null) {
            return 0;
        }
        long now = face.time().millis();
        long end = now + ttlMillis;
        return end < now ? Long.MAX_VALUE : end;
    }

    private void refuse(int index, Reason reason, @Nullable Long currentRevision) {
        answerWith(Decider.refused(index, write.ops().get(index), reason, currentRevision));
    }

    private void answerAgain(Remembered.Write before) {
        List<Applied> applied = new ArrayList<>();
        long storeSeq = before.firstSeq() - 1;
        for (EntryOp op : write.ops()) {
            // Of what can be recognised only checks are not made.
            boolean made = op.kind() != EntryOp.Kind.CHECK;
            storeSeq += made ? 1 : 0;
            applied.add(new Applied(op.path(), storeSeq, made, ownValue(op)));
        }
        answerWith(new EntryWriteResult.Written(applied, storeSeq));
    }

    /** What came of a change, if the change itself says it. */
    private static @Nullable EntryValue ownValue(EntryOp op) {
        return switch (op.kind()) {
            case SET, MERGE, PUT_FILE -> op.value();
            default -> null;
        };
    }
}
