package dev.varve.api.spi;

import dev.varve.api.EntryChange;
import java.util.List;

/**
 * A write as a {@link Transport} tells of it. Confined to the call that tells of it.
 *
 * <pre>{@code
 * for (EntryChange change : write.changes()) {
 *     System.out.println(change.path() + " was " + write.before().read(change.path()));
 *     System.out.println(change.path() + " is " + write.after().read(change.path()));
 * }
 * }</pre>
 */
public interface CommittedWrite {

    /**
     * The sequence number of its last change.
     *
     * @return at least that of the last of {@link #changes}
     */
    long storeSeq();

    /**
     * Its changes that are of concern, in order.
     *
     * @return one at least; unmodifiable
     */
    List<EntryChange> changes();

    /**
     * What stood right before the write.
     *
     * @return reads it
     */
    Moment before();

    /**
     * What stood right after the write, whatever was written since.
     *
     * @return reads it
     */
    Moment after();
}
