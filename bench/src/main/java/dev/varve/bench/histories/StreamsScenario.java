package dev.varve.bench.histories;

import dev.varve.testkit.history.Operation;
import java.util.List;
import java.util.SplittableRandom;

/** Creates streams, sets clients on them, reads all at the end. Thread-safe. */
final class StreamsScenario implements Scenario<Request, Answer> {

    private final Shared shared;

    StreamsScenario(Shared shared) {
        this.shared = shared;
    }

    @Override
    public List<Operation<Request, Answer>> prepare(Target<Request, Answer> target, SplittableRandom random)
            throws InterruptedException {
        return new Client(shared.clients, shared, target, random).createAll();
    }

    @Override
    public List<Operation<Request, Answer>> client(
            int number, Target<Request, Answer> target, SplittableRandom random, int operations)
            throws InterruptedException {
        return new Client(number, shared, target, random).run(operations);
    }

    @Override
    public List<Operation<Request, Answer>> finish(Target<Request, Answer> target, SplittableRandom random)
            throws InterruptedException {
        return new Client(shared.clients, shared, target, random).readAll();
    }

    @Override
    public void clean(Target<Request, Answer> target, SplittableRandom random) throws InterruptedException {
        for (String path : shared.paths) {
            var _ = shared.notes.insist(target, new Request.Delete(path), random);
        }
    }
}
