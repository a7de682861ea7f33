package dev.varve.bench.histories;

import dev.varve.api.AggregateStatus;
import dev.varve.api.EventAppendResult.Reason;
import dev.varve.api.EventRead;
import dev.varve.testkit.history.Operation;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a store of events does when requests come one after another.
 *
 * <p>Every answered append says at which position it stands, so that only one order of them is possible: its versions, its condition and
 * its tracking have to hold against all that stands before it. A refusal has to be right, and a read to show what was there, at some moment between
 * request and answer. An append without an answer may stand where the last reading of the whole log shows it, and nowhere else. Immutable; thread-safe.
 */
final class EventsModel implements HistoryModel<EventState, EventRequest, EventAnswer> {

    private final Set<String> sentAgain = new HashSet<>();
    private final Map<Long, String> log = new HashMap<>();
    private long head = -1;

    EventsModel(List<Operation<EventRequest, EventAnswer>> history) {
        Set<String> names = new HashSet<>();
        for (Operation<EventRequest, EventAnswer> operation : history) {
            if (operation.input() instanceof EventRequest.Append append && !names.add(append.name())) {
                sentAgain.add(append.name());
            }
            if (operation.output() instanceof EventAnswer.Page page && isWhole(operation.input())) {
                head = Math.max(head, page.head());
                page.events().forEach(seen -> log.put(seen.position(), seen.name()));
            }
        }
    }

    private static boolean isWhole(EventRequest request) {
        return request instanceof EventRequest.Read read
                && read.aggregate().isEmpty()
                && read.type().isEmpty()
                && read.tag().isEmpty();
    }

    @Override
    public EventState initial() {
        return EventState.EMPTY;
    }

    private record Decision(EventAnswer answer, EventState after) {}

    @Override
    public @Nullable EventState step(EventState state, EventRequest input, @Nullable EventAnswer output) {
        if (input instanceof EventRequest.Append append) {
            boolean next = output instanceof EventAnswer.Appended appended
                    && !appended.again()
                    && !append.events().isEmpty()
                    && appended.first() != state.head() + 1;
            if (next || (output == null && !isNextInLog(state, append))) {
                return null;
            }
            Decision decision = decide(state, append);
            return output == null || fits(append, state, decision.answer, output) ? decision.after : null;
        }
        return output == null || expected(state, input, output).equals(output) ? state : null;
    }

    /** Whether an append without an answer stands where the log goes on, as it was read later. */
    private boolean isNextInLog(EventState state, EventRequest.Append append) {
        String name = log.get(state.head() + 1);
        return head < 0 || (name != null && name.equals(append.name() + "/0"));
    }

    @Override
    public EventAnswer expected(EventState state, EventRequest input, @Nullable EventAnswer output) {
        return switch (input) {
            case EventRequest.Append append -> decide(state, append).answer;
            case EventRequest.Read read -> page(state, read);
        };
    }

    private static EventAnswer page(EventState state, EventRequest.Read read) {
        List<EventAnswer.Seen> seen = new ArrayList<>();
        for (EventState.Node node = state.last(); node != null; node = node.before) {
            if (read.means(node.event, node.seen.position())) {
                seen.add(node.seen);
            }
        }
        List<EventAnswer.Seen> ordered = read.backward() ? seen : seen.reversed();
        return new EventAnswer.Page(
                state.head(), List.copyOf(ordered.subList(0, Math.min(EventRead.MAX_LIMIT, ordered.size()))));
    }

    private Decision decide(EventState state, EventRequest.Append append) {
        EventAnswer.Appended before = state.made().get(append.name());
        if (before != null) {
            return new Decision(new EventAnswer.Appended(before.first(), before.versions(), true), state);
        }
        SortedMap<String, Long> wrong = new TreeMap<>();
        for (EventRequest.Check check : append.checks()) {
            long version = state.version(check.aggregate());
            AggregateStatus status = version < 0 ? AggregateStatus.EMPTY : AggregateStatus.LIVE;
            if (!EventsText.expected(check.expected()).holds(status, version)) {
                wrong.put(check.aggregate(), version);
            }
        }
        if (!wrong.isEmpty()) {
            return refused(state, Reason.WRONG_EXPECTED_VERSION, wrong, -1);
        }
        EventRequest.Condition condition = append.condition();
        for (EventState.Node node = state.last();
                condition != null && node != null && node.seen.position() > condition.after();
                node = node.before) {
            if (condition.rulesOut(node.event)) {
                return refused(state, Reason.CONDITION_FAILED, new TreeMap<>(), node.seen.position());
            }
        }
        if (append.tracking() > 0 && append.tracking() <= state.tracking()) {
            return refused(state, Reason.TRACKING_NOT_INCREASING, new TreeMap<>(), state.tracking());
        }
        return made(state, append);
    }

    private static Decision refused(EventState state, Reason reason, SortedMap<String, Long> actual, long position) {
        return new Decision(new EventAnswer.Refused(reason, actual, position), state);
    }

    private Decision made(EventState state, EventRequest.Append append) {
        SortedMap<String, Long> versions = new TreeMap<>();
        if (append.events().isEmpty()) {
            if (append.checks().size() == 1) {
                String only = append.checks().getFirst().aggregate();
                versions.put(only, state.version(only));
            }
            return new Decision(new EventAnswer.Appended(-1, versions, false), state);
        }
        EventState after = state;
        for (int i = 0; i < append.events().size(); i++) {
            EventRequest.Event event = append.events().get(i);
            after = after.with(append.name() + "/" + i, event);
            if (!event.aggregate().isEmpty()) {
                versions.put(event.aggregate(), after.version(event.aggregate()));
            }
        }
        EventAnswer.Appended answer = new EventAnswer.Appended(state.head() + 1, versions, false);
        Map<String, EventAnswer.Appended> made = after.made();
        if (sentAgain.contains(append.name())) {
            made = new HashMap<>(made);
            made.put(append.name(), answer);
        }
        long tracking = Math.max(after.tracking(), append.tracking());
        return new Decision(answer, new EventState(after.last(), after.versions(), tracking, made));
    }

    /** Any event that a condition rules out may be told. */
    private static boolean fits(EventRequest.Append append, EventState state, EventAnswer expected, EventAnswer given) {
        EventRequest.Condition condition = append.condition();
        if (condition != null
                && expected instanceof EventAnswer.Refused right
                && right.reason() == Reason.CONDITION_FAILED
                && given instanceof EventAnswer.Refused refused
                && refused.reason() == Reason.CONDITION_FAILED) {
            for (EventState.Node node = state.last(); node != null; node = node.before) {
                if (node.seen.position() == refused.position()) {
                    return refused.position() > condition.after() && condition.rulesOut(node.event);
                }
            }
            return false;
        }
        return expected.equals(given);
    }

    @Override
    public int rank(EventRequest input, @Nullable EventAnswer output) {
        return output == null ? 1 : 0;
    }

    @Override
    public boolean onlyLooks(EventRequest input, @Nullable EventAnswer output) {
        return switch (input) {
            case EventRequest.Read _ -> true;
            case EventRequest.Append append ->
                output instanceof EventAnswer.Refused || append.events().isEmpty();
        };
    }
}
