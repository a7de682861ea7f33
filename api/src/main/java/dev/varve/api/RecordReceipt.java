package dev.varve.api;

/**
 * What became of a change of a record that was not refused. Immutable.
 *
 * <pre>{@code
 * RecordReceipt receipt = links.insert(new Link("varve", "Varve", 0));
 * links.delete("varve", Precondition.ifRevision(receipt.revision())); // unless somebody has changed it since
 * }</pre>
 *
 * @param path where the record is, or for {@link Repository#deleteAll} all records are
 * @param revision the revision of the record after the change, of nothing at all after a delete; when nothing was written the
 *     one it was found at, or 0 where it was not looked at
 * @param storeSeq the sequence number of the store after the whole write that the change was a part of; 0 when nothing was
 *     written
 * @param written false for an update that changes nothing, which needs no write
 */
public record RecordReceipt(EntryPath path, long revision, long storeSeq, boolean written) {}
