package dev.varve.api;

import java.util.concurrent.CompletableFuture;

/**
 * A {@link StreamProducer} of values; what that one says holds here. Opened by {@link TypedStream#producer}. Thread-safe.
 *
 * <pre>{@code
 * try (TypedProducer<Visit> producer = visits.producer(ProducerOptions.DEFAULT)) {
 *     producer.add(new Visit("dust", Instant.now()));
 *     producer.send(new Visit("varve", Instant.now()))
 *             .thenAccept(tail -> System.out.println("both are durable, the tail is at " + tail));
 * }
 * }</pre>
 *
 * @param <T> the values
 */
public final class TypedProducer<T> implements AutoCloseable {

    private final StreamProducer producer;
    private final StreamCodec<T> codec;

    TypedProducer(StreamProducer producer, StreamCodec<T> codec) {
        this.producer = producer;
        this.codec = codec;
    }

    /**
     * Takes a value.
     *
     * @param value the value
     * @return as {@link StreamProducer#send}
     * @throws VarveException as {@link StreamProducer#send}; what the codec throws comes as it is, and the value was not taken
     */
    public CompletableFuture<Offset> send(T value) {
        return producer.send(codec.encode(value));
    }

    /**
     * Takes a value, for programs that ask only now and then whether all went well.
     *
     * @param value the value
     * @throws VarveException as {@link #send}
     */
    public void add(T value) {
        producer.add(codec.encode(value));
    }

    /**
     * Waits until everything that was sent before is durable.
     *
     * @throws VarveException as {@link StreamProducer#flush}
     */
    public void flush() {
        producer.flush();
    }

    /**
     * How many values need not be sent any more; see {@link StreamProducer#accepted}.
     *
     * @return 0 or more
     */
    public long accepted() {
        return producer.accepted();
    }

    /**
     * Makes durable what was sent, then ends the producer; see {@link StreamProducer#close}.
     *
     * @throws VarveException as there
     */
    @Override
    public void close() {
        producer.close();
    }
}
