package dev.varve.bench.histories;

import dev.varve.api.EntryOp;
import dev.varve.api.EntryType;
import dev.varve.api.EntryValue;
import dev.varve.api.EntryWriteResult.Reason;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A store in the middle of a write, as the rules of entries have it: written from those rules alone, with nothing of the
 * engine. Fields of objects are values that are no objects. Confined to one thread.
 */
final class EntryDraft {

    /** Leases for longer than this outlive every history. */
    static final long SHORT_LEASE_MILLIS = 1_000;

    private final NavigableMap<String, EntryState.Leaf> leaves;
    private final Map<String, Long> touched;
    private final Map<String, Long> timed;
    private final boolean endedLeasesLive;
    private EntryState now;
    private long seq;
    private EntryState.@Nullable Node last;

    /** Says no. */
    static final class Refusal extends RuntimeException {
        private static final long serialVersionUID = 1;
        final transient EntryAnswer.Refused answer;

        Refusal(Reason reason, int index, @Nullable Long current) {
            super(null, null, false, false);
            this.answer = new EntryAnswer.Refused(reason, index, current);
        }
    }

    /**
     * A draft over a state.
     *
     * @param endedLeasesLive whether leases that may have run out count as live
     */
    EntryDraft(EntryState state, boolean endedLeasesLive) {
        this.leaves = new TreeMap<>(state.leaves());
        this.touched = new HashMap<>(state.touched());
        this.timed = new HashMap<>(state.timed());
        this.endedLeasesLive = endedLeasesLive;
        this.seq = state.seq();
        this.last = state.last();
        this.now = state;
    }

    /**
     * Makes one change. Throws a {@link Refusal} when it must not be made.
     *
     * @param name of its write, when that may come again or this ends by itself; else empty
     */
    EntryAnswer.Done apply(int index, EntryRequest.Op op, String name) {
        now = new EntryState(seq, leaves, touched, timed, Map.of(), last);
        checkConditions(index, op);
        EntryState.Leaf leaf = leaves.get(op.path());
        if (op.kind() == EntryOp.Kind.CHECK || (op.kind() == EntryOp.Kind.RELEASE && !holds(leaf, token(op)))) {
            return new EntryAnswer.Done(seq, false, null);
        }
        EntryValue value = value(index, op, leaf);
        seq++;
        change(op, value);
        EntryValue shown = op.kind() == EntryOp.Kind.LEASE ? lease(terms(op).holder(), seq) : value;
        last = new EntryState.Node(seq, new EntryAnswer.Change(op.kind(), op.path(), shown, false), name, last);
        if (op.livesMillis() != 0) {
            timed.put(Expiries.set(name, index), seq);
        }
        return new EntryAnswer.Done(seq, true, shown);
    }

    /** Takes back what has outlived its time. */
    void expire(String path) {
        seq++;
        clear(path);
        last = new EntryState.Node(seq, new EntryAnswer.Change(EntryOp.Kind.DELETE, path, null, true), "", last);
    }

    EntryState state(Map<String, EntryAnswer.Written> recognised) {
        return new EntryState(seq, leaves, touched, timed, recognised, last);
    }

    long seq() {
        return seq;
    }

    private void checkConditions(int index, EntryRequest.Op op) {
        EntryState.Leaf leaf = leaves.get(op.path());
        Long whole = now.revision(op.path());
        switch (op.condition()) {
            case NONE -> {}
            case MATCH -> {
                boolean object = op.value() instanceof EntryValue.Fields;
                Long current = leaf != null && !object ? Long.valueOf(leaf.revision()) : whole;
                if (current == null || current != op.revision()) {
                    throw new Refusal(Reason.CONFLICT, index, current);
                }
            }
            case ABSENT -> {
                if (leaf != null) {
                    throw new Refusal(Reason.EXISTS, index, leaf.revision());
                }
            }
            case EMPTY -> {
                if (whole != null) {
                    throw new Refusal(Reason.EXISTS, index, whole);
                }
            }
        }
        EntryRequest.Fence fence = op.fence();
        if (fence != null) {
            EntryState.Leaf lease = leaves.get(fence.key());
            if (!isLive(lease) || !holds(lease, fence.token())) {
                throw new Refusal(Reason.FENCED, index, null);
            }
        }
    }

