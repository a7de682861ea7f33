package dev.varve.client;

import dev.varve.api.Commit;
import dev.varve.api.ErrorKind;
import dev.varve.api.TransactionStorage;
import dev.varve.api.VarveException;
import java.net.http.HttpRequest;
import java.time.Duration;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import java.util.function.Supplier;

/**
 * Tells the numbers of the commits of a store, as {@link TransactionStorage#subscribeCommits} says. Each connection begins at the end, and
 * says first where that is: what was committed while there was none is told by its last number, whether it is kept or not. As
 * there is no word for a failure, it goes on after every one until the store is gone. Thread-safe.
 */
final class HttpCommitTeller extends HttpFollower {

    private final String store;
    private final Supplier<HttpRequest> requests;
    private final LongConsumer listener;

    /** The number of the last commit that is known of. */
    private long reached;

    /** The one that was told last. */
    private long told;

    /**
     * A teller that has not begun.
     *
     * @param last the number of the last commit, which is not told
     * @param requests asks for what follows the last commit
     * @param patience for how long nothing may come
     * @param onEnd told when it is over
     */
    HttpCommitTeller(
            HttpTransport transport,
            String store,
            long last,
            Supplier<HttpRequest> requests,
            LongConsumer listener,
            Duration patience,
            Consumer<? super HttpFollower> onEnd) {
        super(transport, "varve-commit-numbers-" + store, patience, onEnd);
        this.store = store;
        this.reached = last;
        this.told = last;
        this.requests = requests;
        this.listener = listener;
    }

    @Override
    HttpRequest request() {
        return requests.get();
    }

    @Override
    void take(String where, byte[] json) {
        EventAnswer.CommitLine line = EventAnswer.read(where, json, EventAnswer::commitLine);
        Commit commit = line.commit();
        Long caughtUp = line.caughtUp();
        VarveException failed = line.failed();
        if (commit != null) {
            reached(commit.number());
        } else if (caughtUp != null) {
            reached(caughtUp);
        } else if (failed != null) {
            throw failed;
        } else if (line.closed()) {
            taken();
            throw deleted();
        }
    }

    /** A store that was deleted and made anew has no commits at first, which is less than it had. */
    private void reached(long number) {
        if (number < reached) {
            throw deleted();
        }
        reached = number;
    }

    private VarveException deleted() {
        return new VarveException(ErrorKind.NOT_FOUND, "the store " + store + " was deleted");
    }

    @Override
    void taken() {
        if (reached > told && !isClosed()) {
            told = reached;
            boolean unused = told(() -> {
                listener.accept(reached);
                return true;
            });
        }
    }

    @Override
    long place() {
        return told;
    }

    @Override
    boolean passes(VarveException failure) {
        return failure.kind() != ErrorKind.NOT_FOUND;
    }

    @Override
    void ended(RuntimeException cause) {
        if (cause instanceof VarveException known && known.kind() == ErrorKind.NOT_FOUND) {
            listener.accept(Long.MAX_VALUE);
        }
    }
}
