package dev.varve.engine.events;

import dev.varve.api.EventQuery;
import dev.varve.engine.state.StateStore;
import dev.varve.engine.state.Table;
import java.nio.ByteBuffer;
import java.util.Set;

/**
 * Where the state has the last event of a type or with a tag, as far as that is known without the disk. Most conditions are about something that
 * the state does not have at all, or not since: for these nothing has to be read.
 */
final class LastStored {

    private static final long UNKNOWN = Long.MAX_VALUE;

    private LastStored() {}

    /** Whether the state may have an event that a query means, after a position. Called by the owner. */
    static boolean mayMatch(StateStore state, EventLog log, EventQuery query, long after) {
        if (!log.inState) {
            return false;
        }
        if (query.items().isEmpty()) {
            return true;
        }
        for (EventQuery.Item item : query.items()) {
            if (mayMatch(state, log, item, after)) {
                return true;
            }
        }
        return false;
    }

    private static boolean mayMatch(StateStore state, EventLog log, EventQuery.Item item, long after) {
        for (String tag : item.tags()) {
            if (last(state, log, new Term(Term.Kind.TAG, tag)) <= after) {
                return false;
            }
        }
        return item.types().isEmpty() || isAnyAfter(state, log, item.types(), after);
    }

    private static boolean isAnyAfter(StateStore state, EventLog log, Set<String> types, long after) {
        for (String type : types) {
            if (last(state, log, new Term(Term.Kind.TYPE, type)) > after) {
                return true;
            }
        }
        return false;
    }

    private static long last(StateStore state, EventLog log, Term term) {
        byte[] key = term.rowPrefix(log.store);
        if (state.surelyAbsent(Table.EVENT_INDEX, key)) {
            return Postings.NONE;
        }
        byte[] row = state.getIfInMemory(Table.EVENT_INDEX, key);
        return row == null ? UNKNOWN : ByteBuffer.wrap(row).getLong();
    }
}
