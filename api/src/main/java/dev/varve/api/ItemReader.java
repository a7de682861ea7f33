package dev.varve.api;

import java.time.Duration;
import java.util.Iterator;
import java.util.Optional;

/**
 * Follows the values of one stream: what is there, then what comes. As an iterator it ends when the stream is closed and all was
 * given, or when the reader is closed. Nothing is skipped or given twice; a remote reader reconnects by itself.
 *
 * <pre>{@code
 * try (ItemReader<Visit> reader = visits.follow(ItemPosition.BEGINNING)) {
 *     while (reader.hasNext()) { // waits for one; false once the stream is closed
 *         System.out.println(reader.next().value());
 *     }
 * }
 * }</pre>
 *
 * <p>A message that the codec cannot read throws what the codec threw, once, and {@link #position} is after it then: whoever goes on
 * leaves it out.
 *
 * <p>Confined to one thread at a time, except that {@link #close()} may be called from any thread and ends a waiting call.
 *
 * @param <T> the values
 */
public interface ItemReader<T> extends Iterator<StreamItem<T>>, AutoCloseable {

    /**
     * The next value, waiting until there is one.
     *
     * @param wait how long to wait at the tail
     * @return a value; empty when nothing came in time, when the stream's end was reached, or after closing
     * @throws RefusedException when the stream was deleted or its data removed by retention
     */
    Optional<StreamItem<T>> next(Duration wait);

    /**
     * Waits for the next value or for the end.
     *
     * @return whether there is a value; false at the end of the stream and after closing
     * @throws VarveException {@link ErrorKind#TIMEOUT} when the thread was interrupted
     * @throws RefusedException when the stream was deleted or its data removed by retention
     */
    @Override
    boolean hasNext();

    /**
     * Gives the next value, waiting for it.
     *
     * @return the value
     * @throws java.util.NoSuchElementException when there will be none
     */
    @Override
    StreamItem<T> next();

    /**
     * Where the next value is read. Keep it to resume later.
     *
     * @return the position after the last value that was given
     */
    ItemPosition position();

    /**
     * Whether the stream is closed and everything was given.
     *
     * @return true at the end
     */
    boolean atEnd();

    /** Ends the reader. Closing twice is harmless. */
    @Override
    void close();
}
