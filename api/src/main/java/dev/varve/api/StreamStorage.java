package dev.varve.api;

import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The storage contract of durable streams: what lies between the protocol and the disk. Varve's engine is one
 * implementation; a server serves any other that is given to its builder or found by {@link java.util.ServiceLoader}.
 *
 * <pre>{@code
 * storage.append(AppendRequest.of("log", "text/plain", "hello\n".getBytes(UTF_8)))
 *         .thenAccept(result -> System.out.println(result instanceof Refusal no ? no.detail() : "durable"))
 *         .join();
 * Streams streams = Streams.over(storage); // the same for programs that wait
 * }</pre>
 *
 * <h2>Contract</h2>
 *
 * <ul>
 *   <li><b>Durability.</b> A result of a write means that the write survives a crash, as far as the implementation
 *       survives crashes at all. Reads only ever return durable data.
 *   <li><b>Order.</b> Writes to one stream happen one after another; each sees the effects of all before. Writes that
 *       one thread starts one after another on one stream happen in that order.
 *   <li><b>Atomicity.</b> Data, closing, sequence and producer state of one request become visible and durable
 *       together or not at all.
 *   <li><b>Refusals</b> are results and change nothing. An answer that depends on a write in flight (a duplicate, a
 *       closed stream) is not given before that write is durable.
 *   <li><b>Failures.</b> The future completes with a {@link VarveException}; its kind says whether nothing was applied
 *       or the outcome is unknown.
 *   <li><b>Lifetime.</b> Every read and append of an existing stream renews a sliding lifetime, a refused one too, as
 *       does a creation that finds the stream, the end of its last subscription and a restart; {@link #metadata} and
 *       {@link #list} do not. A stream with a subscription does not expire. An expired stream is not found, at once.
 *   <li><b>Reserved paths.</b> Where the first segment starts with {@code __}, creations, appends and deletions are
 *       refused with {@code method_not_allowed}; reads are not. {@link #appendReserved} and {@link #deleteReserved}
 *       refuse every other path with {@code invalid_params}. What paths look like besides is not checked here.
 *   <li><b>Completion.</b> Futures complete on threads of the storage, possibly event loops: dependent actions must
 *       not block.
 * </ul>
 *
 * <p>The order of checks of an append, when several refusals would apply: missing or gone; empty body; the producer
 * request that closed the stream (a duplicate, whatever its body); stale producer epoch; closed; content type missing
 * or different ({@code content_type_mismatch} for both); invalid JSON; producer duplicate or gap; {@code Stream-Seq};
 * tail condition.
 *
 * <p>Thread-safe.
 */
public interface StreamStorage extends AutoCloseable {

    /**
     * What this storage can do beyond the base operations. A request that needs a capability which is absent is
     * completed with {@link ErrorKind#NOT_SUPPORTED}.
     *
     * @return the capabilities, the same for the life of the storage
     */
    Set<StreamCapability> capabilities();

    /**
     * Creates a stream, or finds it there with the same configuration.
     *
     * @param request what to create
     * @return created, existing, or a refusal: {@code already_exists}, {@code not_found} (fork source),
     *     {@code fork_source_gone}, {@code fork_depth}, {@code invalid_offset}, {@code invalid_params},
     *     {@code content_type_mismatch}, {@code invalid_json}, {@code compacted}
     */
    CompletableFuture<CreateResult> create(CreateRequest request);

    /**
     * Appends data, closes, or both in one atomic step.
     *
     * @param request what to append
     * @return appended, duplicate, or a refusal: {@code not_found}, {@code gone}, {@code closed},
     *     {@code sequence_conflict}, {@code content_type_mismatch}, {@code invalid_json}, {@code empty_body},
     *     {@code producer_fenced}, {@code producer_gap}, {@code producer_epoch_start}, {@code producer_limit},
     *     {@code precondition_failed}
     */
    CompletableFuture<AppendResult> append(AppendRequest request);

    /**
     * Appends to several streams, the same one more than once if asked, in one atomic commit. Needs
     * {@link StreamCapability#ATOMIC_APPEND}.
     *
     * @param requests what to append, in order; later items see the effects of earlier ones
     * @return all appended, or the first refusal: as for {@link #append}, or {@code cross_shard} when the paths do not
     *     share their first segment
     */
    default CompletableFuture<AppendAllResult> appendAll(List<AppendRequest> requests) {
        return CompletableFuture.failedFuture(VarveException.notSupported("atomic appends to several streams"));
    }

    /**
     * Deletes a stream and its data. A stream whose forks still need its data becomes unreachable and is removed with
     * the last of them.
     *
     * @param path the stream
     * @return deleted, or a refusal: {@code not_found}, {@code gone}
     */
    CompletableFuture<DeleteResult> delete(String path);

    /**
     * What is known of a stream. Does not renew its lifetime.
     *
     * @param path the stream
     * @return the metadata, or a refusal: {@code not_found}, {@code gone}
     */
    CompletableFuture<MetadataResult> metadata(String path);

    /**
     * Reads a run of data.
     *
     * @param path the stream
     * @param from where to start, inclusive: an offset handed out for this stream, or a sentinel
     * @param maxBytes about how many bytes to return at most; at least one whole message is returned when there is one
     * @return a page, empty at the tail; or a refusal: {@code not_found}, {@code gone}, {@code invalid_offset},
     *     {@code compacted}
     */
    CompletableFuture<ReadResult> read(String path, Offset from, int maxBytes);

    /**
     * Reads whole messages, each by itself.
     *
     * @param path the stream
     * @param from where to start, as for {@link #read}
     * @param maxBytes about how many bytes of data to return at most; at least one message when there is one
     * @return messages, or a refusal as for {@link #read}
     */
    CompletableFuture<MessagesResult> readMessages(String path, Offset from, int maxBytes);

    /**
     * Tells a listener of every later change of one path, existing or not. A change that became durable after this
     * method returned is never missed, so subscribe first and read then.
     *
     * @param path the path
     * @param listener who hears it
     * @return closes the subscription; closing twice is harmless
     */
    Subscription subscribe(String path, StreamListener listener);

    /**
     * Tells a listener of every later change of every stream, once each, in commit order, before the writer hears of
     * it. Needs {@link StreamCapability#SUBSCRIBE_ALL}.
     *
     * @param listener who hears it
     * @return closes the subscription
     */
    default Subscription subscribeAll(StreamListener listener) {
        throw VarveException.notSupported("subscriptions to all streams");
    }

    /**
     * Lists streams in byte order of their paths; reserved and soft-deleted ones are left out. Needs
     * {@link StreamCapability#LIST}.
     *
     * @param prefix only paths that start with this text; empty for all
     * @param after only paths greater than this one, exclusive; null from the first
     * @param limit at most this many, 1 to 1,000
     * @return a page of streams, or a refusal: {@code invalid_params} for a limit out of range
     */
    default CompletableFuture<ListResult> list(String prefix, @Nullable String after, int limit) {
        return CompletableFuture.failedFuture(VarveException.notSupported("listing"));
    }

    /**
     * Appends to a stream below a reserved first segment ({@code __…}), creating it on first use with the given
     * content type. For the server's own bookkeeping; requests of users never reach it. Needs
     * {@link StreamCapability#RESERVED_STREAMS}.
     *
     * @param request what to append
     * @return as {@link #append}
     */
    default CompletableFuture<AppendResult> appendReserved(AppendRequest request) {
        return CompletableFuture.failedFuture(VarveException.notSupported("reserved streams"));
    }

    /**
     * Deletes a stream below a reserved first segment. For the server's own bookkeeping. Needs
     * {@link StreamCapability#RESERVED_STREAMS}.
     *
     * @param path the stream
     * @return as {@link #delete}
     */
    default CompletableFuture<DeleteResult> deleteReserved(String path) {
        return CompletableFuture.failedFuture(VarveException.notSupported("reserved streams"));
    }

    /** Releases what the storage holds. Writes under way are finished first. Closing twice is harmless. */
    @Override
    void close();
}
