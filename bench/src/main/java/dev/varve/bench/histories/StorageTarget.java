package dev.varve.bench.histories;

import dev.varve.api.AppendAllResult;
import dev.varve.api.AppendRequest;
import dev.varve.api.AppendResult;
import dev.varve.api.CreateRequest;
import dev.varve.api.CreateResult;
import dev.varve.api.DeleteResult;
import dev.varve.api.Offset;
import dev.varve.api.Producer;
import dev.varve.api.ReadResult;
import dev.varve.api.Refusal;
import dev.varve.api.StreamConfig;
import dev.varve.api.StreamMetadata;
import dev.varve.api.StreamStorage;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;

/** A storage in this process. Thread-safe. */
final class StorageTarget implements Target<Request, Answer> {

    private final StreamStorage storage;

    StorageTarget(StreamStorage storage) {
        this.storage = storage;
    }

    @Override
    public Outcome<Answer> call(String paths, Request request, Patience patience, SplittableRandom random)
            throws InterruptedException {
        return StorageAnswers.await(send(paths, request), request, patience, random);
    }

    private CompletableFuture<Answer> send(String paths, Request request) {
        return switch (request) {
            case Request.Create(String path) ->
                storage.create(CreateRequest.of(paths + path, StreamConfig.of(Request.contentType(path))))
                        .thenApply(StorageTarget::answer);
            case Request.Append append -> storage.append(api(paths, append)).thenApply(StorageTarget::answer);
            case Request.AppendAll(List<Request.Append> items) ->
                storage.appendAll(items.stream().map(item -> api(paths, item)).toList())
                        .thenApply(StorageTarget::answer);
            case Request.Read(String path, long from, int maxBytes) ->
                storage.read(paths + path, new Offset(from), maxBytes).thenApply(result -> answer(result, path));
            case Request.Tail(String path) ->
                storage.metadata(paths + path).thenApply(result -> switch (result) {
                    case StreamMetadata stream -> new Answer.End(stream.next().position(), stream.closed());
                    case Refusal refusal -> refused(refusal);
                });
            case Request.Delete(String path) ->
                storage.delete(paths + path).thenApply(result -> switch (result) {
                    case DeleteResult.Deleted _ -> new Answer.Deleted();
                    case Refusal refusal -> refused(refusal);
                });
        };
    }

    private static AppendRequest api(String paths, Request.Append append) {
        boolean json = Request.isJson(append.path());
        byte[] body = append.messages().isEmpty() ? new byte[0] : Message.body(append.messages(), json);
        Long ifMatch = append.ifMatch();
        return new AppendRequest(
                paths + append.path(),
                body.length == 0 ? null : Request.contentType(append.path()),
                body,
                append.sequence(),
                append.producer(),
                ifMatch == null ? null : Offset.at(ifMatch),
                append.close());
    }

    private static Answer answer(CreateResult result) {
        return switch (result) {
            case CreateResult.Created(StreamMetadata stream) ->
                new Answer.Made(true, stream.next().position(), stream.closed());
            case CreateResult.Existing(StreamMetadata stream) ->
                new Answer.Made(false, stream.next().position(), stream.closed());
            case Refusal refusal -> refused(refusal);
        };
    }

    private static Answer answer(AppendResult result) {
        return switch (result) {
            case AppendResult.Appended(Offset next, boolean closed, Producer producer) ->
                new Answer.Written(next.position(), closed, false, producer);
            case AppendResult.Duplicate(Offset next, boolean closed, Producer producer) ->
                new Answer.Written(next.position(), closed, true, producer);
            case Refusal refusal -> refused(refusal);
        };
    }

    private static Answer answer(AppendAllResult result) {
        return switch (result) {
            case AppendAllResult.AppendedAll(List<AppendResult> results) -> {
                List<Answer.Written> written = new ArrayList<>();
                for (AppendResult one : results) {
                    written.add((Answer.Written) answer(one));
                }
                yield new Answer.WrittenAll(written);
            }
            case AppendAllResult.RefusedAt(int index, Refusal refusal) ->
                refused(refusal).at(index);
        };
    }

    private static Answer answer(ReadResult result, String path) {
        return switch (result) {
            case ReadResult.Page page -> {
                byte[] data = new byte[page.data().remaining()];
                page.data().get(data);
                boolean json = Request.isJson(path);
                boolean empty = json && data.length == 0;
                yield new Answer.Page(
                        page.start().position(),
                        page.next().position(),
                        page.hasMore(),
                        page.closed(),
                        empty ? List.of() : Message.parse(data, json));
            }
            case Refusal refusal -> refused(refusal);
        };
    }

    private static Answer.Refused refused(Refusal refusal) {
        Offset offset = refusal.offset();
        return new Answer.Refused(
                refusal.kind(),
                null,
                offset == null ? null : offset.position(),
                refusal.producerEpoch(),
                refusal.expectedSequence(),
                refusal.receivedSequence());
    }

    @Override
    public void close() {
        // The storage belongs to the run.
    }
}
