package dev.varve.engine.streams;

import dev.varve.api.CreateRequest;
import dev.varve.api.ErrorKind;
import dev.varve.api.Fork;
import dev.varve.api.Offset;
import dev.varve.api.Refusal;
import dev.varve.api.StreamConfig;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What a creation means in a state: Durable Streams protocol, sections 4.2 and 5.1. Pure: no clock, no I/O, nothing
 * changed.
 */
final class CreateDecider {

    private CreateDecider() {}

    /** Whether a stream is what a creation asks for, so that creating it again is harmless. */
    static boolean matches(StreamHead existing, CreateRequest request) {
        StreamIdentity identity = existing.identity();
        StreamIdentity.Origin origin = identity.origin();
        Fork fork = request.fork();
        if (existing.removed() || existing.closed() != request.closed()) {
            return false;
        }
        if ((fork == null) != (origin == null)) {
            return false;
        }
        if (fork != null && origin != null && !sameFork(fork, origin)) {
            return false;
        }
        StreamConfig config = request.config();
        String wanted = config.contentType();
        if (wanted == null) {
            wanted = fork == null ? StreamConfig.DEFAULT_CONTENT_TYPE : identity.contentType();
        }
        boolean inheritsLifetime =
                origin != null && !origin.ownLifetime() && config.ttlSeconds() == null && config.expiresAt() == null;
        return StreamIdentity.sameMediaType(wanted, identity.contentType())
                && (inheritsLifetime
                        || (same(config.ttlSeconds(), identity.ttlSeconds())
                                && same(config.expiresAt(), identity.expiresAt())))
                && config.retention().equals(identity.retention());
    }

    private static boolean sameFork(Fork fork, StreamIdentity.Origin origin) {
        long subOffset = fork.subOffset() == null ? 0 : fork.subOffset();
        return fork.source().equals(origin.source())
                && subOffset == origin.subOffset()
                && (fork.offset() == null || fork.offset().position() == origin.anchor());
    }

    private static boolean same(@Nullable Object one, @Nullable Object other) {
        return one == null ? other == null : one.equals(other);
    }

    /** What is wrong with a fork request whatever the state, or null. */
    static @Nullable Refusal checkFork(Fork fork) {
        Long subOffset = fork.subOffset();
        if (subOffset != null && subOffset < 0) {
            return Refusal.of(ErrorKind.INVALID_PARAMS, "a fork's sub-offset must not be negative");
        }
        if (subOffset != null && subOffset > 0 && fork.offset() == null) {
            return Refusal.of(ErrorKind.INVALID_PARAMS, "a fork's sub-offset needs a fork offset");
        }
        if (fork.offset() != null && fork.offset().isSentinel()) {
            return Refusal.of(ErrorKind.INVALID_OFFSET, "a fork needs an offset of its source, not a sentinel");
        }
        return null;
    }

    /** Why a stream cannot be forked at a point that was found to be a boundary, or null. */
    static @Nullable Refusal checkSource(StreamHead source, CreateRequest request, long point) {
        if (source.removed()) {
            return Refusal.of(ErrorKind.FORK_SOURCE_GONE, "the source of the fork was deleted");
        }
        String wanted = request.config().contentType();
        if (wanted != null
                && !StreamIdentity.sameMediaType(wanted, source.identity().contentType())) {
            return Refusal.of(
                    ErrorKind.CONTENT_TYPE_MISMATCH,
                    "the source's content type is " + source.identity().contentType() + ", the fork's is " + wanted);
        }
        if (point > source.tail()) {
            return Refusal.of(ErrorKind.INVALID_OFFSET, "the fork offset lies beyond the source's tail");
        }
        if (point < source.earliest()) {
            return Refusal.of(
                    ErrorKind.COMPACTED,
                    "the source's data before its earliest offset is gone",
                    Offset.at(source.earliest()));
        }
        if (source.identity().depth() >= StreamIdentity.MAX_FORK_DEPTH) {
            return Refusal.of(
                    ErrorKind.FORK_DEPTH, "a chain of forks is at most " + StreamIdentity.MAX_FORK_DEPTH + " long");
        }
        return null;
    }

    /** The identity of a new stream. */
    static StreamIdentity identity(
            CreateRequest request,
            long incarnation,
            long nowMillis,
            @Nullable StreamHead source,
            StreamIdentity.@Nullable Origin origin) {
        StreamConfig config = request.config();
        String contentType = config.contentType();
        Long ttl = config.ttlSeconds();
        Instant expiresAt = config.expiresAt();
        if (source != null) {
            contentType = contentType == null ? source.identity().contentType() : contentType;
            if (ttl == null && expiresAt == null) {
                ttl = source.identity().ttlSeconds();
                expiresAt = source.identity().expiresAt();
            }
        }
        return new StreamIdentity(
                incarnation,
                request.path(),
                contentType == null ? StreamConfig.DEFAULT_CONTENT_TYPE : contentType,
                ttl,
                expiresAt,
                config.retention(),
                nowMillis,
                origin);
    }
}
