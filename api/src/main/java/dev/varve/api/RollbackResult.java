package dev.varve.api;

/**
 * What a rollback came to. Immutable.
 *
 * @param ops how many changes it made; 0 when everything stood already as it did then
 * @param storeSeq the sequence number of the store after the last of them
 */
public record RollbackResult(long ops, long storeSeq) {}
