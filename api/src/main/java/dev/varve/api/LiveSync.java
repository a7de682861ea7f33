package dev.varve.api;

import dev.varve.api.spi.Transport;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/**
 * A copy of a part of a store that is kept in step with it, with the writes that are on their way there. It reconnects by itself
 * and goes on where it was.
 *
 * <pre>{@code
 * try (LiveSync live = store.live(LiveOptions.of(Link.class))) {
 *     if (live.awaitLive(Duration.ofSeconds(10))) {
 *         System.out.println(links.all()); // from memory
 *         System.out.println(live.status().storeSeq()); // as of this change
 *     }
 * }
 * }</pre>
 *
 * <p>Reads come from the copy once it has been filled; before that the first ones wait for it, until {@link
 * LiveOptions#answerTimeout}, and fail with what the last connection failed with, or as {@link ErrorKind#TIMEOUT}. While there is no
 * connection they show what was there when it broke. What is asked outside its patterns, revisions and history go to the server.
 *
 * <p>A write of a repository or a batch goes to the server by the socket and is durable when its method returns; without a
 * connection it waits for one until {@link LiveOptions#answerTimeout}. {@link #enqueue} does not wait. Every write is sent
 * again under the same name when the connection broke before its answer came, and is made once: it is known by the changes that
 * follow, and by the server for the last {@link EntryWrite#REMEMBERED} changes of the store. One that neither would know any more is
 * not sent again, and fails as {@link ErrorKind#OUTCOME_UNKNOWN}. Changes of leases go over HTTP.
 *
 * <p>Listeners are told each write once and in order, also those that were made while the connection was broken. When the history
 * since then is not kept any more, the copy is filled anew and listeners are ended as {@link ErrorKind#COMPACTED}. When the store is
 * deleted, the live sync ends as {@link ErrorKind#NOT_FOUND}, and does not create it again; when another one has taken its name,
 * the copy is filled anew from that.
 *
 * <p>Thread-safe.
 */
public interface LiveSync extends AutoCloseable {

    /** How it stands with the server. */
    enum State {
        /** It has not been filled yet. */
        CONNECTING,
        /** It is in step. */
        LIVE,
        /** The connection broke; it is being made anew, and what is missing follows. */
        RECONNECTING,
        /** It has ended: it was closed, or cannot go on. */
        CLOSED
    }

    /**
     * How it stands. Immutable.
     *
     * @param state how it stands with the server
     * @param storeSeq the sequence number of the last change that it has seen
     * @param entries how many entries it keeps
     * @param waiting how many writes wait for their answer
     */
    record Status(State state, long storeSeq, int entries, int waiting) {}

    /**
     * How it stands at this moment.
     *
     * @return the status
     */
    Status status();

    /**
     * Waits until it is in step.
     *
     * @param timeout how long to wait
     * @return whether it is
     * @throws VarveException when it has ended, for the reason that it did
     */
    boolean awaitLive(Duration timeout);

    /**
     * Tells of every change of {@link Status#state}, on a thread that nothing else waits for.
     *
     * @param listener is told
     * @return ends it
     */
    Subscription onStatus(Consumer<? super Status> listener);

    /**
     * Makes changes, all or none, when there is a connection: they are put behind those that wait, kept in the {@linkplain
     * LiveOptions#file file} if there is one, and seen by reads at once if they show what is {@linkplain
     * LiveOptions.View#OPTIMISTIC optimistic}. They are made in the order in which they were enqueued, the next one sent when the one
     * before is answered; one that the server cannot take now is sent again later. Writes that wait for their answer are sent behind
     * those that were enqueued before. What is refused disappears from what reads show.
     *
     * @param ops 1 to {@link EntryWrite#MAX_OPS} changes; none of leases or files
     * @return what became of it, once the server has answered: durable there, or refused. When this method returns, the changes
     *     survive the end of this program if there is a file; who enqueued them then hears no more of them. Completed with a {@link
     *     VarveException} of kind {@link ErrorKind#UNAVAILABLE} when it is closed before; without a file the writes that were
     *     waiting are lost then, or their outcome is unknown where they were under way
     * @throws VarveException {@link ErrorKind#OVERLOADED} when as many as may be are waiting, {@link ErrorKind#OUT_OF_SPACE} or
     *     {@link ErrorKind#UNAVAILABLE} when the file cannot be written, {@link ErrorKind#TOO_LARGE} for more than 8 MiB, {@link
     *     ErrorKind#NOT_SUPPORTED} for changes of leases or files, and the reason for which it has ended; nothing was enqueued
     */
    CompletableFuture<EntryWriteResult> enqueue(List<EntryOp> ops);

    /**
     * The transport that it is, for {@link Repository}s that are to use it and nothing else.
     *
     * @return the same at every call
     */
    Transport transport();

    /**
     * Ends it. Subscriptions end, repositories of the store go on over HTTP. What waits in a file is sent by the next live sync
     * that is given the file. Closing twice is harmless.
     */
    @Override
    void close();
}
