package dev.varve.testkit.engine;

import dev.varve.api.Entry;
import dev.varve.api.EntryDifference;
import dev.varve.api.EntryEvent;
import dev.varve.api.EntryOp;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryQuery;
import dev.varve.api.EntryValue;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.LongPredicate;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/** The entries of a store as plain code makes them of its changes, and what is to be taken back when. Confined to one thread. */
final class SimulatedTree {

    /** The deadline of what is to stay. */
    static final long NEVER = Long.MAX_VALUE;

    /** An entry. */
    private record Seen(EntryValue value, long revision) {}

    /** An entry, of which only its type is left out. */
    record Shown(EntryPath path, EntryValue value, long revision) {
        static Shown of(Entry entry) {
            return new Shown(entry.path(), entry.value(), entry.revision());
        }

        static List<Shown> of(List<Entry> entries) {
            return entries.stream().map(Shown::of).toList();
        }
    }

    /** A path at which something else stands at two moments. */
    record Differing(
            EntryPath path,
            @Nullable Shown before,
            @Nullable Shown after) {
        static List<Differing> of(List<EntryDifference> differences) {
            return differences.stream()
                    .map(one -> new Differing(
                            one.path(),
                            one.before() == null ? null : Shown.of(one.before()),
                            one.after() == null ? null : Shown.of(one.after())))
                    .toList();
        }
    }

    private final NavigableMap<EntryPath, Seen> entries = new TreeMap<>();
    private final Map<EntryPath, Long> deadlines = new TreeMap<>();

    /** What one change wrote or removed. */
    private final Set<EntryPath> touched = new HashSet<>();

    /**
     * Goes through changes.
     *
     * @param events from the first on
     * @param deadlineOf when what a change sets is to be taken back, {@link #NEVER} for never
     */
    static SimulatedTree of(List<EntryEvent> events, ToLongFunction<EntryEvent> deadlineOf) {
        SimulatedTree tree = new SimulatedTree();
        events.forEach(event -> tree.apply(event, deadlineOf.applyAsLong(event)));
        return tree;
    }

    private void apply(EntryEvent event, long deadline) {
        EntryPath path = event.path();
        EntryValue value = event.value();
        if (event.deviceId().equals(EntryOp.EXPIRY_DEVICE)) {
            requireExpired(event);
        }
        touched.clear();
        switch (event.kind()) {
            case SET, PUT_FILE -> {
                clear(path);
                put(path, value, event.storeSeq());
            }
            case DELETE -> clear(path);
            case MERGE -> {
                if (value instanceof EntryValue.Fields(Map<String, EntryValue> fields)) {
                    fields.forEach((name, field) -> put(path.child(name), field, event.storeSeq()));
                }
            }
            case INCREMENT, ADD, REMOVE, LEASE, RENEW -> put(path, value, event.storeSeq());
            case RELEASE -> {
                entries.remove(path);
                touched.add(path);
            }
            default -> throw new AssertionError("nobody made a change such as " + event);
        }
        deadlines
                .keySet()
                .removeIf(set -> touched.stream().anyMatch(other -> other.equals(set) || set.isAncestorOf(other)));
        if (deadline != NEVER) {
            deadlines.put(path, deadline);
        }
    }

    private void requireExpired(EntryEvent event) {
        Long deadline = deadlines.get(event.path());
        if (event.kind() != EntryOp.Kind.DELETE || deadline == null || event.timeMillis() < deadline) {
            throw new AssertionError("expired too early: " + event + ", the deadline is " + deadline);
        }
    }

    private void clear(EntryPath path) {
        entries.keySet().removeIf(other -> {
            boolean goes = other.equals(path) || path.isAncestorOf(other);
            if (goes) {
                touched.add(other);
            }
            return goes;
        });
    }

