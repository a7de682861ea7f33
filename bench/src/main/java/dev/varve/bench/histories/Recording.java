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

/** Makes one history: creates streams, sets clients on them all at once, reads all at the end. Stateless. */
final class Recording {

    /** How large a history is; both ends are possible. */
    record Size(int minClients, int maxClients, int minOperations, int maxOperations) {}

    private Recording() {}

    /**
     * Records.
     *
     * @param prefix stands before the paths of this history and of no other
     * @param seed of the requests; what comes of them depends on the machine, too
     * @throws ExecutionException when a client met what no client may meet
     */
    static List<Operation<Request, Answer>> record(Target.Factory system, String prefix, Size size, long seed)
            throws InterruptedException, ExecutionException {
        SplittableRandom random = new SplittableRandom(seed);
        int clients = random.nextInt(size.minClients, size.maxClients + 1);
        Shared shared = new Shared(prefix, clients, random);
        List<Operation<Request, Answer>> history = new ArrayList<>();
        try (Target target = system.connect()) {
            history.addAll(new Client(clients, shared, target, random.split()).createAll());
            history.addAll(together(system, shared, clients, size, random));
            history.addAll(new Client(clients, shared, target, random.split()).readAll());
            clean(target, shared, random);
        }
        return history;
    }

    private static List<Operation<Request, Answer>> together(
            Target.Factory system, Shared shared, int clients, Size size, SplittableRandom random)
            throws InterruptedException, ExecutionException {
        List<Future<List<Operation<Request, Answer>>>> running = new ArrayList<>();
        List<Operation<Request, Answer>> all = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < clients; i++) {
                int number = i;
                int operations = random.nextInt(size.minOperations, size.maxOperations + 1);
                SplittableRandom own = random.split();
                Callable<List<Operation<Request, Answer>>> client = () -> {
                    try (Target target = system.connect()) {
                        return new Client(number, shared, target, own).run(operations);
                    }
                };
                running.add(threads.submit(client));
            }
            for (Future<List<Operation<Request, Answer>>> client : running) {
                all.addAll(client.get());
            }
        }
        return all;
    }

    /** Makes room for the next. What is still under way may leave something behind, which does no harm. */
    private static void clean(Target target, Shared shared, SplittableRandom random) throws InterruptedException {
        for (String path : shared.paths) {
            Target.Outcome outcome = Target.Outcome.NOT_APPLIED;
            while (!(outcome instanceof Target.Outcome.Answered)) {
                outcome = target.call(shared.prefix, new Request.Delete(path), Target.Patience.FULL, random);
                shared.heard(outcome);
            }
        }
    }
}
