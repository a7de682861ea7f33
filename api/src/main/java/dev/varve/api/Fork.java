package dev.varve.api;

import org.jspecify.annotations.Nullable;

/**
 * Where a new stream branches off from another (Durable Streams protocol, section 4.2). Immutable.
 *
 * <pre>{@code
 * streams.create(CreateRequest.of("orders-on-trial", StreamConfig.DEFAULT)
 *         .withFork(Fork.atTailOf("orders"))); // begins with all that is there, and goes its own way
 * streams.append("orders-on-trial", "{\"id\":2}".getBytes(UTF_8));
 * }</pre>
 *
 * @param source the path of the stream to branch from
 * @param offset the boundary to branch at; null for the source's tail
 * @param subOffset how many messages (JSON) or bytes (other types) past {@code offset} to branch, 0 or more, not past
 *     the next appended boundary; null equals 0
 */
public record Fork(
        String source, @Nullable Offset offset, @Nullable Long subOffset) {

    /**
     * A fork at the source's tail.
     *
     * @param source the path of the stream to branch from
     * @return the fork
     */
    public static Fork atTailOf(String source) {
        return new Fork(source, null, null);
    }
}
