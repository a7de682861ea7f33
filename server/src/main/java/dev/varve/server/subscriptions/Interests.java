package dev.varve.server.subscriptions;

import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Which changes can matter to any subscription: a cheap test for the threads of the storage, which may say yes too
 * often but never no wrongly. Changed by the state's thread only, asked by any.
 */
final class Interests {

    /** With more prefixes than this every path counts as interesting. */
    private static final int MAX_PREFIXES = 32;

    private final ConcurrentHashMap<String, Integer> paths = new ConcurrentHashMap<>();
    private final Map<String, Integer> prefixCounts = new TreeMap<>();
    private volatile String[] prefixes = {};

    void addPath(String path) {
        paths.merge(path, 1, Integer::sum);
    }

    void removePath(String path) {
        paths.computeIfPresent(path, (key, count) -> count == 1 ? null : count - 1);
    }

    void addPattern(Glob glob) {
        prefixCounts.merge(glob.literalPrefix(), 1, Integer::sum);
        publish();
    }

    void removePattern(Glob glob) {
        prefixCounts.computeIfPresent(glob.literalPrefix(), (key, count) -> count == 1 ? null : count - 1);
        publish();
    }

    private void publish() {
        prefixes = prefixCounts.size() > MAX_PREFIXES
                ? new String[] {""}
                : prefixCounts.keySet().toArray(String[]::new);
    }

    /** Thread-safe. */
    boolean mayMatter(String path) {
        for (String prefix : prefixes) {
            if (path.startsWith(prefix)) {
                return true;
            }
        }
        return paths.containsKey(path);
    }
}
