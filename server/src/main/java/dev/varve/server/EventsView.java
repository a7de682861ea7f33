package dev.varve.server;

import dev.varve.api.AggregateId;
import dev.varve.api.VarveException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What one stream below {@link #ROOT} shows: the events of a store, of one type of aggregates, or of one aggregate. Immutable.
 *
 * @param store the full name of the store
 * @param category the type; null for all events
 * @param id which aggregate of the type; null for all of it
 */
record EventsView(
        String store, @Nullable String category, @Nullable String id) {

    /** What the paths of these streams begin with, below the root of streams. */
    static final String ROOT = "__events/";

    /** Whether a stream's path is that of a view. */
    static boolean isView(String path) {
        return path.startsWith(ROOT);
    }

    /**
     * Reads the URL of a request.
     *
     * @param raw what follows {@link #ROOT} in the URL. Slashes in a row, and one at the end, do not count; encoded ones do, in ids
     * @throws HttpProblem when no store or no aggregate can have the name
     */
    static EventsView of(String raw) {
        ViewPath named = ViewPath.of(ROOT, raw, "a type and an id");
        List<String> rest = named.rest();
        String category = rest.isEmpty() ? null : rest.getFirst();
        String id = rest.size() < 2 ? null : String.join("/", rest.subList(1, rest.size()));
        if (category != null) {
            requireAggregate(category, id == null ? "any" : id);
        }
        return new EventsView(named.store(), category, id);
    }

    private static void requireAggregate(String type, String id) {
        try {
            var _ = new AggregateId(type, id);
        } catch (VarveException e) {
            throw HttpProblem.of(e.kind(), String.valueOf(e.getMessage()));
        }
    }

    /** Reads what {@link #path} gave. */
    static EventsView ofPath(String path) {
        int organisation = path.indexOf('/', ROOT.length());
        int store = path.indexOf('/', organisation + 1);
        if (store < 0) {
            return new EventsView(path.substring(ROOT.length()), null, null);
        }
        String name = path.substring(ROOT.length(), store);
        int category = path.indexOf('/', store + 1);
        return category < 0
                ? new EventsView(name, path.substring(store + 1), null)
                : new EventsView(name, path.substring(store + 1, category), path.substring(category + 1));
    }

    /** The stream's path, the same for all ways to write the URL. */
    String path() {
        return ROOT + store + (category == null ? "" : "/" + category) + (id == null ? "" : "/" + id);
    }

    /** The aggregate that it shows; null when it shows more. */
    @Nullable AggregateId aggregate() {
        return category == null || id == null ? null : new AggregateId(category, id);
    }
}
