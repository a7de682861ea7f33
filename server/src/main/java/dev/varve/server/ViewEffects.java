package dev.varve.server;

import dev.varve.api.Entry;
import dev.varve.api.EntryEvent;
import dev.varve.api.EntryPage;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryPattern;
import dev.varve.api.EntryQuery;
import dev.varve.api.EntryStorage;
import dev.varve.api.EntryType;
import dev.varve.api.EntryValue;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * What one change did to the entries that a view shows: which it set, and which it took away because they stood where it
 * wrote. The latter is read from the store's history, and begins to be read at once. Confined to the thread that builds the page, which
 * may block.
 */
final class ViewEffects {

    /** How many entries that stood there before are read ahead; most changes replace one. */
    private static final int AHEAD = 32;

    /**
     * Where a change replaces what stood there.
     *
     * @param subtree whether also all that stood below
     */
    private record Region(EntryPath path, boolean subtree) {}

    private final EntryStorage entries;
    private final EntryView view;
    private final EntryEvent event;
    private final Map<EntryPath, Entry> after = new LinkedHashMap<>();
    private final List<Region> regions = new ArrayList<>();
    private final List<CompletableFuture<EntryPage>> before = new ArrayList<>();
    private final List<EntryQuery> queries = new ArrayList<>();

    ViewEffects(EntryStorage entries, EntryView view, EntryEvent event) {
        this.entries = entries;
        this.view = view;
        this.event = event;
        decide();
        for (Region region : regions) {
            read(EntryPattern.exactly(region.path));
            if (region.subtree) {
                read(EntryPattern.below(region.path));
            }
        }
    }

    private void read(EntryPattern pattern) {
        EntryQuery query = EntryQuery.matching(view.store(), pattern).withLimit(pattern.isLiteral() ? 1 : AHEAD);
        queries.add(query);
        before.add(entries.listAt(query, event.storeSeq() - 1));
    }

    private void decide() {
        EntryPath path = event.path();
        EntryValue value = event.value();
        switch (event.kind()) {
            case SET, PUT_FILE -> {
                replace(path, true);
                if (event.label() != null) {
                    put(path, event.label(), value);
                } else {
                    flatten(path, value);
                }
            }
            case DELETE -> replace(path, true);
            case MERGE -> {
                if (value instanceof EntryValue.Fields(Map<String, EntryValue> fields)) {
                    fields.forEach((name, field) -> {
                        // A field that is no object replaces what stands at its path only.
                        replace(path.child(name), !field.isWhole());
                        flatten(path.child(name), field);
                    });
                }
            }
            case INCREMENT -> setLeaf(path, EntryType.COUNTER, value);
            case ADD, REMOVE -> setLeaf(path, EntryType.SET, value);
            case LEASE, RENEW -> setLeaf(path, EntryType.LEASE, value);
            case RELEASE -> replace(path, false);
            case CHECK -> throw new IllegalStateException("a check is no change");
        }
    }

    private void setLeaf(EntryPath path, EntryType type, @Nullable EntryValue value) {
        replace(path, false);
        put(path, type, value);
    }

    private void replace(EntryPath path, boolean subtree) {
        EntryPath prefix = view.prefix();
        if (view.shows(path)) {
            regions.add(new Region(path, subtree));
        } else if (subtree && prefix != null && path.isAncestorOf(prefix)) {
            regions.add(new Region(prefix, true));
        }
    }

    /** Takes an object apart as the storage does. */
    private void flatten(EntryPath path, @Nullable EntryValue value) {
        if (value instanceof EntryValue.Fields(Map<String, EntryValue> fields) && !value.isWhole()) {
            fields.forEach((name, field) -> flatten(path.child(name), field));
        } else if (value != null) {
            put(path, EntryType.of(value), value);
        }
    }

    private void put(EntryPath path, EntryType type, @Nullable EntryValue value) {
        if (value != null && view.shows(path)) {
            after.put(path, new Entry(path, value, type, event.storeSeq()));
        }
    }

    /**
     * Writes the messages.
     *
     * @param maxLength how long the page may get
     * @return false when it gets longer; then some are missing
     */
    boolean writeTo(StateMessages out, int maxLength) {
        Set<EntryPath> replaced = new LinkedHashSet<>();
        for (int i = 0; i < queries.size(); i++) {
            EntryPage page = before.get(i).join();
            while (true) {
                for (Entry entry : page.entries()) {
                    if (after.containsKey(entry.path())) {
                        replaced.add(entry.path());
                    } else {
                        out.delete(entry.path(), event);
                    }
                }
                EntryPath next = page.next();
                if (next == null) {
                    break;
                }
                if (out.length() > maxLength) {
                    return false;
                }
                EntryQuery rest = queries.get(i).withAfter(next).withLimit(EntryQuery.MAX_LIMIT);
                page = entries.listAt(rest, event.storeSeq() - 1).join();
            }
        }
        for (Entry entry : after.values()) {
            boolean known = replaced.contains(entry.path());
            out.set(known ? StateMessages.Operation.UPDATE : StateMessages.Operation.INSERT, entry, event);
            if (out.length() > maxLength) {
                return false;
            }
        }
        return out.length() <= maxLength;
    }
}
