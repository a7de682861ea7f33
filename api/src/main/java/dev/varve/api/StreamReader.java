package dev.varve.api;

import java.time.Duration;
import java.util.Optional;

/**
 * Follows one stream: each call gives the next data, waiting for it at the tail. Nothing is skipped or given twice; a
 * remote reader reconnects by itself and goes on where it was. Confined to one thread at a time, except that
 * {@link #close()} may be called from any thread and ends a waiting call.
 *
 * <pre>{@code
 * try (StreamReader reader = streams.follow("log", Offset.BEGINNING)) {
 *     while (!reader.atEnd()) { // which comes once the stream is closed
 *         reader.next(Duration.ofSeconds(30)).ifPresent(page -> System.out.print(UTF_8.decode(page.data())));
 *     }
 * }
 * }</pre>
 */
public interface StreamReader extends AutoCloseable {

    /**
     * The next page with data, waiting until there is one.
     *
     * @param wait how long to wait at the tail
     * @return a page; empty when nothing came in time, when the stream's end was reached, or after closing
     * @throws RefusedException when the stream was deleted or its data removed by retention
     */
    Optional<ReadResult.Page> next(Duration wait);

    /**
     * Where the next page starts. Keep it to resume later.
     *
     * @return the offset after the last page
     */
    Offset position();

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
