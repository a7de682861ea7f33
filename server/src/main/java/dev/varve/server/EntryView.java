package dev.varve.server;

import dev.varve.api.EntryPath;
import dev.varve.api.EntryPattern;
import dev.varve.api.InvalidEntryPathException;
import org.jspecify.annotations.Nullable;

/**
 * What one stream below {@link #ROOT} shows: the entries of a store at and below a path. Immutable.
 *
 * @param store the full name of the store
 * @param prefix the path; null for the whole store
 */
record EntryView(String store, @Nullable EntryPath prefix) {

    /** What the paths of these streams begin with, below the root of streams. */
    static final String ROOT = "__entries/";

    /** Whether a stream's path is that of a view. */
    static boolean isView(String path) {
        return path.startsWith(ROOT);
    }

    /**
     * Reads the URL of a request.
     *
     * @param raw what follows {@link #ROOT} in the URL. Slashes in a row, and one at the end, do not count; an encoded one
     *     separates segments as a plain one does
     * @throws HttpProblem when no store can have the name, or the rest is no path of an entry
     */
    static EntryView of(String raw) {
        ViewPath named = ViewPath.of(ROOT, raw, "a path");
        if (named.rest().isEmpty()) {
            return new EntryView(named.store(), null);
        }
        try {
            return new EntryView(named.store(), EntryPath.parse(String.join("/", named.rest())));
        } catch (InvalidEntryPathException e) {
            throw HttpProblem.invalid("what follows the store is no path of an entry: " + e.getMessage());
        }
    }

    /** Reads what {@link #path} gave. */
    static EntryView ofPath(String path) {
        int organisation = path.indexOf('/', ROOT.length());
        int store = path.indexOf('/', organisation + 1);
        return store < 0
                ? new EntryView(path.substring(ROOT.length()), null)
                : new EntryView(path.substring(ROOT.length(), store), EntryPath.parse(path.substring(store + 1)));
    }

    /** The stream's path, the same for all ways to write the URL. */
    String path() {
        return ROOT + store + (prefix == null ? "" : "/" + prefix);
    }

    /** Whether it shows what stands at a path. */
    boolean shows(EntryPath path) {
        return prefix == null || prefix.equals(path) || prefix.isAncestorOf(path);
    }

    /** What it shows, but for an entry at exactly the prefix. */
    EntryPattern below() {
        return prefix == null ? EntryPattern.ALL : EntryPattern.below(prefix);
    }
}
