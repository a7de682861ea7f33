package dev.varve.engine.events;

import dev.varve.api.AggregateId;
import dev.varve.engine.state.StateStore;
import dev.varve.engine.state.Table;
import java.io.IOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeSet;

/**
 * Takes events that are gone out of the index in the state, so that nothing of what they were found by stays there for their sake. Readers may see
 * the rows before or after: what they find is looked at. Confined to one checkpoint.
 */
final class Unlisting {

    private final StateStore state;
    private final long store;
    private final Map<Term, NavigableSet<Long>> gone = new HashMap<>();

    Unlisting(StateStore state, long store) {
        this.state = state;
        this.store = store;
    }

    /** Notes an event as the state has it, and what replaces it. */
    void note(long position, byte[] before, byte[] after) {
        if (EventFormat.isGone(before) || !EventFormat.isGone(after)) {
            return;
        }
        EventFormat.Head head = EventFormat.head(before);
        AggregateId aggregate = head.aggregate();
        if (aggregate != null) {
            note(new Term(Term.Kind.CATEGORY, aggregate.type()), position);
        }
        note(new Term(Term.Kind.TYPE, head.type()), position);
        head.tags().forEach(tag -> note(new Term(Term.Kind.TAG, tag), position));
    }

    private void note(Term term, long position) {
        gone.computeIfAbsent(term, _ -> new TreeSet<>()).add(position);
    }

    /**
     * Writes the rows without what was noted.
     *
     * @param listed the terms that this checkpoint writes rows of, too
     */
    void write(StateStore.Checkpoint checkpoint, Set<Term> listed) throws IOException {
        for (Map.Entry<Term, NavigableSet<Long>> term : gone.entrySet()) {
            byte[] prefix = term.getKey().rowPrefix(store);
            Set<Long> emptied = new HashSet<>();
            boolean stays = write(checkpoint, prefix, term.getValue(), emptied) || listed.contains(term.getKey());
            if (!stays && !hasOther(prefix, emptied)) {
                checkpoint.delete(Table.EVENT_INDEX, prefix);
            }
        }
    }

    /** Returns whether a row stays that had some of them. */
    private boolean write(
            StateStore.Checkpoint checkpoint, byte[] prefix, NavigableSet<Long> positions, Set<Long> emptied)
            throws IOException {
        boolean stays = false;
        Long next = positions.first();
        while (next != null) {
            try (StateStore.Cursor cursor = state.scanFromFloor(
                    Table.EVENT_INDEX, Keys.row(prefix, 0), Keys.row(prefix, next), Keys.row(prefix, next + 1))) {
                if (!cursor.next()) {
                    next = positions.higher(next);
                    continue;
                }
                long first = Keys.firstOfRow(cursor.key());
                long[] row = IndexRow.decode(cursor.value());
                PositionList kept = new PositionList();
                for (long position : row) {
                    if (!positions.contains(position)) {
                        kept.add(position);
                    }
                }
                // First what stays: a row under a later key has nothing that is not under the earlier one.
                if (kept.size() > 0) {
                    stays = true;
                    checkpoint.put(
                            Table.EVENT_INDEX, Keys.row(prefix, kept.get(0)), IndexRow.encode(kept, 0, kept.size()));
                }
                if (kept.size() == 0 || kept.get(0) != first) {
                    emptied.add(first);
                    checkpoint.delete(Table.EVENT_INDEX, Keys.row(prefix, first));
                }
                next = positions.higher(Math.max(next, row[row.length - 1]));
            }
        }
        return stays;
    }

    private boolean hasOther(byte[] prefix, Set<Long> emptied) throws IOException {
        try (StateStore.Cursor cursor = state.scan(Table.EVENT_INDEX, Keys.row(prefix, 0), Keys.rowsTo(prefix))) {
            while (cursor.next()) {
                if (!emptied.contains(Keys.firstOfRow(cursor.key()))) {
                    return true;
                }
            }
        }
        return false;
    }
}
