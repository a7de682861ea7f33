package dev.varve.api;

import java.nio.ByteBuffer;

/**
 * Turns values into messages of a JSON stream and back. Streams of JSON are the ones whose messages keep their boundaries with every
 * server of the protocol, so a message is one JSON value. {@code JsonCodec} of {@code varve-client} does it with Jackson.
 *
 * <pre>{@code
 * StreamCodec<Long> numbers = new StreamCodec<>() {
 *     @Override
 *     public byte[] encode(Long value) {
 *         return value.toString().getBytes(UTF_8);
 *     }
 *
 *     @Override
 *     public Long decode(ByteBuffer message) {
 *         return Long.valueOf(UTF_8.decode(message).toString());
 *     }
 * };
 * TypedStream<Long> primes = streams.typed("primes", numbers);
 * }</pre>
 *
 * <p>Implementations are thread-safe.
 *
 * @param <T> the values
 */
public interface StreamCodec<T> {

    /**
     * Writes a value.
     *
     * @param value the value
     * @return one JSON value in UTF-8; the caller owns the array
     * @throws RuntimeException when it cannot be written; whoever appends gets it, and nothing was sent
     */
    byte[] encode(T value);

    /**
     * Reads a value.
     *
     * @param message one JSON value in UTF-8, the remaining bytes of a buffer of the reader's own
     * @return the value
     * @throws RuntimeException when it is none; see {@link ItemReader} for what follows
     */
    T decode(ByteBuffer message);
}
