package dev.varve.engine.entries;

import dev.varve.api.EntryOp;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryType;
import dev.varve.api.EntryValue;
import dev.varve.api.EntryWriteResult.Reason;
import dev.varve.api.EntryWriteResult.Refused;
import dev.varve.api.FileReference;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Decides what a change of an entry comes to. Changes nothing itself; the same arguments always give the same decision.
 * Stateless.
 */
final class Decider {

    /** What one change comes to. */
    sealed interface Decision {}

    /**
     * It is made.
     *
     * @param value what is written, and what subscribers see
     * @param found whether it takes something away
     */
    record Made(@Nullable EntryValue value, boolean found) implements Decision {}

    /** It is not needed. */
    record Unneeded() implements Decision {}

    /** It is refused; the refusal becomes the write's. */
    record Declined(Reason reason, @Nullable Long currentRevision) implements Decision {}

    private static final Unneeded UNNEEDED = new Unneeded();

    private Decider() {}

    /**
     * What a change has to know.
     *
     * @param path what stands there
     * @param subtree and what stands below it
     */
    record Read(EntryPath path, boolean subtree) {}

    /** All that a change has to know before it can be decided. */
    static List<Read> reads(EntryOp op) {
        List<Read> reads = new ArrayList<>(2);
        boolean ofSubtree = op.ifMatch() != null || op.ifNone();
        switch (op.kind()) {
            case SET, CHECK -> {
                boolean empties = op.kind() == EntryOp.Kind.SET && Overlay.isNothing(op.value());
                if (ofSubtree || empties || op.ifAbsent()) {
                    reads.add(new Read(op.path(), ofSubtree || empties));
                }
            }
            case DELETE -> reads.add(new Read(op.path(), true));
            case MERGE -> emptied(op).forEach(path -> reads.add(new Read(path, true)));
            case PUT_FILE -> {
                // Whatever stands there is replaced.
            }
            case INCREMENT, ADD, REMOVE, LEASE, RENEW, RELEASE -> reads.add(new Read(op.path(), false));
        }
        if (op.fence() != null) {
            reads.add(new Read(op.fence().key(), false));
        }
        return reads;
    }

    /** The paths at and below which a change may take something away. */
    static List<EntryPath> takesAway(EntryOp op) {
        return switch (op.kind()) {
            case SET, PUT_FILE, DELETE, RELEASE -> List.of(op.path());
            case MERGE -> children(op, field -> !field.isWhole());
            case INCREMENT, ADD, REMOVE, LEASE, RENEW, CHECK -> List.of();
        };
    }

    /** The paths that a merge leaves empty. */
    private static List<EntryPath> emptied(EntryOp op) {
        return children(op, Overlay::isNothing);
    }

    private static List<EntryPath> children(EntryOp op, Predicate<EntryValue> wanted) {
        if (!(op.value() instanceof EntryValue.Fields(Map<String, EntryValue> fields))) {
            return List.of();
        }
        List<EntryPath> paths = new ArrayList<>();
        fields.forEach((name, field) -> {
            if (wanted.test(field)) {
                paths.add(op.path().child(name));
            }
        });
        return paths;
    }

    /** What is wrong with a change whatever the store holds, or null. */
    static @Nullable Reason invalid(EntryOp op) {
        EntryValue value = op.value();
        boolean set = op.kind() == EntryOp.Kind.SET;
        boolean check = op.kind() == EntryOp.Kind.CHECK;
        Reason wrong = switch (op.kind()) {
            case SET -> value == null ? Reason.SET_REQUIRES_VALUE : null;
            case PUT_FILE -> {
                if (value == null) {
                    yield Reason.SET_REQUIRES_VALUE;
                }
                yield FileReference.of(value) != null ? null : Reason.INVALID_VALUE;
            }
            case MERGE ->
                value instanceof EntryValue.Fields && !value.isWhole() ? null : Reason.MERGE_REQUIRES_MAP_VALUE;
            case INCREMENT -> number(value) == null ? Reason.INCREMENT_REQUIRES_NUMBER_VALUE : null;
            case ADD -> value == null || value instanceof EntryValue.Null ? Reason.ADD_REQUIRES_VALUE : null;
            case REMOVE -> value == null || value instanceof EntryValue.Null ? Reason.REMOVE_REQUIRES_VALUE : null;
            case LEASE, RENEW, RELEASE -> invalid(op.kind(), op.lease());
            case DELETE, CHECK -> null;
        };
        if (wrong != null) {
            return wrong;
        }
        if (op.label() != null && !(set && isLabelled(op.label(), value))) {
            return Reason.INVALID_VALUE;
        }
        if (op.ttlMillis() != null && (!set || op.ttlMillis() < 1)) {
            return Reason.INVALID_TTL;
        }
        if (op.ifMatch() != null && !set && !check && op.kind() != EntryOp.Kind.DELETE) {
            return Reason.IF_MATCH_UNSUPPORTED_OP;
        }
        if ((op.ifAbsent() || op.ifNone()) && !set && !check) {
            return Reason.IF_ABSENT_UNSUPPORTED_OP;
        }
        int conditions = (op.ifMatch() == null ? 0 : 1) + (op.ifAbsent() ? 1 : 0) + (op.ifNone() ? 1 : 0);
        if (conditions > 1 || (op.ifMatch() != null && op.ifMatch() < 1)) {
            return Reason.INVALID_PRECONDITION;
        }
        if (op.ifAbsent() && value != null && !value.isWhole()) {
            return Reason.IF_ABSENT_MULTI_LEAF;
        }
        return null;
    }

