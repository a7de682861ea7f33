package dev.varve.api;

import java.util.Locale;

/**
 * What became of an aggregate.
 *
 * <pre>{@code
 * AggregateInfo info = store.events().aggregate(new AggregateId("order", "unknown"));
 * if (info.status() == AggregateStatus.EMPTY) {
 *     System.out.println("never written");
 * }
 * }</pre>
 */
public enum AggregateStatus {
    /** Nothing was ever appended to it, or all of it was removed. */
    EMPTY,
    /** It has events. */
    LIVE,
    /** It was deleted, and may be written to again: versions go on where they ended. */
    SOFT_DELETED,
    /** It was deleted for ever. */
    TOMBSTONED;

    private final String wireName = name().toLowerCase(Locale.ROOT);

    /**
     * The name on the wire.
     *
     * @return lower case letters and underscores
     */
    public String wireName() {
        return wireName;
    }
}
