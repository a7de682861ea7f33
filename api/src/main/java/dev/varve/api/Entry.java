package dev.varve.api;

/**
 * A value at a path, as of one moment. Immutable.
 *
 * <pre>{@code
 * Entry title = entries.get(EntryPath.of("links", "dust", "title")).orElseThrow();
 * if (title.value() instanceof EntryValue.Text text && text.value().isBlank()) {
 *     entries.write(EntryOp.delete(title.path()).ifMatch(title.revision()));
 * }
 * }</pre>
 *
 * @param path where it stands
 * @param value the value; for {@link EntryType#MAP} all that stands below the path, as one object
 * @param type what kind of value
 * @param revision the store's sequence number of the write that last changed it, or anything below a {@link
 *     EntryType#MAP}
 */
public record Entry(EntryPath path, EntryValue value, EntryType type, long revision) {}
