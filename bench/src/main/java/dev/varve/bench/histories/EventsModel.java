package dev.varve.bench.histories;

import dev.varve.api.AggregateStatus;
import dev.varve.api.EventAppendResult.Reason;
import dev.varve.testkit.history.Operation;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a store of events does when requests come one after another.
 *
 * <p>Every answered append says at which position it stands, so that only one order of them is possible: its versions, its condition and
 * its tracking have to hold against all that stands before it. A refusal has to be right, and a read to show what was there, at some moment between
 * request and answer. A transaction is one such step, on all that it writes; so is a change of an entry, or a message, by itself. Where the feed of
 * commits was read from the beginning, it is the order of all writes, those without an answer among them: whatever else was told has to go with
 * that, and every page of the feed has to show what was committed at its moment. What the feed does not tell may stand where the last reading of the
 * whole log shows it. Deletions leave no trace but that of what can be read then; while one goes on, a reading may leave out what it deletes, as the
 * contract has it. Immutable; thread-safe.
 */
final class EventsModel implements HistoryModel<EventState, EventRequest, EventAnswer> {

    private final EventsTold told;

    EventsModel(List<Operation<EventRequest, EventAnswer>> history) {
        this.told = new EventsTold(history);
    }

    @Override
    public EventState initial() {
        return EventState.EMPTY;
    }

    @Override
    public @Nullable EventState step(EventState state, EventRequest input, @Nullable EventAnswer output) {
        if (reads(input)) {
            return output == null || EventReadings.fits(state, input, output, told.deletedMeanwhile(output))
                    ? state
                    : null;
        }
        if (!mayBeNext(state, input, output)) {
            return null;
        }
        EventRules.Decision decision = decide(state, input, output);
        if (output != null && !fits(state, input, decision.answer(), output)) {
            return null;
        }
        return isInOrder(state, decision.after()) ? decision.after() : null;
    }

    private static boolean reads(EventRequest input) {
        return switch (input) {
            case EventRequest.Read _,
                    EventRequest.GetCommits _,
                    EventRequest.GetEntry _,
                    EventRequest.GetMessages _,
                    EventRequest.Open _ -> true;
            case EventRequest.Append _,
                    EventRequest.Transact _,
                    EventRequest.ChangeEntry _,
                    EventRequest.Say _,
                    EventRequest.Delete _ -> false;
        };
    }

    /** A quick look, before anything is decided: what an answer says of its place, or what is known of the next one. */
    private boolean mayBeNext(EventState state, EventRequest input, @Nullable EventAnswer output) {
        return switch (output) {
            case null ->
                switch (input) {
                    case EventRequest.Append append -> told.mayBeNext(state, append);
                    case EventRequest.Transact transact -> told.mayBeNext(state, transact.append());
                    default -> true;
                };
            case EventAnswer.Appended appended ->
                appended.again() || appended.first() < 0 || appended.first() == state.head() + 1;
            case EventAnswer.Committed committed ->
                committed.replayed()
                        || ((committed.first() < 0 || committed.first() == state.head() + 1)
                                && (committed.seq() == 0
                                        || committed.seq() == state.others().seq() + 1));
            case EventAnswer.Changed changed -> changed.seq() == state.others().seq() + 1;
            default -> true;
        };
    }

    private EventRules.Decision decide(EventState state, EventRequest input, @Nullable EventAnswer output) {
        long number = output instanceof EventAnswer.Committed committed && !committed.replayed()
                ? committed.number()
                : told.nextNumber(state);
        return switch (input) {
            case EventRequest.Append append ->
                EventRules.append(state, append, number, told.isSentAgain(append.name()));
            case EventRequest.Transact transact -> {
                boolean again = told.isSentAgain(transact.key());
                boolean unknown = transact.onlyChecks() && output == null;
                yield unknown && !again
                        ? new EventRules.Decision(new EventAnswer.Blocked(List.of()), state)
                        : EventRules.transact(state, transact, output, unknown ? EventRules.NOT_TOLD : number, again);
            }
            case EventRequest.ChangeEntry change -> EventRules.change(state, change, number);
            case EventRequest.Say say -> EventRules.say(state, say, number);
            case EventRequest.Delete delete -> EventRules.delete(state, delete);
            case EventRequest.Read _,
                    EventRequest.GetCommits _,
                    EventRequest.GetEntry _,
                    EventRequest.GetMessages _,
                    EventRequest.Open _ -> throw new IllegalArgumentException("decides nothing: " + input);
        };
    }

