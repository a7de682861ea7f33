package dev.varve.bench.histories;

import dev.varve.api.EventAppendResult.Reason;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A right system made wrong now and then. Confined to its client's thread. */
final class FaultyEvents implements Target<EventRequest, EventAnswer> {

    private static final int ONE_IN = 8;
    private static final int LATE_MILLIS = 2;

    private final EventsFault fault;
    private final Target<EventRequest, EventAnswer> right;
    private final Set<String> names = new HashSet<>();

    FaultyEvents(EventsFault fault, Target<EventRequest, EventAnswer> right) {
        this.fault = fault;
        this.right = right;
    }

    @Override
    public Outcome<EventAnswer> call(String prefix, EventRequest request, Patience patience, SplittableRandom random)
            throws InterruptedException {
        boolean now = patience == Patience.FULL && random.nextInt(ONE_IN) == 0;
        if (fault == EventsFault.FORGOTTEN_ID
                && request instanceof EventRequest.Append append
                && !names.add(append.name())) {
            // Nobody recognises what comes under another name.
            String other = Integer.toString(1_000_000 + random.nextInt(1_000_000));
            return right.call(prefix, named(append, other), patience, random);
        }
        EventAnswer wrong = now ? wrong(prefix, request, random) : null;
        return wrong != null ? new Outcome.Answered<>(wrong) : right.call(prefix, request, patience, random);
    }

    private @Nullable EventAnswer ask(String prefix, EventRequest request, SplittableRandom random)
            throws InterruptedException {
        return right.call(prefix, request, Patience.FULL, random)
                        instanceof Outcome.Answered<EventAnswer>(EventAnswer answer)
                ? answer
                : null;
    }

    private @Nullable EventAnswer wrong(String prefix, EventRequest request, SplittableRandom random)
            throws InterruptedException {
        if (request instanceof EventRequest.Transact transact) {
            return wrong(prefix, transact, random);
        }
        if (FaultyOthers.concerns(fault)) {
            return new FaultyOthers(fault, asked -> ask(prefix, asked, random)).wrong(request, random);
        }
        if (!(request instanceof EventRequest.Append append)) {
            if (fault != EventsFault.STALE_READ
                    || !(ask(prefix, request, random) instanceof EventAnswer.Page page)
                    || page.events().isEmpty()) {
                return null;
            }
            List<EventAnswer.Seen> events = new ArrayList<>(page.events());
            events.removeLast();
            return new EventAnswer.Page(page.head(), events);
        }
        if (append.events().isEmpty()) {
            return null;
        }
        EventRequest.Condition condition = append.condition();
        return switch (fault) {
            case LOST_APPEND, EARLY_ANSWER -> pretended(prefix, append, random);
            case DOUBLE_APPEND -> {
                EventAnswer answer = ask(prefix, append, random);
                EventAnswer _ =
                        ask(prefix, named(append, Integer.toString(2_000_000 + random.nextInt(1_000_000))), random);
                yield answer;
            }
            case IGNORED_VERSION ->
                ask(
                        prefix,
                        new EventRequest.Append(
                                append.store(),
                                append.name(),
                                List.of(),
                                append.events(),
                                condition,
                                append.tracking()),
                        random);
            case IGNORED_CONDITION -> ask(prefix, under(append, null), random);
            case NARROW_CONDITION ->
                condition == null
                        ? null
                        : ask(
                                prefix,
                                under(
                                        append,
                                        new EventRequest.Condition(
                                                condition.types(), condition.tags(), condition.after() + 2)),
                                random);
            case HALF_APPEND -> halves(prefix, append, random);
            case WRONG_REFUSAL -> new EventAnswer.Refused(Reason.CONDITION_FAILED, new TreeMap<>(), 0);
            default -> null;
        };
    }

