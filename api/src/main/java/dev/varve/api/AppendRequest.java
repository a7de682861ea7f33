package dev.varve.api;

import org.jspecify.annotations.Nullable;

/**
 * A request to append to one stream, to close it, or both in one step. Immutable, except that the body array is
 * shared: it must not change until the result has arrived.
 *
 * <pre>{@code
 * Offset seen = streams.currentOffset("orders").orElseThrow();
 * streams.append(AppendRequest.of("orders", "application/json", "{\"id\":2}".getBytes(UTF_8))
 *         .withIfMatch(seen) // refused when somebody has appended meanwhile
 *         .withClose());
 * }</pre>
 *
 * @param path the stream's path
 * @param contentType the body's content type; null when the caller does not say, which is refused unless the body is
 *     empty
 * @param body the data; empty only together with {@code close}; in JSON mode one value, or an array whose elements
 *     become messages
 * @param sequence the {@code Stream-Seq}: must be byte-lexicographically greater than the stream's last one; null for
 *     no such check. Enforced per stream
 * @param producer the idempotent producer's request, or null
 * @param ifMatch the append happens only when the stream's tail is exactly this offset; null for no condition
 * @param close whether the stream is closed in the same step
 */
public record AppendRequest(
        String path,
        @Nullable String contentType,
        byte[] body,
        @Nullable String sequence,
        @Nullable Producer producer,
        @Nullable Offset ifMatch,
        boolean close) {

    private static final byte[] NO_BODY = {};

    /**
     * A plain append.
     *
     * @param path the stream's path
     * @param contentType the body's content type
     * @param body the data
     * @return the request
     */
    public static AppendRequest of(String path, String contentType, byte[] body) {
        return new AppendRequest(path, contentType, body, null, null, null, false);
    }

    /**
     * A request that only closes the stream.
     *
     * @param path the stream's path
     * @return the request
     */
    public static AppendRequest closing(String path) {
        return new AppendRequest(path, null, NO_BODY, null, null, null, true);
    }

    /**
     * The same request with a sequence to enforce.
     *
     * @param value the {@code Stream-Seq}
     * @return the changed copy
     */
    public AppendRequest withSequence(String value) {
        return new AppendRequest(path, contentType, body, value, producer, ifMatch, close);
    }

    /**
     * The same request from an idempotent producer.
     *
     * @param request the producer's id, epoch and sequence
     * @return the changed copy
     */
    public AppendRequest withProducer(Producer request) {
        return new AppendRequest(path, contentType, body, sequence, request, ifMatch, close);
    }

    /**
     * The same request on condition that the tail is still where the caller saw it.
     *
     * @param tail the expected tail
     * @return the changed copy
     */
    public AppendRequest withIfMatch(Offset tail) {
        return new AppendRequest(path, contentType, body, sequence, producer, tail, close);
    }

    /**
     * The same request that also closes the stream.
     *
     * @return the changed copy
     */
    public AppendRequest withClose() {
        return new AppendRequest(path, contentType, body, sequence, producer, ifMatch, true);
    }
}
