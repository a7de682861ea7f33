package dev.varve.api;

import java.nio.ByteBuffer;

/**
 * Turns values into messages of a JSON stream and back. Streams of JSON are the ones whose messages keep their boundaries with every
 * server of the protocol, so a message is one JSON value. {@link #of} does it for records, {@code JsonCodec} of {@code varve-client} with
 * Jackson for whatever that knows.
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
     * Records as JSON objects, with nothing but this module. Components can be of the types that {@link Schema} lists, and are written and
     * read as it says; {@link Key} means nothing here. Fields that the record does not have are passed over.
     *
     * @param <T> the records
     * @param type a record without type parameters
     * @return the codec; it throws a {@link VarveException} of kind {@link ErrorKind#INVALID_RECORD} that names the field
     * @throws IllegalArgumentException when records of this type cannot be mapped; the message says why and what to do
     */
    static <T extends Record> StreamCodec<T> of(Class<T> type) {
        return RecordCodec.of(type);
    }

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
