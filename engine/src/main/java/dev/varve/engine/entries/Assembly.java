package dev.varve.engine.entries;

import dev.varve.api.EntryPath;
import dev.varve.api.EntryStorage;
import dev.varve.api.EntryValue;
import dev.varve.api.ErrorKind;
import dev.varve.api.VarveException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Puts entries below one path together to one object. Confined to one thread. */
final class Assembly {

    private final EntryPath path;
    private final Map<String, Object> tree = new LinkedHashMap<>();
    private int count;
    private long bytes;
    private long newestRevision;

    Assembly(EntryPath path) {
        this.path = path;
    }

    /** Adds an entry below the path; the order is that of the paths. */
    void add(EntryPath entry, byte[] leaf) {
        bytes += PageFiller.size(entry, leaf);
        if (++count > EntryStorage.MAX_ASSEMBLED || bytes > EntryStorage.MAX_ASSEMBLED_BYTES) {
            throw new VarveException(
                    ErrorKind.TOO_LARGE,
                    "more than " + EntryStorage.MAX_ASSEMBLED + " entries or "
                            + EntryStorage.MAX_ASSEMBLED_BYTES + " bytes stand below " + path
                            + "; list them page by page");
        }
        newestRevision = Math.max(newestRevision, Leaf.revision(leaf));
        List<String> segments = entry.segments();
        place(segments.subList(path.segments().size(), segments.size()), Leaf.value(leaf));
    }

    /** The exact entry wins over what is below it: the object has no place for both. */
    @SuppressWarnings("unchecked") // values are entries' values or such maps, put there below
    private void place(List<String> segments, EntryValue value) {
        Map<String, Object> level = tree;
        for (String segment : segments.subList(0, segments.size() - 1)) {
            Object next = level.computeIfAbsent(segment, none -> new LinkedHashMap<String, Object>());
            if (!(next instanceof Map)) {
                return;
            }
            level = (Map<String, Object>) next;
        }
        level.put(segments.getLast(), value);
    }

    boolean isEmpty() {
        return count == 0;
    }

    /** The greatest revision among the entries. */
    long newestRevision() {
        return newestRevision;
    }

    EntryValue object() {
        return object(tree);
    }

    @SuppressWarnings("unchecked") // see place
    private static EntryValue object(Map<String, Object> tree) {
        Map<String, EntryValue> fields = new LinkedHashMap<>();
        tree.forEach((name, value) ->
                fields.put(name, value instanceof EntryValue plain ? plain : object((Map<String, Object>) value)));
        return new EntryValue.Fields(fields);
    }
}
