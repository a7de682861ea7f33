package dev.varve.bench.entries;

import dev.varve.bench.Findings;
import dev.varve.bench.Findings.Kind;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Judges what one reader is told of a store, over all its connections: every change that concerns it once, in order, without
 * gap; marks of progress that are true; snapshots that stand for what is not told one by one. Keeps the entries as a client
 * would. Confined to the reader's thread.
 */
final class WatchObserver {

    /** Changes that a snapshot stands for: after the first, up to the second. */
    private record Jump(long from, long to) {}

    private final String who;
    private final WatchedStore store;
    private final WatchPattern pattern;
    private final Findings findings;
    private final BitSet received = new BitSet();
    private final List<Jump> jumps = new ArrayList<>();
    private final NavigableMap<String, JsonNode> entries = new TreeMap<>();
    private final long start;
    private long position;
    private boolean knowsAll;
    private int snapshots;
    private int marks;

    /**
     * An observer.
     *
     * @param start after which change it begins
     */
    WatchObserver(String who, WatchedStore store, WatchPattern pattern, Findings findings, long start) {
        this.who = who;
        this.store = store;
        this.pattern = pattern;
        this.findings = findings;
        this.start = start;
        this.position = start;
        this.knowsAll = start == 0;
    }

    /** Where to go on. */
    long position() {
        return position;
    }

    int receivedCount() {
        return received.cardinality();
    }

    int snapshots() {
        return snapshots;
    }

    int marks() {
        return marks;
    }

    /** A change was told. */
    void event(long seq, WatchedStore.Change change) {
        if (seq <= position) {
            findings.add(
                    received.get((int) seq) ? Kind.DUPLICATED : Kind.REORDERED,
                    who + " was told change " + seq + " when it was at " + position);
            return;
        }
        if (pattern.isAll() && seq != position + 1) {
            findings.add(Kind.LOST, who + " was told change " + seq + " after " + position);
        }
        if (!pattern.isConcernedBy(change.path())) {
            findings.add(Kind.INVENTED, who + " was told of " + change.path() + " and wanted " + pattern.text());
        }
        store.tell(who, seq, change);
        received.set((int) seq);
        position = seq;
        apply(change);
    }

    /** It was told that it has everything up to there. */
    void through(long seq) {
        marks++;
        if (seq < position) {
            findings.add(Kind.REORDERED, who + " was told of progress to " + seq + " when it was at " + position);
        } else if (pattern.isAll() && seq != position) {
            findings.add(Kind.LOST, who + " was told of progress to " + seq + " when it was at " + position);
        } else {
            position = seq;
        }
    }

    /** The first part of a snapshot comes: what was known is void. */
    void snapshotBegins() {
        entries.clear();
        knowsAll = false;
    }

    /** An entry of a snapshot. */
    void snapshotEntry(String path, JsonNode value) {
        if (!pattern.means(path)) {
            findings.add(Kind.INVENTED, who + " got " + path + " in a snapshot and wanted " + pattern.text());
        }
        entries.put(path, value);
    }

    /** The snapshot is whole. */
    void snapshotEnds(long seq) {
        snapshots++;
        knowsAll = true;
        if (seq < position) {
            findings.add(Kind.REORDERED, who + " got a snapshot of " + seq + " when it was at " + position);
            return;
        }
        jumps.add(new Jump(position, seq));
        position = seq;
    }

    private void apply(WatchedStore.Change change) {
        JsonNode value = change.value();
        String path = change.path();
        switch (change.op()) {
            case "set" -> {
                clear(path);
                put(path, value);
            }
            case "delete" -> clear(path);
            case "merge" -> {
                if (value != null) {
                    value.properties().forEach(field -> put(path + "/" + field.getKey(), field.getValue()));
                }
            }
            case "release" -> entries.remove(path);
            default -> put(path, value);
        }
    }

    private void clear(String path) {
        entries.remove(path);
        entries.subMap(path + "/", path + "0").clear();
    }

    private void put(String path, @Nullable JsonNode value) {
        if (value == null) {
            return;
        }
        if (value.isObject() && !value.has("_type")) {
            value.properties().forEach(field -> put(path + "/" + field.getKey(), field.getValue()));
        } else {
            entries.put(path, value);
        }
    }

    /**
     * Compares everything with what is known at the end.
     *
     * @param found the entries that stand there
     * @return how many changes could be compared
     */
    long finish(NavigableMap<String, JsonNode> found) {
        long compared = 0;
        for (long seq = start + 1; seq <= position; seq++) {
            WatchedStore.Change change = store.told(seq);
            long number = seq;
            if (change == null || jumps.stream().anyMatch(jump -> number > jump.from() && number <= jump.to())) {
                continue;
            }
            compared++;
            if (pattern.isConcernedBy(change.path()) && !received.get((int) seq)) {
                findings.add(Kind.LOST, who + " at " + position + " was never told change " + seq + ": " + change);
            }
        }
        if (knowsAll) {
            NavigableMap<String, JsonNode> own = wanted(entries);
            NavigableMap<String, JsonNode> right = wanted(found);
            if (!own.equals(right)) {
                findings.add(Kind.TORN, who + " has " + difference(own, right));
            }
        }
        return compared;
    }

    private NavigableMap<String, JsonNode> wanted(NavigableMap<String, JsonNode> all) {
        NavigableMap<String, JsonNode> some = new TreeMap<>(all);
        some.keySet().removeIf(path -> !pattern.means(path));
        return some;
    }

    private static String difference(NavigableMap<String, JsonNode> own, NavigableMap<String, JsonNode> right) {
        TreeMap<String, String> words = new TreeMap<>();
        own.forEach((path, value) -> {
            if (!value.equals(right.get(path))) {
                words.put(path, value + " instead of " + right.get(path));
            }
        });
        right.forEach((path, value) -> {
            if (!own.containsKey(path)) {
                words.put(path, "nothing instead of " + value);
            }
        });
        return words.size() + " entries that are wrong, the first: " + words.firstEntry();
    }
}
