package dev.varve.engine.entries;

import dev.varve.api.LimitExceededException;
import dev.varve.api.LimitExceededException.Dimension;
import org.jspecify.annotations.Nullable;

/**
 * How much stores may hold, and how many there may be. What adds nothing is never refused, also when there is more than may be
 * because a limit was lowered. Immutable.
 *
 * @param entries of one store; 0 for no limit
 * @param fileBytes of the files that the entries of one store refer to; 0 for no limit
 * @param stores of one organisation; 0 for no limit
 */
public record StoreQuotas(long entries, long fileBytes, long stores) {

    /** No limits. */
    public static final StoreQuotas NONE = new StoreQuotas(0, 0, 0);

    /** Checks the limits. */
    public StoreQuotas {
        if (entries < 0 || fileBytes < 0 || stores < 0) {
            throw new IllegalArgumentException(
                    "limits of stores are at least 0, were " + entries + ", " + fileBytes + " and " + stores);
        }
    }

    /** Why a store may not come to hold this; null when it may. */
    @Nullable LimitExceededException refusal(String store, Totals before, Totals after) {
        return refusal(store, before, after, before);
    }

    /** Why an organisation may not get one more store; null when it may. */
    @Nullable LimitExceededException refusalOfStore(String organisation, long before) {
        return isOver(stores, before, before + 1)
                ? new LimitExceededException(organisation, Dimension.STORES, before, stores)
                : null;
    }

    /** Why a store that holds so much may not be copied; null when it may. */
    @Nullable LimitExceededException refusalOfCopy(String store, Totals totals) {
        return refusal(store, Totals.NONE, totals, totals);
    }

    private @Nullable LimitExceededException refusal(String store, Totals before, Totals after, Totals current) {
        if (isOver(entries, before.entries(), after.entries())) {
            return new LimitExceededException(store, Dimension.KEYS, current.entries(), entries);
        }
        return isOver(fileBytes, before.fileBytes(), after.fileBytes())
                ? new LimitExceededException(store, Dimension.FILE_STORAGE, current.fileBytes(), fileBytes)
                : null;
    }

    private static boolean isOver(long limit, long before, long after) {
        return limit != 0 && after > limit && after > before;
    }
}
