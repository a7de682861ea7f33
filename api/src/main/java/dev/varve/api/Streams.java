package dev.varve.api;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Durable streams for programs: the same operations whether Varve is embedded or remote. Calls block and suit virtual
 * threads; {@link #appendAsync} is for pipelining. What a call refuses it throws as {@link RefusedException}; what it
 * could not do as another {@link VarveException}. When a write returns it is durable.
 *
 * <pre>{@code
 * Streams streams = varve.streams();
 * streams.create("log", StreamConfig.of("text/plain"));
 * streams.append("log", "hello\n".getBytes(UTF_8)); // durable when it returns
 * System.out.print(UTF_8.decode(streams.read("log", Offset.BEGINNING).data()));
 * }</pre>
 *
 * <p>Thread-safe.
 */
public interface Streams {

    /**
     * Streams over a storage. Pages are of about 1 MiB. A blocking call whose thread is interrupted stops waiting,
     * keeps the interrupt set and throws a {@link VarveException} of kind {@link ErrorKind#TIMEOUT}: a write that was
     * under way may still be applied. Closing the storage stays the caller's task.
     *
     * @param storage where the streams live
     * @return the streams
     */
    static Streams over(StreamStorage storage) {
        return new StorageStreams(storage);
    }

    /**
     * Creates a stream, or finds it there with the same configuration.
     *
     * @param request what to create
     * @return created or existing
     * @throws RefusedException when refused; nothing was changed
     */
    CreateResult create(CreateRequest request);

    /**
     * Creates an empty stream, or finds it there with the same configuration.
     *
     * @param path the stream's path
     * @param config what to create
     * @return created or existing
     * @throws RefusedException when refused; nothing was changed
     */
    default CreateResult create(String path, StreamConfig config) {
        return create(CreateRequest.of(path, config));
    }

    /**
     * Appends, closes, or both in one atomic step.
     *
     * @param request what to append
     * @return appended, or a producer's duplicate
     * @throws RefusedException when refused; nothing was changed
     */
    AppendResult append(AppendRequest request);

    /**
     * Appends data with the stream's own content type.
     *
     * @param path the stream's path
     * @param body the data, not empty
     * @return the stream's tail right after this append
     * @throws RefusedException when refused; nothing was changed
     */
    Offset append(String path, byte[] body);

    /**
     * Starts an append without waiting for it. Appends that one thread starts on one stream happen in that order.
     *
     * @param request what to append
     * @return appended, duplicate or a refusal, or completed with a {@link VarveException}
     */
    CompletableFuture<AppendResult> appendAsync(AppendRequest request);

    /**
     * Appends to several streams in one atomic commit.
     *
     * @param requests what to append, in order
     * @return all appended, or the first refusal, in which case nothing was changed
     */
    AppendAllResult appendAll(List<AppendRequest> requests);

    /**
     * Closes a stream: nothing can be appended any more. Closing a closed stream is harmless.
     *
     * @param path the stream's path
     * @return the final offset
     * @throws RefusedException when there is no such stream
     */
    Offset close(String path);

    /**
     * Deletes a stream and its data.
     *
     * @param path the stream's path
     * @return whether there was a stream to delete
     */
    boolean delete(String path);

    /**
     * What is known of a stream. Does not renew its lifetime.
     *
     * @param path the stream's path
     * @return the metadata, or empty when there is no such stream
     */
    Optional<StreamMetadata> find(String path);

    /**
     * The tail of a stream: the offset after its last durable byte.
     *
     * @param path the stream's path
     * @return the tail, or empty when there is no such stream
     */
    default Optional<Offset> currentOffset(String path) {
        return find(path).map(StreamMetadata::next);
    }

    /**
     * Reads one page.
     *
     * @param path the stream's path
     * @param from where to start, inclusive
     * @return a page, empty at the tail
     * @throws RefusedException when there is no such stream, or the offset is not one of its
     */
    ReadResult.Page read(String path, Offset from);

    /**
     * Reads one page of separate messages.
     *
     * @param path the stream's path
     * @param from where to start, inclusive
     * @return messages, none at the tail
     * @throws RefusedException when there is no such stream, or the offset is not one of its
     */
    MessagesResult.Messages readMessages(String path, Offset from);

    /**
     * Follows a stream from an offset: what is there, then what comes, until the stream is closed.
     *
     * @param path the stream's path
     * @param from where to start, inclusive
     * @return the reader; close it
     * @throws RefusedException when there is no such stream, or the offset is not one of its
     */
    default StreamReader follow(String path, Offset from) {
        return follow(path, from, FollowOptions.DEFAULT);
    }

    /**
     * Follows a stream from an offset: what is there, then what comes, until the stream is closed.
     *
     * @param path the stream's path
     * @param from where to start, inclusive
     * @param options how new data is heard of
     * @return the reader; close it
     * @throws RefusedException when there is no such stream, or the offset is not one of its
     */
    StreamReader follow(String path, Offset from, FollowOptions options);

    /**
     * The data of a stream for subscribers: what is there, then what comes. Every subscriber has a reader of its own and a thread
     * of its own, which reads one page when one was asked for. The reader is open when {@code onSubscribe} is called, so whatever
     * is appended after that is given, also from {@link Offset#NOW}. Pages come to {@code onNext} one after the other;
     * {@code onComplete} comes at the end of a closed stream, {@code onError} when it cannot be followed any more. A subscriber that
     * throws is logged, cancelled, and hears nothing more. Cancelling ends a wait that is under way.
     *
     * @param path the stream's path
     * @param from where each subscriber starts, inclusive
     * @param options how new data is heard of
     * @return a publisher; nothing is read before somebody subscribes
     */
    default Flow.Publisher<ReadResult.Page> publisher(String path, Offset from, FollowOptions options) {
        return FollowPublisher.ofPages(this, path, from, options);
    }

    /**
     * Calls a listener with the data of a stream: what is there, then what comes, on a thread of its own. A listener that throws is
     * logged and called with what follows: whoever must not lose a page catches by itself, or reads with {@link #follow(String,
     * Offset, FollowOptions)}.
     *
     * @param path the stream's path
     * @param from where to start, inclusive
     * @param options how new data is heard of
     * @param listener called with one page after the other
     * @param ended called once, unless the subscription is closed before: with nothing at the end of the stream, else with why
     * @return closes the subscription
     * @throws RefusedException when there is no such stream, or the offset is not one of its
     */
    default Subscription subscribe(
            String path,
            Offset from,
            FollowOptions options,
            Consumer<? super ReadResult.Page> listener,
            Consumer<Optional<RuntimeException>> ended) {
        return FollowPublisher.ofPages(this, path, from, options).subscribe(listener, ended);
    }

    /**
     * A stream of values.
     *
     * @param <T> the values
     * @param path the path of a stream of type {@code application/json}, existing or not
     * @param codec turns values into messages and back
     * @return the stream; nothing is asked of the storage
     */
    default <T> TypedStream<T> typed(String path, StreamCodec<T> codec) {
        return new TypedStream<>(this, path, codec);
    }

    /**
     * Lists streams in byte order of their paths.
     *
     * @param prefix only paths that start with this text; empty for all
     * @param after only paths greater than this one, exclusive; null from the first
     * @param limit at most this many, 1 to 1,000
     * @return a page of streams
     */
    ListResult.Listing list(String prefix, @Nullable String after, int limit);

    /**
     * Opens a producer of many items, which gathers them into batches and appends one batch while the next one gathers.
     *
     * @param path the stream's path; the stream must exist, unless an outbox knows it already
     * @param options how it gathers and what it promises
     * @return the producer; close it
     * @throws RefusedException {@link ErrorKind#NOT_FOUND} when there is no such stream
     * @throws VarveException {@link ErrorKind#UNAVAILABLE} when another producer holds the outbox or it cannot be read or written,
     *     {@link ErrorKind#INVALID_PARAMS} when it belongs to another stream or producer, {@link ErrorKind#CORRUPT} when it is
     *     damaged; nothing was changed
     */
    default StreamProducer producer(String path, ProducerOptions options) {
        return BatchingProducer.open(this, path, options);
    }
}
