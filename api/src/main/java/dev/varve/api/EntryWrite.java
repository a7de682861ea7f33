package dev.varve.api;

import java.util.List;

/**
 * Changes that are made together or not at all. Immutable.
 *
 * <pre>{@code
 * List<EntryOp> ops = List.of(EntryOp.of(EntryOp.Kind.INCREMENT, EntryPath.of("visits"), EntryValue.of(1)));
 * EntryWrite visit = new EntryWrite("acme/reading", ops, "phone-7", "visit-1", true, true);
 * storage.write(visit).join();
 * storage.write(visit).join(); // recognised, and counted once
 * }</pre>
 *
 * @param store the full name of the store, {@code organisation/name}
 * @param ops 1 to {@link #MAX_OPS} changes; each sees the effects of those before it
 * @param deviceId who writes, for events and the log
 * @param clientOpId the writer's name for this write, for events and the log; with several changes each gets {@code :} and
 *     its index
 * @param once whether a write of the same device with the same name and content that was accepted before is not made again,
 *     whatever its conditions, and is answered with the sequence numbers it got then; remembered for the last {@link
 *     #REMEMBERED} changes of the store. Of no effect for writes that change leases
 * @param createStore whether a store that does not exist is created, unless the write is refused
 */
public record EntryWrite(
        String store, List<EntryOp> ops, String deviceId, String clientOpId, boolean once, boolean createStore) {

    /** The most changes of one write, inclusive. */
    public static final int MAX_OPS = 1_000;

    /** For how many changes a store remembers writes at least, to recognise one that is sent again. */
    public static final int REMEMBERED = 10_000;

    /** Copies the list. */
    public EntryWrite {
        ops = List.copyOf(ops);
    }
}
