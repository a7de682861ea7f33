package dev.varve.api;

import java.util.function.Consumer;
import java.util.function.LongConsumer;

/** Hands the commits of a store to a listener, page by page. Thread-safe. */
final class CommitFollower extends StoreFollower {

    private static final int PAGE_COMMITS = 100;

    private final TransactionStorage storage;
    private final String store;
    private final Consumer<Commit> listener;
    private final Consumer<RuntimeException> ended;
    private long after;
    private boolean more = true;

    CommitFollower(
            TransactionStorage storage,
            String store,
            long after,
            Consumer<Commit> listener,
            Consumer<RuntimeException> ended) {
        super("varve-commits-" + store, "the store " + store + " was deleted");
        this.storage = storage;
        this.store = store;
        this.after = after;
        this.listener = listener;
        this.ended = ended;
    }

    @Override
    Subscription subscribe(LongConsumer told) {
        return storage.subscribeCommits(store, told);
    }

    @Override
    boolean isBehind(long newestTold) {
        return more || after < newestTold;
    }

    @Override
    void next() {
        CommitPage page = StorageStreams.await(storage.commits(store, after, PAGE_COMMITS));
        for (Commit commit : page.commits()) {
            if (isClosed()) {
                return;
            }
            listener.accept(commit);
            after = commit.number();
        }
        more = page.hasMore();
    }

    @Override
    void ended(RuntimeException cause) {
        ended.accept(cause);
    }
}
