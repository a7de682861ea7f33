package dev.varve.engine.entries;

import dev.varve.api.EntryPath;
import dev.varve.api.EntryPattern;
import dev.varve.engine.state.Binary;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where to go on in a list when a pattern does not mean a path: at the next key that it could mean, going by the first segment
 * that is another one. What lies between has the same segments before that one, so none of it is meant. Immutable.
 */
final class PatternSkip {

    private static final byte[] NONE = {};

    private final long store;
    private final EntryPattern pattern;
    private final boolean down;

    /** The segments as they are written in keys; empty for a star. */
    private final byte[][] wanted;

    /**
     * A guide through a store.
     *
     * @param down whether the list goes from the highest key to the lowest
     */
    PatternSkip(long store, EntryPattern pattern, boolean down) {
        this.store = store;
        this.pattern = pattern;
        this.down = down;
        this.wanted = new byte[pattern.depth()][];
        for (int i = 0; i < wanted.length; i++) {
            String segment = pattern.segment(i);
            wanted[i] =
                    segment == null ? NONE : EntryPath.of(segment).toString().getBytes(StandardCharsets.UTF_8);
        }
    }

    /** Where to skip to, as {@link EntryRows#skipTo} takes it, from a path that the pattern does not mean. */
    byte[] from(byte[] key, EntryPath path) {
        List<String> given = path.segments();
        for (int i = 0; i < Math.min(given.size(), wanted.length); i++) {
            String segment = pattern.segment(i);
            if (segment != null && !segment.equals(given.get(i))) {
                return atSegment(key, i);
            }
        }
        if (given.size() > wanted.length) {
            // Nothing below is meant either: patterns without an open end mean one depth.
            byte[] top = first(key, wanted.length);
            return down ? Keys.belowFrom(top) : Keys.belowTo(top);
        }
        // Too short: what is meant may stand right behind, below this path or below a sibling such as a-b.
        return key;
    }

    /** From a path whose segment of this index is the first that is another one than the pattern wants. */
    private byte[] atSegment(byte[] key, int index) {
        byte[] parent = index == 0 ? null : first(key, index);
        byte[] begin = parent == null ? Binary.key(store) : Keys.belowFrom(parent);
        byte[] exact = concatenated(begin, wanted[index]);
        boolean below = index + 1 < wanted.length || pattern.isOpenEnded();
        byte[] from = below ? Keys.belowFrom(exact) : exact;
        byte[] to = below ? Keys.belowTo(exact) : Keys.after(exact);
        if (down) {
            return Arrays.compareUnsigned(key, to) >= 0 ? to : begin;
        }
        return Arrays.compareUnsigned(key, from) < 0 ? from : end(parent);
    }

    private byte[] end(byte @Nullable [] parent) {
        return parent == null ? Binary.key(store + 1) : Keys.belowTo(parent);
    }

    /** The key of so many segments, one at least. */
    private static byte[] first(byte[] key, int segments) {
        int left = segments;
        for (int i = Long.BYTES; i < key.length; i++) {
            if (key[i] == '/' && --left == 0) {
                return Arrays.copyOf(key, i);
            }
        }
        return key;
    }

    private static byte[] concatenated(byte[] first, byte[] second) {
        byte[] both = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        return both;
    }
}
