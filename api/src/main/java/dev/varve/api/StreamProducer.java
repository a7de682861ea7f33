package dev.varve.api;

import java.util.concurrent.CompletableFuture;

/**
 * Appends many items to one stream: it gathers them into batches, each of which is one append, and while one batch is under
 * way the next one gathers. Opened by {@link Streams#producer(String, ProducerOptions)}.
 *
 * <pre>{@code
 * try (StreamProducer producer = streams.producer("log", ProducerOptions.DEFAULT.withOutbox(Path.of("log.outbox")))) {
 *     for (long i = producer.accepted(); i < source.size(); i++) {
 *         producer.add(source.item(i));
 *     }
 * }
 * }</pre>
 *
 * <h2>Contract</h2>
 *
 * <ul>
 *   <li><b>Items.</b> In a stream of JSON each item is one JSON value in UTF-8 and becomes one message, also when it is an
 *       array; this is not checked here, and one item that is not JSON refuses its whole batch. In any other stream the bytes of
 *       the items stand one after the other: separate them yourself, as by a line end.
 *   <li><b>Order.</b> Items that one thread sends stand in the stream in that order, without others of other producers in
 *       between within one batch. A batch is there as a whole or not at all.
 *   <li><b>Failures.</b> A batch that fails in a way that may pass is tried again for {@link ProducerOptions#retryFor}. One that
 *       was not applied is tried again in any case, one whose outcome is unknown only with a producer id, which lets the stream
 *       recognise it. The first batch that cannot be made durable ends the producer: the futures of its items fail with the
 *       reason, those of items behind it with {@link ErrorKind#UNAVAILABLE}, since nothing of them was sent, and {@code send}
 *       throws.
 *   <li><b>What is thrown was not taken.</b> An item whose {@link #send} threw is nowhere; one whose {@code send} returned is
 *       told of by its future, and by {@link #flush} and {@link #close}.
 * </ul>
 *
 * <h2>Once</h2>
 *
 * <ul>
 *   <li>Without an id, items are appended at most once; the outcome of the last batch may be unknown.
 *   <li>With an id, a batch is sent until it is known to be durable, and stands in the stream once. When the program ends
 *       meanwhile, it cannot know which of its last items arrived.
 *   <li>With an outbox, each item stands in the stream exactly once, whatever is killed whenever: a batch is synced into the
 *       file with its epoch and sequence before it is sent, and opening the file again sends what was not acknowledged. A program
 *       that goes on in its source at {@link #accepted} neither loses an item nor sends one twice. The source must give the same
 *       items in the same order again.
 *   <li>What cannot be kept by the producer alone ends it, and nothing is appended twice: {@link ErrorKind#PRODUCER_FENCED} when
 *       another producer took the name or an old copy of the outbox was opened; {@link ErrorKind#PRODUCER_GAP} when the stream
 *       does not know the producer any more, because it was deleted and created anew, put back from a backup, or its server
 *       forgets; {@link ErrorKind#NOT_FOUND}, {@link ErrorKind#GONE} and {@link ErrorKind#CLOSED} when the stream came to its end
 *       meanwhile. Whether the batch that was in doubt then is part of the stream, only the stream can tell. The way out is to
 *       look there, and begin with a new outbox.
 * </ul>
 *
 * <p>A producer has a thread of its own, a daemon, until it is closed or has ended. Futures complete on that thread: dependent
 * actions must not block. What is held is bounded by {@link ProducerOptions#maxBufferedBytes}. Close a producer before the Varve
 * that it writes to.
 *
 * <p>Thread-safe.
 */
public interface StreamProducer extends AutoCloseable {

    /**
     * Takes an item. It is copied; the array may be used for other things afterwards.
     *
     * @param item the bytes of the item, not empty
     * @return completed when the item is durable, with a tail of the stream at or after the item. All items of a batch share it:
     *     whoever wants to complete or cancel it takes a {@link CompletableFuture#copy}
     * @throws IllegalArgumentException when the item is empty
     * @throws VarveException {@link ErrorKind#OVERLOADED} when there is no room and the options say so, {@link ErrorKind#TIMEOUT}
     *     when the thread was interrupted while it waited for room, {@link ErrorKind#UNAVAILABLE} after closing, and the reason
     *     why the producer has ended; the item was not taken
     */
    CompletableFuture<Offset> send(byte[] item);

    /**
     * Takes an item as {@link #send} does, for programs that ask only now and then whether all went well: {@link #flush} and
     * {@link #close} throw what went wrong.
     *
     * @param item the bytes of the item, not empty
     * @throws IllegalArgumentException as {@link #send}
     * @throws VarveException as {@link #send}
     */
    void add(byte[] item);

    /**
     * Waits until everything that was sent before is durable, without waiting for more items to come.
     *
     * @throws VarveException the reason why the producer has ended, or {@link ErrorKind#TIMEOUT} when the thread was interrupted,
     *     in which case nothing is lost
     * @throws IllegalStateException when called by an action of one of the futures
     */
    void flush();

    /**
     * How many items need not be sent any more: with an outbox those that were ever synced into it, by programs before this one,
     * too; without one those that this producer has made durable in the stream.
     *
     * @return 0 or more
     */
    long accepted();

    /**
     * Makes durable what was sent, then ends the producer. Closing twice is harmless. An interrupted thread does not wait: with an
     * outbox the next opening goes on, without one what is held is lost.
     *
     * @throws VarveException the reason why the producer has ended, unless another call has thrown it; {@link ErrorKind#TIMEOUT}
     *     when the thread was interrupted
     */
    @Override
    void close();
}
