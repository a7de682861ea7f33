package dev.varve.bench.histories;

import dev.varve.bench.histories.EventRequest.Change;
import dev.varve.bench.histories.EventRequest.Check;
import dev.varve.bench.histories.EventRequest.Condition;
import dev.varve.bench.histories.EventRequest.Event;
import dev.varve.testkit.history.Operation;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * One client of a history of events: asks at random, mostly sensibly, and keeps what it was told. Confined to its thread, except what it
 * shares with the others in {@link EventShared}.
 */
final class EventClient {

    private static final int MAX_PAUSE_MICROS = 400;
    private static final int MAX_EVENTS = 3;
    private static final List<String> TYPES = List.of("T0", "T1", "T2");
    private static final List<String> TAGS = List.of("t0", "t1", "t2");

    private final int number;
    private final EventShared shared;
    private final Target<EventRequest, EventAnswer> target;
    private final SplittableRandom random;
    private final List<Operation<EventRequest, EventAnswer>> done = new ArrayList<>();
    private final Map<String, Long> versions = new HashMap<>();
    private final Map<String, Long> heads = new HashMap<>();

    private final Map<String, Long> revisions = new HashMap<>();

    /** Reads that come next, one after another. */
    private final Deque<EventRequest> soon = new ArrayDeque<>();

    /** What is to be sent again: for want of an answer, or a transaction in spite of it. */
    private @Nullable EventRequest again;

    EventClient(int number, EventShared shared, Target<EventRequest, EventAnswer> target, SplittableRandom random) {
        this.number = number;
        this.shared = shared;
        this.target = target;
        this.random = random;
    }

    /** Asks that many times. Returns what it asked and was told. */
    List<Operation<EventRequest, EventAnswer>> run(int operations) throws InterruptedException {
        for (int i = 0; i < operations; i++) {
            switch (random.nextInt(4)) {
                case 0 -> LockSupport.parkNanos(random.nextInt(MAX_PAUSE_MICROS) * 1_000L);
                case 1 -> LockSupport.parkNanos(1);
                default -> {}
            }
            EventAnswer _ = ask(request(any(shared.stores)), Target.Patience.random(shared.impatiencePercent, random));
        }
        return done;
    }

    /** Reads every log whole. */
    List<Operation<EventRequest, EventAnswer>> readAll() throws InterruptedException {
        for (String store : shared.stores) {
            long after = -1;
            EventAnswer answer;
            do {
                // The server may be down; the target waits a little each time.
                answer = ask(new EventRequest.Read(store, "", "", "", after, false), Target.Patience.FULL);
                if (answer instanceof EventAnswer.Page page && !page.events().isEmpty()) {
                    after = page.events().getLast().position();
                }
            } while (!(answer instanceof EventAnswer.Page page) || after < page.head());
        }
        return done;
    }

    private @Nullable EventAnswer ask(EventRequest request, Target.Patience patience) throws InterruptedException {
        switch (shared.notes.ask(number, target, request, patience, random, done)) {
            case Target.Outcome.Answered<EventAnswer>(EventAnswer answer) -> {
                learn(request, answer);
                if (request instanceof EventRequest.Transact && again == null && random.nextInt(6) == 0) {
                    again = request;
                }
                return answer;
            }
            case Target.Outcome.Open<EventAnswer> _ -> {
                if (request instanceof EventRequest.Append || request instanceof EventRequest.Transact) {
                    again = request;
                }
            }
            case Target.Outcome.NotApplied<EventAnswer> _ -> {}
        }
        return null;
    }

    private void learn(EventRequest request, EventAnswer answer) {
        String store = request.store();
        switch (answer) {
            case EventAnswer.Appended appended -> {
                appended.versions().forEach((aggregate, version) -> versions.put(store + aggregate, version));
                heads.merge(store, appended.first(), Math::max);
            }
            case EventAnswer.Refused refused -> {
                refused.actual().forEach((aggregate, version) -> versions.put(store + aggregate, version));
                heads.merge(store, refused.position(), Math::max);
            }
            case EventAnswer.Page page -> heads.merge(store, page.head(), Math::max);
            case EventAnswer.Committed committed -> {
                committed.versions().forEach((aggregate, version) -> versions.put(store + aggregate, version));
                heads.merge(store, committed.first(), Math::max);
                if (request instanceof EventRequest.Transact transact && transact.change() != null) {
                    revisions.put(store + transact.change().path(), committed.seq());
                }
            }
            case EventAnswer.Value value -> {
                if (request instanceof EventRequest.GetEntry get) {
                    revisions.put(store + get.path(), value.revision());
                }
            }
            case EventAnswer.Blocked _, EventAnswer.Opened _, EventAnswer.Messages _ -> {}
        }
    }

