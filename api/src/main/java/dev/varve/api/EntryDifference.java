package dev.varve.api;

import org.jspecify.annotations.Nullable;

/**
 * What differs at one path between two moments. Immutable.
 *
 * <pre>{@code
 * long yesterday = store.info().orElseThrow().storeSeq();
 * long today = entries.set(EntryPath.of("links", "dust", "title"), EntryValue.of("Dust, live"));
 * for (EntryDifference one : entries.diff(yesterday, today)) {
 *     String what = one.before() == null ? "is new" : one.after() == null ? "is gone" : "has changed";
 *     System.out.println(one.path() + " " + what);
 * }
 * }</pre>
 *
 * @param path where
 * @param before the entry at the first moment, or null
 * @param after the entry at the second moment, or null
 */
public record EntryDifference(
        EntryPath path, @Nullable Entry before, @Nullable Entry after) {}
