package dev.varve.api;

import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How a {@link StreamProducer} gathers items, and what it promises. Immutable; begin with {@link #DEFAULT} and change what
 * matters.
 *
 * <pre>{@code
 * ProducerOptions options = ProducerOptions.DEFAULT
 *         .withId("till-7")
 *         .withLinger(Duration.ofMillis(20))
 *         .withMaxBuffered(4 << 20, ProducerOptions.WhenFull.FAIL);
 * try (StreamProducer producer = streams.producer("orders", options)) {
 *     producer.add("{\"id\":2}".getBytes(UTF_8));
 * }
 * }</pre>
 *
 * @param linger how long the first item of a batch waits for others; zero or more. While a batch is under way the next one
 *     gathers in any case
 * @param maxBatchBytes about how many bytes one batch holds at most, 1 to {@value #MAX_BATCH_BYTES} inclusive; a larger item
 *     is a batch of its own
 * @param maxBatchItems how many items one batch holds at most, 1 or more
 * @param maxBufferedBytes about how many bytes of items may be held that are not durable yet, 1 or more; one larger item is
 *     taken when nothing else is held
 * @param whenFull what {@link StreamProducer#send} does when that much is held
 * @param retryFor for how long one batch is tried before the producer ends; zero or more
 * @param id the producer's name in the stream, which makes batches idempotent; null for none
 * @param epoch the producer's epoch; null to have one chosen
 * @param outbox the file that keeps batches until they are durable in the stream; null for none
 */
public record ProducerOptions(
        Duration linger,
        int maxBatchBytes,
        int maxBatchItems,
        long maxBufferedBytes,
        WhenFull whenFull,
        Duration retryFor,
        @Nullable String id,
        @Nullable Long epoch,
        @Nullable Path outbox) {

    /** What {@link StreamProducer#send} does when the producer holds as much as it may. */
    public enum WhenFull {
        /** Waits until there is room. */
        WAIT,
        /** Throws a {@link VarveException} of kind {@link ErrorKind#OVERLOADED}; the item was not taken. */
        FAIL
    }

    /** The largest batch that can be asked for: 8 MiB, which servers take in one request. */
    public static final int MAX_BATCH_BYTES = 8 << 20;

    /**
     * Batches of up to 1 MiB and 10,000 items after at most 5 ms; up to 16 MiB held, then waiting; each batch tried for two
     * minutes; neither an id nor an outbox.
     */
    public static final ProducerOptions DEFAULT = new ProducerOptions(
            Duration.ofMillis(5), 1 << 20, 10_000, 16 << 20, WhenFull.WAIT, Duration.ofMinutes(2), null, null, null);

    /**
     * Checks the ranges.
     *
     * @throws IllegalArgumentException when a number or a time is out of range, the id is empty, an epoch stands without an
     *     id, or an epoch is given together with an outbox, which keeps its own
     */
    public ProducerOptions {
        if (linger.isNegative() || retryFor.isNegative()) {
            throw new IllegalArgumentException("linger and retryFor must not be negative: " + linger + ", " + retryFor);
        }
        if (maxBatchBytes < 1 || maxBatchBytes > MAX_BATCH_BYTES) {
            throw new IllegalArgumentException(
                    "maxBatchBytes must be 1 to " + MAX_BATCH_BYTES + ", was " + maxBatchBytes);
        }
        if (maxBatchItems < 1 || maxBufferedBytes < 1) {
            throw new IllegalArgumentException("maxBatchItems and maxBufferedBytes must be at least 1: " + maxBatchItems
                    + ", " + maxBufferedBytes);
        }
        if (id != null && epoch != null) {
            new Producer(id, epoch, 0);
        } else if (id != null && id.isEmpty()) {
            throw new IllegalArgumentException("producer id must not be empty");
        } else if (epoch != null) {
            throw new IllegalArgumentException("an epoch belongs to a producer id, and there is none");
        }
        if (epoch != null && outbox != null) {
            throw new IllegalArgumentException("an outbox keeps its own epoch; leave the epoch out");
        }
    }

    /**
     * The same options with another wait for further items.
     *
     * @param wait zero or more
     * @return the changed copy
     */
    public ProducerOptions withLinger(Duration wait) {
        return new ProducerOptions(
                wait, maxBatchBytes, maxBatchItems, maxBufferedBytes, whenFull, retryFor, id, epoch, outbox);
    }

    /**
     * The same options with other bounds of a batch.
     *
     * @param bytes about how many bytes at most, 1 to {@value #MAX_BATCH_BYTES} inclusive
     * @param items how many items at most, 1 or more
     * @return the changed copy
     */
    public ProducerOptions withMaxBatch(int bytes, int items) {
        return new ProducerOptions(linger, bytes, items, maxBufferedBytes, whenFull, retryFor, id, epoch, outbox);
    }

    /**
     * The same options with another bound of what is held.
     *
     * @param bytes about how many bytes at most, 1 or more
     * @param then what {@link StreamProducer#send} does when that much is held
     * @return the changed copy
     */
    public ProducerOptions withMaxBuffered(long bytes, WhenFull then) {
        return new ProducerOptions(linger, maxBatchBytes, maxBatchItems, bytes, then, retryFor, id, epoch, outbox);
    }

    /**
     * The same options with another time after which the producer gives up.
     *
     * @param time for one batch, zero or more; zero for one attempt
     * @return the changed copy
     */
    public ProducerOptions withRetryFor(Duration time) {
        return new ProducerOptions(
                linger, maxBatchBytes, maxBatchItems, maxBufferedBytes, whenFull, time, id, epoch, outbox);
    }

    /**
     * The same options with a producer's name. The epoch is the time of opening in milliseconds, so a producer that is opened
     * later takes the name over and fences the one before; of two opened within one millisecond the second fails at its first
     * batch or is taken for the first, so give each program a name of its own.
     *
     * @param name the producer's name in the stream, not empty
     * @return the changed copy
     */
    public ProducerOptions withId(String name) {
        return new ProducerOptions(
                linger, maxBatchBytes, maxBatchItems, maxBufferedBytes, whenFull, retryFor, name, null, outbox);
    }

    /**
     * The same options with a producer's name and epoch.
     *
     * @param name the producer's name in the stream, not empty
     * @param number the epoch, 0 to {@value Producer#MAX_NUMBER} inclusive; greater than any that this name had in the stream
     *     before, or the producer is fenced
     * @return the changed copy
     */
    public ProducerOptions withId(String name, long number) {
        return new ProducerOptions(
                linger, maxBatchBytes, maxBatchItems, maxBufferedBytes, whenFull, retryFor, name, number, outbox);
    }

    /**
     * The same options with a file that keeps batches until they are durable in the stream. It holds the producer's name and
     * epoch, too: without {@link #withId(String)} a new file draws a name.
     *
     * @param file the file, created when it is absent; its directory must exist
     * @return the changed copy
     */
    public ProducerOptions withOutbox(Path file) {
        return new ProducerOptions(
                linger, maxBatchBytes, maxBatchItems, maxBufferedBytes, whenFull, retryFor, id, epoch, file);
    }
}
