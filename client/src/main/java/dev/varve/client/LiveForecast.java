package dev.varve.client;

import dev.varve.api.Entry;
import dev.varve.api.EntryOp;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryValue;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the entries of a copy will be once a write that waits is through, as far as the copy can tell: of conditions on revisions, and
 * on what it does not keep, it is taken that they hold. Immutable; thread-safe.
 */
final class LiveForecast {

    /** Ends the forecast of a write that will be refused. */
    private static final class WillBeRefused extends RuntimeException {
        private static final long serialVersionUID = 1L;

        WillBeRefused() {
            super(null, null, false, false);
        }
    }

    private final LivePatterns kept;
    private final LiveEffects effects;

    LiveForecast(LivePatterns kept, LiveEffects effects) {
        this.kept = kept;
        this.effects = effects;
    }

    /** The entries after a write; as they were when it will be refused. */
    LiveNode after(LiveNode root, List<EntryOp> ops) {
        try {
            LiveNode changed = root;
            for (EntryOp op : ops) {
                LiveRoot now = new LiveRoot(changed, 0);
                checkConditions(now, op);
                changed = effects.apply(changed, op.kind(), op.path(), value(now, op), 0);
            }
            return changed;
        } catch (WillBeRefused e) {
            return root;
        }
    }

    private void checkConditions(LiveRoot now, EntryOp op) {
        EntryPath path = op.path();
        boolean something = now.read(path).isPresent();
        boolean exists = op.ifAbsent() ? now.leaf(path) != null : op.ifNone() && something;
        boolean gone = op.ifMatch() != null && !something && kept.keepsTree(path);
        if (exists || gone) {
            throw new WillBeRefused();
        }
    }

    /** What the event of a change will say. */
    private static @Nullable EntryValue value(LiveRoot now, EntryOp op) {
        EntryValue given = op.value();
        if (given == null) {
            return null;
        }
        return switch (op.kind()) {
            case INCREMENT -> total(now.leaf(op.path()), given);
            case ADD -> {
                Set<EntryValue> members = new LinkedHashSet<>(List.of(given));
                members.addAll(members(now.leaf(op.path())));
                yield new EntryValue.Items(new ArrayList<>(members));
            }
            case REMOVE -> {
                List<EntryValue> members = new ArrayList<>(members(now.leaf(op.path())));
                members.remove(given);
                yield new EntryValue.Items(members);
            }
            default -> given;
        };
    }

    private static List<EntryValue> members(@Nullable Entry entry) {
        return entry != null && entry.value() instanceof EntryValue.Items items ? items.items() : List.of();
    }

    private static EntryValue total(@Nullable Entry entry, EntryValue delta) {
        EntryValue before = entry == null ? EntryValue.of(0) : entry.value();
        BigDecimal first = number(before);
        BigDecimal second = number(delta);
        if (Math.abs((long) first.scale() - second.scale()) > EntryOp.MAX_TOTAL_DIGITS) {
            throw new WillBeRefused();
        }
        BigDecimal total = first.add(second);
        if (before instanceof EntryValue.Fraction || delta instanceof EntryValue.Fraction) {
            return new EntryValue.Fraction(total);
        }
        if (total.compareTo(BigDecimal.valueOf(total.longValue())) != 0) {
            throw new WillBeRefused();
        }
        return EntryValue.of(total.longValue());
    }

    private static BigDecimal number(EntryValue value) {
        if (value instanceof EntryValue.Whole whole) {
            return BigDecimal.valueOf(whole.value());
        }
        if (value instanceof EntryValue.Fraction fraction) {
            return fraction.value();
        }
        throw new WillBeRefused();
    }
}
