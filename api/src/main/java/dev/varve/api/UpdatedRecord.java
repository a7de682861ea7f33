package dev.varve.api;

/**
 * A record that was updated by its key. Immutable.
 *
 * <pre>{@code
 * UpdatedRecord<Link> done = links.update("dust", link -> new Link(link.slug(), "Dust", link.visits() + 1));
 * System.out.println(done.value() + (done.receipt().written() ? " is new" : " was there before"));
 * }</pre>
 *
 * @param <T> the type of the record
 * @param value the record after the update
 * @param receipt what became of the write
 */
public record UpdatedRecord<T extends Record>(T value, RecordReceipt receipt) {}
