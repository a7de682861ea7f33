package dev.varve.bench.histories;

import dev.varve.testkit.history.Operation;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Makes one history: sets clients on a system all at once and reads all at the end. Stateless. */
final class Recording {

    /** How large a history is; both ends are possible. */
    record Size(int minClients, int maxClients, int minOperations, int maxOperations) {}

    private Recording() {}

    /**
     * Records.
     *
     * @param prefix stands before the names of this history and of no other
     * @param seed of the requests; what comes of them depends on the machine, too
     * @throws ExecutionException when a client met what no client may meet
     */
    static <Q, A> List<Operation<Q, A>> record(
            Subject<?, Q, A> subject, Target.Factory<Q, A> system, String prefix, Size size, long seed)
            throws InterruptedException, ExecutionException {
        SplittableRandom random = new SplittableRandom(seed);
        int clients = random.nextInt(size.minClients, size.maxClients + 1);
        Scenario<Q, A> scenario = subject.scenario(prefix, clients, random);
        List<Operation<Q, A>> history = new ArrayList<>();
        try (Target<Q, A> target = system.connect()) {
            history.addAll(scenario.prepare(target, random.split()));
            history.addAll(together(scenario, system, clients, size, random));
            history.addAll(scenario.finish(target, random.split()));
            scenario.clean(target, random);
        }
        return history;
    }

    private static <Q, A> List<Operation<Q, A>> together(
            Scenario<Q, A> scenario, Target.Factory<Q, A> system, int clients, Size size, SplittableRandom random)
            throws InterruptedException, ExecutionException {
        List<Future<List<Operation<Q, A>>>> running = new ArrayList<>();
        List<Operation<Q, A>> all = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < clients; i++) {
                int number = i;
                int operations = random.nextInt(size.minOperations, size.maxOperations + 1);
                SplittableRandom own = random.split();
                Callable<List<Operation<Q, A>>> client = () -> {
                    try (Target<Q, A> target = system.connect()) {
                        return scenario.client(number, target, own, operations);
                    }
                };
                running.add(threads.submit(client));
            }
            for (Future<List<Operation<Q, A>>> client : running) {
                all.addAll(client.get());
            }
        }
        return all;
    }
}
