package dev.varve.bench.histories;

import dev.varve.api.Entry;
import dev.varve.api.EntryEvent;
import dev.varve.api.EntryEventPage;
import dev.varve.api.EntryOp;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryPattern;
import dev.varve.api.EntryQuery;
import dev.varve.api.EntryStorage;
import dev.varve.api.EntryValue;
import dev.varve.api.EntryWrite;
import dev.varve.api.EntryWriteResult;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;

/** A storage in this process. Thread-safe. */
final class EntryStorageTarget implements EntryTarget {

    private final EntryStorage storage;

    EntryStorageTarget(EntryStorage storage) {
        this.storage = storage;
    }

    @Override
    public boolean recognises() {
        return true;
    }

    @Override
    public Outcome<EntryAnswer> call(String prefix, EntryRequest request, Patience patience, SplittableRandom random)
            throws InterruptedException {
        return StorageAnswers.await(send(prefix + request.store(), request), request, patience, random);
    }

    private CompletableFuture<EntryAnswer> send(String store, EntryRequest request) {
        return switch (request) {
            case EntryRequest.Write write ->
                storage.write(new EntryWrite(
                                store,
                                write.ops().stream()
                                        .map(EntryStorageTarget::api)
                                        .toList(),
                                "history",
                                write.name(),
                                write.once(),
                                true))
                        .thenApply(EntryStorageTarget::answer);
            case EntryRequest.Get(String _, String path) ->
                storage.get(store, EntryPath.parse(path))
                        .thenApply(entry -> entry.<EntryAnswer>map(EntryStorageTarget::found)
                                .orElseGet(EntryAnswer.Missing::new));
            case EntryRequest.GetMany(String _, List<String> paths) ->
                storage.getMany(store, paths.stream().map(EntryPath::parse).toList())
                        .thenApply(EntryStorageTarget::several);
            case EntryRequest.ListBelow(String _, String path) ->
                storage.list(EntryQuery.matching(store, EntryPattern.parse(path.isEmpty() ? "**" : path + "/**")))
                        .thenApply(page -> several(page.entries()));
            case EntryRequest.Log _ -> log(store, new ArrayList<>());
            case EntryRequest.Drop _ -> storage.deleteStore(store).thenApply(gone -> new EntryAnswer.Dropped());
            case EntryRequest.Expire _ -> throw new IllegalArgumentException("nobody asks for it: " + request);
        };
    }

    private CompletableFuture<EntryAnswer> log(String store, List<EntryAnswer.Change> changes) {
        return storage.events(store, changes.size(), EntryQuery.MAX_LIMIT).thenCompose((EntryEventPage page) -> {
            for (EntryEvent event : page.events()) {
                EntryValue value = event.value();
                changes.add(new EntryAnswer.Change(
                        event.kind(),
                        event.path().toString(),
                        value == null ? null : EntryValues.seen(value),
                        event.deviceId().equals(EntryOp.EXPIRY_DEVICE)));
                if (event.storeSeq() != changes.size()) {
                    throw new IllegalStateException(
                            "change " + event.storeSeq() + " was read at place " + changes.size());
                }
            }
            return changes.size() < page.storeSeq()
                    ? log(store, changes)
                    : CompletableFuture.completedFuture(new EntryAnswer.Changes(changes));
        });
    }

    private static EntryOp api(EntryRequest.Op op) {
        EntryRequest.Fence fence = op.fence();
        EntryRequest.Terms terms = op.terms();
        return new EntryOp(
                op.kind(),
                EntryPath.parse(op.path()),
                op.value(),
                op.condition() == EntryRequest.Condition.MATCH ? op.revision() : null,
                op.condition() == EntryRequest.Condition.ABSENT,
                op.condition() == EntryRequest.Condition.EMPTY,
                fence == null ? null : new EntryOp.Fence(EntryPath.parse(fence.key()), fence.token()),
                terms == null ? null : new EntryOp.LeaseTerms(terms.ttlMillis(), terms.holder(), terms.token()),
                op.livesMillis() == 0 ? null : op.livesMillis());
    }

    private static EntryAnswer answer(EntryWriteResult result) {
        return switch (result) {
            case EntryWriteResult.Refused refused ->
                new EntryAnswer.Refused(refused.reason(), refused.index(), refused.currentRevision());
            case EntryWriteResult.Written(List<EntryWriteResult.Applied> ops, long storeSeq) ->
                new EntryAnswer.Written(
                        ops.stream()
                                .map(op -> new EntryAnswer.Done(
                                        op.storeSeq(),
                                        op.made(),
                                        op.value() == null ? null : EntryValues.seen(op.value())))
                                .toList(),
                        storeSeq);
        };
    }

    private static EntryAnswer.Found found(Entry entry) {
        return new EntryAnswer.Found(EntryValues.seen(entry.value()), entry.type(), entry.revision());
    }

    private static EntryAnswer several(List<Entry> entries) {
        SortedMap<String, EntryAnswer.Found> found = new TreeMap<>();
        entries.forEach(entry -> found.put(entry.path().toString(), found(entry)));
        return new EntryAnswer.Several(found);
    }

    @Override
    public void close() {
        // The storage belongs to the run.
    }
}
