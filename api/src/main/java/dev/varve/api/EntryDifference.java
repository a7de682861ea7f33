package dev.varve.api;

import org.jspecify.annotations.Nullable;

/**
 * What differs at one path between two moments. Immutable.
 *
 * @param path where
 * @param before the entry at the first moment, or null
 * @param after the entry at the second moment, or null
 */
public record EntryDifference(
        EntryPath path, @Nullable Entry before, @Nullable Entry after) {}
