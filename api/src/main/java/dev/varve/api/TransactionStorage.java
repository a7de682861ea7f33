package dev.varve.api;

import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.LongConsumer;

/**
 * The storage contract of transactions over entries, events and streams of one store. {@link Store#transaction} is what programs use.
 *
 * <pre>{@code
 * TransactionStorage storage = store.transactions();
 * Transaction greeting = Transaction.builder()
 *         .entry(EntryOp.set(EntryPath.of("greeting"), EntryValue.of("hello")))
 *         .event(NewEvent.json("Greeted", "{}"))
 *         .build();
 * storage.commit("acme/reading", greeting)
 *         .thenAccept(result -> System.out.println(result instanceof TransactionResult.Committed ? "durable" : "refused"))
 *         .join();
 * }</pre>
 *
 * <h2>Contract</h2>
 *
 * <ul>
 *   <li><b>Atomicity.</b> All parts become visible and durable together or not at all, also across a crash. Whoever has seen one part by
 *       whatever read, listener or answer sees all others by every read that begins then.
 *   <li><b>Order.</b> A transaction takes its place in the order of each face that it writes to, as one write of that face.
 *   <li><b>Durability.</b> A result means that it survives a crash, as far as the implementation survives crashes at all.
 *   <li><b>Refusals</b> are results and change nothing, and are not given before what they rest on is durable. All faces are asked, so
 *       that one refusal tells of all: of entries and of streams the first part that fails, of events all checks that do not hold.
 *   <li><b>Keys.</b> A transaction with a key that was committed is answered as then when it comes again, whatever stands there now. It is the
 *       same when it writes the same, in the same order; what must hold for it does not count, nor do the ids of events. Another one
 *       under the same key is refused as {@link TransactionResult#KEY_REUSED}, with the number of that commit. Refused transactions leave
 *       no key.
 *   <li><b>Events that are there already</b> refuse the transaction as {@link EventAppendResult.Reason#EVENT_ID_CONFLICT}, also where they are
 *       all of one append: without a key nobody can tell whether the rest was made then.
 *   <li><b>Completion.</b> Futures complete on threads of the storage, possibly event loops: dependent actions must
 *       not block.
 * </ul>
 *
 * <p>Thread-safe.
 */
public interface TransactionStorage {

    /**
     * Commits a transaction.
     *
     * @param store the full name of the store
     * @param transaction the parts
     * @return committed or refused; fails with {@link ErrorKind#CROSS_SHARD} when the path of an append does not lie in the store, {@link
     *     ErrorKind#NOT_FOUND} when there is no such store and it is not to be created, {@link ErrorKind#CLOSED} when it is archived,
     *     {@link ErrorKind#INVALID_PARAMS} when it is no name of a store, {@link ErrorKind#TOO_LARGE} when it does not fit into one commit,
     *     and with a {@link LimitExceededException} when the store would hold more than it may; nothing was changed then
     */
    CompletableFuture<TransactionResult> commit(String store, Transaction transaction);

    /**
     * Reads commits: every one that changed entries, events or streams of the store, whether it was a transaction or not. What their
     * parts are is read when this is called: an event that was redacted since is shown as it is now, one that was deleted is left out, as
     * are messages that a stream has let go of.
     *
     * @param store the full name of the store
     * @param after the number of the commit after which to begin, exclusive; 0 for the first
     * @param limit how many at most, 1 to {@link EventRead#MAX_LIMIT}; a page of more than about a mebibyte ends earlier, but has one
     *     commit at least, and each commit whole
     * @return the commits; fails with {@link ErrorKind#COMPACTED} when those after {@code after} are not kept any more, {@link
     *     ErrorKind#NOT_FOUND} when there is no such store
     */
    default CompletableFuture<CommitPage> commits(String store, long after, int limit) {
        return CompletableFuture.failedFuture(VarveException.notSupported("commits"));
    }

    /**
     * The number of the last commit: whoever goes on after it is shown what comes from now on.
     *
     * @param store the full name of the store
     * @return the number of the last durable commit of the store, whether it is kept or not; of a store without one, a number that is
     *     smaller than that of its first, and at least 0; fails with {@link ErrorKind#NOT_FOUND} when there is no such store
     */
    default CompletableFuture<Long> lastCommit(String store) {
        return CompletableFuture.failedFuture(VarveException.notSupported("commits"));
    }

    /**
     * Tells of commits from now on.
     *
     * @param store the full name of the store
     * @param listener called with the number of the last durable commit of the store, never a smaller one than before; several may be told
     *     at once; {@link Long#MAX_VALUE} once when the store is deleted, and nothing after that. Called on a thread of the storage: must
     *     return at once, must not block and must not throw
     * @return ends it
     * @throws VarveException {@link ErrorKind#NOT_FOUND} when there is no such store
     */
    default Subscription subscribeCommits(String store, LongConsumer listener) {
        throw VarveException.notSupported("commits");
    }

    /**
     * Hands commits to a listener: all that are there, then all that come, each once and in order. Unless overridden it reads them
     * page by page, on a thread of the subscription, and sleeps until {@link #subscribeCommits} tells of more. A listener that is slow
     * delays only itself. Whoever keeps the number of the last commit that was dealt with goes on after it, by another subscription, at
     * any later time.
     *
     * @param store the full name of the store
     * @param after the number of the commit after which to begin, exclusive; 0 for the first
     * @param listener takes each commit; when it throws, that ends the subscription
     * @param ended told once when the subscription ends without having been closed, and why: what the listener threw; a {@link
     *     VarveException} of kind {@link ErrorKind#NOT_FOUND} when there is no such store, or no more, of kind {@link
     *     ErrorKind#COMPACTED} when what is next is not kept any more
     * @return ends it
     */
    default Subscription followCommits(
            String store, long after, Consumer<Commit> listener, Consumer<RuntimeException> ended) {
        CommitFollower follower = new CommitFollower(this, store, after, listener, ended);
        follower.start();
        return follower;
    }
}
