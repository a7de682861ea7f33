package dev.varve.api;

/**
 * What a version or position is relative to another one.
 *
 * <pre>{@code
 * long seen = EventStore.EMPTY;
 * for (StoredEvent event : store.events().fetch(seen).events()) {
 *     if (VersionComparison.of(seen, event.position()) == VersionComparison.FUTURE) {
 *         System.out.println("something was removed before " + event.position());
 *     }
 *     seen = event.position();
 * }
 * }</pre>
 */
public enum VersionComparison {
    /** The same. */
    EQUAL,
    /** The very next one; 0 after {@link EventStore#EMPTY}. */
    NEXT,
    /** A later one than the next. */
    FUTURE,
    /** An earlier one. */
    PAST;

    /**
     * Compares. Every pair has an answer.
     *
     * @param known {@link EventStore#EMPTY} when nothing is known
     * @param other {@link EventStore#EMPTY} when there is nothing
     * @return what the other one is relative to the known one
     */
    public static VersionComparison of(long known, long other) {
        if (other == known) {
            return EQUAL;
        }
        if (other < known) {
            return PAST;
        }
        return other - known == 1 ? NEXT : FUTURE;
    }
}
