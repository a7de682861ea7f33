package dev.varve.api;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a stream at one moment. Immutable.
 *
 * <pre>{@code
 * streams.find("log").ifPresent(log ->
 *         System.out.println(log.contentType() + " from " + log.earliest() + " to " + log.next()));
 * }</pre>
 *
 * @param path the stream's path below the stream root
 * @param contentType the content type, byte for byte as created
 * @param ttlSeconds the configured sliding lifetime in seconds, not what is left of it; null for none
 * @param expiresAt the fixed end; null for none
 * @param retention how much is kept
 * @param earliest the earliest offset that can still be read, inclusive
 * @param next the tail: the offset after the last durable byte
 * @param closed whether nothing can be appended any more
 * @param createdAt when the stream was created
 * @param incarnation tells this stream from others that had the same path before
 */
public record StreamMetadata(
        String path,
        String contentType,
        @Nullable Long ttlSeconds,
        @Nullable Instant expiresAt,
        Retention retention,
        Offset earliest,
        Offset next,
        boolean closed,
        Instant createdAt,
        long incarnation)
        implements MetadataResult {}
