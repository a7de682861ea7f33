package dev.varve.bench.histories;

import dev.varve.testkit.history.Operation;
import java.util.List;
import java.util.SplittableRandom;

/** Sets clients on stores of events, reads all at the end. Thread-safe. */
final class EventsScenario implements Scenario<EventRequest, EventAnswer> {

    private final EventShared shared;

    EventsScenario(EventShared shared) {
        this.shared = shared;
    }

    @Override
    public List<Operation<EventRequest, EventAnswer>> prepare(
            Target<EventRequest, EventAnswer> target, SplittableRandom random) throws InterruptedException {
        // The first write makes a store, but transactions make no stream.
        for (String store : shared.stores) {
            shared.alone = shared.notes.insist(target, new EventRequest.Open(store), random)
                            instanceof EventAnswer.Opened opened
                    && opened.alone();
        }
        return List.of();
    }

    @Override
    public List<Operation<EventRequest, EventAnswer>> client(
            int number, Target<EventRequest, EventAnswer> target, SplittableRandom random, int operations)
            throws InterruptedException {
        return new EventClient(number, shared, target, random).run(operations);
    }

    @Override
    public List<Operation<EventRequest, EventAnswer>> finish(
            Target<EventRequest, EventAnswer> target, SplittableRandom random) throws InterruptedException {
        return new EventClient(shared.clients, shared, target, random).readAll();
    }

    @Override
    public void clean(Target<EventRequest, EventAnswer> target, SplittableRandom random) {
        // Stores stay: what is in them is small, and the next ones have other names.
    }
}