    /** Whether a value can be called a counter or a set. */
    static boolean isLabelled(EntryType label, @Nullable EntryValue value) {
        return switch (label) {
            case COUNTER -> number(value) != null;
            case SET ->
                value instanceof EntryValue.Items(List<EntryValue> items)
                        && new LinkedHashSet<>(items).size() == items.size()
                        && items.stream().noneMatch(EntryValue.Null.class::isInstance);
            default -> false;
        };
    }

    private static @Nullable Reason invalid(EntryOp.Kind kind, EntryOp.@Nullable LeaseTerms terms) {
        boolean valid = terms != null
                && (kind == EntryOp.Kind.RELEASE || terms.ttlMillis() > 0)
                && (kind == EntryOp.Kind.LEASE || terms.token() != null);
        return valid ? null : Reason.INVALID_LEASE_OP;
    }

    /**
     * Decides a valid change.
     *
     * @param storeSeq the sequence number it gets if it is made
     */
    static Decision decide(EntryOp op, long store, Lookup lookup, long storeSeq, long nowMillis) {
        byte[] key = Keys.key(store, op.path());
        Declined declined = preconditions(op, key, lookup);
        if (declined == null && op.fence() != null) {
            byte[] lease = lookup.leaf(Keys.key(store, op.fence().key()));
            if (!isLive(lease, nowMillis) || token(lease) != op.fence().token()) {
                declined = new Declined(Reason.FENCED, null);
            }
        }
        if (declined != null) {
            return declined;
        }
        EntryValue value = op.value();
        return switch (op.kind()) {
            case SET -> new Made(value, Overlay.isNothing(value) && isAnythingAt(key, lookup));
            case PUT_FILE -> new Made(value, false);
            case MERGE ->
                new Made(value, emptied(op).stream().anyMatch(path -> isAnythingAt(Keys.key(store, path), lookup)));
            case DELETE -> new Made(null, isAnythingAt(key, lookup));
            case INCREMENT -> increment(lookup.leaf(key), value);
            case ADD -> new Made(added(members(lookup.leaf(key)), value), false);
            case REMOVE -> new Made(removed(members(lookup.leaf(key)), value), false);
            case LEASE, RENEW, RELEASE -> lease(op, lookup.leaf(key), storeSeq, nowMillis);
            case CHECK -> UNNEEDED;
        };
    }

    private static boolean isAnythingAt(byte[] key, Lookup lookup) {
        return lookup.leaf(key) != null || lookup.hasBelow(key);
    }

    private static @Nullable Declined preconditions(EntryOp op, byte[] key, Lookup lookup) {
        Long ifMatch = op.ifMatch();
        if (ifMatch != null) {
            byte[] leaf = lookup.leaf(key);
            boolean object = op.value() != null && !op.value().isWhole();
            long current = leaf != null && !object ? Leaf.revision(leaf) : lookup.revision(key);
            return current == ifMatch ? null : new Declined(Reason.CONFLICT, current == 0 ? null : current);
        }
        if (op.ifAbsent()) {
            byte[] leaf = lookup.leaf(key);
            return leaf == null ? null : new Declined(Reason.EXISTS, Leaf.revision(leaf));
        }
        if (op.ifNone()) {
            long current = lookup.revision(key);
            return current == 0 ? null : new Declined(Reason.EXISTS, current);
        }
        return null;
    }

    // ---- counters and sets

    private static @Nullable BigDecimal number(@Nullable EntryValue value) {
        return switch (value) {
            case EntryValue.Whole(long number) -> BigDecimal.valueOf(number);
            case EntryValue.Fraction(BigDecimal number) -> number;
            case null, default -> null;
        };
    }

