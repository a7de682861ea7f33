package dev.varve.server;

import dev.varve.api.EntryPath;
import dev.varve.api.EntryPattern;
import dev.varve.api.EntryValue;
import dev.varve.api.InvalidEntryPathException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which changes concern somebody who follows only some paths: those at a path that a pattern means, and those at a path
 * above, which replace or remove what it means. Immutable.
 */
final class PathFilter {

    /** The most patterns of one filter. */
    private static final int MAX_PATTERNS = 64;

    private static final String INVALID = "invalid_pattern";

    private final List<EntryPattern> patterns;

    PathFilter(List<EntryPattern> patterns) {
        this.patterns = List.copyOf(patterns);
    }

    /**
     * What a join asks to follow.
     *
     * @return null for everything
     * @throws PushProblem when it makes no sense
     */
    static @Nullable PathFilter of(PushFields join) {
        EntryValue paths = join.get("paths");
        if (paths == null) {
            return null;
        }
        if (!(paths instanceof EntryValue.Items(List<EntryValue> items))
                || items.isEmpty()
                || items.size() > MAX_PATTERNS) {
            throw PushProblem.of(INVALID, "paths is a list of 1 to " + MAX_PATTERNS + " patterns");
        }
        List<EntryPattern> patterns = new ArrayList<>();
        for (EntryValue item : items) {
            if (!(item instanceof EntryValue.Text(String text))) {
                throw PushProblem.of(INVALID, "a pattern is a text");
            }
            try {
                patterns.add(EntryPattern.parse(text));
            } catch (InvalidEntryPathException e) {
                throw PushProblem.of(INVALID, e.reason() + ": " + text);
            }
        }
        return new PathFilter(patterns);
    }

    /** Which entries are meant; an entry may match several. */
    List<EntryPattern> patterns() {
        return patterns;
    }

    /** Whether a change at a path can change an entry that is meant. */
    boolean concerns(EntryPath path) {
        for (int i = 0; i < patterns.size(); i++) {
            if (patterns.get(i).concerns(path)) {
                return true;
            }
        }
        return false;
    }

    /** Whether one of the first patterns means a path. */
    boolean meansByOneOfFirst(int count, EntryPath path) {
        for (int i = 0; i < count; i++) {
            if (patterns.get(i).matches(path)) {
                return true;
            }
        }
        return false;
    }
}
