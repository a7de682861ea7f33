package dev.varve.client;

import dev.varve.api.Commit;
import dev.varve.api.CommitPage;
import dev.varve.api.EntryOp;
import dev.varve.api.EntryWriteResult.Reason;
import dev.varve.api.LimitExceededException;
import dev.varve.api.Subscription;
import dev.varve.api.Transaction;
import dev.varve.api.TransactionResult;
import dev.varve.api.TransactionResult.Failure;
import dev.varve.api.TransactionResult.Refused;
import dev.varve.api.TransactionStorage;
import java.net.http.HttpRequest;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Transactions of the stores of a server, over its route for them. Every transaction goes under a key, one of the client's making if it has
 * none: so it is sent again while that makes sense, and made once. A change of an entry that makes no sense whatever the store holds
 * is refused without being sent. Thread-safe.
 */
final class HttpTransactionStorage implements TransactionStorage, AutoCloseable {

    private static final String TRANSACTIONS = "/transactions";
    private static final int REFUSED = 409;
    private static final int OVER_LIMIT = 402;

    private static final String CHANGES = "/changes?after=";
    private static final String END = "end";

    private final HttpTransport transport;
    private final Duration liveTimeout;
    private final HttpFollowers followers = new HttpFollowers();

    /**
     * The transactions of a server.
     *
     * @param liveTimeout for how long nothing may come of a feed
     */
    HttpTransactionStorage(HttpTransport transport, Duration liveTimeout) {
        this.transport = transport;
        this.liveTimeout = liveTimeout;
    }

    /** The server says who writes, whatever the transaction says. */
    @Override
    public CompletableFuture<TransactionResult> commit(String store, Transaction transaction) {
        EventCalls calls = new EventCalls(transport, store);
        Refused broken = broken(transaction);
        if (broken != null) {
            return CompletableFuture.completedFuture(broken);
        }
        String key = transaction.key();
        String name = key == null && writes(transaction) ? UUID.randomUUID().toString() : key;
        byte[] body = EventBody.transaction(transaction, name);
        return calls.repeated(
                () -> calls.request("POST", TRANSACTIONS, body),
                (request, answer) -> result(store, transaction, request, answer));
    }

    // ---- commits

    @Override
    public CompletableFuture<CommitPage> commits(String store, long after, int limit) {
        EventCalls calls = new EventCalls(transport, store);
        return calls.repeated(
                () -> calls.request(CHANGES + after + "&limit=" + limit).GET(), EventAnswer::commits);
    }

    @Override
    public CompletableFuture<Long> lastCommit(String store) {
        EventCalls calls = new EventCalls(transport, store);
        return calls.repeated(
                () -> calls.request(CHANGES + END + "&limit=1").GET(),
                answer -> answer.commits().next());
    }

    @Override
    public Subscription subscribeCommits(String store, LongConsumer listener) {
        long last = EventCalls.await(lastCommit(store));
        EventCalls calls = new EventCalls(transport, store);
        return followers.start(new HttpCommitTeller(
                transport, store, last, () -> follow(calls, END), listener, liveTimeout, followers::left));
    }

    private HttpRequest follow(EventCalls calls, Object after) {
        return calls.request(CHANGES + after + "&follow=true")
                .header("Accept", EventCalls.LINES)
                .timeout(liveTimeout)
                .GET()
                .build();
    }

    @Override
    public Subscription followCommits(
            String store, long after, Consumer<Commit> listener, Consumer<RuntimeException> ended) {
        EventCalls calls = new EventCalls(transport, store);
        return followers.start(new HttpCommitFollower(
                transport, store, after, place -> follow(calls, place), listener, ended, liveTimeout, followers::left));
    }

    /** Ends every follower. */
    @Override
    public void close() {
        followers.close();
    }

    // ---- what came of a transaction

    /** Whether it does more than check: what does not may be made again without a name. */
    private static boolean writes(Transaction transaction) {
        return transaction.parts().stream()
                .anyMatch(part -> part instanceof Transaction.Entry entry
                        ? entry.op().kind() != EntryOp.Kind.CHECK
                        : !(part instanceof Transaction.Check || part instanceof Transaction.Condition));
    }

    /** The refusal of the first change of an entry that every store refuses, or null. */
    private static @Nullable Refused broken(Transaction transaction) {
        for (int i = 0; i < transaction.parts().size(); i++) {
            if (transaction.parts().get(i) instanceof Transaction.Entry entry) {
                EntryOp op = entry.op();
                Reason broken = EntryOpRules.broken(op);
                if (broken != null) {
                    return new Refused(List.of(new Failure(i, broken.wireName(), null, null)));
                }
                HttpEntryWrites.requireSupported(op, true);
            }
        }
        return null;
    }

    private static TransactionResult result(String store, Transaction transaction, HttpRequest request, Answer answer) {
        boolean mayRefuse = answer.status() == REFUSED && Failures.isProblem(answer);
        Optional<Refused> refused =
                mayRefuse ? TransactionAnswer.of(request, answer).refused() : Optional.empty();
        if (refused.isPresent()) {
            return refused.get();
        }
        if (answer.status() == OVER_LIMIT && Failures.isProblem(answer)) {
            LimitExceededException over = EntryFailures.limit(store, EntryAnswer.of(request, answer));
            if (over != null) {
                throw over;
            }
        }
        if (answer.status() != 200) {
            throw EventCalls.failure(request, answer);
        }
        return TransactionAnswer.of(request, answer).committed(transaction);
    }
}