    private void put(EntryPath path, @Nullable EntryValue value, long storeSeq) {
        if (value instanceof EntryValue.Fields(Map<String, EntryValue> fields) && !value.isWhole()) {
            fields.forEach((name, field) -> put(path.child(name), field, storeSeq));
        } else if (value != null) {
            touched.add(path);
            entries.put(path, new Seen(value, storeSeq));
        }
    }

    int size() {
        return entries.size();
    }

    List<EntryValue> values() {
        return entries.values().stream().map(Seen::value).toList();
    }

    private @Nullable Shown shown(EntryPath path) {
        Seen seen = entries.get(path);
        return seen == null ? null : new Shown(path, seen.value, seen.revision);
    }

    /** All that a query finds, without its limit. */
    List<Shown> list(EntryQuery query) {
        EntryPath from = query.from();
        EntryPath to = query.to();
        EntryPath after = query.after();
        List<Shown> found = new ArrayList<>();
        (query.descending() ? entries.descendingMap() : entries).forEach((path, seen) -> {
            int order = after == null ? 1 : path.compareTo(after);
            if (query.pattern().matches(path)
                    && (from == null || path.compareTo(from) >= 0)
                    && (to == null || path.compareTo(to) < 0)
                    && (after == null || (query.descending() ? order < 0 : order > 0))) {
                found.add(new Shown(path, seen.value, seen.revision));
            }
        });
        return found;
    }

    /** The entries at exactly these paths. */
    List<Shown> at(List<EntryPath> paths) {
        return paths.stream().map(this::shown).filter(Objects::nonNull).toList();
    }

    /** Whether this is what is read at a path: its entry, or all below it as one object. */
    boolean isAt(EntryPath path, @Nullable Entry entry) {
        Seen seen = entries.get(path);
        if (seen != null) {
            return entry != null && seen.equals(new Seen(entry.value(), entry.revision()));
        }
        List<EntryPath> below =
                entries.keySet().stream().filter(path::isAncestorOf).toList();
        if (below.isEmpty() || entry == null) {
            return below.isEmpty() && entry == null;
        }
        return entry.value().equals(object(path, below));
    }

    private EntryValue object(EntryPath path, List<EntryPath> below) {
        Map<String, EntryValue> fields = new HashMap<>();
        int depth = path.segments().size();
        for (EntryPath entry : below) {
            String name = entry.segments().get(depth);
            EntryPath child = path.child(name);
            Seen seen = entries.get(child);
            if (!fields.containsKey(name)) {
                // What stands at exactly a path hides what is below it.
                fields.put(
                        name,
                        seen != null
                                ? seen.value
                                : object(
                                        child,
                                        below.stream()
                                                .filter(child::isAncestorOf)
                                                .toList()));
            }
        }
        return new EntryValue.Fields(fields);
    }

    /** What another moment has otherwise. */
    List<Differing> differences(SimulatedTree after) {
        Set<EntryPath> paths = new TreeSet<>(entries.keySet());
        paths.addAll(after.entries.keySet());
        List<Differing> differences = new ArrayList<>();
        for (EntryPath path : paths) {
            Shown first = shown(path);
            Shown second = after.shown(path);
            if (first == null || second == null || !first.value.equals(second.value)) {
                differences.add(new Differing(path, first, second));
            }
        }
        return differences;
    }

    @Override
    public String toString() {
        return entries.toString();
    }

    /** The paths of what is still there although its time is over. */
    List<EntryPath> overdue(LongPredicate hasPassed) {
        List<EntryPath> overdue = new ArrayList<>();
        deadlines.forEach((path, deadline) -> {
            if (hasPassed.test(deadline)) {
                overdue.add(path);
            }
        });
        return overdue;
    }

    /** Compares with what a storage shows. */
    void compare(String when, List<Entry> shown) {
        Map<EntryPath, Seen> seen = new TreeMap<>();
        shown.forEach(entry -> seen.put(entry.path(), new Seen(entry.value(), entry.revision())));
        if (!seen.equals(entries)) {
            throw new AssertionError("entries " + when + " are " + seen + ", not " + entries);
        }
    }
}
