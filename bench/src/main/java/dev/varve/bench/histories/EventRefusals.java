package dev.varve.bench.histories;

import dev.varve.api.AggregateStatus;
import dev.varve.api.EntryWriteResult;
import dev.varve.api.EventAppendResult.Reason;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What stands in the way of appends, transactions and plain changes of entries. Stateless. */
final class EventRefusals {

    private EventRefusals() {}

    /**
     * A check of an append that does not hold, or an aggregate that it may not write.
     *
     * @param index which check, below 0 for none
     * @param dead whether it would be written and can never be again
     */
    private record Violation(int index, String aggregate, AggregateStatus status, long version, boolean dead) {}

    /** Why an append is not made. Without violations a reason of its own and a position. */
    private record Refusal(Reason reason, List<Violation> violations, long position) {}

    private static List<Violation> violations(EventState state, EventRequest.Append append) {
        List<Violation> violations = new ArrayList<>();
        Set<String> checked = new LinkedHashSet<>();
        for (int i = 0; i < append.checks().size(); i++) {
            EventRequest.Check check = append.checks().get(i);
            EventState.Aggregate aggregate = state.aggregate(check.aggregate());
            boolean dead = aggregate.isTombstoned() && append.writes(check.aggregate());
            if (dead || !EventsText.expected(check.expected()).holds(aggregate.status(), aggregate.version())) {
                violations.add(new Violation(i, check.aggregate(), aggregate.status(), aggregate.seen(), dead));
            }
            checked.add(check.aggregate());
        }
        for (EventRequest.Event event : append.events()) {
            if (state.aggregate(event.aggregate()).isTombstoned() && checked.add(event.aggregate())) {
                violations.add(new Violation(-1, event.aggregate(), AggregateStatus.TOMBSTONED, -1, true));
            }
        }
        return violations;
    }

    /**
     * Why an append is not made.
     *
     * @param before where its first event stands when it was made and cannot be recognised any more, else -1
     */
    private static @Nullable Refusal refusal(EventState state, EventRequest.Append append, long before) {
        List<Violation> violations = violations(state, append);
        boolean dead = violations.stream().anyMatch(Violation::dead);
        boolean exact = violations.stream()
                .anyMatch(
                        one -> one.index >= 0 && append.checks().get(one.index).isExact());
        if (dead || exact || (!violations.isEmpty() && before < 0)) {
            return new Refusal(dead ? Reason.TOMBSTONED : Reason.WRONG_EXPECTED_VERSION, violations, -1);
        }
        if (before >= 0) {
            return new Refusal(Reason.EVENT_ID_CONFLICT, List.of(), before);
        }
        EventRequest.Condition condition = append.condition();
        for (Chain<EventState.Logged> at = state.log();
                condition != null && at != null && at.item.seen().position() > condition.after();
                at = at.before) {
            if (condition.rulesOut(at.item.event()) && state.shows(at.item)) {
                return new Refusal(
                        Reason.CONDITION_FAILED, List.of(), at.item.seen().position());
            }
        }
        if (append.tracking() > 0 && append.tracking() <= state.tracking()) {
            return new Refusal(Reason.TRACKING_NOT_INCREASING, List.of(), state.tracking());
        }
        return null;
    }

    /** What an append is told that is not made; null when it is. The position is as for a refusal. */
    static EventAnswer.@Nullable Refused of(EventState state, EventRequest.Append append, long before) {
        Refusal refusal = refusal(state, append, before);
        if (refusal == null) {
            return null;
        }
        SortedMap<String, Long> actual = new TreeMap<>();
        refusal.violations.forEach(one -> actual.put(one.aggregate, one.version));
        return new EventAnswer.Refused(refusal.reason, actual, refusal.position);
    }

    /** What stands in the way of a transaction. */
    static List<EventAnswer.Failure> failures(EventState state, EventRequest.Transact transact) {
        List<EventAnswer.Failure> failures = new ArrayList<>();
        EventRequest.Append append = transact.append();
        Refusal refusal = refusal(state, append, -1);
        if (refusal != null) {
            refusal.violations.forEach(one -> failures.add(failure(append, one)));
            if (refusal.violations.isEmpty()) {
                failures.add(new EventAnswer.Failure(
                        refusal.reason == Reason.CONDITION_FAILED
                                ? transact.conditionIndex()
                                : transact.trackingIndex(),
                        refusal.reason.wireName(),
                        Long.toString(refusal.position)));
            }
        }
        EventRequest.Change change = transact.change();
        EventAnswer.Unchanged conflict = change == null ? null : conflict(state, change);
        if (conflict != null) {
            failures.add(new EventAnswer.Failure(
                    transact.changeIndex(),
                    conflict.kind(),
                    conflict.revision() == 0 ? EventAnswer.Failure.NOTHING : Long.toString(conflict.revision())));
        }
        return failures;
    }

    private static EventAnswer.Failure failure(EventRequest.Append append, Violation violation) {
        int index = violation.index;
        for (int i = 0; index < 0; i++) {
            if (append.events().get(i).aggregate().equals(violation.aggregate)) {
                index = append.checks().size() + i;
            }
        }
        return new EventAnswer.Failure(
                index,
                (violation.dead ? Reason.TOMBSTONED : Reason.WRONG_EXPECTED_VERSION).wireName(),
                violation.status == AggregateStatus.LIVE
                        ? Long.toString(violation.version)
                        : violation.status.wireName());
    }

    /** What stands in the way of a change of an entry; null for nothing. */
    static EventAnswer.@Nullable Unchanged conflict(EventState state, EventRequest.Change change) {
        long revision = state.others().entry(change.path()).revision();
        if (change.match() == EventRequest.Change.ANY || change.match() == revision) {
            return null;
        }
        EntryWriteResult.Reason reason =
                change.match() == 0 ? EntryWriteResult.Reason.EXISTS : EntryWriteResult.Reason.CONFLICT;
        return new EventAnswer.Unchanged(reason.wireName(), revision);
    }
}
