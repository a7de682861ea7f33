package dev.varve.api;

import org.jspecify.annotations.Nullable;

/**
 * One change as those who subscribe are told of it, over every transport. Immutable.
 *
 * <pre>{@code
 * RecordListener<EntryChange> log = change -> System.out.println(change.kind() + " at " + change.path());
 * try (Subscription told = links.subscribeRaw(log)) {
 *     links.increment("dust", "visits", 1);
 * }
 * }</pre>
 *
 * @param storeSeq its sequence number: one more than that of the change before it in the same store
 * @param kind what was done
 * @param path where
 * @param value what was set or merged; for increments the total, for sets all members, as of this change; null for deletes
 *     and releases
 * @param deviceId who wrote it
 * @param clientOpId the writer's name for it
 */
public record EntryChange(
        long storeSeq,
        EntryOp.Kind kind,
        EntryPath path,
        @Nullable EntryValue value,
        String deviceId,
        String clientOpId) {

    /**
     * The change that an event tells of.
     *
     * @param event the event
     * @return the change
     */
    public static EntryChange of(EntryEvent event) {
        return new EntryChange(
                event.storeSeq(), event.kind(), event.path(), event.value(), event.deviceId(), event.clientOpId());
    }
}
