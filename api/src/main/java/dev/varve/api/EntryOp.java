package dev.varve.api;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One change of one path, with what must hold for it. Immutable.
 *
 * <pre>{@code
 * EntryPath order = EntryPath.of("orders", "17");
 * EntryPath apples = EntryPath.of("stock", "apples");
 * entries.write( // both or neither
 *         EntryOp.set(order, EntryValue.of("3 apples")).onlyIfAbsent(),
 *         EntryOp.of(EntryOp.Kind.INCREMENT, apples, EntryValue.of(-3)));
 * }</pre>
 *
 * @param kind what to do
 * @param path where
 * @param value what to set, merge, add or remove, or by how much to increment; null where the kind needs none
 * @param ifMatch the revision that must stand at the path: the entry's or, without an entry at exactly this path and for
 *     objects, that of the whole subtree; null for any
 * @param ifAbsent whether no entry may stand at exactly this path; entries below it do not count, and are replaced
 * @param ifNone whether nothing may stand at the path or below it
 * @param fence a lease that must be held; null for none
 * @param lease the particulars of {@link Kind#LEASE}, {@link Kind#RENEW} and {@link Kind#RELEASE}; else null
 * @param ttlMillis after how long a {@link Kind#SET} is taken back by a delete of the device {@link #EXPIRY_DEVICE}, unless
 *     something at or below the path was written since; at least 1; null for never
 * @param label what the entry of a {@link Kind#SET} is called that puts a counter or a set back as it was: {@link
 *     EntryType#COUNTER} with a number, {@link EntryType#SET} with a list of different members, none of them null; null for
 *     what the value is by itself
 */
public record EntryOp(
        Kind kind,
        EntryPath path,
        @Nullable EntryValue value,
        @Nullable Long ifMatch,
        boolean ifAbsent,
        boolean ifNone,
        @Nullable Fence fence,
        @Nullable LeaseTerms lease,
        @Nullable Long ttlMillis,
        @Nullable EntryType label) {

    /** Who deletes what has expired. */
    public static final String EXPIRY_DEVICE = "system:expiry";

    /**
     * A change that does not expire.
     *
     * @param kind what to do
     * @param path where
     * @param value what to set, merge, add or remove, or by how much to increment; null where the kind needs none
     * @param ifMatch the revision that must stand at the path; null for any
     * @param ifAbsent whether no entry may stand at exactly this path
     * @param ifNone whether nothing may stand at the path or below it
     * @param fence a lease that must be held; null for none
     * @param lease the particulars of a lease; else null
     */
    public EntryOp(
            Kind kind,
            EntryPath path,
            @Nullable EntryValue value,
            @Nullable Long ifMatch,
            boolean ifAbsent,
            boolean ifNone,
            @Nullable Fence fence,
            @Nullable LeaseTerms lease) {
        this(kind, path, value, ifMatch, ifAbsent, ifNone, fence, lease, null);
    }

    /**
     * A change that is called what its value is by itself.
     *
     * @param kind what to do
     * @param path where
     * @param value what to set, merge, add or remove, or by how much to increment; null where the kind needs none
     * @param ifMatch the revision that must stand at the path; null for any
     * @param ifAbsent whether no entry may stand at exactly this path
     * @param ifNone whether nothing may stand at the path or below it
     * @param fence a lease that must be held; null for none
     * @param lease the particulars of a lease; else null
     * @param ttlMillis after how long a set is taken back; null for never
     */
    public EntryOp(
            Kind kind,
            EntryPath path,
            @Nullable EntryValue value,
            @Nullable Long ifMatch,
            boolean ifAbsent,
            boolean ifNone,
            @Nullable Fence fence,
            @Nullable LeaseTerms lease,
            @Nullable Long ttlMillis) {
        this(kind, path, value, ifMatch, ifAbsent, ifNone, fence, lease, ttlMillis, null);
    }

    /** The most digits that the total of an {@link Kind#INCREMENT} with a fraction takes without an exponent, inclusive. */
    public static final int MAX_TOTAL_DIGITS = 400;

    /** What a change does. Each leaves everything outside its path alone. */
    public enum Kind {
        /** Replaces all at and below the path by a value; an object becomes one entry for each value nested in it. */
        SET,
        /** Removes all at and below the path. Succeeds when there is nothing. */
        DELETE,
        /** Sets the fields of an object one by one, and leaves fields that are not named. */
        MERGE,
        /** Adds a number to the one at the path, 0 when there is none. */
        INCREMENT,
        /** Puts a member at the front of the set at the path, and takes it away from where it stood before. */
        ADD,
        /** Takes a member out of the set at the path. */
        REMOVE,
        /** Replaces all at and below the path by a reference to a file, which was {@linkplain FileUpload stored} before. */
        PUT_FILE,
        /** Takes a lease that is free or has run out. */
        LEASE,
        /** Extends a lease that is held. */
        RENEW,
        /** Gives a lease back. */
        RELEASE,
        /** Changes nothing, takes no sequence number; only its conditions count. */
        CHECK;

        private final String wireName = name().toLowerCase(Locale.ROOT);

        /**
         * The name on the wire.
         *
         * @return lower case letters and underscores
         */
        public String wireName() {
            return wireName;
        }

        /**
         * Finds a kind by its name on the wire.
         *
         * @param name for example {@code put_file}
         * @return the kind, or null
         */
        public static @Nullable Kind ofWireName(String name) {
            for (Kind kind : values()) {
                if (kind.wireName.equals(name)) {
                    return kind;
                }
            }
            return null;
        }
    }

    /**
     * A lease that must be live with this token.
     *
     * @param key where the lease stands
     * @param token as its holder got it
     */
    public record Fence(EntryPath key, long token) {}

    /**
     * What a lease is taken, extended or given back with.
     *
     * @param ttlMillis how long it lasts from now, more than 0; ignored by {@link Kind#RELEASE}
     * @param holder a name for people; null for none
     * @param token the token of the lease; null to take a new one
     */
    public record LeaseTerms(
            long ttlMillis,
            @Nullable String holder,
            @Nullable Long token) {}

    /**
     * Sets a value.
     *
     * @param path where
     * @param value the value
     * @return the change, without conditions
     */
    public static EntryOp set(EntryPath path, EntryValue value) {
        return of(Kind.SET, path, value);
    }

    /**
     * Deletes a subtree.
     *
     * @param path where
     * @return the change, without conditions
     */
    public static EntryOp delete(EntryPath path) {
        return of(Kind.DELETE, path, null);
    }

    /**
     * A change without conditions.
     *
     * @param kind not of leases
     * @param path where
     * @param value what the kind needs
     * @return the change
     */
    public static EntryOp of(Kind kind, EntryPath path, @Nullable EntryValue value) {
        return new EntryOp(kind, path, value, null, false, false, null, null);
    }

    /**
     * A change of a lease.
     *
     * @param kind {@link Kind#LEASE}, {@link Kind#RENEW} or {@link Kind#RELEASE}
     * @param path where
     * @param terms the particulars
     * @return the change, without conditions
     */
    public static EntryOp lease(Kind kind, EntryPath path, LeaseTerms terms) {
        return new EntryOp(kind, path, null, null, false, false, null, terms);
    }

    /**
     * The same if a revision stands at the path.
     *
     * @param revision at least 1
     * @return the change with this condition
     */
    public EntryOp ifMatch(long revision) {
        return new EntryOp(kind, path, value, revision, ifAbsent, ifNone, fence, lease, ttlMillis, label);
    }

    /**
     * The same if no entry stands at exactly this path.
     *
     * @return the change with this condition
     */
    public EntryOp onlyIfAbsent() {
        return new EntryOp(kind, path, value, ifMatch, true, ifNone, fence, lease, ttlMillis, label);
    }

    /**
     * The same if nothing stands at the path or below it.
     *
     * @return the change with this condition
     */
    public EntryOp onlyIfNone() {
        return new EntryOp(kind, path, value, ifMatch, ifAbsent, true, fence, lease, ttlMillis, label);
    }

    /**
     * The same if a lease is held.
     *
     * @param held the lease
     * @return the change with this condition
     */
    public EntryOp fencedBy(Fence held) {
        return new EntryOp(kind, path, value, ifMatch, ifAbsent, ifNone, held, lease, ttlMillis, label);
    }

    /**
     * The same for some time only.
     *
     * @param millis after how long it is taken back, at least 1
     * @return the change with this time to live
     */
    public EntryOp expiringAfter(long millis) {
        return new EntryOp(kind, path, value, ifMatch, ifAbsent, ifNone, fence, lease, millis, label);
    }

    /**
     * The same of an entry that is called as an earlier one was.
     *
     * @param type what it was; of no effect unless it is a counter or a set
     * @return the change with this label
     */
    public EntryOp labelled(EntryType type) {
        EntryType kept = type == EntryType.COUNTER || type == EntryType.SET ? type : null;
        return new EntryOp(kind, path, value, ifMatch, ifAbsent, ifNone, fence, lease, ttlMillis, kept);
    }
}
