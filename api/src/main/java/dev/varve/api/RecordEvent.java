package dev.varve.api;

/**
 * What a write has made of a record, as it stood right after that write. Immutable.
 *
 * <pre>{@code
 * RecordListener<RecordEvent<Link>> listener = event -> {
 *     if (event instanceof RecordEvent.Upserted<Link> upserted) {
 *         System.out.println(upserted.value().title());
 *     } else {
 *         System.out.println(event.key() + " is gone");
 *     }
 * };
 * Subscription told = links.subscribe(listener); // until it is closed
 * }</pre>
 *
 * @param <T> the type of the record
 */
public sealed interface RecordEvent<T extends Record> {

    /**
     * Which record.
     *
     * @return its key
     */
    String key();

    /**
     * The sequence number of the last change of the write. Several records of one write have the same.
     *
     * @return at least 1, never less than that of an event before
     */
    long storeSeq();

    /**
     * The record was stored or changed.
     *
     * @param <T> the type of the record
     * @param key its key
     * @param value the record as it stood right after the write
     * @param storeSeq the sequence number of the write
     */
    record Upserted<T extends Record>(String key, T value, long storeSeq) implements RecordEvent<T> {}

    /**
     * There was a record, and there is none any more: it was deleted, or what is left of it is none.
     *
     * @param <T> the type of the record
     * @param key its key
     * @param storeSeq the sequence number of the write
     */
    record Deleted<T extends Record>(String key, long storeSeq) implements RecordEvent<T> {}
}
