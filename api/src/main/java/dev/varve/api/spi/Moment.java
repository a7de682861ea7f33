package dev.varve.api.spi;

import dev.varve.api.Entry;
import dev.varve.api.EntryPath;
import dev.varve.api.EntryPattern;
import dev.varve.api.EntryValue;
import dev.varve.api.ErrorKind;
import dev.varve.api.VarveException;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What stood in a part of a store at one moment. Its methods throw {@link VarveException}, of kind {@link ErrorKind#COMPACTED}
 * when the moment is not kept any more.
 *
 * <pre>{@code
 * Moment now = store.transport().now(EntryPattern.ALL).orElseThrow();
 * long titles = now.list(EntryPattern.parse("links/**")).count();
 * System.out.println(titles + " entries, and at the same moment " + now.read(EntryPath.of("links", "dust", "title")));
 * }</pre>
 */
public interface Moment {

    /**
     * Reads what stood at a path: the entry at exactly this path, else all below it as one object.
     *
     * @param path where
     * @return the value, or nothing
     */
    Optional<EntryValue> read(EntryPath path);

    /**
     * Goes through entries.
     *
     * @param pattern what the paths match
     * @return the entries in the order of their paths
     */
    Stream<Entry> list(EntryPattern pattern);
}
