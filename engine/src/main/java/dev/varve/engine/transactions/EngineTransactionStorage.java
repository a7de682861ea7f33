package dev.varve.engine.transactions;

import dev.varve.api.CommitPage;
import dev.varve.api.EntryWrite;
import dev.varve.api.ErrorKind;
import dev.varve.api.StoreInfo;
import dev.varve.api.Subscription;
import dev.varve.api.Transaction;
import dev.varve.api.TransactionResult;
import dev.varve.api.TransactionStorage;
import dev.varve.api.VarveException;
import dev.varve.engine.commits.CommitFeed;
import dev.varve.engine.entries.EngineEntryStorage;
import dev.varve.engine.entries.Stores;
import dev.varve.engine.events.EngineEventStorage;
import dev.varve.engine.streams.EngineStreamStorage;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongConsumer;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/** The engine's transactions as a storage: asks each face for its part and joins them in a command. Thread-safe. */
public final class EngineTransactionStorage implements TransactionStorage {

    private final KeysFace keys;
    private final Stores stores;
    private final EngineEntryStorage entries;
    private final EngineEventStorage events;
    private final EngineStreamStorage streams;
    private final CommitFeed feed;
    private final Supplier<UUID> freshId;

    /**
     * Creates the storage.
     *
     * @param keys remembers keys, attached to the shard of all faces
     * @param stores which stores there are
     * @param entries of the same shard
     * @param events of the same shard
     * @param streams of the same shard
     * @param feed the commits of the same shard
     * @param random makes the ids of stores; thread-safe
     */
    public EngineTransactionStorage(
            KeysFace keys,
            Stores stores,
            EngineEntryStorage entries,
            EngineEventStorage events,
            EngineStreamStorage streams,
            CommitFeed feed,
            RandomGenerator random) {
        this.keys = keys;
        this.stores = stores;
        this.entries = entries;
        this.events = events;
        this.streams = streams;
        this.feed = feed;
        this.freshId = () -> Stores.freshId(random);
    }

    @Override
    public CompletableFuture<TransactionResult> commit(String store, Transaction transaction) {
        Split split = new Split(transaction);
        TransactionCommand command;
        try {
            check(store, split);
            command = new TransactionCommand(
                    keys, stores, freshId, store, transaction, split, parts(store, transaction, split));
        } catch (VarveException e) {
            return CompletableFuture.failedFuture(e);
        }
        keys.sequencer().submit(command);
        return command.future;
    }

    @Override
    public CompletableFuture<CommitPage> commits(String store, long after, int limit) {
        keys.sequencer().awaitShown();
        return feed.commits(store, after, limit);
    }

    @Override
    public CompletableFuture<Long> lastCommit(String store) {
        keys.sequencer().awaitShown();
        return feed.lastCommit(store);
    }

    @Override
    public Subscription subscribeCommits(String store, LongConsumer listener) {
        return feed.subscribe(store, listener);
    }

    private static void check(String store, Split split) {
        if (!StoreInfo.NAME.matcher(store).matches()) {
            throw new VarveException(
                    ErrorKind.INVALID_PARAMS, "\"" + store + "\" is no name of a store: organisation/name");
        }
        for (int i = 0; i < split.appends.parts.size(); i++) {
            String path = split.appends.parts.get(i).path();
            if (!path.startsWith(store + "/") || path.length() == store.length() + 1) {
                throw new VarveException(
                        ErrorKind.CROSS_SHARD,
                        "a transaction stays within its store: part " + split.appends.index(i) + " is of the stream "
                                + path + ", whose path does not begin with " + store + "/");
            }
        }
    }

    private TransactionCommand.Parts parts(String store, Transaction transaction, Split split) {
        String name = transaction.key() == null ? freshId.get().toString() : transaction.key();
        return new TransactionCommand.Parts(
                split.ops.isEmpty()
                        ? null
                        : entries.part(new EntryWrite(
                                store,
                                split.ops.parts,
                                transaction.deviceId(),
                                name,
                                false,
                                transaction.createStore())),
                split.hasEvents()
                        ? events.part(
                                store,
                                split.checks.parts,
                                split.events.parts,
                                split.condition(),
                                split.tracking(),
                                transaction.createStore())
                        : null,
                split.appends.isEmpty() ? null : streams.part(split.appends.parts));
    }
}
