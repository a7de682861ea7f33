package dev.varve.client;

import dev.varve.api.Commit;
import dev.varve.api.ErrorKind;
import dev.varve.api.VarveException;
import java.net.http.HttpRequest;
import java.time.Duration;
import java.util.function.Consumer;
import java.util.function.LongFunction;

/** Follows the commits of a store. Thread-safe. */
final class HttpCommitFollower extends HttpFollower {

    private final String store;
    private final LongFunction<HttpRequest> requests;
    private final Consumer<Commit> listener;
    private final Consumer<RuntimeException> ended;

    /** The number of the last commit that was handed over. */
    private long after;

    /**
     * A follower that has not begun.
     *
     * @param after the number of the commit after which to begin
     * @param requests asks for what follows a commit
     * @param patience for how long nothing may come
     * @param onEnd told when it is over
     */
    HttpCommitFollower(
            HttpTransport transport,
            String store,
            long after,
            LongFunction<HttpRequest> requests,
            Consumer<Commit> listener,
            Consumer<RuntimeException> ended,
            Duration patience,
            Consumer<? super HttpFollower> onEnd) {
        super(transport, "varve-commits-" + store, patience, onEnd);
        this.store = store;
        this.after = after;
        this.requests = requests;
        this.listener = listener;
        this.ended = ended;
    }

    @Override
    HttpRequest request() {
        return requests.apply(after);
    }

    @Override
    void take(String where, byte[] json) {
        EventAnswer.CommitLine line = EventAnswer.read(where, json, EventAnswer::commitLine);
        Commit commit = line.commit();
        VarveException failed = line.failed();
        if (commit != null) {
            take(commit);
        } else if (failed != null) {
            throw failed;
        } else if (line.closed()) {
            throw new VarveException(ErrorKind.NOT_FOUND, "the store " + store + " was deleted");
        }
    }

    private void take(Commit commit) {
        if (commit.number() <= after) {
            return; // never twice, whatever a server sends
        }
        boolean unused = told(() -> {
            listener.accept(commit);
            return true;
        });
        after = commit.number();
    }

    @Override
    long place() {
        return after;
    }

    @Override
    void ended(RuntimeException cause) {
        ended.accept(cause);
    }
}
