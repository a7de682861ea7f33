package dev.varve.testkit.engine;

import dev.varve.api.Entry;
import dev.varve.api.EntryEvent;
import dev.varve.api.EntryOp;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryValue;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.LongPredicate;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/** The entries of a store as plain code makes them of its changes, and what is to be taken back when. Confined to one thread. */
final class SimulatedTree {

    /** The deadline of what is to stay. */
    static final long NEVER = Long.MAX_VALUE;

    /** An entry. */
    private record Seen(EntryValue value, long revision) {}

    private final Map<EntryPath, Seen> entries = new TreeMap<>();
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
            case INCREMENT -> put(path, value, event.storeSeq());
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