    /** What will stand there and be told of, but for a lease, which names its own change. */
    private @Nullable EntryValue value(int index, EntryRequest.Op op, EntryState.@Nullable Leaf leaf) {
        return switch (op.kind()) {
            case SET, MERGE -> Objects.requireNonNull(op.value());
            case INCREMENT -> {
                EntryValue before = leaf == null ? new EntryValue.Whole(0) : leaf.value();
                if (!(before instanceof EntryValue.Whole(long number))) {
                    throw new Refusal(Reason.INCREMENT_REQUIRES_NUMBER_VALUE, index, null);
                }
                yield new EntryValue.Whole(number + ((EntryValue.Whole) Objects.requireNonNull(op.value())).value());
            }
            case ADD -> {
                Set<EntryValue> members = new LinkedHashSet<>(List.of(Objects.requireNonNull(op.value())));
                members.addAll(members(leaf));
                yield new EntryValue.Items(List.copyOf(members));
            }
            case REMOVE -> {
                List<EntryValue> members = new ArrayList<>(members(leaf));
                members.remove(Objects.requireNonNull(op.value()));
                yield new EntryValue.Items(members);
            }
            case LEASE -> {
                if (leaf != null && leaf.type() != EntryType.LEASE) {
                    throw new Refusal(Reason.OCCUPIED, index, null);
                }
                if (isLive(leaf)) {
                    throw new Refusal(Reason.HELD, index, null);
                }
                yield null;
            }
            case RENEW -> {
                if (!isLive(leaf) || !holds(leaf, token(op))) {
                    throw new Refusal(Reason.NOT_HELD, index, null);
                }
                yield Objects.requireNonNull(leaf).value();
            }
            case DELETE, RELEASE -> null;
            case PUT_FILE, CHECK -> throw new IllegalArgumentException("not written by clients: " + op.kind());
        };
    }

    private void change(EntryRequest.Op op, @Nullable EntryValue value) {
        String path = op.path();
        switch (op.kind()) {
            case SET -> {
                clear(path);
                if (value instanceof EntryValue.Fields(Map<String, EntryValue> fields)) {
                    fields.forEach((name, field) -> put(path + "/" + name, EntryType.of(field), field, false));
                } else {
                    put(path, EntryType.of(Objects.requireNonNull(value)), value, false);
                }
            }
            case MERGE ->
                ((EntryValue.Fields) Objects.requireNonNull(value))
                        .fields()
                        .forEach((name, field) -> put(path + "/" + name, EntryType.of(field), field, false));
            case DELETE -> clear(path);
            case INCREMENT -> put(path, EntryType.COUNTER, Objects.requireNonNull(value), false);
            case ADD, REMOVE -> put(path, EntryType.SET, Objects.requireNonNull(value), false);
            case LEASE -> put(path, EntryType.LEASE, lease(terms(op).holder(), seq), isShort(op));
            case RENEW -> put(path, EntryType.LEASE, Objects.requireNonNull(value), isShort(op));
            case RELEASE -> {
                leaves.remove(path);
                touch(path);
            }
            case PUT_FILE, CHECK -> throw new IllegalArgumentException("not written by clients: " + op.kind());
        }
    }

    private static boolean isShort(EntryRequest.Op op) {
        return terms(op).ttlMillis() <= SHORT_LEASE_MILLIS;
    }

    private void clear(String path) {
        List<String> gone =
                new ArrayList<>(leaves.subMap(path + "/", path + "0").keySet());
        if (leaves.containsKey(path)) {
            gone.add(path);
        }
        gone.forEach(at -> {
            leaves.remove(at);
            touch(at);
        });
    }

    private void put(String path, EntryType type, EntryValue value, boolean mayEnd) {
        leaves.put(path, new EntryState.Leaf(value, type, seq, mayEnd));
        touch(path);
    }

    private void touch(String path) {
        touched.put(path, seq);
        for (int slash = path.lastIndexOf('/'); slash > 0; slash = path.lastIndexOf('/', slash - 1)) {
            touched.put(path.substring(0, slash), seq);
        }
    }

    private boolean isLive(EntryState.@Nullable Leaf leaf) {
        return leaf != null && leaf.type() == EntryType.LEASE && (!leaf.mayEnd() || endedLeasesLive);
    }

    private static boolean holds(EntryState.@Nullable Leaf leaf, long token) {
        Long held = leaf == null ? null : leaf.token();
        return held != null && held == token;
    }

    private static EntryRequest.Terms terms(EntryRequest.Op op) {
        return Objects.requireNonNull(op.terms());
    }

    private static long token(EntryRequest.Op op) {
        return Objects.requireNonNull(terms(op).token());
    }

    private static List<EntryValue> members(EntryState.@Nullable Leaf leaf) {
        return leaf != null && leaf.value() instanceof EntryValue.Items(List<EntryValue> items) ? items : List.of();
    }

    /** A lease as clients are told of it, but for its end. */
    static EntryValue lease(@Nullable String holder, long token) {
        Map<String, EntryValue> fields = new LinkedHashMap<>();
        fields.put("_type", EntryValue.of("lease"));
        fields.put("holder", holder == null ? new EntryValue.Null() : EntryValue.of(holder));
        fields.put("token", EntryValue.of(token));
        return new EntryValue.Fields(fields);
    }
}
