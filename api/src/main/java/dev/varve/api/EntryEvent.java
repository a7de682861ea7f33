package dev.varve.api;

import org.jspecify.annotations.Nullable;

/**
 * One change as it was committed. Immutable.
 *
 * <pre>{@code
 * try (Subscription told = entries.follow(
 *         EntryPattern.parse("links/**"),
 *         0, // from the first change on
 *         event -> System.out.println(event.storeSeq() + ": " + event.kind() + " at " + event.path()),
 *         failure -> System.out.println("no more is told: " + failure.kind()))) {
 *     entries.delete(EntryPath.of("links", "dust"));
 * }
 * }</pre>
 *
 * @param storeSeq its sequence number: one more than that of the change before it in the same store
 * @param kind what was done
 * @param path where
 * @param value what was set or merged; for increments the total, for sets all members; null for deletes and releases
 * @param label what the entry of a {@link EntryOp.Kind#SET} is called that puts a counter or a set back as it was: {@link
 *     EntryType#COUNTER} or {@link EntryType#SET}; null for what the value is by itself, and for all other changes
 * @param deviceId who wrote it
 * @param clientOpId the writer's name for it
 * @param first whether it is the first change of its write: what lies before it was written by others, or earlier
 * @param timeMillis when, in milliseconds since 1970-01-01T00:00:00Z; never runs backwards
 */
public record EntryEvent(
        long storeSeq,
        EntryOp.Kind kind,
        EntryPath path,
        @Nullable EntryValue value,
        @Nullable EntryType label,
        String deviceId,
        String clientOpId,
        boolean first,
        long timeMillis) {}
