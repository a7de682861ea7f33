package dev.varve.bench.histories;

import dev.varve.api.AggregateStatus;
import dev.varve.api.EventAppendResult.Reason;
import dev.varve.api.TransactionResult;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What writes do to a store of events, and what they are answered. Stateless. */
final class EventRules {

    /** Nobody was told the number of a commit. */
    static final long NOT_TOLD = -1;

    private EventRules() {}

    /** What a request is answered, and what there is then. */
    record Decision(EventAnswer answer, EventState after) {}

    // ---- appends

    /**
     * An append.
     *
     * @param number of the commit
     * @param again whether it may come again
     */
    static Decision append(EventState state, EventRequest.Append append, long number, boolean again) {
        EventState.Kept kept = state.made().get(append.name());
        long before = -1;
        if (kept != null && kept.answer() instanceof EventAnswer.Appended then) {
            if (stands(state, then.first(), append.events().size())) {
                return new Decision(new EventAnswer.Appended(then.first(), then.versions(), true), state);
            }
            before = then.first();
        }
        EventAnswer.Refused refused = EventRefusals.of(state, append, before);
        if (refused != null) {
            return new Decision(refused, state);
        }
        if (append.events().isEmpty()) {
            return new Decision(new EventAnswer.Appended(-1, checked(state, append), false), state);
        }
        EventState after = logged(state, append);
        EventAnswer.Appended answer = new EventAnswer.Appended(state.head() + 1, versions(after, append), false);
        EventState.Commit commit = new EventState.Commit(number, List.of(), after.since(state), List.of());
        after = after.with(after.others().committed(commit));
        return new Decision(
                answer, again ? after.keeping(append.name(), new EventState.Kept(append.name(), answer)) : after);
    }

    /** Whether events can all be read. */
    private static boolean stands(EventState state, long first, int count) {
        for (Chain<EventState.Logged> at = state.log();
                at != null && at.item.seen().position() >= first;
                at = at.before) {
            if (at.item.seen().position() < first + count && !state.shows(at.item)) {
                return false;
            }
        }
        return true;
    }

    private static EventState logged(EventState state, EventRequest.Append append) {
        EventState after = state;
        for (int i = 0; i < append.events().size(); i++) {
            after = after.with(append.name() + "/" + i, append.events().get(i));
        }
        return append.events().isEmpty() ? after : after.tracked(append.tracking());
    }

    private static SortedMap<String, Long> versions(EventState after, EventRequest.Append append) {
        SortedMap<String, Long> versions = new TreeMap<>();
        for (EventRequest.Event event : append.events()) {
            if (!event.aggregate().isEmpty()) {
                versions.put(
                        event.aggregate(), after.aggregate(event.aggregate()).version());
            }
        }
        return versions;
    }

    /** What one is told that checks a single aggregate and writes nothing: how far that came, deleted or not. */
    private static SortedMap<String, Long> checked(EventState state, EventRequest.Append append) {
        SortedMap<String, Long> versions = new TreeMap<>();
        if (append.checks().size() == 1) {
            String only = append.checks().getFirst().aggregate();
            versions.put(only, state.aggregate(only).version());
        }
        return versions;
    }

    // ---- transactions

    /**
     * A transaction.
     *
     * @param number of the commit
     * @param again whether something may come again under its key
     */
    static Decision transact(
            EventState state,
            EventRequest.Transact transact,
            @Nullable EventAnswer output,
            long number,
            boolean again) {
        EventState.Kept kept = state.made().get(transact.key());
        if (kept != null && kept.answer() instanceof EventAnswer.Committed then) {
            return new Decision(again(kept, then, transact, output), state);
        }
        List<EventAnswer.Failure> failures = EventRefusals.failures(state, transact);
        if (!failures.isEmpty()) {
            return new Decision(new EventAnswer.Blocked(failures), state);
        }
        EventRequest.Append append = transact.append();
        EventState after = logged(state, append);
        EventState.Others others = after.others();
        EventRequest.Change change = transact.change();
        List<EventAnswer.EntryChanged> changes = new ArrayList<>();
        if (change != null) {
            others = changed(others, transact.name(), change, changes);
        }
        others = transact.message() ? others.said(transact.name()) : others;
        EventAnswer.Committed answer = new EventAnswer.Committed(
                number,
                append.events().isEmpty() ? -1 : state.head() + 1,
                append.events().isEmpty() ? checked(state, append) : versions(after, append),
                change == null ? 0 : others.seq(),
                change == null || change.add() == 0
                        ? 0
                        : Long.parseLong(others.entry(change.path()).value()),
                false);
        others = transact.onlyChecks()
                ? others.committed(number)
                : others.committed(new EventState.Commit(
                        number,
                        changes,
                        after.since(state),
                        transact.message() ? List.of(transact.name()) : List.of()));
        after = after.with(others);
        return new Decision(
                answer, again ? after.keeping(transact.key(), new EventState.Kept(transact.name(), answer)) : after);
    }