    private @Nullable EventAnswer wrong(String prefix, EventRequest.Transact transact, SplittableRandom random)
            throws InterruptedException {
        EventRequest.Append append = transact.append();
        if (append.events().isEmpty()) {
            return null;
        }
        EventRequest.Append noEvents =
                new EventRequest.Append(append.store(), append.name(), List.of(), List.of(), null, 0);
        EventRequest.Transact others = new EventRequest.Transact(noEvents, transact.change(), transact.message());
        return switch (fault) {
            case TRANSACTION_WITHOUT_EVENTS ->
                ask(prefix, new EventRequest.Read(append.store(), "", "", "", -1, true), random)
                                        instanceof EventAnswer.Page page
                                && ask(prefix, others, random) instanceof EventAnswer.Committed made
                        ? joined(new EventAnswer.Appended(page.head() + 1, new TreeMap<>(), false), made)
                        : null;
            case FORGOTTEN_KEY ->
                transact.key().equals(transact.name())
                        ? null
                        : ask(prefix, new EventRequest.Transact(append, transact.change(), transact.message()), random);
            case TRANSACTION_OF_EVENTS_ALONE -> ask(prefix, new EventRequest.Transact(append, null, false), random);
            case DOUBLE_TRANSACTION -> {
                EventAnswer answer = ask(prefix, transact, random);
                String other = Integer.toString(2_000_000 + random.nextInt(1_000_000));
                EventAnswer _ = ask(
                        prefix,
                        new EventRequest.Transact(named(append, other), transact.change(), transact.message()),
                        random);
                yield answer;
            }
            case TRANSACTION_IN_PARTS -> {
                if (!(ask(prefix, append, random) instanceof EventAnswer.Appended appended)) {
                    yield null;
                }
                Thread.sleep(LATE_MILLIS);
                yield ask(prefix, others, random) instanceof EventAnswer.Committed made ? joined(appended, made) : null;
            }
            default -> null;
        };
    }

    private static EventAnswer joined(EventAnswer.Appended events, EventAnswer.Committed others) {
        return new EventAnswer.Committed(
                others.number(), events.first(), events.versions(), others.seq(), others.total(), false);
    }

    private static EventRequest.Append under(EventRequest.Append append, EventRequest.@Nullable Condition condition) {
        return new EventRequest.Append(
                append.store(), append.name(), append.checks(), append.events(), condition, append.tracking());
    }

    private static EventRequest.Append named(EventRequest.Append append, String name) {
        return new EventRequest.Append(
                append.store(), name, append.checks(), append.events(), append.condition(), append.tracking());
    }

    private @Nullable EventAnswer halves(String prefix, EventRequest.Append append, SplittableRandom random)
            throws InterruptedException {
        if (append.events().size() < 2) {
            return null;
        }
        EventRequest.Append first = new EventRequest.Append(
                append.store(), append.name(), append.checks(), append.events().subList(0, 1), append.condition(), 0);
        return ask(prefix, first, random);
    }

    /** As if it were the only one. */
    private @Nullable EventAnswer pretended(String prefix, EventRequest.Append append, SplittableRandom random)
            throws InterruptedException {
        EventRequest.Read all = new EventRequest.Read(append.store(), "", "", "", -1, true);
        if (!append.checks().isEmpty() || append.condition() != null || append.tracking() > 0) {
            return null;
        }
        if (!(ask(prefix, all, random) instanceof EventAnswer.Page page)) {
            return null;
        }
        for (EventRequest.Event event : append.events()) {
            if (!event.aggregate().isEmpty()) {
                return null;
            }
        }
        if (fault == EventsFault.EARLY_ANSWER) {
            Thread.ofVirtual().start(() -> {
                try {
                    Thread.sleep(LATE_MILLIS);
                    EventAnswer _ = ask(prefix, append, new SplittableRandom(1));
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });
        }
        return new EventAnswer.Appended(page.head() + 1, new TreeMap<>(), false);
    }

    @Override
    public void close() {
        right.close();
    }
}
