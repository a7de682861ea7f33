package dev.varve.api;

import java.time.Instant;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a store. Immutable.
 *
 * <pre>{@code
 * store.info().ifPresent(info ->
 *         System.out.println(info.shortName() + ", entries: " + info.entryCount() + ", changes: " + info.storeSeq()));
 * }</pre>
 *
 * @param id never used again, not even for a store of the same name
 * @param name the full name, {@code organisation/name}
 * @param archived whether it takes no writes any more
 * @param createdAt when it was created
 * @param storeSeq the sequence number of its last change, 0 without any
 * @param entryCount how many entries it holds after that change
 * @param fileBytes how large the files are that these refer to, each as often as an entry does, and at most as {@link
 *     FileReference#MAX_COUNTED_BYTES} each
 * @param compactedSeq the sequence number up to which changes, and what stood before it, are not kept; 0 when all are
 * @param compactedAt when the changes up to there were let go of; null when all are kept
 */
public record StoreInfo(
        UUID id,
        String name,
        boolean archived,
        Instant createdAt,
        long storeSeq,
        long entryCount,
        long fileBytes,
        long compactedSeq,
        @Nullable Instant compactedAt) {

    /** What full names look like. */
    public static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9-]{0,62}/[a-z0-9][a-z0-9._-]{0,127}");

    /**
     * The organisation that the store belongs to.
     *
     * @return the part of the name before the slash
     */
    public String organisation() {
        return name.substring(0, name.indexOf('/'));
    }

    /**
     * The store's name within its organisation.
     *
     * @return the part of the name after the slash
     */
    public String shortName() {
        return name.substring(name.indexOf('/') + 1);
    }
}