    // ---- what to ask

    private EventRequest request(String store) {
        EventRequest next = soon.poll();
        if (next != null) {
            return next;
        }
        EventRequest sent = again;
        if (sent != null && random.nextInt(3) > 0) {
            again = null;
            return sent;
        }
        if (random.nextInt(8) == 0) {
            return sight(store);
        }
        if (random.nextInt(4) == 0) {
            return new EventRequest.Read(
                    store,
                    random.nextBoolean() ? "" : any(shared.aggregates),
                    random.nextInt(3) == 0 ? any(TYPES) : "",
                    random.nextInt(3) == 0 ? any(TAGS) : "",
                    -1,
                    random.nextInt(4) == 0);
        }
        return random.nextInt(3) == 0 ? transact(store) : append(store);
    }

    /** Looks at all that a transaction writes, at one after another: what is seen first must not be missing later. */
    private EventRequest sight(String store) {
        List<EventRequest> looks = new ArrayList<>();
        looks.add(new EventRequest.Read(store, "", "", "", heads.getOrDefault(store, -1L), false));
        looks.add(new EventRequest.GetEntry(store, random.nextBoolean() ? shared.counter : any(shared.entries)));
        looks.add(new EventRequest.GetMessages(store));
        EventRequest first = looks.remove(random.nextInt(looks.size()));
        EventRequest second = looks.remove(random.nextInt(looks.size()));
        soon.add(second);
        soon.addAll(looks);
        return first;
    }

    private EventRequest transact(String store) {
        EventRequest.Append append = append(store);
        if (append.events().isEmpty()) {
            return append;
        }
        Change change = random.nextInt(8) == 0 ? null : change(store);
        return new EventRequest.Transact(append, change, change == null || random.nextBoolean());
    }

    /** Mostly at the revision as last seen, which others may have moved. */
    private Change change(String store) {
        if (random.nextBoolean()) {
            return new Change(shared.counter, Change.ANY, 1 + random.nextInt(3));
        }
        String path = any(shared.entries);
        return new Change(path, random.nextInt(4) == 0 ? Change.ANY : revisions.getOrDefault(store + path, 0L), 0);
    }

    private EventRequest.Append append(String store) {
        List<Check> checks = new ArrayList<>();
        List<Event> events = new ArrayList<>();
        String one = any(shared.aggregates);
        switch (random.nextInt(8)) {
            case 0 -> events.add(event(""));
            case 1 -> {
                for (int i = 2 + random.nextInt(MAX_EVENTS); i > 0; i--) {
                    events.add(event(random.nextInt(4) == 0 ? "" : any(shared.aggregates)));
                }
                for (String aggregate : shared.aggregates) {
                    if (random.nextBoolean()) {
                        checks.add(new Check(aggregate, expected(store, aggregate)));
                    }
                }
            }
            case 2 -> checks.add(new Check(one, expected(store, one)));
            default -> {
                for (int i = 1 + random.nextInt(MAX_EVENTS); i > 0; i--) {
                    events.add(event(one));
                }
                checks.add(new Check(one, expected(store, one)));
            }
        }
        boolean conditional = !events.isEmpty() && random.nextInt(3) == 0;
        boolean tracked = !events.isEmpty() && random.nextInt(8) == 0;
        return new EventRequest.Append(
                store,
                Long.toString(shared.next.getAndIncrement()),
                checks,
                events,
                conditional ? condition(store) : null,
                tracked ? shared.tracking.addAndGet(random.nextInt(3)) : 0);
    }

    private Event event(String aggregate) {
        List<String> tags = TAGS.stream().filter(tag -> random.nextInt(3) == 0).toList();
        return new Event(aggregate, any(TYPES), tags);
    }

    private Condition condition(String store) {
        long head = heads.getOrDefault(store, -1L);
        return new Condition(
                random.nextBoolean() ? List.of() : List.of(any(TYPES)),
                TAGS.stream().filter(tag -> random.nextInt(3) > 0).toList(),
                random.nextInt(4) == 0 ? Math.max(-1, head - random.nextInt(6)) : head);
    }

    /** Mostly the version as last seen, which others may have moved. */
    private String expected(String store, String aggregate) {
        long version = versions.getOrDefault(store + aggregate, -1L);
        return switch (random.nextInt(10)) {
            case 0 -> "exists";
            case 1 -> "noStream";
            case 2 -> "gte" + version;
            case 3 -> "lt" + (version + 1 + random.nextInt(3));
            case 4 -> "ne" + version;
            default -> version < 0 ? "noStream" : Long.toString(version);
        };
    }

    private <T> T any(List<T> all) {
        return all.get(random.nextInt(all.size()));
    }
}