    /** What a transaction is told under a key that was used. Which number a commit got is not known before it is told. */
    private static EventAnswer again(
            EventState.Kept kept,
            EventAnswer.Committed then,
            EventRequest.Transact transact,
            @Nullable EventAnswer output) {
        if (kept.name().equals(transact.name())) {
            long told = output instanceof EventAnswer.Committed committed ? committed.number() : NOT_TOLD;
            return new EventAnswer.Committed(
                    then.number() == NOT_TOLD ? told : then.number(),
                    then.first(),
                    then.versions(),
                    then.seq(),
                    then.total(),
                    true);
        }
        String number = then.number() == NOT_TOLD && output instanceof EventAnswer.Blocked blocked
                ? blocked.failures().getFirst().actual()
                : Long.toString(then.number());
        return new EventAnswer.Blocked(List.of(new EventAnswer.Failure(-1, TransactionResult.KEY_REUSED, number)));
    }

    // ---- entries and the stream

    private static EventState.Others changed(
            EventState.Others others, String name, EventRequest.Change change, List<EventAnswer.EntryChanged> changes) {
        String before = others.entry(change.path()).value();
        String value = change.add() == 0
                ? name
                : Long.toString((before.isEmpty() ? 0 : Long.parseLong(before)) + change.add());
        EventState.Others after = others.changed(change.path(), value);
        changes.add(new EventAnswer.EntryChanged(
                after.seq(), change.add() == 0 ? "set" : "increment", change.path(), value));
        return after;
    }

    static Decision change(EventState state, EventRequest.ChangeEntry request, long number) {
        EventAnswer.Unchanged conflict = EventRefusals.conflict(state, request.change());
        if (conflict != null) {
            return new Decision(conflict, state);
        }
        List<EventAnswer.EntryChanged> changes = new ArrayList<>();
        EventState.Others others = changed(state.others(), request.name(), request.change(), changes);
        EventState.Commit commit = new EventState.Commit(number, changes, List.of(), List.of());
        return new Decision(new EventAnswer.Changed(others.seq()), state.with(others.committed(commit)));
    }

    static Decision say(EventState state, EventRequest.Say say, long number) {
        EventState.Others others = state.others().said(say.name());
        EventState.Commit commit = new EventState.Commit(number, List.of(), List.of(), List.of(say.name()));
        return new Decision(new EventAnswer.Said(), state.with(others.there() ? others.committed(commit) : others));
    }

    // ---- deletions

    static Decision delete(EventState state, EventRequest.Delete delete) {
        EventState.Aggregate aggregate = state.aggregate(delete.aggregate());
        AggregateStatus wanted = delete.forEver() ? AggregateStatus.TOMBSTONED : AggregateStatus.SOFT_DELETED;
        boolean nothing =
                aggregate.status() == wanted || (aggregate.status() == AggregateStatus.EMPTY && !delete.forEver());
        if (nothing) {
            return new Decision(new EventAnswer.Deleted(aggregate.status(), aggregate.version()), state);
        }
        if (aggregate.isTombstoned()
                || !EventsText.expected(delete.expected()).holds(aggregate.status(), aggregate.version())) {
            Reason reason = aggregate.isTombstoned() ? Reason.TOMBSTONED : Reason.WRONG_EXPECTED_VERSION;
            return new Decision(
                    new EventAnswer.Refused(reason, new TreeMap<>(Map.of(delete.aggregate(), aggregate.seen())), -1),
                    state);
        }
        return new Decision(
                new EventAnswer.Deleted(wanted, aggregate.version()),
                state.with(delete.aggregate(), aggregate.deleted(wanted)));
    }
}
