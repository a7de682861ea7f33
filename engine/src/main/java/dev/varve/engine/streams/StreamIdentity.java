package dev.varve.engine.streams;

import dev.varve.api.Retention;
import dev.varve.engine.state.Binary;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What never changes in a stream's life: how it was created. Immutable.
 *
 * @param incarnation the stream's number in its shard, never reused
 * @param path the path
 * @param contentType as given, byte for byte
 * @param ttlSeconds the sliding lifetime, or null
 * @param expiresAt the fixed end, or null
 * @param retention how much is kept
 * @param createdMillis when it was created
 * @param origin where it branched off, or null
 */
record StreamIdentity(
        long incarnation,
        String path,
        String contentType,
        @Nullable Long ttlSeconds,
        @Nullable Instant expiresAt,
        Retention retention,
        long createdMillis,
        @Nullable Origin origin) {

    private static final String JSON = "application/json";

    /** Content types seen lately, by hash: most streams share a few, each of which would else be in memory with each stream. */
    private static final String[] CONTENT_TYPES = new String[1 << 6];

    StreamIdentity {
        contentType = shared(contentType);
    }

    /** Thread-safe: strings are immutable, and a lost race costs one more copy. */
    private static String shared(String contentType) {
        int slot = contentType.hashCode() & (CONTENT_TYPES.length - 1);
        String known = CONTENT_TYPES[slot];
        if (contentType.equals(known)) {
            return known;
        }
        CONTENT_TYPES[slot] = contentType;
        return contentType;
    }

    /** How long a chain of forks may be. */
    static final int MAX_FORK_DEPTH = 64;

    /**
     * Where a fork branched off.
     *
     * @param parent the source's incarnation
     * @param source the source's path at that time
     * @param anchor the boundary that was asked for
     * @param subOffset messages or bytes past the anchor
     * @param point the resulting position, where the fork's own data starts
     * @param messages how many messages lie before the point, a cut one included
     * @param depth how many forks lie below, 1 for a fork of an ordinary stream
     * @param ownLifetime whether it was created with a lifetime of its own rather than the source's
     */
    record Origin(
            long parent,
            String source,
            long anchor,
            long subOffset,
            long point,
            long messages,
            int depth,
            boolean ownLifetime) {}

    /** Where the stream's own data starts. */
    long bornAt() {
        return origin == null ? 0 : origin.point();
    }

    /** How many messages precede the stream's own. */
    long messagesAtBirth() {
        return origin == null ? 0 : origin.messages();
    }

    int depth() {
        return origin == null ? 0 : origin.depth();
    }

    boolean json() {
        return isJson(contentType);
    }

    boolean reserved() {
        return path.startsWith("__");
    }

    /** Whether it may end by itself. */
    boolean mortal() {
        return ttlSeconds != null || expiresAt != null;
    }

    /** Whether it may end or lose data by itself. */
    boolean timed() {
        return mortal() || !retention.isNone();
    }

    static boolean isJson(String contentType) {
        // Asked for each append: most others are told by how they begin, without a copy in lower case.
        boolean mayBe = contentType.regionMatches(true, 0, JSON, 0, JSON.length())
                || (!contentType.isEmpty() && Character.isWhitespace(contentType.charAt(0)));
        return mayBe && mediaType(contentType).equals(JSON);
    }

    /** The media type without parameters and case: what two content types are compared by. */
    static String mediaType(String contentType) {
        int end = contentType.indexOf(';');
        return (end < 0 ? contentType : contentType.substring(0, end)).strip().toLowerCase(Locale.ROOT);
    }

    static boolean sameMediaType(String one, String other) {
        return one.equals(other) || mediaType(one).equals(mediaType(other));
    }

    int encodedBytesAtMost() {
        return 128
                + Binary.sizeOf(path)
                + Binary.sizeOf(contentType)
                + (origin == null ? 0 : Binary.sizeOf(origin.source()));
    }

    void encode(ByteBuffer out) {
        out.putLong(incarnation);
        Binary.putString(out, path);
        Binary.putString(out, contentType);
        out.putLong(ttlSeconds == null ? -1 : ttlSeconds);
        out.put((byte) (expiresAt == null ? 0 : 1));
        if (expiresAt != null) {
            out.putLong(expiresAt.getEpochSecond()).putInt(expiresAt.getNano());
        }
        Binary.putOptional(out, retention.ageSeconds());
        Binary.putOptional(out, retention.bytes());
        Binary.putOptional(out, retention.messages());
        out.putLong(createdMillis);
        out.put((byte) (origin == null ? 0 : 1));
        if (origin != null) {
            out.putLong(origin.parent());
            Binary.putString(out, origin.source());
            out.putLong(origin.anchor()).putLong(origin.subOffset());
            out.putLong(origin.point()).putLong(origin.messages());
            out.putInt(origin.depth()).put((byte) (origin.ownLifetime() ? 1 : 0));
        }
    }

    static StreamIdentity decode(ByteBuffer in) {
        long incarnation = in.getLong();
        String path = Binary.getString(in);
        String contentType = Binary.getString(in);
        long ttl = in.getLong();
        Instant expiresAt = in.get() == 0 ? null : Instant.ofEpochSecond(in.getLong(), in.getInt());
        Retention retention = new Retention(Binary.getOptional(in), Binary.getOptional(in), Binary.getOptional(in));
        long createdMillis = in.getLong();
        Origin origin = null;
        if (in.get() != 0) {
            origin = new Origin(
                    in.getLong(),
                    Binary.getString(in),
                    in.getLong(),
                    in.getLong(),
                    in.getLong(),
                    in.getLong(),
                    in.getInt(),
                    in.get() != 0);
        }
        return new StreamIdentity(
                incarnation, path, contentType, ttl < 0 ? null : ttl, expiresAt, retention, createdMillis, origin);
    }
}
