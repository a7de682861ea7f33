package dev.varve.api;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Some entries, all as of one moment. Immutable.
 *
 * <pre>{@code
 * EntryPath after = null;
 * do {
 *     EntryPage page = entries.page(EntryPattern.parse("links/**"), after, 100);
 *     page.entries().forEach(entry -> System.out.println(entry.path() + " = " + entry.value()));
 *     after = page.next();
 * } while (after != null);
 * }</pre>
 *
 * @param entries in the order asked for
 * @param next the path after which to go on, when more may follow; null at the end
 * @param storeSeq the store's sequence number at that moment
 */
public record EntryPage(List<Entry> entries, @Nullable EntryPath next, long storeSeq) {

    /** Copies the list. */
    public EntryPage {
        entries = List.copyOf(entries);
    }
}