    /** Numbers of commits increase, and whoever was told of the next commit was told of this one. */
    private boolean isInOrder(EventState before, EventState after) {
        Chain<EventState.Commit> last = after.others().commits();
        if (last == null || last.size == Chain.size(before.others().commits())) {
            return true;
        }
        long number = last.item.number();
        return told.isNext(before, last.item)
                && (number == EventRules.NOT_TOLD || number > before.others().number());
    }

    @Override
    public EventAnswer expected(EventState state, EventRequest input, @Nullable EventAnswer output) {
        return reads(input)
                ? EventReadings.answer(state, input)
                : decide(state, input, output).answer();
    }

    /** Whether an answer is right. Of events that a condition rules out any may be told. */
    private static boolean fits(EventState state, EventRequest input, EventAnswer expected, EventAnswer given) {
        if (given instanceof EventAnswer.Committed committed && !committed.replayed()) {
            // One that only checks leaves nothing else to tell its place by.
            return committed.number() > state.others().number() && expected.equals(given);
        }
        return switch (input) {
            case EventRequest.Append append -> fits(append, state, expected, given);
            case EventRequest.Transact transact -> fits(transact, state, expected, given);
            default -> expected.equals(given);
        };
    }

    private static boolean fits(EventRequest.Append append, EventState state, EventAnswer expected, EventAnswer given) {
        EventRequest.Condition condition = append.condition();
        boolean ruledOut = condition != null
                && expected instanceof EventAnswer.Refused right
                && right.reason() == Reason.CONDITION_FAILED
                && given instanceof EventAnswer.Refused refused
                && refused.reason() == Reason.CONDITION_FAILED
                && isRuledOut(condition, state, refused.position());
        return ruledOut || expected.equals(given);
    }

    private static boolean fits(
            EventRequest.Transact transact, EventState state, EventAnswer expected, EventAnswer given) {
        if (!(expected instanceof EventAnswer.Blocked right)
                || !(given instanceof EventAnswer.Blocked blocked)
                || right.failures().size() != blocked.failures().size()) {
            return expected.equals(given);
        }
        for (int i = 0; i < right.failures().size(); i++) {
            EventAnswer.Failure one = right.failures().get(i);
            EventAnswer.Failure other = blocked.failures().get(i);
            EventRequest.Condition condition = transact.append().condition();
            boolean ruledOut = condition != null
                    && one.index() == other.index()
                    && one.kind().equals(Reason.CONDITION_FAILED.wireName())
                    && other.kind().equals(one.kind())
                    && isRuledOut(condition, state, Long.parseLong(other.actual()));
            if (!ruledOut && !one.equals(other)) {
                return false;
            }
        }
        return true;
    }

    private static boolean isRuledOut(EventRequest.Condition condition, EventState state, long position) {
        for (Chain<EventState.Logged> at = state.log(); at != null; at = at.before) {
            if (at.item.seen().position() == position) {
                return position > condition.after() && condition.rulesOut(at.item.event()) && state.shows(at.item);
            }
        }
        return false;
    }

    @Override
    public int rank(EventRequest input, @Nullable EventAnswer output) {
        return output == null ? 1 : 0;
    }

    @Override
    public boolean onlyLooks(EventRequest input, @Nullable EventAnswer output) {
        return switch (input) {
            case EventRequest.Append append ->
                output instanceof EventAnswer.Refused || append.events().isEmpty();
            case EventRequest.Transact _ -> output instanceof EventAnswer.Blocked;
            case EventRequest.ChangeEntry _ -> output instanceof EventAnswer.Unchanged;
            case EventRequest.Delete _ ->
                output instanceof EventAnswer.Refused
                        || (output instanceof EventAnswer.Deleted deleted && deleted.status() == AggregateStatus.EMPTY);
            default -> reads(input);
        };
    }
}
