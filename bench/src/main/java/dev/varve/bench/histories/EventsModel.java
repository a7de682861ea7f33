package dev.varve.bench.histories;

import dev.varve.api.AggregateStatus;
import dev.varve.api.EntryWriteResult;
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
 * request and answer. A transaction is one such step, on all that it writes: only transactions write entries and the stream, and each of them
 * writes an event, too, so that the log says where it stands. An append or a transaction without an answer may stand where the last reading of the
 * whole log shows it, and nowhere else. Immutable; thread-safe.
 */
final class EventsModel implements HistoryModel<EventState, EventRequest, EventAnswer> {

    /** A transaction without an answer may have got any number. */
    private static final long NOT_TOLD = -1;

    private final Set<String> sentAgain = new HashSet<>();
    private final Map<Long, String> log = new HashMap<>();
    private long head = -1;

    EventsModel(List<Operation<EventRequest, EventAnswer>> history) {
        Set<String> names = new HashSet<>();
        for (Operation<EventRequest, EventAnswer> operation : history) {
            EventRequest.Append write = write(operation.input());
            if (write != null && !names.add(write.name())) {
                sentAgain.add(write.name());
            }
            if (operation.output() instanceof EventAnswer.Page page && isWhole(operation.input())) {
                head = Math.max(head, page.head());
                page.events().forEach(seen -> log.put(seen.position(), seen.name()));
            }
        }
    }

    /** What a request does with events; null when it only reads. */
    private static EventRequest.@Nullable Append write(EventRequest request) {
        return switch (request) {
            case EventRequest.Append append -> append;
            case EventRequest.Transact transact -> transact.append();
            default -> null;
        };
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
        if (input instanceof EventRequest.Transact transact) {
            return step(state, transact, output);
        }
        return output == null || expected(state, input, output).equals(output) ? state : null;
    }

    private @Nullable EventState step(EventState state, EventRequest.Transact transact, @Nullable EventAnswer output) {
        boolean fresh = output instanceof EventAnswer.Committed committed && !committed.replayed();
        boolean next = fresh && output instanceof EventAnswer.Committed made && made.first() == state.head() + 1;
        if (fresh ? !next : output == null && !isNextInLog(state, transact.append())) {
            return null;
        }
        Decision decision = decide(state, transact, output);
        return output == null || fits(transact, state, decision.answer, output) ? decision.after : null;
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
            case EventRequest.Transact transact -> decide(state, transact, output).answer;
            case EventRequest.Open _ -> new EventAnswer.Opened();
            case EventRequest.GetEntry get -> state.others().entry(get.path());
            case EventRequest.GetMessages _ ->
                new EventAnswer.Messages(state.others().messages());
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
        if (state.made().get(append.name()) instanceof EventAnswer.Appended before) {
            return new Decision(new EventAnswer.Appended(before.first(), before.versions(), true), state);
        }
        EventAnswer.Refused refused = refusal(state, append);
        return refused == null ? made(state, append) : new Decision(refused, state);
    }

    private static EventAnswer.@Nullable Refused refusal(EventState state, EventRequest.Append append) {
        SortedMap<String, Long> wrong = new TreeMap<>();
        for (EventRequest.Check check : append.checks()) {
            long version = state.version(check.aggregate());
            AggregateStatus status = version < 0 ? AggregateStatus.EMPTY : AggregateStatus.LIVE;
            if (!EventsText.expected(check.expected()).holds(status, version)) {
                wrong.put(check.aggregate(), version);
            }
        }
        if (!wrong.isEmpty()) {
            return new EventAnswer.Refused(Reason.WRONG_EXPECTED_VERSION, wrong, -1);
        }
        EventRequest.Condition condition = append.condition();
        for (EventState.Node node = state.last();
                condition != null && node != null && node.seen.position() > condition.after();
                node = node.before) {
            if (condition.rulesOut(node.event)) {
                return new EventAnswer.Refused(Reason.CONDITION_FAILED, new TreeMap<>(), node.seen.position());
            }
        }
        if (append.tracking() > 0 && append.tracking() <= state.tracking()) {
            return new EventAnswer.Refused(Reason.TRACKING_NOT_INCREASING, new TreeMap<>(), state.tracking());
        }
        return null;
    }

    // ---- transactions

    /** Which number a commit gets is not known before it is told. */
    private Decision decide(EventState state, EventRequest.Transact transact, @Nullable EventAnswer output) {
        long told = output instanceof EventAnswer.Committed committed ? committed.number() : NOT_TOLD;
        if (state.made().get(transact.name()) instanceof EventAnswer.Committed before) {
            return new Decision(
                    new EventAnswer.Committed(
                            before.number() == NOT_TOLD ? told : before.number(),
                            before.first(),
                            before.versions(),
                            before.seq(),
                            before.total(),
                            true),
                    state);
        }
        List<EventAnswer.Failure> failures = failures(state, transact);
        return failures.isEmpty()
                ? made(state, transact, told)
                : new Decision(new EventAnswer.Blocked(failures), state);
    }

