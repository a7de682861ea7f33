package dev.varve.engine.entries;

import java.util.Arrays;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What stands where, for a decision: the changes so far, and below them what was read of the state. Confined to the
 * shard's owner.
 */
final class Lookup {

    private final NavigableMap<byte[], Known> known;
    private Overlay overlay;

    Lookup(Overlay overlay, NavigableMap<byte[], Known> known) {
        this.overlay = overlay;
        this.known = known;
    }

    static NavigableMap<byte[], Known> nothingKnown() {
        return new TreeMap<>(Arrays::compareUnsigned);
    }

    Overlay overlay() {
        return overlay;
    }

    void moveTo(Overlay next) {
        overlay = next;
    }

    /** Whether {@link #leaf} can tell. */
    boolean knowsLeaf(byte[] key) {
        return overlay.leaf(key) != null || overlay.isCleared(key) || known.containsKey(key);
    }

    /** Whether {@link #hasBelow} and {@link #revision} can tell. */
    boolean knowsSubtree(byte[] key) {
        return overlay.isCleared(key) || known.containsKey(key);
    }

    /** The entry at exactly this path, or null. */
    byte @Nullable [] leaf(byte[] key) {
        byte[] changed = overlay.leaf(key);
        if (changed != null) {
            return Leaf.isPresent(changed) ? changed : null;
        }
        return overlay.isCleared(key) ? null : required(key).leaf();
    }

    /** Whether there are entries below a path. */
    boolean hasBelow(byte[] key) {
        if (overlay.hasBelow(key)) {
            return true;
        }
        if (overlay.isCleared(key)) {
            return false;
        }
        if (isVisible(required(key).below())) {
            return true;
        }
        // What this write may have taken away was looked at apart.
        for (Map.Entry<byte[], Known> apart :
                known.subMap(Keys.belowFrom(key), Keys.belowTo(key)).entrySet()) {
            Known there = apart.getValue();
            if ((there.leaf() != null && isVisible(apart.getKey())) || isVisible(there.below())) {
                return true;
            }
        }
        return false;
    }

    /** Whether no change hides what the state holds at a key. */
    private boolean isVisible(byte @Nullable [] stored) {
        return stored != null && overlay.leaf(stored) == null && !overlay.isCleared(stored);
    }

    /** The revision of all at and below a path, 0 when there is nothing. */
    long revision(byte[] key) {
        byte[] leaf = leaf(key);
        boolean below = hasBelow(key);
        if (leaf == null && !below) {
            return 0;
        }
        long revision = Math.max(leaf == null ? 0 : Leaf.revision(leaf), overlay.subtreeRevision(key));
        return overlay.isCleared(key)
                ? revision
                : Math.max(revision, required(key).subtreeRevision());
    }

    private Known required(byte[] key) {
        Known state = known.get(key);
        if (state == null) {
            throw new IllegalStateException("what the state holds at a path was not read before deciding");
        }
        return state;
    }
}
