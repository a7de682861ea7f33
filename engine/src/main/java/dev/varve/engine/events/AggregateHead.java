package dev.varve.engine.events;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.varve.api.AggregateId;
import dev.varve.api.AggregateInfo;
import dev.varve.api.AggregateSettings;
import dev.varve.api.AggregateStatus;
import dev.varve.api.EventStore;
import dev.varve.engine.state.Binary;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * How far one aggregate is. Immutable.
 *
 * @param version the version of its last event, {@link EventStore#EMPTY} without one
 * @param incarnation the position of the first event since it was removed last, which no other life of it has; {@link
 *     EventStore#EMPTY} without one
 * @param deletedBefore versions below this were deleted with it
 * @param lastPosition the position of its last event, {@link EventStore#EMPTY} without one
 */
record AggregateHead(
        AggregateStatus status,
        long version,
        long incarnation,
        long deletedBefore,
        long lastPosition,
        AggregateSettings settings,
        long settingsRevision) {

    static final AggregateHead EMPTY = new AggregateHead(
            AggregateStatus.EMPTY, EventStore.EMPTY, EventStore.EMPTY, 0, EventStore.EMPTY, AggregateSettings.NONE, 0);

    private static final byte VERSION = 1;

    /** After one more event. */
    AggregateHead appended(long position) {
        return new AggregateHead(
                AggregateStatus.LIVE,
                version + 1,
                incarnation == EventStore.EMPTY ? position : incarnation,
                deletedBefore,
                position,
                settings,
                settingsRevision);
    }

    AggregateHead configured(AggregateSettings next) {
        return new AggregateHead(status, version, incarnation, deletedBefore, lastPosition, next, settingsRevision + 1);
    }

    AggregateHead softDeleted() {
        return new AggregateHead(
                AggregateStatus.SOFT_DELETED,
                version,
                incarnation,
                version + 1,
                lastPosition,
                settings,
                settingsRevision);
    }

    AggregateHead tombstoned() {
        return new AggregateHead(
                AggregateStatus.TOMBSTONED,
                version,
                incarnation,
                version + 1,
                lastPosition,
                settings,
                settingsRevision);
    }

    /** Whether some of its events cannot be read although they may still be there. */
    boolean restricts() {
        return deletedBefore > 0
                || settings.truncateBefore() > 0
                || settings.maxCount() != null
                || settings.maxAge() != null;
    }

    /** The lowest version that can be read, but for the age of events; one more than the last when none can. */
    long firstVersion() {
        long first = Math.max(deletedBefore, settings.truncateBefore());
        Long maxCount = settings.maxCount();
        if (maxCount != null) {
            first = Math.max(first, version + 1 - maxCount);
        }
        return Math.min(first, version + 1);
    }

    /** Before when events are too old. */
    long recordedFrom(long nowMillis) {
        Duration maxAge = settings.maxAge();
        if (maxAge == null) {
            return Long.MIN_VALUE;
        }
        try {
            return Math.subtractExact(nowMillis, maxAge.toMillis());
        } catch (ArithmeticException e) {
            return Long.MIN_VALUE;
        }
    }

    /** Whether an event of this aggregate can be read. */
    boolean shows(long position, long eventVersion, long recordedMillis, long nowMillis) {
        return incarnation != EventStore.EMPTY
                && position >= incarnation
                && eventVersion >= firstVersion()
                && recordedMillis >= recordedFrom(nowMillis);
    }

    /** The version that readers see. */
    long seenVersion() {
        return status == AggregateStatus.LIVE ? version : EventStore.EMPTY;
    }

    AggregateInfo info(AggregateId id) {
        return new AggregateInfo(id, status, version, firstVersion(), lastPosition, settings, settingsRevision);
    }

    private static byte code(AggregateStatus status) {
        return (byte)
                switch (status) {
                    case EMPTY -> 0;
                    case LIVE -> 1;
                    case SOFT_DELETED -> 2;
                    case TOMBSTONED -> 3;
                };
    }

    private static AggregateStatus status(byte code) {
        return switch (code) {
            case 0 -> AggregateStatus.EMPTY;
            case 1 -> AggregateStatus.LIVE;
            case 2 -> AggregateStatus.SOFT_DELETED;
            case 3 -> AggregateStatus.TOMBSTONED;
            default -> throw new IllegalArgumentException("an aggregate of status " + code);
        };
    }

    byte[] encode() {
        byte[][] custom = new byte[2 * settings.custom().size()][];
        int next = 0;
        int size = 0;
        for (Map.Entry<String, String> text : settings.custom().entrySet()) {
            custom[next++] = text.getKey().getBytes(UTF_8);
            custom[next++] = text.getValue().getBytes(UTF_8);
            size += 2 * Short.BYTES + custom[next - 1].length + custom[next - 2].length;
        }
        ByteBuffer out = ByteBuffer.allocate(4 + 9 * Long.BYTES + Short.BYTES + size);
        out.put(VERSION)
                .put(code(status))
                .putLong(version)
                .putLong(incarnation)
                .putLong(deletedBefore)
                .putLong(lastPosition)
                .putLong(settingsRevision)
                .putLong(settings.truncateBefore());
        Duration maxAge = settings.maxAge();
        out.putLong(maxAge == null ? 0 : maxAge.getSeconds()).putInt(maxAge == null ? 0 : maxAge.getNano());
        Binary.putOptional(out, settings.maxCount());
        out.putShort((short) settings.custom().size());
        for (byte[] text : custom) {
            Binary.putString(out, text);
        }
        return Arrays.copyOf(out.array(), out.position());
    }

    static AggregateHead decode(ByteBuffer in) {
        byte format = in.get();
        if (format != VERSION) {
            throw new IllegalArgumentException("an aggregate of version " + format + ", this Varve reads " + VERSION);
        }
        AggregateStatus status = status(in.get());
        long version = in.getLong();
        long incarnation = in.getLong();
        long deletedBefore = in.getLong();
        long lastPosition = in.getLong();
        long settingsRevision = in.getLong();
        long truncateBefore = in.getLong();
        long ageSeconds = in.getLong();
        int ageNanos = in.getInt();
        Duration maxAge = ageSeconds == 0 && ageNanos == 0 ? null : Duration.ofSeconds(ageSeconds, ageNanos);
        Long maxCount = Binary.getOptional(in);
        int texts = Short.toUnsignedInt(in.getShort());
        Map<String, String> custom = LinkedHashMap.newLinkedHashMap(texts);
        for (int i = 0; i < texts; i++) {
            String name = Binary.getString(in);
            custom.put(name, Binary.getString(in));
        }
        AggregateSettings settings = new AggregateSettings(maxAge, maxCount, truncateBefore, custom);
        return new AggregateHead(status, version, incarnation, deletedBefore, lastPosition, settings, settingsRevision);
    }
}
