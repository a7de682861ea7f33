package dev.varve.bench.histories;

import dev.varve.testkit.history.Operation;
import java.util.List;
import java.util.SplittableRandom;

/** Makes stores, sets clients on them, reads all at the end. Thread-safe. */
final class EntriesScenario implements Scenario<EntryRequest, EntryAnswer> {

    private final EntryShared shared;

    EntriesScenario(EntryShared shared) {
        this.shared = shared;
    }

    @Override
    public List<Operation<EntryRequest, EntryAnswer>> prepare(
            Target<EntryRequest, EntryAnswer> target, SplittableRandom random) throws InterruptedException {
        return new EntryClient(shared.clients, shared, target, random).begin();
    }

    @Override
    public List<Operation<EntryRequest, EntryAnswer>> client(
            int number, Target<EntryRequest, EntryAnswer> target, SplittableRandom random, int operations)
            throws InterruptedException {
        return new EntryClient(number, shared, target, random).run(operations);
    }

    @Override
    public List<Operation<EntryRequest, EntryAnswer>> finish(
            Target<EntryRequest, EntryAnswer> target, SplittableRandom random) throws InterruptedException {
        return new EntryClient(shared.clients, shared, target, random).readAll();
    }

    @Override
    public void clean(Target<EntryRequest, EntryAnswer> target, SplittableRandom random) throws InterruptedException {
        for (String store : shared.stores) {
            // When an answer to this is lost the store may be gone already: not to be insisted on.
            var _ = target.call(shared.notes.prefix, new EntryRequest.Drop(store), Target.Patience.FULL, random);
        }
    }
}
