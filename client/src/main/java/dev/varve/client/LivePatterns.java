package dev.varve.client;

import dev.varve.api.EntryPath;
import dev.varve.api.EntryPattern;
import java.util.List;

/** Which paths a copy keeps. Data plane: asked for every read. Immutable; thread-safe. */
final class LivePatterns {

    private final EntryPattern[] patterns;

    LivePatterns(List<EntryPattern> patterns) {
        this.patterns = patterns.toArray(EntryPattern[]::new);
    }

    List<EntryPattern> list() {
        return List.of(patterns);
    }

    /** Whether an entry is kept. */
    boolean keeps(EntryPath path) {
        for (EntryPattern pattern : patterns) {
            if (pattern.matches(path)) {
                return true;
            }
        }
        return false;
    }

    /** Whether a change at a path may change what is kept. */
    boolean concerns(EntryPath path) {
        for (EntryPattern pattern : patterns) {
            if (pattern.concerns(path)) {
                return true;
            }
        }
        return false;
    }

    /** Whether all is kept that a read of a path shows: what stands at it and below it. */
    boolean keepsTree(EntryPath path) {
        boolean itself = false;
        boolean below = false;
        for (EntryPattern pattern : patterns) {
            if (pattern.matches(path)) {
                if (pattern.isOpenEnded()) {
                    return true;
                }
                itself = true;
            } else if (pattern.isOpenEnded() && isAllBelow(pattern, path)) {
                below = true;
            }
        }
        return itself && below;
    }

    /** Of a pattern that does not match the path: whether it does everything below it. */
    private static boolean isAllBelow(EntryPattern pattern, EntryPath path) {
        return pattern.depth() == path.segments().size() && pattern.concerns(path);
    }

    /** Whether all is kept that a pattern means. */
    boolean keepsAll(EntryPattern asked) {
        for (EntryPattern pattern : patterns) {
            if (includes(pattern, asked)) {
                return true;
            }
        }
        return false;
    }

    private static boolean includes(EntryPattern pattern, EntryPattern asked) {
        if (pattern.isOpenEnded()) {
            int shortest = asked.depth() + (asked.isOpenEnded() ? 1 : 0);
            if (shortest <= pattern.depth()) {
                return false;
            }
        } else if (asked.isOpenEnded() || asked.depth() != pattern.depth()) {
            return false;
        }
        for (int i = 0; i < pattern.depth(); i++) {
            String wanted = pattern.segment(i);
            if (wanted != null && !wanted.equals(asked.segment(i))) {
                return false;
            }
        }
        return true;
    }

    @Override
    public String toString() {
        return list().toString();
    }
}