    private static Decision increment(byte @Nullable [] leaf, @Nullable EntryValue delta) {
        EntryValue before = leaf == null ? new EntryValue.Whole(0) : Leaf.value(leaf);
        BigDecimal first = number(before);
        BigDecimal second = number(delta);
        if (first == null || second == null) {
            return new Declined(Reason.INCREMENT_REQUIRES_NUMBER_VALUE, null);
        }
        if (before instanceof EntryValue.Whole(long a) && delta instanceof EntryValue.Whole(long b)) {
            long total = a + b;
            // Overflow: the sum's sign differs from that of both.
            return ((a ^ total) & (b ^ total)) < 0
                    ? new Declined(Reason.INCREMENT_OVERFLOW, null)
                    : new Made(new EntryValue.Whole(total), false);
        }
        return mostDigits(first, second) > MAX_DIGITS
                ? new Declined(Reason.INCREMENT_OVERFLOW, null)
                : new Made(new EntryValue.Fraction(first.add(second)), false);
    }

    /** How long a sum may get, known without making it: of numbers of very different size it would fill the memory. */
    private static long mostDigits(BigDecimal first, BigDecimal second) {
        long whole = Math.max(first.precision() - (long) first.scale(), second.precision() - (long) second.scale());
        return whole + Math.max(first.scale(), second.scale()) + 1;
    }

    private static final int MAX_DIGITS = EntryOp.MAX_TOTAL_DIGITS;

    private static List<EntryValue> members(byte @Nullable [] leaf) {
        return leaf != null && Leaf.value(leaf) instanceof EntryValue.Items(List<EntryValue> items) ? items : List.of();
    }

    private static EntryValue added(List<EntryValue> members, @Nullable EntryValue member) {
        LinkedHashSet<EntryValue> next = new LinkedHashSet<>();
        if (member != null) {
            next.add(member);
        }
        next.addAll(members);
        return new EntryValue.Items(List.copyOf(next));
    }

    private static EntryValue removed(List<EntryValue> members, @Nullable EntryValue member) {
        List<EntryValue> next = new ArrayList<>(members);
        next.remove(member);
        return new EntryValue.Items(next);
    }

    // ---- leases

    private static Decision lease(EntryOp op, byte @Nullable [] leaf, long storeSeq, long nowMillis) {
        EntryOp.LeaseTerms terms = op.lease();
        if (terms == null) {
            throw new IllegalStateException("a lease without terms was let through");
        }
        boolean live = isLive(leaf, nowMillis);
        return switch (op.kind()) {
            case LEASE -> {
                if (leaf != null && Leaf.type(leaf) != EntryType.LEASE) {
                    yield new Declined(Reason.OCCUPIED, null);
                }
                yield live
                        ? new Declined(Reason.HELD, null)
                        : new Made(envelope(terms.holder(), storeSeq, nowMillis, terms.ttlMillis()), false);
            }
            case RENEW -> {
                if (!live || leaf == null || terms.token() == null || token(leaf) != terms.token()) {
                    yield new Declined(Reason.NOT_HELD, null);
                }
                yield new Made(envelope(holder(leaf), terms.token(), nowMillis, terms.ttlMillis()), false);
            }
            default -> {
                boolean own = leaf != null
                        && Leaf.type(leaf) == EntryType.LEASE
                        && terms.token() != null
                        && token(leaf) == terms.token();
                yield own ? new Made(null, true) : UNNEEDED;
            }
        };
    }

    private static EntryValue envelope(@Nullable String holder, long token, long nowMillis, long ttlMillis) {
        Map<String, EntryValue> fields = new LinkedHashMap<>();
        fields.put("_type", EntryValue.of("lease"));
        fields.put("holder", holder == null ? new EntryValue.Null() : EntryValue.of(holder));
        fields.put("token", EntryValue.of(token));
        long end = nowMillis + ttlMillis;
        fields.put("expires_at", EntryValue.of(end < nowMillis ? Long.MAX_VALUE : end));
        return new EntryValue.Fields(fields);
    }

    private static boolean isLive(byte @Nullable [] leaf, long nowMillis) {
        return leaf != null
                && Leaf.type(leaf) == EntryType.LEASE
                && Leaf.value(leaf) instanceof EntryValue.Fields(Map<String, EntryValue> fields)
                && fields.get("expires_at") instanceof EntryValue.Whole(long expiresAt)
                && expiresAt > nowMillis;
    }

    private static long token(byte @Nullable [] leaf) {
        return leaf != null
                        && Leaf.value(leaf) instanceof EntryValue.Fields(Map<String, EntryValue> fields)
                        && fields.get("token") instanceof EntryValue.Whole(long token)
                ? token
                : -1;
    }

    private static @Nullable String holder(byte[] leaf) {
        return Leaf.value(leaf) instanceof EntryValue.Fields(Map<String, EntryValue> fields)
                        && fields.get("holder") instanceof EntryValue.Text(String holder)
                ? holder
                : null;
    }

    /** The refusal of a whole write. */
    static Refused refused(int index, EntryOp op, Reason reason, @Nullable Long currentRevision) {
        return new Refused(reason, index, op.path(), currentRevision);
    }
}
