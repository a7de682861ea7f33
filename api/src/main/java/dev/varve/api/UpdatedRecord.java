package dev.varve.api;

/**
 * A record that was updated by its key. Immutable.
 *
 * @param <T> the type of the record
 * @param value the record after the update
 * @param receipt what became of the write
 */
public record UpdatedRecord<T extends Record>(T value, RecordReceipt receipt) {}
