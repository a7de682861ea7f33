package dev.varve.api.spi;

import dev.varve.api.ErrorKind;
import dev.varve.api.VarveException;

/**
 * Is told of the writes of a store by a {@link Transport}.
 *
 * <pre>{@code
 * CommitListener listener = new CommitListener() {
 *     @Override
 *     public void committed(CommittedWrite write) {
 *         write.changes().forEach(change -> System.out.println(change.kind() + " at " + change.path()));
 *     }
 *
 *     @Override
 *     public void ended(VarveException failure) {
 *         System.out.println("read all anew: " + failure.kind());
 *     }
 * };
 * try (Subscription told = store.transport().subscribe(EntryPattern.ALL, listener)) {
 *     entries.delete(EntryPath.of("links"));
 * }
 * }</pre>
 */
public interface CommitListener {

    /**
     * Called for each write, one after the other, on a thread of the transport, which tells others only afterwards: must return
     * soon and not throw.
     *
     * @param write the write; what it can be asked may only be asked before this method returns
     */
    void committed(CommittedWrite write);

    /**
     * Called at most once, when nothing more will be told; never after the subscription was closed.
     *
     * @param failure why: {@link ErrorKind#COMPACTED} when writes were passed over, so that all must be read anew, {@link
     *     ErrorKind#NOT_FOUND} when the store is gone, {@link ErrorKind#TOO_LARGE} when a copy would be larger than it may,
     *     {@link ErrorKind#UNAVAILABLE} when the transport was closed
     */
    void ended(VarveException failure);
}
