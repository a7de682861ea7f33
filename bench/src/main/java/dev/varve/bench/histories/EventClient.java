package dev.varve.bench.histories;

import dev.varve.api.EventRead;
import dev.varve.testkit.history.Operation;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * One client of a history of events: asks what its {@link EventMemory} comes to, and keeps what it was told. Confined to its thread, except
 * what it shares with the others in {@link EventShared}.
 */
final class EventClient {

    private static final int MAX_PAUSE_MICROS = 400;
    private static final int COMMITS_AT_A_TIME = 100;

    private final int number;
    private final EventShared shared;
    private final Target<EventRequest, EventAnswer> target;
    private final SplittableRandom random;
    private final EventMemory memory;
    private final List<Operation<EventRequest, EventAnswer>> done = new ArrayList<>();

    /** What comes next, one after another. */
    private final Deque<EventRequest> soon = new ArrayDeque<>();

    /** What is to be sent again: for want of an answer, or a transaction in spite of it. */
    private @Nullable EventRequest again;

    EventClient(int number, EventShared shared, Target<EventRequest, EventAnswer> target, SplittableRandom random) {
        this.number = number;
        this.shared = shared;
        this.target = target;
        this.random = random;
        this.memory = new EventMemory(shared, random);
    }

    /** Asks that many times. Returns what it asked and was told. */
    List<Operation<EventRequest, EventAnswer>> run(int operations) throws InterruptedException {
        for (int i = 0; i < operations; i++) {
            switch (random.nextInt(4)) {
                case 0 -> LockSupport.parkNanos(random.nextInt(MAX_PAUSE_MICROS) * 1_000L);
                case 1 -> LockSupport.parkNanos(1);
                default -> {}
            }
            EventAnswer _ = ask(request(), Target.Patience.random(shared.impatiencePercent, random));
        }
        return done;
    }

    /** Reads every log whole, and then the feed of its store, which is to have whatever can be seen anywhere. */
    List<Operation<EventRequest, EventAnswer>> readAll() throws InterruptedException {
        for (String store : shared.stores) {
            long after = -1;
            while (after < Long.MAX_VALUE) {
                after = askUntilTold(new EventRequest.Read(store, "", "", "", after, false))
                                        instanceof EventAnswer.Page page
                                && page.events().size() == EventRead.MAX_LIMIT
                        ? page.events().getLast().position()
                        : Long.MAX_VALUE;
            }
            after = 0;
            while (after < Long.MAX_VALUE && !shared.alone) {
                after = askUntilTold(new EventRequest.GetCommits(store, after, COMMITS_AT_A_TIME))
                                        instanceof EventAnswer.Commits page
                                && page.more()
                        ? page.next()
                        : Long.MAX_VALUE;
            }
        }
        return done;
    }

    /** Asks until there is an answer: the server may be down, and the target waits a little each time. */
    private EventAnswer askUntilTold(EventRequest request) throws InterruptedException {
        while (true) {
            EventAnswer answer = ask(request, Target.Patience.FULL);
            if (answer != null) {
                return answer;
            }
        }
    }

    private @Nullable EventAnswer ask(EventRequest request, Target.Patience patience) throws InterruptedException {
        switch (shared.notes.ask(number, target, request, patience, random, done)) {
            case Target.Outcome.Answered<EventAnswer>(EventAnswer answer) -> {
                memory.learn(request, answer);
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

    private EventRequest request() {
        EventRequest next = soon.poll();
        if (next != null) {
            return next;
        }
        EventRequest sent = again;
        if (sent != null && random.nextInt(3) > 0) {
            again = null;
            return sent;
        }
        soon.addAll(memory.next(shared.stores.get(random.nextInt(shared.stores.size()))));
        return soon.remove();
    }
}
