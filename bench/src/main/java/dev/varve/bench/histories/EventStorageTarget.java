package dev.varve.bench.histories;

import dev.varve.api.AppendResult;
import dev.varve.api.CreateRequest;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryStorage;
import dev.varve.api.ErrorKind;
import dev.varve.api.EventAppendResult;
import dev.varve.api.EventStorage;
import dev.varve.api.EventsRefusedException;
import dev.varve.api.Offset;
import dev.varve.api.ReadResult;
import dev.varve.api.StreamConfig;
import dev.varve.api.StreamStorage;
import dev.varve.api.TransactionStorage;
import dev.varve.api.VarveException;
import dev.varve.engine.Engine;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/** Storages in this process. Thread-safe. */
final class EventStorageTarget implements Target<EventRequest, EventAnswer> {

    private static final int MAX_BYTES = 16 << 20;

    private final EventStorage storage;
    private final @Nullable Others others;

    /** What there is beside events. */
    record Others(EntryStorage entries, StreamStorage streams, TransactionStorage transactions) {}

    /**
     * A target.
     *
     * @param others null where there are events alone
     */
    EventStorageTarget(EventStorage storage, @Nullable Others others) {
        this.storage = storage;
        this.others = others;
    }

    /** All of an engine. */
    static EventStorageTarget of(Engine engine) {
        return new EventStorageTarget(
                engine.events(), new Others(engine.entries(), engine.streams(), engine.transactions()));
    }

    @Override
    public Outcome<EventAnswer> call(String prefix, EventRequest request, Patience patience, SplittableRandom random)
            throws InterruptedException {
        String store = prefix + request.store();
        @Nullable CompletableFuture<EventAnswer> answer = switch (request) {
            case EventRequest.Append append ->
                storage.append(store, append.toAppend(), true).thenApply(EventAnswer::of);
            case EventRequest.Read read -> storage.read(store, read.toRead()).thenApply(EventAnswer::of);
            case EventRequest.Delete delete ->
                storage.delete(
                                store,
                                EventRequest.id(delete.aggregate()),
                                EventsText.expected(delete.expected()),
                                delete.how())
                        .thenApply(EventAnswer::of)
                        .exceptionally(EventStorageTarget::refused);
            default -> others == null ? null : ask(others, store, request);
        };
        if (answer == null) {
            return request instanceof EventRequest.Open
                    ? new Outcome.Answered<>(new EventAnswer.Opened(true))
                    : Outcome.notApplied();
        }
        return StorageAnswers.await(answer, request, patience, random);
    }

    private static CompletableFuture<EventAnswer> ask(Others others, String store, EventRequest request) {
        return switch (request) {
            case EventRequest.Transact transact ->
                others.transactions.commit(store, transact.toTransaction(store)).thenApply(EventAnswer::of);
            case EventRequest.Open _ ->
                others.streams
                        .create(CreateRequest.of(EventRequest.stream(store), StreamConfig.of(EventRequest.JSON)))
                        .thenApply(_ -> new EventAnswer.Opened(false));
            case EventRequest.ChangeEntry change ->
                others.entries.write(change.toWrite(store)).thenApply(EventAnswer::of);
            case EventRequest.Say say ->
                others.streams.append(EventRequest.toRequest(store, say.name())).thenApply(EventStorageTarget::said);
            case EventRequest.GetCommits get ->
                others.transactions
                        .commits(store, get.after(), get.limit())
                        .thenApply(page -> EventAnswer.of(page, EventRequest.stream(store)))
                        .exceptionally(
                                failure -> ofNoStore(failure, new EventAnswer.Commits(List.of(), get.after(), false)));
            case EventRequest.GetEntry get ->
                others.entries
                        .get(store, EntryPath.of(get.path()))
                        .thenApply(EventAnswer::of)
                        .exceptionally(failure -> ofNoStore(failure, EventAnswer.Value.NONE));
            case EventRequest.GetMessages _ ->
                others.streams
                        .read(EventRequest.stream(store), new Offset(0), MAX_BYTES)
                        .thenApply(EventStorageTarget::messages);
            default -> throw new IllegalArgumentException("of events: " + request);
        };
    }

    /** A store that is not there yet has neither entries nor commits. */
    private static EventAnswer ofNoStore(Throwable failure, EventAnswer nothing) {
        if (cause(failure) instanceof VarveException refused && refused.kind() == ErrorKind.NOT_FOUND) {
            return nothing;
        }
        throw failure instanceof CompletionException known ? known : new CompletionException(failure);
    }

    private static EventAnswer refused(Throwable failure) {
        if (cause(failure) instanceof EventsRefusedException refused) {
            return EventAnswer.of((EventAppendResult) refused.refusal());
        }
        throw failure instanceof CompletionException known ? known : new CompletionException(failure);
    }

    private static @Nullable Throwable cause(Throwable failure) {
        return failure instanceof CompletionException ? failure.getCause() : failure;
    }

    private static EventAnswer said(AppendResult result) {
        if (!(result instanceof AppendResult.Appended)) {
            throw new IllegalStateException("a message was answered " + result);
        }
        return new EventAnswer.Said();
    }

    private static EventAnswer messages(ReadResult result) {
        if (!(result instanceof ReadResult.Page page) || page.hasMore()) {
            throw new IllegalStateException("the stream was read as " + result);
        }
        return EventAnswer.messages(
                StandardCharsets.UTF_8.decode(page.data().duplicate()).toString());
    }

    @Override
    public void close() {
        // The storage belongs to somebody else.
    }
}