    private static List<EventAnswer.Failure> failures(EventState state, EventRequest.Transact transact) {
        List<EventAnswer.Failure> failures = new ArrayList<>();
        EventRequest.Append append = transact.append();
        EventAnswer.Refused refused = refusal(state, append);
        for (int i = 0; refused != null && i < append.checks().size(); i++) {
            Long version = refused.actual().get(append.checks().get(i).aggregate());
            if (version != null) {
                failures.add(failure(i, refused.reason(), version < 0 ? "empty" : Long.toString(version)));
            }
        }
        if (refused != null && refused.reason() == Reason.CONDITION_FAILED) {
            failures.add(failure(transact.conditionIndex(), refused.reason(), Long.toString(refused.position())));
        }
        if (refused != null && refused.reason() == Reason.TRACKING_NOT_INCREASING) {
            failures.add(failure(transact.trackingIndex(), refused.reason(), Long.toString(refused.position())));
        }
        EventRequest.Change change = transact.change();
        if (change != null && change.match() != EventRequest.Change.ANY) {
            long revision = state.others().entry(change.path()).revision();
            if (revision != change.match()) {
                failures.add(new EventAnswer.Failure(
                        transact.changeIndex(),
                        (change.match() == 0 ? EntryWriteResult.Reason.EXISTS : EntryWriteResult.Reason.CONFLICT)
                                .wireName(),
                        revision == 0 ? EventAnswer.Failure.NOTHING : Long.toString(revision)));
            }
        }
        return failures;
    }

    private static EventAnswer.Failure failure(int index, Reason reason, String actual) {
        return new EventAnswer.Failure(index, reason.wireName(), actual);
    }

    private Decision made(EventState state, EventRequest.Transact transact, long number) {
        Decision events = made(state, transact.append());
        EventAnswer.Appended appended = (EventAnswer.Appended) events.answer;
        EventState.Others others = state.others();
        long seq = others.seq();
        long total = 0;
        Map<String, EventAnswer.Value> entries = others.entries();
        EventRequest.Change change = transact.change();
        if (change != null) {
            String before = others.entry(change.path()).value();
            total = change.add() == 0 ? 0 : (before.isEmpty() ? 0 : Long.parseLong(before)) + change.add();
            seq++;
            entries = new TreeMap<>(entries);
            entries.put(
                    change.path(),
                    new EventAnswer.Value(seq, change.add() == 0 ? transact.name() : Long.toString(total)));
        }
        List<String> messages = others.messages();
        if (transact.message()) {
            messages = new ArrayList<>(messages);
            messages.add(transact.name());
        }
        EventAnswer.Committed answer = new EventAnswer.Committed(
                number, appended.first(), appended.versions(), change == null ? 0 : seq, total, false);
        Map<String, EventAnswer> made = events.after.made();
        if (sentAgain.contains(transact.name())) {
            made = new HashMap<>(made);
            made.put(transact.name(), answer);
        }
        return new Decision(
                answer,
                new EventState(
                        events.after.last(),
                        events.after.versions(),
                        events.after.tracking(),
                        made,
                        new EventState.Others(Math.max(others.commit(), number), seq, entries, messages)));
    }

    /** Numbers of commits increase, and any event that a condition rules out may be told. */
    private static boolean fits(
            EventRequest.Transact transact, EventState state, EventAnswer expected, EventAnswer given) {
        if (given instanceof EventAnswer.Committed committed && !committed.replayed()) {
            return committed.number() > state.others().commit() && expected.equals(given);
        }
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

    // ---- appends

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
        Map<String, EventAnswer> made = after.made();
        if (sentAgain.contains(append.name())) {
            made = new HashMap<>(made);
            made.put(append.name(), answer);
        }
        long tracking = Math.max(after.tracking(), append.tracking());
        return new Decision(answer, new EventState(after.last(), after.versions(), tracking, made, after.others()));
    }

    /** Any event that a condition rules out may be told. */
    private static boolean fits(EventRequest.Append append, EventState state, EventAnswer expected, EventAnswer given) {
        EventRequest.Condition condition = append.condition();
        if (condition != null
                && expected instanceof EventAnswer.Refused right
                && right.reason() == Reason.CONDITION_FAILED
                && given instanceof EventAnswer.Refused refused
                && refused.reason() == Reason.CONDITION_FAILED) {
            return isRuledOut(condition, state, refused.position());
        }
        return expected.equals(given);
    }

    private static boolean isRuledOut(EventRequest.Condition condition, EventState state, long position) {
        for (EventState.Node node = state.last(); node != null; node = node.before) {
            if (node.seen.position() == position) {
                return position > condition.after() && condition.rulesOut(node.event);
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
            case EventRequest.Read _, EventRequest.Open _, EventRequest.GetEntry _, EventRequest.GetMessages _ -> true;
            case EventRequest.Transact _ -> output instanceof EventAnswer.Blocked;
            case EventRequest.Append append ->
                output instanceof EventAnswer.Refused || append.events().isEmpty();
        };
    }
}
