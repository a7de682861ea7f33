package dev.varve.server.subscriptions;

import dev.varve.api.Offset;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A look at streams that takes a while, during which they change. What changed since the look began is known from the
 * changes; for the rest what was found is true. Confined to the state's thread.
 */
final class Scan {

    private final boolean all;
    private final @Nullable Glob glob;
    private final Set<String> paths;
    private final Map<String, StreamDelta> changed = new HashMap<>();
    private final Map<String, StreamDelta> found = new LinkedHashMap<>();

    private Scan(boolean all, @Nullable Glob glob, Set<String> paths) {
        this.all = all;
        this.glob = glob;
        this.paths = paths;
    }

    /**
     * A look at what a new subscription or new links start from.
     *
     * @param glob which streams by pattern, or null
     * @param paths which streams by name
     */
    static Scan of(@Nullable Glob glob, Set<String> paths) {
        return new Scan(false, glob, paths);
    }

    /** A look at every stream that subscriptions are or could be linked to. */
    static Scan ofAll() {
        return new Scan(true, null, Set.of());
    }

    @Nullable Glob glob() {
        return glob;
    }

    Set<String> paths() {
        return paths;
    }

    private boolean wants(String path) {
        return all || paths.contains(path) || (glob != null && glob.matches(path));
    }

    void changed(StreamDelta delta) {
        if (wants(delta.path())) {
            changed.merge(delta.path(), delta, StreamDelta::then);
        }
    }

    boolean hasChanged(String path) {
        return changed.containsKey(path);
    }

    /** A stream as it was at some moment since the look began. */
    void found(String path, long incarnation, Offset next) {
        if (wants(path)) {
            found.put(path, StreamDelta.found(path, incarnation, next));
        }
    }

    int size() {
        return found.size() + changed.size();
    }

    /** What a new link to a stream starts from: how far it counts as processed, and how far it reaches. */
    record Start(String path, long incarnation, Offset acked, Offset tail) {}

    /** The streams that match the pattern, and those asked for by name whether they exist or not. */
    Map<String, Start> starts() {
        Map<String, Start> starts = new LinkedHashMap<>();
        for (String path : paths) {
            starts.put(path, new Start(path, Link.NO_STREAM, Offset.ZERO, Offset.ZERO));
        }
        for (StreamDelta stream : found.values()) {
            starts.put(stream.path(), new Start(stream.path(), stream.incarnation(), stream.next(), stream.next()));
        }
        for (StreamDelta stream : changed.values()) {
            String path = stream.path();
            if (stream.deleted()) {
                if (paths.contains(path)) {
                    starts.put(path, new Start(path, Link.NO_STREAM, Offset.ZERO, Offset.ZERO));
                } else {
                    starts.remove(path);
                }
            } else if (stream.created() && !paths.contains(path)) {
                // Came to be after the look began: found through its first append, so nothing of it is processed.
                if (stream.next().position() > 0) {
                    starts.put(path, new Start(path, stream.incarnation(), Offset.BEGINNING, stream.next()));
                }
            } else {
                starts.put(path, new Start(path, stream.incarnation(), stream.from(), stream.next()));
            }
        }
        return starts;
    }
}
