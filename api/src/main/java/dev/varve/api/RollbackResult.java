package dev.varve.api;

/**
 * What a rollback came to. Immutable.
 *
 * <pre>{@code
 * EntryPath links = EntryPath.of("links");
 * long before = store.info().orElseThrow().storeSeq();
 * entries.delete(links);
 * RollbackResult done = entries.rollback(links, before);
 * System.out.println("changes to put it back: " + done.ops());
 * }</pre>
 *
 * @param ops how many changes it made; 0 when everything stood already as it did then
 * @param storeSeq the sequence number of the store after the last of them
 */
public record RollbackResult(long ops, long storeSeq) {}
